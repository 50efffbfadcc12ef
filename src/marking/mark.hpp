// A mark: what one marker says of one student's work, and what follows from all of them. Pure; the
// states stand in README.md. Storing is works.hpp's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "marking/scheme.hpp"

namespace bw::marking {

constexpr std::size_t feedback_bytes_limit = 16 * 1024, item_feedback_bytes_limit = 2 * 1024;

struct ItemMark {
    std::string id; // of the criterion or question
    std::optional<std::string> level = {};
    std::optional<Points> points = {};
    std::string feedback = {};
    bool operator==(const ItemMark&) const = default;
};
struct MarkContent {
    std::vector<ItemMark> items = {};
    std::optional<Points> points = {}; // where there are no items
    std::string feedback = {};
    bool operator==(const MarkContent&) const = default;
};

/// Members `items`, `points`, `feedback` of an object, others are passed over; invalid_field with
/// the first fault's place. Whether they fit a scheme is fitted()'s to say.
Result<MarkContent> read_mark(std::string_view json);
std::string to_json(const MarkContent& content);
/// The same members into an object that is open.
void write_members(JsonWriter& json, const MarkContent& content);

/// The content with the points of its levels filled in. invalid_field with the place of what the
/// scheme does not allow; a `done` mark has points for everything.
Result<MarkContent> fitted(const Scheme& scheme, MarkContent content, bool done);
/// nullopt: something has no points yet.
std::optional<Points> total(const Scheme& scheme, const MarkContent& content);
/// What was marked by another version: levels are worth what they are worth now, points stay where
/// they still may. nullopt: somebody has to look at it again.
std::optional<MarkContent> carried_over(const Scheme& now, const MarkContent& content);

enum class MarkKind : std::uint8_t { automatic, first, second, agreed };
std::string_view wire_name(MarkKind kind);
std::optional<MarkKind> mark_kind_from(std::string_view wire_name);

struct Mark {
    MarkKind kind = MarkKind::first;
    std::optional<UserId> marker = {}; // nullopt: the answer key
    bool done = false;                 // else a draft
    std::int64_t scheme_version = 0;
    std::optional<SubmissionId> submission = {}; // that it is for
    std::optional<Points> points = {};           // nullopt: not complete
    MarkContent content = {};
    std::int64_t version = 0;
    Instant changed_at = {};
};
/// As answers show it; without what would tell whose work it is of.
std::string shown(const Mark& mark);

/// Of one work: at most one of each kind.
using Marks = std::vector<Mark>;
const Mark* find_mark(const Marks& marks, MarkKind kind);

enum class WorkState : std::uint8_t {
    unmarked,           // nobody has begun
    being_marked,       // there are drafts
    waiting_for_second, // one of two is done
    differs,            // two are done, too far apart
    ready               // there is a result
};
std::string_view wire_name(WorkState state);

struct Outcome {
    WorkState state = WorkState::unmarked;
    // Of a ready one:
    Points points = {};
    MarkContent content = {};
    std::int64_t scheme_version = 0;
    std::optional<SubmissionId> submission = {};
};
/// `tolerance`: of two markers; nullopt: one is enough.
Outcome outcome_of(const Marks& marks, std::optional<Points> tolerance);

bool both_done(const Marks& marks);
/// Of two markers neither sees the other's mark, nor does anybody else, until both are done.
bool may_see(UserId viewer, const Mark& mark, const Marks& marks, bool two_markers);
/// Which mark `marker` writes: the first, or of two markers the one that is theirs or free.
/// conflict if there is none left, or both are done: what they say stays then.
Result<MarkKind> slot_for(UserId marker, const Marks& marks, bool two_markers);

} // namespace bw::marking
