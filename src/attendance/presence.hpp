// Presence: when one person watched, from however many players, in parts of 10 s. Put together it
// is a union: in whatever order, however often, by whichever process, and in the database by `|` on
// masks.
#pragma once

#include <bitset>
#include <map>
#include <vector>

#include "base/time.hpp"

namespace bw::attendance {

struct Span {
    Instant from, until;
    bool operator==(const Span&) const = default;
};

constexpr Duration part = 10s;

class Presence {
public:
    static constexpr std::size_t parts_per_hour = 1h / part;
    using Hour = std::bitset<parts_per_hour>;

    /// Parts whose middle lies in it: short by as much as long, in the mean. At most a day.
    void add(Span span);
    void add(const Presence& other);

    Duration watched() const;
    std::vector<Span> spans() const;
    /// By the hour since 1970, for rows.
    const std::map<std::int64_t, Hour>& hours() const { return hours_; }

    bool operator==(const Presence&) const = default;

private:
    std::map<std::int64_t, Hour> hours_; // none of them empty
};

} // namespace bw::attendance
