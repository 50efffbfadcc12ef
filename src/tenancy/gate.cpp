#include "tenancy/gate.hpp"

#include <algorithm>
#include <charconv>

#include "tenancy/host_name.hpp"

namespace bw::tenancy {

namespace {

const Error no_such_host = fail(Code::not_found, "no institution is served at this host name");
const Error nothing_here = fail(Code::not_found, "there is nothing at this address");

bool same_ignoring_case(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
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

bool changes_nothing(net::Method method) {
    return method == net::Method::get || method == net::Method::head ||
           method == net::Method::options;
}

/// From the Authorization header, else from the cookie, which a foreign page may not make use of.
Result<std::string_view> access_token(const net::Request& request) {
    auto cookie = request.cookie(access_cookie(request.secure));
    if (!cookie || request.header_count("authorization") > 0)
        return bearer_token(request);
    const bool opens_socket = request.header_count("upgrade") > 0;
    if ((!changes_nothing(request.method) || opens_socket) && !request.from_own_page())
        return fail(Code::forbidden,
                    "the access token came in a cookie, so the request must come from a page of "
                    "this host (Sec-Fetch-Site or Origin says so)",
                    "Origin");
    return *cookie;
}

/// In [0, 1): the request's id is random already.
double jitter_of(const net::Request& request) {
    std::uint32_t n = 0;
    const std::string_view digits = std::string_view(request.request_id).substr(0, 8);
    std::from_chars(digits.data(), digits.data() + digits.size(), n, 16);
    return n * 0x1.0p-32;
}

/// 429 with the bucket in draft-ietf-httpapi-ratelimit-headers-10's fields: the quota is the burst,
/// its window the time in which an empty bucket fills.
net::Response refused(const char* policy, const char* detail, Rate rate,
                      const Buckets::Decision& decision, const net::Request& request) {
    Error error = fail(Code::quota_exceeded, detail);
    error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(decision.retry_after);
    net::Response response = net::problem(error, request.request_id, jitter_of(request));
    const std::string name = std::string("\"") + policy + "\"";
    const auto wait = std::chrono::ceil<std::chrono::seconds>(decision.retry_after).count();
    const auto window = (rate.burst + rate.per_second - 1) / rate.per_second;
    response.headers.emplace_back("RateLimit-Policy", name + ";q=" + std::to_string(rate.burst) +
                                                          ";w=" + std::to_string(window));
    response.headers.emplace_back("RateLimit", name + ";r=0;t=" + std::to_string(wait));
    return response;
}

} // namespace

Gate::Gate(const TokenVerifier& verifier, const TenantDirectory& directory,
           const std::string& base_host)
    : verifier_(verifier), directory_(directory), base_host_(host_looked_up(base_host)) {}

net::Handler Gate::authenticated(PrincipalHandler handler, Roles any_of) const {
    return guarded(std::move(handler),
                   [any_of](const Principal& principal) -> std::optional<Error> {
                       if (any_of.none() || any_of.any_of(principal.roles))
                           return std::nullopt;
                       return fail(Code::forbidden, "this needs another role than yours");
                   });
}

net::Handler Gate::authenticated(PrincipalHandler handler, Permission permission) const {
    return guarded(std::move(handler),
                   [permission](const Principal& principal) -> std::optional<Error> {
                       if (permits(principal.roles, permission))
                           return std::nullopt;
                       return fail(Code::forbidden, "this needs the permission " +
                                                        std::string(wire_name(permission)) +
                                                        ", which none of your roles has");
                   });
}

net::Handler Gate::guarded(PrincipalHandler handler, Allowed refusal) const {
    return [this, handler = std::move(handler),
            refusal = std::move(refusal)](const net::Request& request, net::Responder respond) {
        auto token = access_token(request);
        if (!token)
            return respond(std::move(token).error());
        auto principal = verifier_.verify(*token);
        if (!principal)
            return respond(std::move(principal).error());
        HostTenant host = host_tenant(request);
        if (host.named &&
            (!host.tenant || host.tenant->scope.tenant() != principal->scope.tenant()))
            return respond(no_such_host);
        if (auto tenant = directory_.by_id(principal->scope.tenant()))
            if (auto refused = over_quota(*tenant, &*principal, request))
                return respond(*std::move(refused));
        if (auto error = refusal(*principal))
            return respond(*std::move(error));
        if (hear_deed_ && !changes_nothing(request.method))
            hear_deed_(*principal, request);
        handler(*principal, request, std::move(respond));
    };
}

net::Handler Gate::for_host(TenantHandler handler) const {
    return
        [this, handler = std::move(handler)](const net::Request& request, net::Responder respond) {
            HostTenant host = host_tenant(request);
            if (!host.tenant)
                return respond(no_such_host);
            if (host.tenant->state == TenantState::suspended)
                return respond(suspended_institution());
            if (auto refused = over_quota(*host.tenant, nullptr, request))
                return respond(*std::move(refused));
            handler(*host.tenant, request, std::move(respond));
        };
}

net::Handler Gate::for_operator(OperatorHandler handler) const {
    return [this, handler = std::move(handler)](const net::Request& request,
                                                net::Responder respond) {
        if (!is_operator_host(host_looked_up(request.header("host").value_or(""))))
            return respond(nothing_here);
        auto token = bearer_token(request);
        if (!token)
            return respond(std::move(token).error());
        auto who = directory_.operator_with(*token);
        if (!who)
            return respond(fail(Code::unauthenticated,
                                "this is no operator token, or it was revoked", "Authorization"));
        handler(*who, request, std::move(respond));
    };
}

bool Gate::is_operator_host(std::string_view host) const {
    return host == base_host_ || host == "localhost" || is_address(host);
}

bool Gate::is_ours(std::string_view host) const {
    return host == base_host_ || (host.size() > base_host_.size() && host.ends_with(base_host_) &&
                                  host[host.size() - base_host_.size() - 1] == '.');
}

Gate::HostTenant Gate::host_tenant(const net::Request& request) const {
    const std::string host = host_looked_up(request.header("host").value_or(""));
    if (host == base_host_)
        return {};
    if (is_ours(host)) // before any domain: nobody's own name leads here
        return {true, directory_.by_slug(
                          std::string_view(host).substr(0, host.size() - base_host_.size() - 1))};
    auto tenant = directory_.by_own_host(host);
    return {tenant != nullptr, tenant};
}

/// The principal's own bucket first: who is over it takes nothing from the others.
std::optional<net::Response> Gate::over_quota(const TenantInfo& tenant, const Principal* principal,
                                              const net::Request& request) const {
    const TenantId id = tenant.scope.tenant();
    const std::optional<Rate>& own = tenant.quotas.principal;
    if (principal && own) {
        auto mine = buckets_.take(Counted::principal, id, principal->user, *own, request.received);
        if (!mine.admitted)
            return refused("principal",
                           "you send more requests than your institution's quota "
                           "grants one person; wait, then go on slower",
                           *own, mine, request);
    }
    const std::optional<Rate>& all = tenant.quotas.tenant;
    if (!all)
        return std::nullopt;
    auto shared =
        buckets_.take(principal ? Counted::tenant : Counted::host, id, {}, *all, request.received);
    if (shared.admitted)
        return std::nullopt;
    if (principal && own)
        buckets_.give_back(Counted::principal, id, principal->user, *own);
    return refused("tenant", "the institution's quota of requests is used up; wait, then try again",
                   *all, shared, request);
}

} // namespace bw::tenancy
