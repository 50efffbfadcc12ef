// Book: attendance that this process was told of and the database does not have yet.
#pragma once

#include <mutex>
#include <utility>

#include "attendance/tally.hpp"

namespace bw::attendance {

struct BookStatus {
    std::size_t people = 0, rows = 0; // that wait
    std::uint64_t taken = 0, refused = 0;
};

/// Thread-safe. Bounded in rows, over all classes and people: what is written leaves it.
class Book {
public:
    struct Key {
        TenantId tenant;
        live::LiveClassId of;
        UserId user;
        auto operator<=>(const Key&) const = default;
    };
    using Entry = std::pair<Key, Tally>;

    explicit Book(std::size_t rows_limit = 500'000) : rows_limit_(rows_limit) {}

    /// overloaded: too much waits for the database; nothing was taken, and the next heartbeat says
    /// it again.
    Result<void> add(const HeartbeatToken& token, const Heartbeat& heartbeat);
    /// The next of them, until they are `rows`: they wait no more. In the order of keys.
    std::vector<Entry> take(std::size_t rows);
    /// They could not be written.
    void give_back(std::vector<Entry> entries);
    BookStatus status() const;

private:
    void put(const Key& key, const auto& change);

    const std::size_t rows_limit_;
    mutable std::mutex mutex_;
    std::map<Key, Tally> waiting_;
    std::optional<Key> taken_to_; // the next turn goes on behind it, so that nobody waits for ever
    std::size_t rows_ = 0;
    std::uint64_t taken_ = 0, refused_ = 0;
};

} // namespace bw::attendance
