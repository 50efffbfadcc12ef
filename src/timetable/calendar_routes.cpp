// The calendar of an institution: bell schedules, terms, rotation, exceptions; where lessons would
// meet; and a timetable to begin with. (The name ends in _routes: it sees HTTP.)
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "timetable/conflicts.hpp"
#include "timetable/generator.hpp"
#include "timetable/shared_routes.hpp"

namespace bw::timetable {

namespace {

constexpr std::size_t calendar_bytes_limit = 1024 * 1024;
constexpr Duration window_limit = 31 * 24h, window = 14 * 24h;
constexpr std::int64_t groups_limit = 5'000;

std::string timetable_json(const Timetable& timetable, std::int64_t version) {
    JsonWriter json;
    json.object().member("version", version);
    write_calendar(json, timetable);
    json.member("lessons", timetable.lessons.size()).end();
    return json.take();
}

Result<Work> read_work(const RouteParts& parts, const Principal& principal, const net::Request&) {
    return in_transaction(
        parts, principal, [&parts](tenancy::TenantTx& tx, Instant) -> Result<net::Response> {
            if (const auto plan = TRY(parts.plans.of(tx)))
                return tagged(timetable_json(plan->plan.timetable(), plan->version), plan->version);
            Timetable none;
            none.zone = zone_of(parts, tx.tenant());
            return tagged(timetable_json(none, 0), 0);
        });
}

/// Lessons name the rotation's names by their places: when these move, so do the lessons.
Result<void> follow_rotation(const Rotation& before, Timetable& after) {
    constexpr std::size_t bits = 32; // more names, Plan::make refuses
    if (before.names == after.rotation.names || after.rotation.names.size() > bits)
        return {};
    for (Lesson& lesson : after.lessons) {
        std::uint32_t moved = 0;
        for (std::size_t n = 0; n < before.names.size(); ++n) {
            if ((lesson.rotation >> n & 1) == 0)
                continue;
            const auto now = std::ranges::find(after.rotation.names, before.names[n]);
            if (now == after.rotation.names.end())
                return fail(Code::invalid_field,
                            fmt::format("lesson {} takes place on \"{}\"; change the lesson first",
                                        lesson.id.text(), before.names[n]),
                            "/rotation/names");
            moved |= std::uint32_t{1} << (now - after.rotation.names.begin());
        }
        lesson.rotation = moved;
    }
    return {};
}

/// Which lesson a fault of the whole timetable is about: the caller sent none.
Error of_lesson(Error error, const Timetable& timetable) {
    constexpr std::string_view prefix = "/lessons/";
    if (error.code != Code::invalid_field || !error.field.starts_with(prefix))
        return error;
    std::size_t place = 0;
    const std::string_view rest = std::string_view(error.field).substr(prefix.size());
    std::from_chars(rest.data(), rest.data() + rest.size(), place);
    if (place < timetable.lessons.size())
        error.detail = fmt::format("lesson {} would no longer fit ({}): {}",
                                   timetable.lessons[place].id.text(), rest, error.detail);
    error.field.clear();
    return error;
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    TRY(net::json_body(request, {"zone", "schedules", "week", "rotation", "terms", "exceptions"}));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    Timetable tried;
    CHECK_OK(read_calendar(request.body, tried)); // bad input costs no database
    return in_transaction(
        parts, principal,
        [&parts, principal, version, body = std::string(request.body)](
            tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            Timetable sent;
            auto saved =
                change_timetable(parts, tx, principal, "timetable.changed", tx.tenant().text(), now,
                                 [&](const Stored& before, Timetable& after) -> Result<void> {
                                     CHECK_OK(check_version(before, version));
                                     CHECK_OK(read_calendar(body, after));
                                     CHECK_OK(follow_rotation(before.timetable.rotation, after));
                                     sent = after;
                                     return {};
                                 });
            if (!saved)
                return of_lesson(std::move(saved).error(), sent);
            return tagged(timetable_json(saved->plan.timetable(), saved->version), saved->version);
        });
}

void write_lesson_in_conflict(JsonWriter& json, const char* name, const Lesson& lesson) {
    json.key(name)
        .object()
        .member("lesson_id", lesson.id.text())
        .member("section_id", lesson.section.text())
        .member("period", lesson.period)
        .end();
}

std::string conflicts_json(const Plan& plan, const Conflicts& found) {
    constexpr std::array<std::string_view, 4> kinds{"teacher", "room", "section", "group"};
    JsonWriter json;
    json.object().key("data").array();
    for (const Conflict& one : found.list) {
        json.object()
            .member("kind", kinds[static_cast<std::size_t>(one.kind)])
            .member("what", one.what);
        write_lesson_in_conflict(json, "first", plan.timetable().lessons[one.first]);
        write_lesson_in_conflict(json, "second", plan.timetable().lessons[one.second]);
        json.member("at", to_rfc3339(one.at)).member("times", one.times).end();
    }
    json.end().member("more", found.more).end();
    return json.take();
}

Result<Work> conflicts_work(const RouteParts& parts, const Principal& principal,
                            const net::Request& request) {
    const Window wanted = TRY(window_in(request, parts.clock.now(), window, window_limit));
    return in_transaction(
        parts, principal,
        [&parts, wanted](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const auto plan = TRY(parts.plans.of(tx));
            if (!plan)
                return net::Response::json(200, R"({"data":[],"more":false})");
            const auto groups = TRY(student_groups(tx, now, groups_limit));
            return net::Response::json(
                200, conflicts_json(plan->plan,
                                    conflicts(plan->plan, wanted.from, wanted.until, groups)));
        });
}

Result<Work> generate_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"lessons_a_week", "seed", "replace"}));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    GeneratorOptions options;
    std::uint64_t seed = 0;
    bool replace = false;
    if (body.has("lessons_a_week"))
        options.lessons_a_week =
            static_cast<std::size_t>(TRY(body.integer("lessons_a_week", 1, 10)));
    if (body.has("seed"))
        seed = static_cast<std::uint64_t>(TRY(body.integer("seed", 0, 0xffff'ffff)));
    if (body.has("replace"))
        replace = TRY(body.boolean("replace"));
    return in_transaction(
        parts, principal,
        [&parts, principal, options, seed, replace, version](tenancy::TenantTx& tx,
                                                             Instant now) -> Result<net::Response> {
            Generated made;
            const Saved saved = TRY(change_timetable(
                parts, tx, principal, "timetable.generated", tx.tenant().text(), now,
                [&](const Stored& before, Timetable& after) -> Result<void> {
                    CHECK_OK(check_version(before, version));
                    const bool anything = !after.lessons.empty() || !after.schedules.empty() ||
                                          !after.exceptions.empty();
                    if (anything && !replace)
                        return fail(Code::conflict,
                                    "there are bell schedules, exceptions or lessons already; to "
                                    "have them replaced, send \"replace\": true");
                    made = TRY(generated(tx, options, after, seed, now));
                    after = made.timetable;
                    return {};
                }));
            JsonWriter json;
            json.object()
                .member("version", saved.version)
                .member("lessons", made.timetable.lessons.size())
                .member("unplaced", made.unplaced)
                .member("clashes", made.clashes)
                .end();
            return tagged(json.take(), saved.version);
        });
}

} // namespace

void add_calendar_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr std::string_view whole = R"({"$ref": "#/components/schemas/Timetable"})";
    auto add = [&](net::Route route, Read read, tenancy::Roles roles) {
        route.tag = "timetable";
        route.credential = net::Credential::access_token;
        route.handler = parts.gate.authenticated(answered(parts, read), roles);
        routes.add(std::move(route));
    };
    const tenancy::Roles administrator = tenancy::Role::administrator;
    add({.method = net::Method::get,
         .path = "/v1/timetable",
         .operation = "get_timetable",
         .summary =
             "Bell schedules, the days on which they ring, terms and exceptions; its ETag is "
             "needed to change it.",
         .answers = {{200, "The timetable, and its `ETag`.", whole}}},
        read_work, {});
    add({.method = net::Method::patch,
         .path = "/v1/timetable",
         .operation = "change_timetable",
         .summary = "Change the parts that are sent, each as a whole (administrators). A timetable "
                    "with a fault is refused, and the one before stays. The first one has the "
                    "ETag \"0\".",
         .body_bytes_limit = calendar_bytes_limit,
         .parameters = {version_parameter()},
         .body = net::Body{R"({"$ref": "#/components/schemas/TimetableChange"})",
                           timetable_change_example},
         .answers = {{200, "Changed; with the new `ETag`.", whole},
                     {409, "Somebody else has just begun the timetable."}}},
        change_work, administrator);
    add({.method = net::Method::get,
         .path = "/v1/timetable/conflicts",
         .operation = "list_timetable_conflicts",
         .summary = "Teachers, rooms, sections and groups of students that would be in two places "
                    "at once (administrators).",
         .parameters = {from_parameter, conflicts_until_parameter},
         .answers = {{200, "The conflicts, by their first times.",
                      R"({"$ref": "#/components/schemas/TimetableConflicts"})"}}},
        conflicts_work, administrator);
    add({.method = net::Method::post,
         .path = "/v1/timetable/generation",
         .operation = "generate_timetable",
         .summary = "Make a plausible timetable for all sections of the roster, to start from "
                    "(administrators): seven periods from Monday to Friday in the roster's terms.",
         .body_bytes_limit = 1024,
         .parameters = {version_parameter()},
         .body =
             net::Body{R"({"$ref": "#/components/schemas/TimetableGeneration"})", generate_example},
         .answers = {{200, "It is the timetable now.",
                      R"({"$ref": "#/components/schemas/GeneratedTimetable"})"},
                     {409, "There is something already, or the roster has no terms."}}},
        generate_work, administrator);
}

} // namespace bw::timetable
