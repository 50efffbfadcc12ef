#include "notices/routes.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "notices/event_routes.hpp"
#include "notices/mails.hpp"
#include "notices/schemas.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::notices {

namespace {

using tenancy::Principal, tenancy::Work;

constexpr std::size_t named_limit = 500, ids_bytes_limit = 32 * 1024;

/// In a transaction of its own: deed(tx) -> Result<net::Response>.
template <class Deed>
Work in_transaction(const Principal& principal, Deed deed) {
    return [principal, deed = std::move(deed)](tenancy::Database& database,
                                               Deadline deadline) -> Result<net::Response> {
        return database.run(principal.scope, deadline,
                            [&](tenancy::TenantTx& tx) { return deed(tx); });
    };
}

using Read = Result<Work> (*)(const RouteParts&, const Principal&, const net::Request&);
tenancy::Gate::PrincipalHandler answered(const RouteParts& parts, Read read) {
    return tenancy::answered_on(
        parts.lane, [&parts, read](const Principal& principal, const net::Request& request) {
            return read(parts, principal, request);
        });
}

// ---- a person's notices ----

Result<Position> cursor_in(const net::Request& request) {
    const auto text = request.query_param("cursor");
    if (!text)
        return the_end;
    const auto position = Position::parse(*text);
    if (!position)
        return fail(Code::invalid_field, "send the `next` of an earlier answer, unchanged",
                    "cursor");
    return *position;
}

Result<Work> list_work(const RouteParts&, const Principal& principal, const net::Request& request) {
    const int limit = TRY(net::page_limit(request));
    const Position before = TRY(cursor_in(request));
    return in_transaction(
        principal, [user = principal.user, before, limit](auto& tx) -> Result<net::Response> {
            const Page page = TRY(list(tx, user, before, limit));
            JsonWriter json;
            write_page(json, page);
            return net::Response::json(200, json.take());
        });
}

Result<std::vector<NoticeId>> ids_in(const JsonObject& body) {
    const std::string text = TRY(body.structure("notice_ids", ids_bytes_limit));
    simdjson::dom::parser parser;
    simdjson::dom::array items;
    if (parser.parse(text).get(items) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "expected a list", "/notice_ids");
    std::vector<NoticeId> out;
    for (simdjson::dom::element item : items) {
        std::string_view name;
        const auto id = item.get(name) == simdjson::SUCCESS ? NoticeId::parse(name) : std::nullopt;
        if (!id)
            return fail(Code::invalid_field, "expected a notice's id (ntc_..)",
                        "/notice_ids/" + std::to_string(out.size()));
        out.push_back(*id);
    }
    if (out.empty() || out.size() > named_limit)
        return fail(Code::invalid_field, "expected 1 to 500 ids", "/notice_ids");
    return out;
}

net::Response unread_response(std::int64_t unread) {
    JsonWriter json;
    json.object().member("unread", unread).end();
    return net::Response::json(200, json.take());
}

Result<Work> read_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"notice_ids", "up_to"}));
    if (body.has("notice_ids") == body.has("up_to"))
        return fail(Code::invalid_field, "send one of `notice_ids` and `up_to`",
                    body.has("up_to") ? "/notice_ids" : "/up_to");
    if (body.has("notice_ids")) {
        const std::vector<NoticeId> ids = TRY(ids_in(body));
        return in_transaction(
            principal, [&parts, user = principal.user, ids](auto& tx) -> Result<net::Response> {
                return unread_response(TRY(mark_read(tx, user, ids, parts.clock.now())));
            });
    }
    const auto newest = NoticeId::parse(TRY(body.string("up_to", 64)));
    if (!newest)
        return fail(Code::invalid_field, "expected a notice's id (ntc_..)", "/up_to");
    return in_transaction(
        principal,
        [&parts, user = principal.user, id = *newest](auto& tx) -> Result<net::Response> {
            return unread_response(TRY(mark_read_up_to(tx, user, id, parts.clock.now())));
        });
}

// ---- the institution's policy ----

net::Response policy_response(const Policy& policy) {
    JsonWriter json;
    json.object()
        .member("grade_mails", policy.grade_mails)
        .member("announcement_mails", policy.announcement_mails)
        .end();
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(policy.version) + "\"");
    return response;
}

Result<Work> get_policy_work(const RouteParts&, const Principal& principal, const net::Request&) {
    return in_transaction(principal, [](auto& tx) -> Result<net::Response> {
        return policy_response(TRY(read_policy(tx)));
    });
}

Result<Work> change_policy_work(const RouteParts& parts, const Principal& principal,
                                const net::Request& request) {
    Policy policy{.version = TRY(net::version_in_if_match(request))};
    const JsonObject body = TRY(net::json_body(request, {"grade_mails", "announcement_mails"}));
    policy.grade_mails = TRY(body.boolean("grade_mails"));
    policy.announcement_mails = TRY(body.boolean("announcement_mails"));
    return in_transaction(
        principal, [&parts, user = principal.user, policy](auto& tx) -> Result<net::Response> {
            const Policy now = TRY(change_policy(tx, policy, parts.clock.now()));
            const std::string by = user.text(),
                              details =
                                  fmt::format(R"({{"grade_mails":{},"announcement_mails":{}}})",
                                              now.grade_mails, now.announcement_mails);
            CHECK_OK(audit::record(tx, {by, "notice_policy.changed", "", details}, parts.clock,
                                   parts.rng));
            return policy_response(now);
        });
}

void add_policy_routes(net::RouteTable& routes, const RouteParts& parts) {
    using tenancy::Permission;
    constexpr std::string_view reference = R"({"$ref": "#/components/schemas/NoticePolicy"})";
    routes.add_schema("NoticePolicy", policy_schema);
    routes.add_schema("NoticePolicyChange", policy_change_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/notice-policy",
                .operation = "get_notice_policy",
                .summary = "What the institution wants told by mail; its ETag is needed to change "
                           "it.",
                .handler = parts.gate.authenticated(answered(parts, get_policy_work),
                                                    Permission::notice_policy),
                .tag = "notices",
                .credential = net::Credential::access_token,
                .answers = {{200, "The policy, and its `ETag`.", reference}}});
    routes.add({.method = net::Method::put,
                .path = "/v1/notice-policy",
                .operation = "change_notice_policy",
                .summary = "Say what students are told by mail (administrators).",
                .handler = parts.gate.authenticated(answered(parts, change_policy_work),
                                                    Permission::notice_policy),
                .body_bytes_limit = 1024,
                .tag = "notices",
                .credential = net::Credential::access_token,
                .parameters = {{.name = "If-Match",
                                .in = net::Parameter::In::header,
                                .description = "The ETag that the change is based on.",
                                .schema = R"({"type": "string", "pattern": "^\"[0-9]+\"$"})",
                                .required = true,
                                .example = "\"0\""}},
                .body = net::Body{R"({"$ref": "#/components/schemas/NoticePolicyChange"})",
                                  policy_change_example},
                .answers = {{200, "Changed; with the new `ETag`.", reference}}});
}

} // namespace

void write_page(JsonWriter& json, const Page& page) {
    json.object().key("data").array();
    for (const Notice& notice : page.items)
        json.raw(to_json(notice, true));
    json.end().key("next");
    page.next ? json.value(page.next->text()) : json.null();
    json.member("unread", page.unread).end();
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Notice", notice_schema);
    routes.add_schema("NoticePage", notice_page_schema);
    routes.add_schema("NoticesRead", read_schema);
    routes.add_schema("NoticesUnread", unread_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/notices",
                .operation = "list_notices",
                .summary = "What the caller was told, the newest first, and how much is unread.",
                .handler = parts.gate.authenticated(answered(parts, list_work)),
                .tag = "notices",
                .credential = net::Credential::access_token,
                .parameters = {net::limit_parameter, net::cursor_parameter},
                .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/NoticePage"})"}}});
    routes.add({.method = net::Method::post,
                .path = "/v1/notices/read",
                .operation = "read_notices",
                .summary = "Note that the caller has read the named notices, or one and all that "
                           "are older.",
                .handler = parts.gate.authenticated(answered(parts, read_work)),
                .body_bytes_limit = 64 * 1024,
                .tag = "notices",
                .credential = net::Credential::access_token,
                .body = net::Body{R"({"$ref": "#/components/schemas/NoticesRead"})", read_example},
                .answers = {{200, "How many are unread now.",
                             R"({"$ref": "#/components/schemas/NoticesUnread"})"}}});
    add_policy_routes(routes, parts);
    add_event_routes(routes, parts);
}

} // namespace bw::notices
