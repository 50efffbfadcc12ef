#include "live/store.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "live/live_sql.hpp"
#include "timetable/sections.hpp"

namespace bw::live {

namespace {

/// After a class nobody needs to know who was put out of it; for complaints about it.
constexpr Duration removals_kept = 30 * 24h;

std::optional<Instant> optional_instant(const pg::Rows& rows, int row, int column) {
    return rows.is_null(row, column) ? std::nullopt : std::optional(rows.instant(row, column));
}

void add(pg::Params& params, std::optional<Instant> instant) {
    instant ? params.instant(*instant) : params.null();
}

pg::Params ids(std::span<const LiveClassId> of) {
    std::vector<Uuid> uuids;
    for (const LiveClassId id : of)
        uuids.push_back(id.uuid);
    pg::Params params;
    params.uuids(uuids);
    return params;
}

Result<std::map<timetable::LessonId, LiveLesson>> live_lessons(tenancy::TenantTx& tx) {
    std::map<timetable::LessonId, LiveLesson> out;
    const pg::Rows rows = TRY(tx.run(sql::live_lessons));
    for (int row = 0; row < rows.count(); ++row) {
        const auto id = rows.id<timetable::LessonId>(row, 0);
        out[id] = {id, rows.int8(row, 1), Rights::of_bits(rows.int8(row, 2))};
    }
    return out;
}

struct DatedClasses {
    std::vector<Dated> classes;
    std::vector<Uuid> ids; // of those that are beyond the limit too
    bool cut = false;
};

/// Those of live lessons, dated, as the roster calls them.
Result<DatedClasses> dated(tenancy::TenantTx& tx, const timetable::Plan& plan, Instant from,
                           Instant until, std::size_t limit) {
    const auto live = TRY(live_lessons(tx));
    timetable::Person sections;
    for (const timetable::Lesson& lesson : plan.timetable().lessons)
        if (live.contains(lesson.id))
            sections.sections.insert(lesson.section);
    if (sections.sections.empty())
        return DatedClasses();
    // Without a limit: lessons that are not live must not crowd out those that are.
    auto found =
        timetable::occurrences(plan, from, until, sections, SIZE_MAX, timetable::Cancelled::marked);
    std::erase_if(found, [&](const timetable::Occurrence& one) {
        return !live.contains(plan.timetable().lessons[one.lesson].id);
    });
    DatedClasses out;
    for (const timetable::Occurrence& one : found)
        out.ids.push_back(
            class_id(tx.tenant(), plan.timetable().lessons[one.lesson].id, date_of(plan, one))
                .uuid);
    if (found.size() > limit) {
        std::ranges::sort(found, {}, [](const timetable::Occurrence& one) {
            return std::pair(one.begin, one.lesson);
        });
        found.resize(limit);
        out.cut = true;
    }
    const auto titles = TRY(timetable::titles_of(tx, plan, found));
    for (const timetable::Occurrence& one : found) {
        const timetable::Lesson& lesson = plan.timetable().lessons[one.lesson];
        const auto title = titles.find(lesson.section);
        const timetable::Date day = date_of(plan, one);
        out.classes.push_back({.id = class_id(tx.tenant(), lesson.id, day),
                               .lesson = lesson.id,
                               .day = day,
                               .section = lesson.section,
                               .teacher = teacher_of(plan, one),
                               .title = title == titles.end() ? "" : title->second,
                               .begins = one.begin,
                               .ends = one.end,
                               .students_may = live.at(lesson.id).students_may,
                               .cancelled = one.cancelled || title == titles.end()});
    }
    return out;
}

pg::Params params_of(std::span<const Dated> classes, std::int64_t epoch) {
    std::vector<Uuid> id, lesson, section;
    std::vector<std::optional<Uuid>> teacher;
    std::vector<std::string> title;
    std::vector<Instant> day, begins, ends;
    std::vector<std::int64_t> may;
    std::vector<bool> cancelled;
    for (const Dated& one : classes) {
        id.push_back(one.id.uuid);
        lesson.push_back(one.lesson.uuid);
        day.push_back(
            {std::chrono::duration_cast<std::chrono::milliseconds>(one.day.time_since_epoch())
                 .count()});
        section.push_back(one.section.uuid);
        teacher.push_back(one.teacher ? std::optional(one.teacher->uuid) : std::nullopt);
        title.push_back(one.title);
        begins.push_back(one.begins);
        ends.push_back(one.ends);
        may.push_back(one.students_may.bits());
        cancelled.push_back(one.cancelled);
    }
    pg::Params params;
    params.uuids(id)
        .uuids(lesson)
        .instants(day)
        .uuids(section)
        .uuids(std::span<const std::optional<Uuid>>(teacher))
        .texts(std::span<const std::string>(title))
        .instants(begins)
        .instants(ends)
        .int8s(std::span<const std::int64_t>(may))
        .booleans(cancelled)
        .int8(epoch);
    return params;
}

Error another_version() {
    return fail(Code::precondition_failed,
                "it was changed meanwhile; read it again and send the new ETag", "If-Match");
}

} // namespace

// ---- which lessons are live ----

Result<std::optional<LiveLesson>> live_lesson(tenancy::TenantTx& tx, timetable::LessonId lesson) {
    pg::Params params;
    params.id(lesson);
    const pg::Rows rows = TRY(tx.run(sql::live_lesson, params));
    if (rows.empty())
        return std::optional<LiveLesson>();
    return std::optional(LiveLesson{lesson, rows.int8(0, 0), Rights::of_bits(rows.int8(0, 1))});
}

Result<std::int64_t> put_live_lesson(tenancy::TenantTx& tx, timetable::LessonId lesson,
                                     std::optional<std::int64_t> seen, Rights students_may,
                                     Instant now) {
    pg::Params params;
    params.id(lesson);
    if (seen) {
        params.int8(*seen).int8(students_may.bits()).instant(now);
        const pg::Rows rows = TRY(tx.run(sql::change_live, params));
        if (rows.empty())
            return another_version();
        return rows.int8(0, 0);
    }
    params.int8(students_may.bits()).instant(now);
    const pg::Rows made = TRY(tx.run(sql::make_live, params));
    if (!made.empty())
        return made.int8(0, 0);
    const auto there = TRY(live_lesson(tx, lesson));
    if (!there)
        return fail(Code::not_found, "there is no such lesson");
    if (there->students_may == students_may)
        return there->version;
    return fail(Code::precondition_required,
                "it is live already, otherwise; send its ETag to change that", "If-Match");
}

Result<void> end_live_lesson(tenancy::TenantTx& tx, timetable::LessonId lesson, std::int64_t seen) {
    pg::Params params;
    params.id(lesson).int8(seen);
    if (TRY(tx.run(sql::end_live, params)).empty())
        return another_version();
    return {};
}

// ---- classes ----

tenancy::Step classes_step(std::span<const LiveClassId> of) {
    return {sql::classes_by_id, ids(of)};
}

std::vector<LiveClass> read_classes(const pg::Rows& rows) {
    std::vector<LiveClass> out;
    for (int row = 0; row < rows.count(); ++row) {
        LiveClass one;
        one.id = rows.id<LiveClassId>(row, 0);
        one.lesson = rows.id<timetable::LessonId>(row, 1);
        one.day = *roster::parse_date(rows.text(row, 2));
        one.section = rows.id<SectionId>(row, 3);
        if (!rows.is_null(row, 4))
            one.teacher = rows.id<UserId>(row, 4);
        one.title = rows.text(row, 5);
        one.begins = rows.instant(row, 6);
        one.ends = rows.instant(row, 7);
        one.students_may = Rights::of_bits(rows.int8(row, 8));
        one.cancelled = rows.boolean(row, 9);
        one.version = rows.int8(row, 10);
        one.state = state_named(rows.text(row, 11));
        if (!rows.is_null(row, 12))
            one.failed_in = state_named(rows.text(row, 12));
        one.round = rows.int8(row, 13);
        one.asked = rows.boolean(row, 14);
        one.provider = rows.text(row, 15);
        one.ref = rows.text(row, 16);
        if (!rows.is_null(row, 17))
            one.ingests = rows.bytes(row, 17);
        one.quota_at = optional_instant(rows, row, 18);
        one.quota_short = rows.int8(row, 19);
        one.slate_on = rows.boolean(row, 20);
        one.signal = signal_named(rows.text(row, 21));
        one.polled_at = optional_instant(rows, row, 22);
        one.swept_at = optional_instant(rows, row, 23);
        one.warm_planned = rows.int8(row, 24);
        one.warm_verified = rows.int8(row, 25);
        one.attempts = rows.int8(row, 26);
        one.not_before = optional_instant(rows, row, 27);
        one.fault = rows.text(row, 28);
        one.ended_at = optional_instant(rows, row, 29);
        one.recording = rows.text(row, 30);
        out.push_back(std::move(one));
    }
    return out;
}

Result<std::optional<LiveClass>> class_by_id(tenancy::TenantTx& tx, LiveClassId id) {
    const tenancy::Step step = classes_step({&id, 1});
    auto found = read_classes(TRY(tx.run(step.statement, step.params)));
    if (found.empty())
        return std::optional<LiveClass>();
    return std::optional(std::move(found.front()));
}

Result<std::vector<LiveClass>> classes_of(tenancy::TenantTx& tx, UserId user, Instant now,
                                          Instant from, Instant until, std::int64_t limit) {
    pg::Params params;
    params.id(user).instant(now).instant(from).instant(until).int8(limit);
    return read_classes(TRY(tx.run(sql::classes_of_person, params)));
}

Result<Followed> follow_timetable(tenancy::TenantTx& tx, const timetable::Plan& plan, Instant from,
                                  Instant until, std::int64_t epoch, std::size_t limit) {
    const DatedClasses dates = TRY(dated(tx, plan, from, until, limit));
    pg::Params others, old;
    others.instant(from).instant(until).uuids(dates.ids).int8(epoch);
    old.instant(from - removals_kept);
    TRY(tx.run({{sql::put_classes, params_of(dates.classes, epoch)},
                {sql::cancel_other_classes, std::move(others)},
                {sql::forget_removals, std::move(old)}}));
    return Followed{.cut = dates.cut};
}

tenancy::Step step_of(const LiveClass& of, const Progress& now, std::int64_t epoch) {
    pg::Params params;
    params.id(of.id).int8(of.version).int8(epoch).text(name(now.state));
    now.failed_in ? params.text(name(*now.failed_in)) : params.null();
    params.int8(now.round).boolean(now.asked).text(now.provider).text(now.ref);
    now.ingests.empty() ? params.null() : params.bytes(now.ingests);
    add(params, now.quota_at);
    params.int8(now.quota_short).boolean(now.slate_on).text(to_text(now.signal));
    add(params, now.polled_at);
    add(params, now.swept_at);
    params.int8(now.warm_planned).int8(now.warm_verified).int8(now.attempts);
    add(params, now.not_before);
    params.text(now.fault);
    add(params, now.ended_at);
    return {sql::step_class, std::move(params)};
}

// ---- who is put out ----

tenancy::Step removals_step(std::span<const LiveClassId> of) {
    return {sql::removals_of, ids(of)};
}

Result<bool> remove_person(tenancy::TenantTx& tx, LiveClassId id, UserId user, Instant now) {
    pg::Params params, touched;
    params.id(id).id(user).instant(now);
    touched.id(id);
    const auto answers =
        TRY(tx.run({{sql::remove_person, params}, {sql::touch_class, std::move(touched)}}));
    if (answers[1].empty())
        return false;
    if (!answers[0].empty())
        return true;
    const tenancy::Step out = removals_step({&id, 1});
    const pg::Rows rows = TRY(tx.run(out.statement, out.params));
    for (int row = 0; row < rows.count(); ++row)
        if (rows.id<UserId>(row, 1) == user)
            return true;
    return false;
}

Result<bool> let_back_in(tenancy::TenantTx& tx, LiveClassId id, UserId user) {
    pg::Params params, touched;
    params.id(id).id(user);
    touched.id(id);
    const auto answers =
        TRY(tx.run({{sql::let_back_in, params}, {sql::touch_class, std::move(touched)}}));
    return !answers[0].empty();
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    TRY(tx.run({{sql::forget_removals_of, params}, {sql::forget_teacher, params}}));
    return {};
}

// ---- who is of a class ----

namespace {

template <class Ids>
std::vector<Uuid> uuids_of(const Ids& of) {
    std::vector<Uuid> out;
    for (const auto& id : of)
        out.push_back(id.uuid);
    return out;
}

} // namespace

tenancy::Step people_step(std::span<const SectionId> sections, Instant now) {
    pg::Params params;
    params.uuids(uuids_of(sections)).instant(now);
    return {sql::people_of_sections, std::move(params)};
}

tenancy::Step people_step(std::span<const SectionId> sections, Instant now,
                          const std::set<UserId>& people) {
    pg::Params params;
    params.uuids(uuids_of(sections)).instant(now).uuids(uuids_of(people));
    return {sql::some_people_of_sections, std::move(params)};
}

} // namespace bw::live
