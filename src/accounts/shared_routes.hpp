// What the routes of this module have in common. Internal.
#pragma once

#include "accounts/routes.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"
#include "net/resource_request.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::accounts {

using tenancy::Done;
using Work = tenancy::DoneWork;
/// Answers with what `work` did on a thread of `lane`.
void answer_on(const RouteParts& parts, tenancy::DatabaseLane& lane, TenantId tenant,
               const net::Request& request, net::Responder respond, Work work);

/// A caller at their institution, as handlers of people's requests get them.
struct Caller {
    tenancy::Principal principal;
    Institution place;
};
/// Reads a request into work on the connection's thread, so that bad input costs no database.
using Read = Result<Work> (*)(const RouteParts&, const Caller&, const net::Request&);
/// The work on the lane that needs no hash. What changes something is done only while this process
/// hears what was revoked (RevocationFeed::require_fresh).
enum class Changes : std::uint8_t { nothing, something };
tenancy::Gate::PrincipalHandler answered(const RouteParts& parts, Read read, Changes changes);

using net::id_in_path, net::page_limit, net::version_in_if_match;

/// Member `name`: "usr_..".
template <class IdType>
Result<std::optional<IdType>> optional_id_in(const JsonObject& body, const char* name) {
    if (!body.has(name))
        return std::optional<IdType>();
    auto id = IdType::parse(TRY(body.string(name, 64)));
    if (!id)
        return fail(Code::invalid_field, "expected an id as other answers give it",
                    "/" + std::string(name));
    return id;
}
/// Member `user_ids`: 1 to `limit` ids.
Result<std::vector<UserId>> user_ids_in(const JsonObject& body, std::size_t limit);

/// 201 or 200 with a secret in it: not cached, not compressed.
net::Response secret_response(int status, std::string json);

void add_password_routes(net::RouteTable& routes, const RouteParts& parts);
void add_invitation_routes(net::RouteTable& routes, const RouteParts& parts);
void add_section_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::accounts
