#include "marking/scheme.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "marking/items_json.hpp"
#include "marking/marking_sql.hpp"

namespace bw::marking {

namespace {

Result<std::vector<Level>> read_levels(Element in, Points points_max, const std::string& pointer) {
    std::vector<Level> levels;
    if (in["levels"].error() != simdjson::SUCCESS)
        return levels;
    const std::string list = pointer + "/levels";
    for (Element item : TRY(items_in(in["levels"].value_unsafe(), levels_limit, list))) {
        const std::string here = fmt::format("{}/{}", list, levels.size());
        CHECK_OK(check_members(item, {"id", "title", "points"}, here));
        Level level{TRY(id_in(item, "id", here)),
                    TRY(required_text_in(item, "title", title_bytes_limit, here)),
                    TRY(required_points_in(item, "points", here))};
        if (level.points > points_max)
            return fail(Code::invalid_field, "is more than the criterion's points_max",
                        here + "/points");
        if (std::ranges::find(levels, level.id, &Level::id) != levels.end())
            return fail(Code::invalid_field, "another level has this id", here + "/id");
        levels.push_back(std::move(level));
    }
    return levels;
}

Result<Criterion> read_criterion(Element in, const std::string& pointer) {
    CHECK_OK(check_members(in, {"id", "title", "description", "points_max", "levels"}, pointer));
    Criterion out{
        .id = TRY(id_in(in, "id", pointer)),
        .title = TRY(required_text_in(in, "title", title_bytes_limit, pointer)),
        .description =
            TRY(text_in(in, "description", description_bytes_limit, pointer)).value_or(""),
        .points_max = TRY(required_points_in(in, "points_max", pointer)),
        .levels = {}};
    out.levels = TRY(read_levels(in, out.points_max, pointer));
    return out;
}

Points sum_of(const std::vector<Criterion>& criteria) {
    Points sum;
    for (const Criterion& criterion : criteria)
        sum = sum + criterion.points_max;
    return sum;
}

Result<Scheme> read_scheme(const pg::Rows& rows, int row) {
    Scheme scheme{.version = rows.int8(row, 0),
                  .points_max = Points{rows.int8(row, 1)},
                  .counts = rows.text(row, 4) == "best" ? Counts::best : Counts::latest};
    if (auto rubric = rows.optional_text(row, 2))
        scheme.rubric = TRY(read_rubric(*rubric, "rubric"));
    if (auto key = rows.optional_text(row, 3))
        scheme.key = TRY(read_answer_key(*key, "answer_key"));
    if (!rows.is_null(row, 5))
        scheme.tolerance = Points{rows.int8(row, 5)};
    if (!rows.is_null(row, 6))
        scheme.regrade_window = std::chrono::seconds(rows.int8(row, 6));
    return scheme;
}

/// What is stored was checked when it came.
template <class T>
Result<T> stored(Result<T> read) {
    if (!read && read.error().code == Code::invalid_field)
        return fail(Code::corrupt, read.error().detail, read.error().field);
    return read;
}

/// Whether the submissions' routes tell teachers who handed in what.
Result<void> hide_in_submissions(tenancy::TenantTx& tx, AssignmentId assignment, bool hidden) {
    pg::Params params;
    params.id(assignment).boolean(hidden);
    TRY(tx.run(sql::hide_identities, params));
    return {};
}

} // namespace

std::string_view wire_name(Counts counts) {
    return counts == Counts::best ? "best" : "latest";
}

std::vector<Criterion> Scheme::items() const {
    if (key.empty())
        return rubric;
    std::vector<Criterion> out;
    for (const KeyEntry& entry : key)
        out.push_back({entry.id, entry.id, "", entry.points, {}});
    return out;
}

Result<std::vector<Criterion>> read_rubric(std::string_view json, const std::string& pointer) {
    thread_local simdjson::dom::parser parser;
    Element document;
    if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "expected a list", pointer);
    std::vector<Criterion> rubric;
    for (Element item : TRY(items_in(document, criteria_limit, pointer))) {
        const std::string here = fmt::format("{}/{}", pointer, rubric.size());
        Criterion criterion = TRY(read_criterion(item, here));
        if (std::ranges::find(rubric, criterion.id, &Criterion::id) != rubric.end())
            return fail(Code::invalid_field, "another criterion has this id", here + "/id");
        rubric.push_back(std::move(criterion));
        if (sum_of(rubric) > points_limit)
            return fail(
                Code::invalid_field,
                fmt::format("together these are more than {} points", to_text(points_limit)),
                here + "/points_max");
    }
    if (rubric.empty())
        return fail(Code::invalid_field, "expected one criterion or more", pointer);
    return rubric;
}

std::string to_json(const std::vector<Criterion>& rubric) {
    JsonWriter json;
    json.array();
    for (const Criterion& criterion : rubric) {
        json.object()
            .member("id", criterion.id)
            .member("title", criterion.title)
            .member("description", criterion.description);
        write_points(json, "points_max", criterion.points_max);
        json.key("levels").array();
        for (const Level& level : criterion.levels) {
            json.object().member("id", level.id).member("title", level.title);
            write_points(json, "points", level.points);
            json.end();
        }
        json.end().end();
    }
    json.end();
    return json.take();
}

Result<std::optional<Marking>> marking_of(tenancy::TenantTx& tx, AssignmentId assignment) {
    pg::Params params;
    params.id(assignment);
    const pg::Rows rows = TRY(tx.run(sql::marking_of, params));
    if (rows.empty())
        return std::optional<Marking>();
    Marking marking{TRY(stored(read_scheme(rows, 0))), rows.boolean(0, 7), std::nullopt};
    if (!rows.is_null(0, 8))
        marking.opened_at = rows.instant(0, 8);
    return std::optional(std::move(marking));
}

Result<Marking> lock_marking(tenancy::TenantTx& tx, AssignmentId assignment) {
    pg::Params params;
    params.id(assignment);
    TRY(tx.run(sql::lock_marking, params));
    auto marking = TRY(marking_of(tx, assignment));
    if (!marking)
        return fail(Code::conflict, "say first how this assignment is marked: PUT its `marking`");
    return *std::move(marking);
}

Result<Scheme> scheme_at(tenancy::TenantTx& tx, AssignmentId assignment, std::int64_t version) {
    pg::Params params;
    params.id(assignment).int8(version);
    const pg::Rows rows = TRY(tx.run(sql::scheme_at, params));
    if (rows.empty())
        return fail(Code::corrupt, "a mark by a scheme that there is not");
    return stored(read_scheme(rows, 0));
}

Result<std::int64_t> set_marking(tenancy::TenantTx& tx, AssignmentId assignment,
                                 const Marking& marking, std::int64_t seen, UserId by,
                                 Instant now) {
    pg::Params begin, add;
    begin.id(assignment).boolean(marking.anonymous);
    TRY(tx.run(sql::begin_marking, begin));
    const Scheme& scheme = marking.scheme;
    add.id(assignment).int8(seen).int8(scheme.points_max.hundredths);
    scheme.rubric.empty() ? add.null() : add.json(to_json(scheme.rubric));
    scheme.key.empty() ? add.null() : add.json(to_json(scheme.key));
    add.text(wire_name(scheme.counts));
    scheme.tolerance ? add.int8(scheme.tolerance->hundredths) : add.null();
    scheme.regrade_window
        ? add.int8(std::chrono::floor<std::chrono::seconds>(*scheme.regrade_window).count())
        : add.null();
    add.id(by).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::add_scheme, add));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "the marking was changed meanwhile; read it again and decide anew", "If-Match");
    pg::Params anonymity;
    anonymity.id(assignment).boolean(marking.anonymous);
    const pg::Rows hidden = TRY(tx.run(sql::set_anonymous, anonymity));
    if (hidden.empty())
        return fail(Code::conflict,
                    "what is marked anonymously stays so until it is released, or an administrator "
                    "opens identities",
                    "/anonymous");
    CHECK_OK(hide_in_submissions(tx, assignment, hidden.boolean(0, 1)));
    return rows.int8(0, 0);
}

Result<bool> open_identities(tenancy::TenantTx& tx, AssignmentId assignment, UserId by,
                             Instant now) {
    pg::Params params;
    params.id(assignment).id(by).instant(now);
    if (TRY(tx.run(sql::open_identities, params)).affected() == 0)
        return false;
    CHECK_OK(hide_in_submissions(tx, assignment, false));
    return true;
}

} // namespace bw::marking
