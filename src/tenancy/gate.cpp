#include "tenancy/gate.hpp"

#include <algorithm>

namespace bw::tenancy {

namespace {

const Error no_such_host = fail(Code::not_found, "no institution is served at this host name");

bool same_ignoring_case(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view without_port(std::string_view host) {
    return host.starts_with('[') ? host : host.substr(0, host.find(':'));
}

bool any_in_common(Roles a, Roles b) {
    for (Role role : {Role::student, Role::teacher, Role::administrator})
        if (a.has(role) && b.has(role))
            return true;
    return false;
}

Result<std::string_view> bearer_token(const net::Request& request) {
    if (request.header_count("authorization") > 1)
        return fail(Code::bad_request, "more than one Authorization header", "Authorization");
    auto header = request.header("authorization");
    if (!header)
        return fail(Code::unauthenticated,
                    "send the access token as 'Authorization: Bearer <token>'", "Authorization");
    constexpr std::string_view scheme = "bearer ";
    if (header->size() <= scheme.size() ||
        !same_ignoring_case(header->substr(0, scheme.size()), scheme))
        return fail(Code::unauthenticated, "the Authorization header is not 'Bearer <token>'",
                    "Authorization");
    return header->substr(scheme.size());
}

} // namespace

net::Handler Gate::authenticated(PrincipalHandler handler, Roles any_of) const {
    return [this, handler = std::move(handler), any_of](const net::Request& request,
                                                        net::Responder respond) {
        auto token = bearer_token(request);
        if (!token)
            return respond(std::move(token).error());
        auto principal = verifier_.verify(*token);
        if (!principal)
            return respond(std::move(principal).error());
        HostTenant host = host_tenant(request);
        if (host.named &&
            (!host.tenant || host.tenant->scope.tenant() != principal->scope.tenant()))
            return respond(no_such_host);
        if (!any_of.none() && !any_in_common(any_of, principal->roles))
            return respond(fail(Code::forbidden, "this needs another role than yours"));
        handler(*principal, request, std::move(respond));
    };
}

net::Handler Gate::for_host(TenantHandler handler) const {
    return
        [this, handler = std::move(handler)](const net::Request& request, net::Responder respond) {
            HostTenant host = host_tenant(request);
            if (!host.tenant)
                return respond(no_such_host);
            handler(*host.tenant, request, std::move(respond));
        };
}

Gate::HostTenant Gate::host_tenant(const net::Request& request) const {
    std::string_view host = without_port(request.header("host").value_or(""));
    if (host.size() <= base_host_.size() + 1)
        return {};
    std::string_view suffix = host.substr(host.size() - base_host_.size());
    if (!same_ignoring_case(suffix, base_host_) || host[host.size() - base_host_.size() - 1] != '.')
        return {};
    std::string slug(host.substr(0, host.size() - base_host_.size() - 1));
    for (char& c : slug)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c + 32);
    return {true, directory_.by_slug(slug)};
}

} // namespace bw::tenancy
