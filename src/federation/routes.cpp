#include "federation/routes.hpp"

#include "federation/schemas.hpp"
#include "federation/shared_routes.hpp"

namespace bw::federation {

net::Parameter provider_parameter() {
    return {.name = "provider_id",
            .in = net::Parameter::In::path,
            .description = "The identity provider.",
            .schema = R"({"type":"string","pattern":"^idp_[0-9a-f]{32}$"})",
            .required = true,
            .example = "idp_0192f3c4a5b67c8d9e0f112233445566"};
}

std::string origin_of(const net::Request& request) {
    return std::string(request.secure ? "https://" : "http://") +
           std::string(request.header("host").value_or(""));
}

std::string flow_cookie(const std::string& name, const std::string& value, bool secure) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(flow_lifetime).count();
    return name + "=" + value + "; Path=/; Max-Age=" + std::to_string(value.empty() ? 0 : seconds) +
           "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("SignInMethods", sign_in_methods_schema);
    routes.add_schema("FederationExchange", exchange_schema);
    routes.add_schema("IdentityProvider", provider_schema);
    routes.add_schema("IdentityProviderDescription", provider_description_schema);
    routes.add_schema("IdentityProviderList", provider_list_schema);
    routes.add_schema("IdentityLink", identity_link_schema);
    routes.add_schema("IdentityList", identity_list_schema);
    routes.add_schema("Departure", departure_schema);
    add_flow_routes(routes, parts);
    add_provider_routes(routes, parts);
    add_identity_routes(routes, parts);
}

} // namespace bw::federation
