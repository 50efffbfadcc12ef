// What reading a package gives: rows for the staging tables, in the text format of COPY, handed on
// in chunks. For oneroster*.cpp and import*.cpp.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "roster/oneroster.hpp"

namespace bw::roster {

/// In the order in which they refer to each other; a name is the table's.
enum class Entity : std::uint8_t {
    orgs,
    academic_sessions,
    courses,
    sections,
    section_terms,
    users,
    user_agents,
    user_roles,
    demographics,
    enrollments,
    categories,
    line_items,
};
inline constexpr std::size_t entity_count = 12;
std::string_view name_of(Entity entity);
std::optional<Entity> entity_of(std::string_view name);

/// Rows in the text format of COPY. Empty text stands for an absent value and becomes NULL.
class CopyText {
public:
    CopyText& uuid(const Uuid& id) { return raw(bw::to_text(id)); }
    CopyText& boolean(std::optional<bool> b) { return b ? raw(*b ? "t" : "f") : null(); }
    CopyText& integer(std::size_t n) { return raw(std::to_string(n)); }
    CopyText& date(std::optional<Date> date) { return date ? raw(to_text(*date)) : null(); }
    CopyText& instant(std::optional<Instant> at) { return at ? raw(to_rfc3339(*at)) : null(); }
    CopyText& number(std::optional<double> n);
    CopyText& text(std::string_view text);
    CopyText& null() { return raw("\\N"); }
    void end_row() {
        out_ += '\n';
        row_begun_ = false;
    }
    const std::string& out() const { return out_; }
    void clear() { out_.clear(); }

private:
    CopyText& raw(std::string_view text) {
        separate();
        out_ += text;
        return *this;
    }
    void separate() {
        if (row_begun_)
            out_ += '\t';
        row_begun_ = true;
    }

    std::string out_;
    bool row_begun_ = false;
};

/// Collects rows and hands them on, about a megabyte at a time.
class StagedRows {
public:
    using Send = std::function<Result<void>(Entity, std::string_view copy_text)>;
    explicit StagedRows(Send send) : send_(std::move(send)) {}

    CopyText& begin(Entity entity) {
        ++counts_[static_cast<std::size_t>(entity)];
        return chunks_[static_cast<std::size_t>(entity)];
    }
    /// After each row of a file: sends what has grown large.
    Result<void> flow() { return send_chunks(chunk_bytes); }
    Result<void> flush() { return send_chunks(1); }
    std::int64_t count(Entity entity) const { return counts_[static_cast<std::size_t>(entity)]; }

private:
    static constexpr std::size_t chunk_bytes = 1024 * 1024;
    Result<void> send_chunks(std::size_t least);

    Send send_;
    std::array<CopyText, entity_count> chunks_;
    std::array<std::int64_t, entity_count> counts_{};
};

} // namespace bw::roster
