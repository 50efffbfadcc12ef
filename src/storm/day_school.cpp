#include "storm/day_school.hpp"

#include <simdjson.h>

#include "base/json.hpp"
#include "storm/day_live.hpp"

namespace bw::storm {

namespace {

using Element = simdjson::dom::element;

std::string_view text(Element object, const char* name) {
    std::string_view value;
    return object[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

net::ClientRequest posted(const std::string& host, const char* target, std::string body) {
    return {.method = net::Method::post,
            .target = target,
            .host = host,
            .headers = {{"Content-Type", "application/json"}},
            .body = std::move(body)};
}

/// An administrator at work on the timetable, each change on the version that the last one made.
class Desk {
public:
    Desk(Api& api, std::string host, std::string token, Deadline deadline)
        : api_(api), host_(std::move(host)), token_(std::move(token)), deadline_(deadline) {}

    Result<net::ClientResponse> get(std::string target) {
        return api_.ask(get_request(host_, std::move(target), token_), deadline_);
    }
    Result<void> read_version() {
        version_ = std::string(TRY(get("/v1/timetable")).header("ETag").value_or("\"0\""));
        return {};
    }
    bool begun() const { return version_ != "\"0\""; }
    Result<void> send(net::Method method, std::string target, const char* type, std::string body) {
        net::ClientRequest request = get_request(host_, std::move(target), token_);
        request.method = method;
        request.headers.emplace_back("Content-Type", type);
        request.headers.emplace_back("If-Match", version_);
        request.body = std::move(body);
        const auto answer = TRY(api_.ask(request, deadline_));
        version_ = std::string(answer.header("ETag").value_or(version_));
        return {};
    }
    Result<std::vector<std::string>> sections() {
        std::vector<std::string> out;
        const std::string target = "/v1/sections?of=institution&limit=500";
        for (std::string next;;) {
            const auto answer = TRY(get(next.empty() ? target : target + "&cursor=" + next));
            simdjson::dom::parser parser;
            Element json;
            simdjson::dom::array data;
            if (parser.parse(answer.body).get(json) != simdjson::SUCCESS ||
                json["data"].get(data) != simdjson::SUCCESS)
                return fail(Code::corrupt, "the answer is not a list of sections");
            for (Element section : data)
                out.emplace_back(text(section, "section_id"));
            next = std::string(text(json, "next"));
            if (next.empty())
                return out;
        }
    }

    Result<void> make_live() {
        for (std::string next;;) {
            const auto page = TRY(read_lessons(
                TRY(get("/v1/lessons?limit=500" + (next.empty() ? "" : "&cursor=" + next))).body));
            for (const std::string& id : page.ids) {
                net::ClientRequest request =
                    get_request(host_, "/v1/lessons/" + id + "/live", token_);
                request.method = net::Method::put;
                request.headers.emplace_back("Content-Type", "application/json");
                request.body = live_lesson_body;
                TRY(api_.ask(request, deadline_));
            }
            next = page.next;
            if (next.empty())
                return {};
        }
    }

private:
    Api& api_;
    const std::string host_, token_;
    const Deadline deadline_;
    std::string version_;
};

} // namespace

net::ClientRequest sign_in_request(const std::string& host, std::string_view username,
                                   std::string_view password) {
    JsonWriter json;
    json.object().member("username", username).member("password", password).end();
    return posted(host, "/v1/sessions", json.take());
}

net::ClientRequest refresh_request(const std::string& host, std::string_view refresh_token) {
    JsonWriter json;
    json.object().member("refresh_token", refresh_token).end();
    return posted(host, "/v1/sessions/refresh", json.take());
}

net::ClientRequest get_request(const std::string& host, std::string target,
                               const std::string& access_token) {
    return {.target = std::move(target),
            .host = host,
            .headers = {{"Authorization", "Bearer " + access_token}}};
}

Result<Session> read_session(std::string_view body) {
    thread_local simdjson::dom::parser parser;
    Element json;
    if (parser.parse(body.data(), body.size()).get(json) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the answer is no session");
    const auto user = UserId::parse(text(json, "user_id"));
    const auto tenant = TenantId::parse(text(json, "tenant_id"));
    const auto renew_at = from_rfc3339(text(json, "renew_at"));
    const auto expires_at = from_rfc3339(text(json, "expires_at"));
    Session session{.access_token = std::string(text(json, "access_token")),
                    .refresh_token = std::string(text(json, "refresh_token")),
                    .user = user.value_or(UserId()),
                    .tenant = tenant.value_or(TenantId()),
                    .renew_at = {},
                    .expires_at = {}};
    if (!user || !tenant || !renew_at || !expires_at || session.access_token.empty())
        return fail(Code::corrupt, "the answer is no session");
    session.renew_at = *renew_at;
    session.expires_at = *expires_at;
    return session;
}

Result<void> set_timetable(Api& api, const PlannedAdministrator& administrator,
                           const std::string& password, Instant first, Duration lesson,
                           std::size_t bells, bool live, Deadline deadline) {
    const auto answer = TRY(
        api.ask(sign_in_request(administrator.host, administrator.username, password), deadline));
    const Session session = TRY(read_session(answer.body));
    Desk desk(api, administrator.host, session.access_token, deadline);
    const auto sections = TRY(desk.sections());
    CHECK_OK(desk.read_version());
    constexpr const char* lessons = "/v1/timetable/tables/lessons";
    if (desk.begun()) // lessons of periods that are no more would be refused
        CHECK_OK(desk.send(net::Method::put, lessons, "text/csv", std::string(lessons_header)));
    CHECK_OK(desk.send(net::Method::patch, "/v1/timetable", "application/json",
                       timetable_body(first, lesson, bells)));
    CHECK_OK(desk.send(net::Method::put, lessons, "text/csv", lessons_table(sections, bells)));
    return live ? desk.make_live() : Result<void>{};
}

} // namespace bw::storm
