// A provider as an institution's administrator describes it: where it is, who we are there, and
// which of its claims are believed. Presets fill in and demand what is known of some.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json_object.hpp"
#include "base/result.hpp"
#include "federation/jose.hpp"
#include "federation/provider_url.hpp"
#include "tenancy/principal.hpp"

namespace bw::federation {

struct ProviderKind {
    static constexpr const char* prefix = "idp";
};
struct IdentityKind {
    static constexpr const char* prefix = "idn";
};
using ProviderId = Id<ProviderKind>; // where people sign in elsewhere
using IdentityId = Id<IdentityKind>; // who somebody is there

enum class Preset : std::uint8_t { generic, google, microsoft, clever, classlink };
constexpr Preset all_presets[] = {Preset::generic, Preset::google, Preset::microsoft,
                                  Preset::clever, Preset::classlink};
std::string_view wire_name(Preset preset);

/// How the token endpoint knows us (OpenID Connect Core 1.0, section 9).
enum class ClientAuth : std::uint8_t { none, client_secret_basic, client_secret_post };
std::string_view wire_name(ClientAuth auth);

/// Everybody who comes has one of `values` in this claim; it is the provider's word for which
/// institution somebody belongs to.
struct RequiredClaim {
    std::string name;
    std::vector<std::string> values;
};

struct ProviderSettings {
    std::vector<Algorithm> algorithms = {Algorithm::rs256};
    std::vector<std::string> scopes = {"openid", "email", "profile"};
    bool userinfo = false; // ask the UserInfo endpoint for more claims
    /// By which claims somebody who is known here and has not come this way before is found. A
    /// claim that stands here is believed: the provider vouches for it.
    bool link_by_email = false; // only while `email_verified_claim` holds
    std::string email_verified_claim = "email_verified";
    std::optional<std::string> sourced_id_claim, username_claim;
    std::vector<RequiredClaim> required_claims;
    std::vector<std::string> email_domains; // empty: any; else of a verified address
    /// What those become who are not known here; nullopt: they are not let in. Never administrator.
    std::optional<tenancy::Role> create_as;
};

struct Provider {
    ProviderId id;
    std::int64_t version = 1;
    std::string name; // what the sign-in page shows
    Preset preset = Preset::generic;
    bool enabled = true;
    std::string issuer, client_id;
    ClientAuth auth = ClientAuth::client_secret_basic;
    ProviderSettings settings;
};

/// What a request says of one; `secret` stands there only where it is to be set.
struct ProviderDraft {
    Provider provider; // without id and version
    std::optional<std::string> secret;
};

/// What a description may hold.
inline constexpr std::initializer_list<std::string_view> provider_members = {"name",
                                                                             "preset",
                                                                             "enabled",
                                                                             "issuer",
                                                                             "client_id",
                                                                             "client_auth",
                                                                             "client_secret",
                                                                             "algorithms",
                                                                             "scopes",
                                                                             "userinfo",
                                                                             "link_by_email",
                                                                             "email_verified_claim",
                                                                             "sourced_id_claim",
                                                                             "username_claim",
                                                                             "required_claims",
                                                                             "email_domains",
                                                                             "create_users_as"};
/// Reads and judges a description. What is left out is as the preset has it, or the default.
/// invalid_field names the member and what would be right.
Result<ProviderDraft> describe_provider(const JsonObject& body, Reach reach);

/// The settings as they are kept, a JSON object, and back; corrupt: not what was written.
std::string settings_json(const ProviderSettings& settings);
Result<ProviderSettings> settings_from(std::string_view json);

} // namespace bw::federation
