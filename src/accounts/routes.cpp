#include "accounts/routes.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "accounts/schemas.hpp"
#include "accounts/shared_routes.hpp"
#include "auth/session_routes.hpp"

namespace bw::accounts {

void answer_on(const RouteParts& parts, tenancy::DatabaseLane& lane, TenantId tenant,
               const net::Request& request, net::Responder respond, Work work) {
    tenancy::answer_when_heard(lane, parts.feed, parts.desk.parts().clock, tenant, request,
                               std::move(respond), std::move(work));
}

tenancy::Gate::PrincipalHandler answered(const RouteParts& parts, Read read, Changes changes) {
    return [&parts, read, changes](const tenancy::Principal& principal, const net::Request& request,
                                   net::Responder respond) {
        const auto tenant = parts.directory.by_id(principal.scope.tenant());
        if (!tenant)
            return respond(fail(Code::not_found, "there is no such institution"));
        auto work = read(parts, {principal, parts.origins.of(*tenant)}, request);
        if (!work)
            return respond(std::move(work).error());
        answer_on(parts, parts.lane, principal.scope.tenant(), request, std::move(respond),
                  [&parts, changes, work = *std::move(work)](
                      tenancy::Database& database, Deadline deadline) mutable -> Result<Done> {
                      if (changes == Changes::something)
                          CHECK_OK(parts.feed.require_fresh());
                      return work(database, deadline);
                  });
    };
}

Result<std::vector<UserId>> user_ids_in(const JsonObject& body, std::size_t limit) {
    constexpr std::size_t id_bytes = 64; // with quotes, comma and room
    const std::string text = TRY(body.structure("user_ids", limit * id_bytes));
    simdjson::dom::parser parser;
    simdjson::dom::array items;
    if (parser.parse(text).get(items) != simdjson::SUCCESS || items.size() == 0 ||
        items.size() > limit)
        return fail(Code::invalid_field, fmt::format("expected a list of 1 to {} user ids", limit),
                    "/user_ids");
    std::vector<UserId> out;
    for (simdjson::dom::element item : items) {
        std::string_view id;
        const auto user = item.get(id) == simdjson::SUCCESS ? UserId::parse(id) : std::nullopt;
        if (!user)
            return fail(Code::invalid_field, "expected a user id (usr_..)",
                        fmt::format("/user_ids/{}", out.size()));
        out.push_back(*user);
    }
    return out;
}

net::Response secret_response(int status, std::string json) {
    net::Response response = net::Response::json(status, std::move(json));
    response.compressible = false;
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    add_password_routes(routes, parts);
    add_invitation_routes(routes, parts);
    add_section_routes(routes, parts);
}

} // namespace bw::accounts
