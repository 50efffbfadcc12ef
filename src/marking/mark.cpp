#include "marking/mark.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "marking/items_json.hpp"
#include "submissions/questions.hpp"

namespace bw::marking {

namespace {

constexpr std::size_t items_limit = std::max(criteria_limit, submissions::questions_limit);

Result<ItemMark> read_item(Element in, const std::string& pointer) {
    CHECK_OK(check_members(in, {"id", "level", "points", "feedback"}, pointer));
    ItemMark item{.id = TRY(id_in(in, "id", pointer))};
    if (in["level"].error() == simdjson::SUCCESS)
        item.level = TRY(id_in(in, "level", pointer));
    item.points = TRY(points_in(in, "points", pointer));
    item.feedback = TRY(text_in(in, "feedback", item_feedback_bytes_limit, pointer)).value_or("");
    return item;
}

/// One item by its criterion: the points that its level says, or that it says itself.
Result<ItemMark> fitted_item(const Criterion& criterion, ItemMark item, const std::string& here) {
    if (item.level) {
        const auto level = std::ranges::find(criterion.levels, *item.level, &Level::id);
        if (level == criterion.levels.end())
            return fail(Code::invalid_field, "the criterion has no such level", here + "/level");
        if (item.points && *item.points != level->points)
            return fail(Code::invalid_field, "the level is worth other points", here + "/points");
        item.points = level->points;
    } else if (item.points && !criterion.levels.empty()) {
        const auto level = std::ranges::find(criterion.levels, *item.points, &Level::points);
        if (level == criterion.levels.end())
            return fail(Code::invalid_field, "none of the criterion's levels is worth that",
                        here + "/points");
        item.level = level->id;
    } else if (item.points && *item.points > criterion.points_max) {
        return fail(Code::invalid_field,
                    fmt::format("is more than the {} there are", to_text(criterion.points_max)),
                    here + "/points");
    }
    return item;
}

std::string joined(const std::string& a, const std::string& b) {
    return a.empty() || b.empty() ? a + b : a + "\n\n" + b;
}

/// Two marks within the tolerance as one: the mean of the points, and what both say.
MarkContent merged(const MarkContent& a, const MarkContent& b) {
    MarkContent out{.feedback = joined(a.feedback, b.feedback)};
    if (a.points && b.points)
        out.points = mean(*a.points, *b.points);
    for (const ItemMark& item : a.items) {
        ItemMark both = item;
        if (auto other = std::ranges::find(b.items, item.id, &ItemMark::id);
            other != b.items.end()) {
            if (other->level != item.level)
                both.level.reset();
            if (item.points && other->points)
                both.points = mean(*item.points, *other->points);
            both.feedback = joined(item.feedback, other->feedback);
        }
        out.items.push_back(std::move(both));
    }
    return out;
}

Outcome ready(const Mark& mark) {
    return {WorkState::ready, mark.points.value_or(Points{}), mark.content, mark.scheme_version,
            mark.submission};
}

Outcome outcome_of_two(const Mark* first, const Mark* second, const Mark* agreed,
                       Points tolerance) {
    const int done = (first && first->done) + (second && second->done);
    if (done == 0)
        return {first || second ? WorkState::being_marked : WorkState::unmarked};
    if (done == 1)
        return {WorkState::waiting_for_second};
    if (agreed && agreed->done)
        return ready(*agreed);
    const Points a = first->points.value_or(Points{}), b = second->points.value_or(Points{});
    if (std::max(a, b) - std::min(a, b) > tolerance ||
        first->scheme_version != second->scheme_version || first->submission != second->submission)
        return {WorkState::differs};
    Outcome outcome = ready(*first);
    outcome.content = merged(first->content, second->content);
    outcome.points = mean(a, b); // rounded once: items' own means may add up to a hundredth more
    return outcome;
}

} // namespace

Result<MarkContent> read_mark(std::string_view json) {
    thread_local simdjson::dom::parser parser;
    Element in;
    if (parser.parse(json.data(), json.size()).get(in) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "must be an object");
    MarkContent content{.points = TRY(points_in(in, "points", "")),
                        .feedback =
                            TRY(text_in(in, "feedback", feedback_bytes_limit, "")).value_or("")};
    if (in["items"].error() != simdjson::SUCCESS)
        return content;
    for (Element element : TRY(items_in(in["items"].value_unsafe(), items_limit, "/items"))) {
        const std::string here = fmt::format("/items/{}", content.items.size());
        ItemMark item = TRY(read_item(element, here));
        if (std::ranges::find(content.items, item.id, &ItemMark::id) != content.items.end())
            return fail(Code::invalid_field, "was marked already, further up", here + "/id");
        content.items.push_back(std::move(item));
    }
    return content;
}

void write_members(JsonWriter& json, const MarkContent& content) {
    if (content.points)
        write_points(json, "points", content.points);
    json.key("items").array();
    for (const ItemMark& item : content.items) {
        json.object().member("id", item.id);
        if (item.level)
            json.member("level", *item.level);
        if (item.points)
            write_points(json, "points", item.points);
        json.member("feedback", item.feedback).end();
    }
    json.end().member("feedback", content.feedback);
}

std::string to_json(const MarkContent& content) {
    JsonWriter json;
    json.object();
    write_members(json, content);
    json.end();
    return json.take();
}

Result<MarkContent> fitted(const Scheme& scheme, MarkContent content, bool done) {
    const std::vector<Criterion> criteria = scheme.items();
    if (criteria.empty() && content.points && *content.points > scheme.points_max)
        return fail(Code::invalid_field,
                    fmt::format("is more than the {} there are", to_text(scheme.points_max)),
                    "/points");
    if (!criteria.empty() && content.points)
        return fail(Code::invalid_field, "follow from the items; leave them out", "/points");
    for (std::size_t i = 0; i < content.items.size(); ++i) {
        const std::string here = fmt::format("/items/{}", i);
        const auto criterion = std::ranges::find(criteria, content.items[i].id, &Criterion::id);
        if (criterion == criteria.end())
            return fail(Code::invalid_field, "nothing is marked by that name here", here + "/id");
        content.items[i] = TRY(fitted_item(*criterion, std::move(content.items[i]), here));
    }
    if (done && !total(scheme, content)) {
        if (criteria.empty())
            return fail(Code::invalid_field, "a mark that is done has points", "/points");
        return fail(Code::invalid_field, "a mark that is done has points for every item", "/items");
    }
    return content;
}

std::optional<Points> total(const Scheme& scheme, const MarkContent& content) {
    const std::vector<Criterion> criteria = scheme.items();
    if (criteria.empty())
        return content.points;
    Points sum;
    for (const Criterion& criterion : criteria) {
        const auto item = std::ranges::find(content.items, criterion.id, &ItemMark::id);
        if (item == content.items.end() || !item->points)
            return std::nullopt;
        sum = sum + *item->points;
    }
    return sum;
}

std::optional<MarkContent> carried_over(const Scheme& now, const MarkContent& content) {
    MarkContent out = content;
    for (ItemMark& item : out.items)
        if (item.level)
            item.points.reset(); // what the level is worth now
    auto fits = fitted(now, std::move(out), true);
    return fits ? std::optional(*std::move(fits)) : std::nullopt;
}

std::string_view wire_name(MarkKind kind) {
    switch (kind) {
    case MarkKind::automatic:
        return "automatic";
    case MarkKind::first:
        return "first";
    case MarkKind::second:
        return "second";
    case MarkKind::agreed:
        return "agreed";
    }
    ensure_failed("wire_name", "a kind of mark without a name");
}

std::optional<MarkKind> mark_kind_from(std::string_view name) {
    for (MarkKind kind : {MarkKind::automatic, MarkKind::first, MarkKind::second, MarkKind::agreed})
        if (wire_name(kind) == name)
            return kind;
    return std::nullopt;
}

std::string_view wire_name(WorkState state) {
    switch (state) {
    case WorkState::unmarked:
        return "unmarked";
    case WorkState::being_marked:
        return "being_marked";
    case WorkState::waiting_for_second:
        return "waiting_for_second";
    case WorkState::differs:
        return "differs";
    case WorkState::ready:
        return "ready";
    }
    ensure_failed("wire_name", "a state of a work without a name");
}

std::string shown(const Mark& mark) {
    JsonWriter json;
    json.object().member("kind", wire_name(mark.kind)).key("marker_id");
    mark.marker ? json.value(mark.marker->text()) : json.null();
    json.member("done", mark.done).member("scheme_version", mark.scheme_version);
    write_points(json, "total", mark.points);
    write_members(json, mark.content);
    json.member("version", mark.version).member("changed_at", to_rfc3339(mark.changed_at)).end();
    return json.take();
}

const Mark* find_mark(const Marks& marks, MarkKind kind) {
    const auto found = std::ranges::find(marks, kind, &Mark::kind);
    return found == marks.end() ? nullptr : &*found;
}

Outcome outcome_of(const Marks& marks, std::optional<Points> tolerance) {
    const Mark *first = find_mark(marks, MarkKind::first),
               *second = find_mark(marks, MarkKind::second),
               *agreed = find_mark(marks, MarkKind::agreed),
               *automatic = find_mark(marks, MarkKind::automatic);
    if (!first && !second) // what the key alone decides needs no marker
        return automatic && automatic->done ? ready(*automatic) : Outcome{};
    if (tolerance)
        return outcome_of_two(first, second, agreed, *tolerance);
    const Mark* decides = agreed && agreed->done ? agreed : first ? first : second;
    return decides->done ? ready(*decides) : Outcome{WorkState::being_marked};
}

bool both_done(const Marks& marks) {
    const Mark *first = find_mark(marks, MarkKind::first),
               *second = find_mark(marks, MarkKind::second);
    return first && first->done && second && second->done;
}

bool may_see(UserId viewer, const Mark& mark, const Marks& marks, bool two_markers) {
    const bool independent = mark.kind == MarkKind::first || mark.kind == MarkKind::second;
    return !two_markers || !independent || mark.marker == viewer || both_done(marks);
}

Result<MarkKind> slot_for(UserId marker, const Marks& marks, bool two_markers) {
    if (!two_markers)
        return MarkKind::first;
    if (both_done(marks))
        return fail(Code::conflict,
                    "both marks are done and stay as they are; what differs is settled by an "
                    "agreed mark");
    std::optional<MarkKind> free;
    for (MarkKind kind : {MarkKind::second, MarkKind::first}) {
        const Mark* mark = find_mark(marks, kind);
        if (mark && mark->marker == marker)
            return kind;
        if (!mark)
            free = kind;
    }
    if (!free)
        return fail(Code::conflict, "two others mark this work");
    return *free;
}

} // namespace bw::marking
