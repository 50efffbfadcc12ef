// What people did, as the journal has it: one record is what one person sent at once. Pure. No
// names and no contents: ids, kinds and times.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::activity {

/// The numbers stand in records.
enum class Kind : std::uint8_t {
    page_viewed = 1,
    section_opened = 2,
    assignment_opened = 3,
    grade_opened = 4,
    material_opened = 5,
    file_downloaded = 6,
    announcement_read = 7,
};

/// What a subject is an id of. The numbers are those of Kind's table, and stand nowhere else.
enum class Subject : std::uint8_t { none, section, assignment, material, announcement };

struct KindFacts {
    Kind kind;
    std::string_view name; // on the wire and in the database
    Subject subject;
    std::string_view prefix; // of the subject's id
};
inline constexpr KindFacts all_kinds[] = {
    {Kind::page_viewed, "page_viewed", Subject::none, ""}, // it names a page instead
    {Kind::section_opened, "section_opened", Subject::section, "sec"},
    {Kind::assignment_opened, "assignment_opened", Subject::assignment, "asg"},
    {Kind::grade_opened, "grade_opened", Subject::assignment, "asg"},
    {Kind::material_opened, "material_opened", Subject::material, "mat"},
    {Kind::file_downloaded, "file_downloaded", Subject::material, "mat"},
    {Kind::announcement_read, "announcement_read", Subject::announcement, "ann"},
};
const KindFacts& facts_of(Kind kind);
const KindFacts* kind_named(std::string_view name); // null: there is none

/// Names of pages that are viewed. A page's number in records is its place here: new ones come
/// last.
inline constexpr std::string_view all_pages[] = {
    "other",          "today",    "timetable",   "notices",    "devices", "assignments",
    "assignment",     "receipt",  "sections",    "section",    "grades",  "grade",
    "teaching",       "students", "submissions", "similarity", "works",   "work",
    "new_assignment", "scheme",   "people",      "person",     "imports", "policy",
    "branding",       "bells",    "jobs",        "reports",
};
std::optional<std::uint8_t> page_named(std::string_view name);

struct Activity {
    Uuid id{}; // the client's: sent again, it is the same activity
    Kind kind = Kind::page_viewed;
    std::uint8_t page = 0; // of a page_viewed; of others 0
    Uuid subject{};        // zeros where the kind has none
    /// How long before it was sent, by the client's clock.
    std::uint32_t age_ms = 0;

    bool operator==(const Activity&) const = default;
};

constexpr std::size_t activities_limit = 200; // of one record
constexpr std::chrono::milliseconds age_limit = std::chrono::hours(7 * 24);

struct Record {
    TenantId tenant;
    UserId user;
    Instant received_at;
    std::vector<Activity> activities; // 1 to activities_limit

    bool operator==(const Record&) const = default;
    /// By our clock: as long before it was received as it was before it was sent by the client's.
    Instant occurred_at(const Activity& of) const {
        return received_at - std::chrono::milliseconds(of.age_ms);
    }
};

/// "BWA1", then the members in order; integers little-endian, the activities behind their number in
/// two bytes.
Bytes encode(const Record& record);
/// corrupt unless it is one record and nothing else.
Result<Record> decode_record(ByteView bytes);

} // namespace bw::activity
