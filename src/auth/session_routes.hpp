// /v1/sessions: sign-in, refresh, a person's own sessions, sign-out; and the answers that carry
// tokens, for whoever else signs people in.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "auth/routes.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"

namespace bw::auth {

void add_session_routes(net::RouteTable& routes, const RouteParts& parts);

/// How an answer carries its tokens.
enum class Mode : std::uint8_t { bearer, cookie };
/// Member "mode" of a body; bearer if it says nothing.
Result<Mode> mode_in(const JsonObject& body);
/// What the session's owner will know it by: member "device" of a body, else the User-Agent.
Result<std::string> device_in(const JsonObject& body, const net::Request& request);
/// 201 with what `mode` leaves for the body, the cookies beside it.
net::Response token_response(const IssuedToken& issued, Mode mode, bool secure, Instant now,
                             std::span<const std::string> recovery_codes = {});
/// Who signed in is no secret of theirs; from where is, and goes when they are erased.
void record_session(audit::Writer& audit, const tenancy::TenantScope& scope,
                    const tenancy::Claims& claims, const std::string& peer);
/// What a session's owner knows it by unless they said something: the User-Agent.
std::string device_of(const net::Request& request);

/// "roles": [..]
void write_roles(JsonWriter& json, tenancy::Roles roles);

} // namespace bw::auth
