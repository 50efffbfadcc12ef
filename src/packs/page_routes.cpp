// Reads a first page and writes it down, as the routes of its parts write theirs. (The name ends in
// _routes: it shares their writers.)
#include <algorithm>

#include "auth/bells.hpp"
#include "auth/session_routes.hpp"
#include "marking/routes.hpp"
#include "net/content_encoding.hpp"
#include "net/etag.hpp"
#include "notices/routes.hpp"
#include "packs/routes.hpp"
#include "roster/users.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::packs {

namespace {

constexpr int assignments_limit = 100, notices_limit = 20, grades_limit = 100;
constexpr std::size_t bells_limit = 10;
constexpr auto assignments_back = std::chrono::days(7);
constexpr int gzip_level = 6;                 // it is compressed once
constexpr std::size_t gzip_bytes_min = 1'400; // what the server compresses too

void write_me(JsonWriter& json, const roster::User& user, TenantId tenant, tenancy::Roles roles) {
    json.key("me")
        .object()
        .member("user_id", user.id.text())
        .member("tenant_id", tenant.text())
        .member("username", user.username)
        .member("given_name", user.given_name)
        .member("family_name", user.family_name);
    auth::write_roles(json, roles);
    json.end();
}

struct Place {
    roster::Section section;
    bool teaches = false, attends = false;
};

/// Those of today, by title.
std::vector<Place> places_in(const std::vector<roster::Enrollment>& enrollments,
                             std::chrono::sys_days today) {
    std::vector<Place> places;
    for (const roster::Enrollment& one : enrollments) { // by section
        const bool teaches = one.role == "teacher", attends = one.role == "student";
        if (!one.active || !one.section.active || !(teaches || attends) ||
            (one.end_date && *one.end_date <= today))
            continue;
        if (places.empty() || places.back().section.id != one.section.id)
            places.push_back({one.section});
        places.back().teaches |= teaches;
        places.back().attends |= attends;
    }
    std::ranges::sort(places, {}, [](const Place& place) {
        return std::pair<std::string_view, Uuid>(place.section.title, place.section.id.uuid);
    });
    return places;
}

void write_sections(JsonWriter& json, const std::vector<Place>& places) {
    json.key("sections").object().key("data").array();
    for (const Place& place : places) {
        json.object()
            .member("section_id", place.section.id.text())
            .member("title", place.section.title)
            .member("class_code", place.section.class_code)
            .key("roles")
            .array();
        if (place.teaches)
            json.value("teacher");
        if (place.attends)
            json.value("student");
        json.end().end();
    }
    json.end().end();
}

void write_bells(JsonWriter& json, const std::vector<auth::StoredBell>& bells, Instant now) {
    json.key("bells").object().key("data").array();
    std::size_t written = 0;
    for (const auto& [id, bell] : bells)
        if (bell.at + bell.lasts > now && ++written <= bells_limit)
            json.object()
                .member("bell_id", id.text())
                .member("at", to_rfc3339(bell.at))
                .member("lasts_seconds", bell.lasts / 1s)
                .end();
    json.end().end();
}

SharedPack pack_of(std::string said, Instant now, Duration behind_max,
                   std::vector<SectionId> sections) {
    JsonWriter head;
    head.object()
        .member("prepared_at", to_rfc3339(now))
        .member("behind_seconds_max", std::chrono::ceil<std::chrono::seconds>(behind_max).count());
    auto pack = std::make_shared<Pack>(Pack{.json = head.take(),
                                            .gzip = {},
                                            .etag = net::content_etag(said),
                                            .prepared_at = now,
                                            .sections = std::move(sections)});
    said.front() = ','; // one object of both
    pack->json.append(said).shrink_to_fit();
    if (pack->json.size() >= gzip_bytes_min) {
        pack->gzip = net::gzip(pack->json, gzip_level);
        if (pack->gzip.size() >= pack->json.size())
            pack->gzip.clear();
        pack->gzip.shrink_to_fit();
    }
    return pack;
}

/// The timetable's day belongs here too, with the sections.
Result<SharedPack> read_first_page(tenancy::TenantTx& tx, UserId user, tenancy::Roles roles,
                                   Instant now, Duration behind_max) {
    const auto today = std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(now.ms)));
    const Instant due_from{std::chrono::duration_cast<std::chrono::milliseconds>(
                               (today - assignments_back).time_since_epoch())
                               .count()};
    const auto me = TRY(roster::user_by_id(tx, user));
    if (!me)
        return fail(Code::not_found, "this user is no longer in the roster");
    const auto enrollments = TRY(roster::enrollments_of(tx, user));
    JsonWriter json;
    json.object();
    write_me(json, *me, tx.tenant(), roles);
    write_sections(json, places_in(enrollments, today));
    json.key("assignments");
    submissions::write_assignments(
        json, TRY(submissions::list_assignments(tx, user, due_from, assignments_limit)));
    json.key("notices");
    notices::write_page(json, TRY(notices::list(tx, user, notices::the_end, notices_limit)));
    json.key("grades");
    marking::write_own_grades(json, TRY(marking::latest_grades(tx, user, {}, grades_limit + 1)),
                              grades_limit);
    write_bells(json, TRY(auth::list_bells(tx)), now);
    json.end();
    std::vector<SectionId> sections;
    for (const roster::Enrollment& one : enrollments)
        if (sections.empty() || sections.back() != one.section.id)
            sections.push_back(one.section.id);
    return pack_of(json.take(), now, behind_max, std::move(sections));
}

} // namespace

ReadPage first_page_reader(const Clock& clock, Duration behind_max) {
    return [&clock, behind_max](tenancy::Database& database, const tenancy::TenantScope& scope,
                                UserId user, tenancy::Roles roles, Deadline deadline) {
        const Instant now = clock.now(); // before it is read
        return database.run(scope, deadline, [&](tenancy::TenantTx& tx) {
            return read_first_page(tx, user, roles, now, behind_max);
        });
    };
}

} // namespace bw::packs
