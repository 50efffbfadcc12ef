// What a teacher does for the students of a section: class codes, cards, and the end of their
// sessions. (The name ends in _routes: it sees HTTP.)
#include "accounts/cards_page.hpp"
#include "accounts/class_codes.hpp"
#include "accounts/schemas.hpp"
#include "accounts/shared_routes.hpp"
#include "audit/audit.hpp"
#include "net/json_body.hpp"

namespace bw::accounts {

namespace {

constexpr std::size_t students_limit = 200; // of one call
constexpr std::int64_t minutes_default = 15, minutes_max = 60;
constexpr std::int64_t hours_default = 720, hours_max = 2160;

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx,
                    const tenancy::Principal& principal, std::string_view action,
                    const std::string& subject, const std::string& details) {
    const std::string by = principal.user.text();
    return audit::record(tx, {by, action, subject, details}, parts.desk.parts().clock,
                         parts.desk.parts().rng);
}

std::string ids_json(SectionId section, const std::vector<Student>& students) {
    JsonWriter details;
    details.object().member("section_id", section.text()).key("user_ids").array();
    for (const Student& student : students)
        details.value(student.id.text());
    details.end().end();
    return details.take();
}

// ---- whom it is for ----

enum class Which : std::uint8_t { without_password, all, named };
struct Chosen {
    Which which = Which::without_password;
    std::vector<UserId> named;
};

Result<Chosen> chosen_in(const JsonObject& body) {
    if (body.has("user_ids")) {
        if (body.has("students"))
            return fail(Code::invalid_field, "send `students` or `user_ids`", "/user_ids");
        return Chosen{Which::named, TRY(user_ids_in(body, students_limit))};
    }
    if (!body.has("students"))
        return Chosen();
    const std::string word = TRY(body.string("students", 32));
    if (word != "all" && word != "without_password")
        return fail(Code::invalid_field, "expected \"without_password\" or \"all\"", "/students");
    return Chosen{word == "all" ? Which::all : Which::without_password, {}};
}

Result<std::vector<Student>> students_of(tenancy::TenantTx& tx, SectionId section,
                                         const Chosen& chosen, Instant now) {
    auto students = TRY(section_students(tx, section, now));
    if (chosen.which == Which::named)
        return chosen_students(std::move(students), chosen.named);
    if (chosen.which == Which::without_password)
        std::erase_if(students, &Student::has_password);
    if (students.empty())
        return fail(Code::conflict, "every student of this section has a password; name those who "
                                    "shall choose a new one in `user_ids`");
    if (students.size() > students_limit)
        return fail(Code::conflict, "these are more than 200 students; name some in `user_ids`");
    return students;
}

template <class Object>
void write_names(JsonWriter& json, UserId id, const Object& of) {
    json.member("user_id", id.text())
        .member("username", of.username)
        .member("given_name", of.given_name)
        .member("family_name", of.family_name);
}

void write_optional(JsonWriter& json, const char* name, std::optional<Instant> instant) {
    json.key(name);
    instant ? json.value(to_rfc3339(*instant)) : json.null();
}

/// In one transaction, after a look at whether the caller teaches the section.
template <class Deed>
Work in_section(const RouteParts& parts, const Caller& caller, SectionId section, Deed deed) {
    return [&parts, caller, section, deed = std::move(deed)](tenancy::Database& database,
                                                             Deadline deadline) -> Result<Done> {
        return database.run(
            caller.principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Done> {
                const Instant now = parts.desk.parts().clock.now();
                const std::string title = TRY(taught_section(tx, caller.principal, section, now));
                return deed(tx, title, now);
            });
    };
}

// ---- operations ----

Result<Work> list_accounts(const RouteParts& parts, const Caller& caller,
                           const net::Request& request) {
    const auto section = TRY(id_in_path<SectionId>(request, "section_id"));
    return in_section(
        parts, caller, section,
        [section](tenancy::TenantTx& tx, const std::string& title, Instant now) -> Result<Done> {
            JsonWriter json;
            json.object().member("section_title", title).key("data").array();
            for (const Student& student : TRY(section_students(tx, section, now))) {
                json.object();
                write_names(json, student.id, student);
                json.member("has_password", student.has_password)
                    .member("has_card", student.has_code)
                    .end();
            }
            json.end().end();
            return Done{net::Response::json(200, json.take())};
        });
}

Result<Work> make_code_work(const RouteParts& parts, const Caller& caller,
                            const net::Request& request) {
    const auto section = TRY(id_in_path<SectionId>(request, "section_id"));
    const JsonObject body = TRY(net::json_body(request, {"minutes", "students", "user_ids"}));
    const std::int64_t minutes =
        body.has("minutes") ? TRY(body.integer("minutes", 1, minutes_max)) : minutes_default;
    const Chosen chosen = TRY(chosen_in(body));
    return in_section(
        parts, caller, section,
        [&parts, caller, section, minutes, chosen](tenancy::TenantTx& tx, const std::string&,
                                                   Instant now) -> Result<Done> {
            const DeskParts& desk = parts.desk.parts();
            const auto students = TRY(students_of(tx, section, chosen, now));
            const ClassCode code =
                TRY(make_class_code(tx, desk.macs, section, students, caller.principal.user,
                                    std::chrono::minutes(minutes), desk.clock, desk.rng));
            CHECK_OK(record(parts, tx, caller.principal, "class_code.made", code.id.text(),
                            ids_json(section, students)));
            JsonWriter json;
            json.object()
                .member("class_code_id", code.id.text())
                .member("code", shown_code(code.code))
                .member("expires_at", to_rfc3339(code.expires_at))
                .member("open_for", students.size())
                .end();
            return Done{secret_response(201, json.take())};
        });
}

Result<Work> get_code_work(const RouteParts& parts, const Caller& caller,
                           const net::Request& request) {
    const auto section = TRY(id_in_path<SectionId>(request, "section_id"));
    return in_section(
        parts, caller, section,
        [section](tenancy::TenantTx& tx, const std::string&, Instant) -> Result<Done> {
            const auto code = TRY(latest_class_code(tx, section));
            if (!code)
                return fail(Code::not_found, "this section never had a class code");
            JsonWriter json;
            json.object()
                .member("class_code_id", code->id.text())
                .member("made_by", code->made_by.text())
                .member("made_at", to_rfc3339(code->made_at))
                .member("expires_at", to_rfc3339(code->expires_at));
            write_optional(json, "ended_at", code->ended_at);
            json.member("misses", code->misses).key("students").array();
            for (const ClassCodeUse& use : code->students) {
                json.object();
                write_names(json, use.person, use);
                write_optional(json, "used_at", use.used_at);
                json.end();
            }
            json.end().end();
            return Done{net::Response::json(200, json.take())};
        });
}

Result<Work> end_code_work(const RouteParts& parts, const Caller& caller,
                           const net::Request& request) {
    const auto section = TRY(id_in_path<SectionId>(request, "section_id"));
    return in_section(
        parts, caller, section,
        [&parts, caller, section](tenancy::TenantTx& tx, const std::string&,
                                  Instant now) -> Result<Done> {
            const auto ended = TRY(end_class_code(tx, section, now));
            if (!ended)
                return fail(Code::not_found, "no class code of this section counts");
            CHECK_OK(record(parts, tx, caller.principal, "class_code.ended", ended->text(), "{}"));
            return Done{net::Response{204, "", "", {}}};
        });
}

/// Cards as they are handed out: JSON, or a page to be printed.
using Render = net::Response (*)(const Institution& place, const std::string& title,
                                 const std::vector<Student>& students,
                                 const std::vector<Voucher>& vouchers);

net::Response cards_json(const Institution& place, const std::string& title,
                         const std::vector<Student>& students,
                         const std::vector<Voucher>& vouchers) {
    JsonWriter json;
    json.object()
        .member("section_title", title)
        .member("expires_at", to_rfc3339(vouchers.front().expires_at))
        .key("cards")
        .array();
    for (std::size_t i = 0; i < students.size(); ++i) {
        json.object();
        write_names(json, students[i].id, students[i]);
        json.member("code", shown_code(vouchers[i].secret))
            .member("link", link_with_code(place, students[i].username, vouchers[i].secret))
            .end();
    }
    json.end().end();
    return secret_response(201, json.take());
}

net::Response cards_html(const Institution& place, const std::string& title,
                         const std::vector<Student>& students,
                         const std::vector<Voucher>& vouchers) {
    std::vector<Card> cards;
    for (std::size_t i = 0; i < students.size(); ++i)
        cards.push_back({students[i].given_name, students[i].family_name, students[i].username,
                         shown_code(vouchers[i].secret),
                         link_with_code(place, students[i].username, vouchers[i].secret)});
    CardsPage page = cards_page(place.name, title, place.origin + "/password", place.language,
                                vouchers.front().expires_at, cards);
    net::Response response = secret_response(201, std::move(page.html));
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Content-Security-Policy",
                                  std::move(page.content_security_policy));
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
}

template <Render render>
Result<Work> make_cards_work(const RouteParts& parts, const Caller& caller,
                             const net::Request& request) {
    const auto section = TRY(id_in_path<SectionId>(request, "section_id"));
    const JsonObject body = TRY(net::json_body(request, {"hours", "students", "user_ids"}));
    const std::int64_t hours =
        body.has("hours") ? TRY(body.integer("hours", 1, hours_max)) : hours_default;
    const Chosen chosen = TRY(chosen_in(body));
    return in_section(
        parts, caller, section,
        [&parts, caller, section, hours, chosen](tenancy::TenantTx& tx, const std::string& title,
                                                 Instant now) -> Result<Done> {
            const DeskParts& desk = parts.desk.parts();
            const auto students = TRY(students_of(tx, section, chosen, now));
            std::vector<UserId> persons;
            for (const Student& student : students)
                persons.push_back(student.id);
            const auto vouchers =
                TRY(make_vouchers(tx, desk.macs, persons, Purpose::card, caller.principal.user,
                                  std::chrono::hours(hours), desk.clock, desk.rng));
            CHECK_OK(record(parts, tx, caller.principal, "cards.made", section.text(),
                            ids_json(section, students)));
            return Done{render(caller.place, title, students, vouchers)};
        });
}

Result<Work> end_sessions_work(const RouteParts& parts, const Caller& caller,
                               const net::Request& request) {
    const auto section = TRY(id_in_path<SectionId>(request, "section_id"));
    const std::string which = request.query_param("which").value_or("");
    if (which != "all" && which != "shared_devices")
        return fail(Code::invalid_field, "expected all or shared_devices", "which");
    return in_section(
        parts, caller, section,
        [&parts, caller, section, shared = which == "shared_devices"](
            tenancy::TenantTx& tx, const std::string&, Instant now) -> Result<Done> {
            const auto students = TRY(section_students(tx, section, now));
            CHECK_OK(record(parts, tx, caller.principal,
                            shared ? "section.shared_sessions_ended" : "section.sessions_ended",
                            section.text(), ids_json(section, students)));
            // Last: it holds the revocation epoch.
            const SessionsEnded ended = TRY(end_sessions_of(tx, students, shared, now));
            JsonWriter json;
            json.object().member("sessions_ended", ended.sessions).end();
            return Done{net::Response::json(200, json.take()), ended.epoch};
        });
}

net::Parameter section_in_path() {
    return {.name = "section_id",
            .in = net::Parameter::In::path,
            .description = "One that the caller teaches.",
            .schema = R"({"type":"string","pattern":"^sec_[0-9a-f]{32}$"})",
            .required = true,
            .example = "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

} // namespace

void add_section_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("SectionAccounts", section_accounts_schema);
    routes.add_schema("ClassCodeRequest", class_code_request_schema);
    routes.add_schema("ClassCode", class_code_schema);
    routes.add_schema("ClassCodeState", class_code_state_schema);
    routes.add_schema("CardsRequest", cards_request_schema);
    routes.add_schema("Cards", cards_schema);
    routes.add_schema("SessionsEnded", sessions_ended_schema);
    auto add = [&](net::Route route, Read read, Changes changes) {
        route.handler = parts.gate.authenticated(answered(parts, read, changes), tenancy::staff);
        route.tag = "classes";
        route.credential = net::Credential::access_token;
        route.parameters.insert(route.parameters.begin(), section_in_path());
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/sections/{section_id}/accounts",
         .operation = "list_section_accounts",
         .summary = "The section's students, and whether they can sign in (its teachers).",
         .answers = {{200, "By name.", R"({"$ref": "#/components/schemas/SectionAccounts"})"}}},
        list_accounts, Changes::nothing);
    add({.method = net::Method::post,
         .path = "/v1/sections/{section_id}/class-code",
         .operation = "make_class_code",
         .summary = "A short code for the board: with it and their user name, the students whom it "
                    "is for choose a password each, once. The older one ends (the section's "
                    "teachers).",
         .body_bytes_limit = 16 * 1024,
         .body = net::Body{R"({"$ref": "#/components/schemas/ClassCodeRequest"})",
                           class_code_request_example},
         .answers = {{201, "The code.", R"({"$ref": "#/components/schemas/ClassCode"})"}}},
        make_code_work, Changes::something);
    add({.method = net::Method::get,
         .path = "/v1/sections/{section_id}/class-code",
         .operation = "get_class_code",
         .summary = "The section's latest class code without the code: who has used it, and "
                    "whether anybody tried it on others (its teachers).",
         .answers = {{200, "What became of it.",
                      R"({"$ref": "#/components/schemas/ClassCodeState"})"}}},
        get_code_work, Changes::nothing);
    add({.method = net::Method::del,
         .path = "/v1/sections/{section_id}/class-code",
         .operation = "end_class_code",
         .summary = "End the section's class code before its time (its teachers).",
         .answers = {{204, "Ended."}}},
        end_code_work, Changes::something);
    add({.method = net::Method::post,
         .path = "/v1/sections/{section_id}/cards",
         .operation = "make_cards",
         .summary = "A card for each of these students: a code of their own, good once, with which "
                    "they choose a password. Older cards of theirs end (the section's teachers).",
         .body_bytes_limit = 16 * 1024,
         .body =
             net::Body{R"({"$ref": "#/components/schemas/CardsRequest"})", cards_request_example},
         .answers = {{201, "The cards.", R"({"$ref": "#/components/schemas/Cards"})"}}},
        make_cards_work<cards_json>, Changes::something);
    add({.method = net::Method::post,
         .path = "/v1/sections/{section_id}/cards/page",
         .operation = "make_cards_page",
         .summary = "The same as a page to be printed on A4, with QR codes.",
         .body_bytes_limit = 16 * 1024,
         .body =
             net::Body{R"({"$ref": "#/components/schemas/CardsRequest"})", cards_request_example},
         .answers = {{201, "The page; it loads nothing and is not to be kept.", "",
                      "text/html; charset=utf-8"}}},
        make_cards_work<cards_html>, Changes::something);
    add({.method = net::Method::del,
         .path = "/v1/sections/{section_id}/sessions",
         .operation = "end_section_sessions",
         .summary = "Sign the section's students out: of everything, or of the devices that they "
                    "share (its teachers).",
         .parameters = {{.name = "which",
                         .description = "What ends.",
                         .schema = R"({"enum":["all","shared_devices"]})",
                         .required = true,
                         .example = "shared_devices"}},
         .answers = {{200, "Ended.", R"({"$ref": "#/components/schemas/SessionsEnded"})"}}},
        end_sessions_work, Changes::something);
}

} // namespace bw::accounts
