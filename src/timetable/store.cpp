#include "timetable/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "timetable/timetable_json.hpp"
#include "timetable/timetable_sql.hpp"

namespace bw::timetable {

namespace {

/// Eight columns from `at` on.
Lesson lesson_in(const pg::Rows& rows, int row, int at) {
    return {.id = rows.id<LessonId>(row, at),
            .section = rows.id<SectionId>(row, at + 1),
            .period = std::string(rows.text(row, at + 2)),
            .days = static_cast<std::uint8_t>(rows.int8(row, at + 3)),
            .rotation = static_cast<std::uint32_t>(rows.int8(row, at + 4)),
            .room = std::string(rows.text(row, at + 5)),
            .teacher = rows.is_null(row, at + 6) ? std::nullopt
                                                 : std::optional(rows.id<UserId>(row, at + 6)),
            .term = std::string(rows.text(row, at + 7))};
}

/// Columns as read_timetable has them.
Change change_in(const pg::Rows& rows, int row) {
    return {.lesson = rows.id<LessonId>(row, 4),
            .date = roster::parse_date(rows.text(row, 12)).value_or(Date{}),
            .cancelled = rows.boolean(row, 13),
            .teacher =
                rows.is_null(row, 10) ? std::nullopt : std::optional(rows.id<UserId>(row, 10)),
            .room = std::string(rows.text(row, 9))};
}

Result<Stored> stored_in(const pg::Rows& rows) {
    Stored stored;
    if (rows.empty() || rows.int8(0, 0) != 0)
        return stored;
    stored.version = rows.int8(0, 1);
    CHECK_OK(read_calendar(rows.json(0, 2), stored.timetable));
    stored.changed_at = rows.instant(0, 3);
    for (int row = 1; row < rows.count(); ++row) {
        const std::int64_t part = rows.int8(row, 0);
        if (part == 1) {
            stored.timetable.lessons.push_back(lesson_in(rows, row, 4));
            stored.lesson_versions.push_back(rows.int8(row, 1));
        } else if (part == 2) {
            stored.timetable.changes.push_back(change_in(rows, row));
        }
    }
    return stored;
}

Result<std::vector<StoredLesson>> stored_lessons_in(const pg::Rows& rows) {
    std::vector<StoredLesson> out;
    if (rows.empty())
        return out;
    std::vector<std::string> names;
    if (!rows.is_null(0, 9))
        names = TRY(read_rotation_names(rows.json(0, 9)));
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({lesson_in(rows, row, 0), rows.int8(row, 8), names});
    return out;
}

std::string calendar_json(const Timetable& timetable) {
    JsonWriter json;
    json.object();
    write_calendar(json, timetable);
    json.end();
    return json.take();
}

std::optional<Uuid> uuid_of(const std::optional<UserId>& id) {
    return id ? std::optional(id->uuid) : std::nullopt;
}

/// What of two lists has to be written and removed, by key.
template <class T>
struct Difference {
    std::vector<const T*> put, gone;
};
template <class T, class Key>
Difference<T> difference(const std::vector<T>& before, const std::vector<T>& after, Key&& key) {
    std::map<decltype(key(before.front())), const T*> had;
    for (const T& one : before)
        had.emplace(key(one), &one);
    Difference<T> out;
    for (const T& one : after) {
        const auto was = had.find(key(one));
        if (was == had.end() || *was->second != one)
            out.put.push_back(&one);
        if (was != had.end())
            had.erase(was);
    }
    for (const auto& [_, one] : had)
        out.gone.push_back(one);
    return out;
}

/// invalid_field, with the field of the first that the roster does not have.
Result<void> check_known(const pg::Rows& unknown, const std::vector<std::string>& fields,
                         const char* detail) {
    if (unknown.empty())
        return {};
    return fail(Code::invalid_field, detail,
                fields[static_cast<std::size_t>(unknown.int8(0, 0)) - 1]);
}

Result<void> check_roster(tenancy::TenantTx& tx, const Timetable& after,
                          const Difference<Lesson>& lessons, const Difference<Change>& changes) {
    std::vector<Uuid> sections, teachers;
    std::vector<std::string> section_fields, teacher_fields;
    const auto teacher = [&](const auto& one, const auto& all, const char* list) {
        if (!one.teacher)
            return;
        teachers.push_back(one.teacher->uuid);
        teacher_fields.push_back(fmt::format("/{}/{}/teacher_id", list, &one - all.data()));
    };
    for (const Lesson* one : lessons.put) {
        sections.push_back(one->section.uuid);
        section_fields.push_back(fmt::format("/lessons/{}/section_id", one - after.lessons.data()));
        teacher(*one, after.lessons, "lessons");
    }
    for (const Change* one : changes.put)
        teacher(*one, after.changes, "changes");
    pg::Params of_sections, of_teachers;
    of_sections.uuids(sections);
    of_teachers.uuids(teachers);
    const auto unknown =
        TRY(tx.run({{sql::sections_unknown, of_sections}, {sql::teachers_unknown, of_teachers}}));
    CHECK_OK(
        check_known(unknown[0], section_fields, "the roster has no such section, or no longer"));
    return check_known(unknown[1], teacher_fields, "the roster has no such person, or no longer");
}

Difference<Lesson> lessons_between(const Stored& before, const Plan& plan) {
    return difference(before.timetable.lessons, plan.timetable().lessons,
                      [](const Lesson& one) { return one.id; });
}
Difference<Change> changes_between(const Stored& before, const Plan& plan) {
    return difference(before.timetable.changes, plan.timetable().changes,
                      [](const Change& one) { return std::pair(one.lesson, one.date); });
}

tenancy::Step put_lessons_step(const std::vector<const Lesson*>& lessons) {
    std::vector<Uuid> ids, sections;
    std::vector<std::string> periods, rooms, terms;
    std::vector<std::int64_t> days, rotations;
    std::vector<std::optional<Uuid>> teachers;
    for (const Lesson* one : lessons) {
        ids.push_back(one->id.uuid);
        sections.push_back(one->section.uuid);
        periods.push_back(one->period);
        days.push_back(one->days);
        rotations.push_back(one->rotation);
        rooms.push_back(one->room);
        teachers.push_back(uuid_of(one->teacher));
        terms.push_back(one->term);
    }
    tenancy::Step step{sql::put_lessons, {}};
    step.params.uuids(ids)
        .uuids(sections)
        .texts(periods)
        .int8s(days)
        .int8s(rotations)
        .texts(rooms)
        .uuids(teachers)
        .texts(terms);
    return step;
}

tenancy::Step changes_step(const pg::Statement& statement,
                           const std::vector<const Change*>& changes, bool whole) {
    std::vector<Uuid> lessons;
    std::vector<Instant> dates; // their midnights in UTC
    std::vector<std::string> rooms;
    std::vector<bool> cancelled;
    std::vector<std::optional<Uuid>> teachers;
    for (const Change* one : changes) {
        lessons.push_back(one->lesson.uuid);
        dates.push_back(
            {std::chrono::duration_cast<std::chrono::milliseconds>(one->date.time_since_epoch())
                 .count()});
        cancelled.push_back(one->cancelled);
        teachers.push_back(uuid_of(one->teacher));
        rooms.push_back(one->room);
    }
    tenancy::Step step{statement, {}};
    step.params.uuids(lessons).instants(dates);
    if (whole)
        step.params.booleans(cancelled).uuids(teachers).texts(rooms);
    return step;
}

tenancy::Step remove_lessons_step(const std::vector<const Lesson*>& lessons) {
    std::vector<Uuid> ids;
    for (const Lesson* one : lessons)
        ids.push_back(one->id.uuid);
    tenancy::Step step{sql::remove_lessons, {}};
    step.params.uuids(ids);
    return step;
}

Result<void> save_calendar(tenancy::TenantTx& tx, const Stored& before, const Timetable& after,
                           Instant now) {
    pg::Params params;
    params.json(calendar_json(after)).instant(now);
    const pg::Rows rows =
        TRY(tx.run(before.version == 0 ? sql::begin_timetable : sql::change_timetable, params));
    if (rows.empty())
        return fail(Code::conflict, "somebody else has just begun the timetable; read it again");
    return {};
}

} // namespace

Result<Version> version_of(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::timetable_version));
    return rows.empty() ? Version{} : Version{rows.int8(0, 0), rows.instant(0, 1)};
}

Result<Stored> read_timetable(tenancy::TenantTx& tx) {
    return stored_in(TRY(tx.run(sql::read_timetable)));
}

Result<Stored> lock_timetable(tenancy::TenantTx& tx) {
    return stored_in(TRY(tx.run({{sql::lock_timetable, {}}, {sql::read_timetable, {}}}))[1]);
}

Result<std::vector<StoredLesson>> lessons_after(tenancy::TenantTx& tx, LessonId after,
                                                std::optional<SectionId> section,
                                                std::int64_t limit) {
    pg::Params params;
    params.id(after).int8(limit);
    if (section)
        params.id(*section);
    return stored_lessons_in(
        TRY(tx.run(section ? sql::lessons_of_section_after : sql::lessons_after, params)));
}

Result<std::optional<StoredLesson>> lesson_by_id(tenancy::TenantTx& tx, LessonId id) {
    pg::Params params;
    params.id(id);
    auto found = TRY(stored_lessons_in(TRY(tx.run(sql::lesson_by_id, params))));
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<Plan> check_timetable(tenancy::TenantTx& tx, const Stored& before, Timetable after) {
    Plan plan = TRY(Plan::make(std::move(after)));
    CHECK_OK(check_roster(tx, plan.timetable(), lessons_between(before, plan),
                          changes_between(before, plan)));
    return plan;
}

Result<Plan> save_timetable(tenancy::TenantTx& tx, const Stored& before, Timetable after,
                            Instant now) {
    Plan plan = TRY(check_timetable(tx, before, std::move(after)));
    const Timetable& made = plan.timetable();
    const auto lessons = lessons_between(before, plan);
    const auto changes = changes_between(before, plan);
    CHECK_OK(save_calendar(tx, before, made, now));
    std::vector<tenancy::Step> steps;
    if (!changes.gone.empty())
        steps.push_back(changes_step(sql::remove_lesson_changes, changes.gone, false));
    if (!lessons.gone.empty())
        steps.push_back(remove_lessons_step(lessons.gone));
    if (!lessons.put.empty())
        steps.push_back(put_lessons_step(lessons.put));
    if (!changes.put.empty())
        steps.push_back(changes_step(sql::put_lesson_changes, changes.put, true));
    if (!steps.empty())
        TRY(tx.run(steps));
    return plan;
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user, Instant now) {
    const Stored stored = TRY(lock_timetable(tx));
    pg::Params params;
    params.id(user);
    TRY(tx.run({{sql::remove_calendar_feeds_of, params},
                {sql::forget_teacher, params},
                {sql::forget_substitute, params}}));
    // So that no process goes on with a plan that has them.
    return stored.version == 0 ? Result<void>() : save_calendar(tx, stored, stored.timetable, now);
}

} // namespace bw::timetable
