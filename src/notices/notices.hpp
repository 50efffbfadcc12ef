// Notices: what people are told, as rows, written in the transaction of the deed that they tell
// about; their lists, and what was read. How they reach whoever listens is hub.hpp's; mails are
// mails.hpp's.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "tenancy/database.hpp"

namespace bw::notices {

struct NoticeKind {
    static constexpr const char* prefix = "ntc";
};
using NoticeId = Id<NoticeKind>;
struct AnnouncementKind {
    static constexpr const char* prefix = "ann";
};
using AnnouncementId = Id<AnnouncementKind>;

enum class Kind : std::uint8_t {
    grade_released, // about an assignment, to one person
    announcement,   // to all students of a section
};
std::string_view wire_name(Kind kind);

/// Where in an institution's notices somebody is: behind this one. Those of one transaction share a
/// number. Who has read everything up to a position has missed nothing that came later.
struct Position {
    std::int64_t number = 0;
    Uuid id{};
    auto operator<=>(const Position&) const = default;

    /// Behind all that has that number.
    static Position behind(std::int64_t number);
    std::string text() const; // opaque: base64url
    static std::optional<Position> parse(std::string_view text);
};
/// Behind everything.
inline const Position the_end = Position::behind(std::numeric_limits<std::int64_t>::max());

struct Notice {
    NoticeId id;
    std::int64_t number = 0;
    Kind kind = Kind::announcement;
    std::optional<SectionId> section = {}; // whose students it is for; nullopt: one person
    Uuid subject{};                        // an AssignmentId's or an AnnouncementId's
    Instant created_at = {};
    std::optional<Instant> read_at = {};

    Position position() const { return {number, id.uuid}; }
};

/// {"notice_id", "kind", what it is about, "created_at"}, and "read_at" in lists.
std::string to_json(const Notice& notice, bool in_list);

/// One notice to each. The last deed of a transaction: until COMMIT it holds a lock that everybody
/// waits for who tells anything in this institution.
Result<void> tell_persons(tenancy::TenantTx& tx, Kind kind, const Uuid& subject,
                          std::span<const UserId> persons, Instant now, Rng& rng);
/// One row, however many students there are; the same.
Result<void> tell_section(tenancy::TenantTx& tx, Kind kind, const Uuid& subject, SectionId section,
                          Instant now, Rng& rng);
/// Nobody finds what the section was told about it any more.
Result<void> take_back(tenancy::TenantTx& tx, SectionId section, const Uuid& subject);

struct Page {
    std::vector<Notice> items;
    std::optional<Position> next; // continue before this one
    std::int64_t unread = 0;      // unread_limit at most
};
constexpr std::int64_t unread_limit = 100;
/// Of a person, the newest first.
Result<Page> list(tenancy::TenantTx& tx, UserId person, const Position& before, int limit);
/// How many are unread now. What is not theirs is left as it is.
Result<std::int64_t> mark_read(tenancy::TenantTx& tx, UserId person, std::span<const NoticeId> ids,
                               Instant now);
/// The same for this one and all that are older.
Result<std::int64_t> mark_read_up_to(tenancy::TenantTx& tx, UserId person, NoticeId newest,
                                     Instant now);

/// What is kept of whoever is erased.
Result<void> forget_person(tenancy::TenantTx& tx, UserId person);

// ---- for whoever listens ----

/// What came after a position, and whom it is for.
struct News {
    struct Item {
        Notice notice;
        std::vector<UserId> persons;
    };
    std::vector<Item> items;
    std::int64_t last_number = 0; // of the institution, as this was read
};
Result<News> news_after(tenancy::Database& database, const tenancy::TenantScope& scope,
                        const Position& after, int limit, Deadline deadline);

struct Standing {
    UserId person;
    Position after;
};
struct Missed {
    std::vector<std::vector<Notice>> of; // one list for each who asked
    std::int64_t last_number = 0;
};
/// What each has missed, for many in one question.
Result<Missed> catch_up(tenancy::Database& database, const tenancy::TenantScope& scope,
                        std::span<const Standing> who, int limit, Deadline deadline);

} // namespace bw::notices
