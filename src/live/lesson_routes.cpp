// Which lessons are live. (The name ends in _routes: it sees HTTP.)
#include <simdjson.h>

#include <algorithm>

#include "live/shared_routes.hpp"
#include "timetable/store.hpp"

namespace bw::live {

namespace {

constexpr std::size_t body_bytes_limit = 1'024;

std::string live_lesson_json(const LiveLesson& lesson) {
    JsonWriter json;
    json.object()
        .member("lesson_id", lesson.lesson.text())
        .member("version", lesson.version)
        .key("students_may");
    write_rights(json, lesson.students_may);
    json.end();
    return json.take();
}

Error no_such_lesson() {
    return fail(Code::not_found, "there is no such lesson");
}

/// not_found for whoever does not teach it.
Result<void> check_decides(tenancy::TenantTx& tx, const Principal& principal,
                           timetable::LessonId id, Instant now) {
    const auto lesson = TRY(timetable::lesson_by_id(tx, id));
    if (!lesson ||
        !TRY(decides(tx, principal, lesson->lesson.section, lesson->lesson.teacher, now)))
        return no_such_lesson();
    return {};
}

Result<Rights> rights_in(const JsonObject& body) {
    const std::string list = TRY(body.structure("students_may", body_bytes_limit));
    simdjson::dom::parser parser;
    simdjson::dom::array values;
    if (parser.parse(list).get(values) || values.size() > right_names.size())
        return fail(Code::invalid_field, "is a list of what students may send, four at most",
                    "/students_may");
    Rights rights;
    std::size_t place = 0;
    for (const simdjson::dom::element value : values) {
        std::string_view text;
        const auto* found = right_names.end();
        if (!value.get(text))
            found =
                std::ranges::find(right_names, text, [](const auto& one) { return one.second; });
        if (found == right_names.end())
            return fail(Code::invalid_field, "is audio, video, screen or data",
                        "/students_may/" + std::to_string(place));
        rights = rights.with(found->first);
        ++place;
    }
    return rights;
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<timetable::LessonId>(request, "lesson_id"));
    return in_transaction(
        parts, principal,
        [principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            CHECK_OK(check_decides(tx, principal, id, now));
            const auto lesson = TRY(live_lesson(tx, id));
            if (!lesson)
                return fail(Code::not_found, "the lesson is not live");
            return tagged(live_lesson_json(*lesson), lesson->version);
        });
}

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, timetable::LessonId id) {
    return audit::record(tx, {principal.user.text(), action, id.text(), "{}"}, parts.clock,
                         parts.rng);
}

Result<Work> put_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<timetable::LessonId>(request, "lesson_id"));
    std::optional<std::int64_t> seen;
    if (request.header("if-match"))
        seen = TRY(net::version_in_if_match(request));
    const Rights rights = TRY(rights_in(TRY(net::json_body(request, {"students_may"}))));
    return in_transaction(parts, principal,
                          [&parts, principal, id, seen,
                           rights](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
                              CHECK_OK(check_decides(tx, principal, id, now));
                              const std::int64_t version =
                                  TRY(put_live_lesson(tx, id, seen, rights, now));
                              CHECK_OK(record(parts, tx, principal, "lesson.live", id));
                              return tagged(live_lesson_json({id, version, rights}), version);
                          });
}

Result<Work> end_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<timetable::LessonId>(request, "lesson_id"));
    const std::int64_t seen = TRY(net::version_in_if_match(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, id, seen](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            CHECK_OK(check_decides(tx, principal, id, now));
            if (!TRY(live_lesson(tx, id)))
                return fail(Code::not_found, "the lesson is not live");
            CHECK_OK(end_live_lesson(tx, id, seen));
            CHECK_OK(record(parts, tx, principal, "lesson.not_live", id));
            return net::Response{204, "", "", {}};
        });
}

net::Parameter lesson_in_path() {
    return {.name = "lesson_id",
            .in = net::Parameter::In::path,
            .description = "Of the lesson.",
            .schema = R"({"type": "string", "pattern": "^les_[0-9a-f]{32}$"})",
            .required = true,
            .example = "les_0192f3c47d3b7a1e8f5096a2b4c8d0e1"};
}

net::Parameter version_parameter(bool required) {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = "The ETag that the change is based on; without it the lesson is not "
                           "live yet, or is the same.",
            .schema = R"({"type": "string", "pattern": "^\"[0-9]{1,18}\"$"})",
            .required = required,
            .example = required ? "\"1\"" : ""};
}

} // namespace

void add_lesson_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("LiveLesson", live_lesson_schema);
    routes.add_schema("NewLiveLesson", new_live_lesson_schema);
    constexpr std::string_view reference = R"({"$ref": "#/components/schemas/LiveLesson"})";
    auto add = [&](net::Route route, tenancy::ReadInto<RouteParts> read) {
        route.path = "/v1/lessons/{lesson_id}/live";
        route.tag = "live classes";
        route.credential = net::Credential::access_token;
        route.handler = parts.gate.authenticated(answered(parts, read), tenancy::staff);
        route.parameters.insert(route.parameters.begin(), lesson_in_path());
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .operation = "get_live_lesson",
         .summary = "How a lesson is held live (its teachers, administrators).",
         .answers = {{200, "With its `ETag`.", reference}}},
        get_work);
    add({.method = net::Method::put,
         .operation = "put_live_lesson",
         .summary = "Hold a lesson live from now on (its teachers, administrators). The same again "
                    "changes nothing.",
         .body_bytes_limit = body_bytes_limit,
         .parameters = {version_parameter(false)},
         .body = net::Body{R"({"$ref": "#/components/schemas/NewLiveLesson"})",
                           new_live_lesson_example},
         .answers = {{200, "With its `ETag`.", reference}}},
        put_work);
    add({.method = net::Method::del,
         .operation = "end_live_lesson",
         .summary =
             "Hold a lesson live no longer; its classes to come are cancelled (its teachers, "
             "administrators).",
         .parameters = {version_parameter(true)},
         .answers = {{204, "It is not live any more."}}},
        end_work);
}

} // namespace bw::live
