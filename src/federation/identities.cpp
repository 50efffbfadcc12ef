#include "federation/identities.hpp"

#include <algorithm>

#include "audit/audit.hpp"
#include "auth/sessions.hpp"
#include "auth/token_issuer.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "federation/federation_sql.hpp"
#include "federation/flow.hpp"
#include "roster/newcomers.hpp"
#include "roster/users.hpp"

namespace bw::federation {

namespace {

constexpr std::int32_t codes_swept = 100;
/// Past its end, whichever process's clock sweeps: nobody takes it as good any more.
constexpr Duration code_kept = 2 * exchange_skew;
constexpr std::size_t name_bytes_limit = 255;

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return text;
}

std::string domain_of(const std::string& email) {
    const std::size_t at = email.rfind('@');
    return at == std::string::npos ? std::string() : email.substr(at + 1);
}

/// Fit for a column: short UTF-8 without control characters.
std::optional<std::string> clean(std::optional<std::string> text) {
    if (!text || text->empty() || text->size() > name_bytes_limit || !is_utf8(*text) ||
        std::ranges::any_of(*text, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        return std::nullopt;
    return text;
}

pg::Params text_param(const std::string& text) {
    pg::Params params;
    params.text(text);
    return params;
}

struct Way {
    const char* name; // linked_by
    pg::Statement find;
    std::optional<std::string> value;
};

/// The one user that the first telling claim names. What two users share names nobody.
Result<std::optional<std::pair<UserId, const char*>>>
named_by(tenancy::TenantTx& tx, const Provider& provider, const Evidence& evidence) {
    const ProviderSettings& settings = provider.settings;
    const Way ways[] = {
        {"sourced_id", sql::users_by_sourced_id,
         settings.sourced_id_claim ? evidence.sourced_id : std::nullopt},
        {"username", sql::users_by_username,
         settings.username_claim && evidence.username
             ? std::optional(roster::username_normal(*evidence.username))
             : std::nullopt},
        {"email", sql::users_by_email, settings.link_by_email ? evidence.email : std::nullopt},
    };
    for (const Way& way : ways) {
        if (!way.value)
            continue;
        const pg::Rows rows = TRY(tx.run(way.find, text_param(*way.value)));
        if (rows.count() > 1)
            return fail(Code::forbidden, "several people here have what the provider says of you; "
                                         "your institution's administrator knows more");
        if (rows.count() == 1)
            return std::optional(std::pair{rows.id<UserId>(0, 0), way.name});
    }
    return std::optional<std::pair<UserId, const char*>>();
}

Result<bool> link(tenancy::TenantTx& tx, const Provider& provider, const Evidence& evidence,
                  UserId user, const char* how, const Clock& clock, Rng& rng) {
    const IdentityId id = IdentityId::make(clock.now(), rng);
    pg::Params params;
    params.id(id)
        .id(provider.id)
        .text(evidence.issuer)
        .text(evidence.subject)
        .id(user)
        .text(how)
        .instant(clock.now());
    if (TRY(tx.run(sql::link_identity, params)).empty())
        return false;
    JsonWriter details;
    details.object().member("provider", provider.id.text()).member("by", how).end();
    CHECK_OK(
        audit::record(tx, {user.text(), "identity.linked", id.text(), details.text()}, clock, rng));
    return true;
}

/// Nobody here is known to be this person, and the provider may make users.
Result<UserId> make_user(tenancy::TenantTx& tx, const Provider& provider, const Evidence& evidence,
                         tenancy::Role role, const Clock& clock, Rng& rng) {
    if (!provider.settings.email_domains.empty() && !evidence.email)
        return fail(Code::forbidden, "the provider does not vouch for an e-mail address of yours "
                                     "in your institution's domains");
    const auto username = evidence.username ? evidence.username : evidence.email;
    if (!username)
        return fail(Code::forbidden, "the provider tells no user name or verified e-mail address "
                                     "that an account could be made from");
    if (TRY(roster::user_by_username(tx, *username)))
        return fail(Code::forbidden,
                    "somebody here has this user name already. If that is you, sign in as always "
                    "and add this way of signing in to your account");
    const Bytes key = evidence.issuer + '\0' + evidence.subject;
    const roster::Newcomer newcomer{.id = UserId::make(clock.now(), rng),
                                    .sourced_id = to_hex(view(sha256(key))).substr(0, 32),
                                    .username = *username,
                                    .given_name = evidence.given_name.empty() ? *username
                                                                              : evidence.given_name,
                                    .family_name = evidence.family_name,
                                    .email = evidence.email,
                                    .role = role};
    CHECK_OK(roster::add_newcomer(tx, newcomer, clock, rng));
    JsonWriter details;
    details.object()
        .member("provider", provider.id.text())
        .member("role", tenancy::wire_name(role))
        .end();
    const std::string user = newcomer.id.text();
    CHECK_OK(audit::record(tx, {user, "user.created", user, details.text()}, clock, rng));
    return newcomer.id;
}

} // namespace

Result<Evidence> evidence_of(const Provider& provider, const Claims& claims) {
    const ProviderSettings& settings = provider.settings;
    for (const RequiredClaim& required : settings.required_claims) {
        const auto values = claims.texts(required.name);
        const bool one_of = std::ranges::any_of(values, [&](const std::string& value) {
            return std::ranges::find(required.values, value) != required.values.end();
        });
        if (!one_of)
            return fail(Code::forbidden, "the provider does not say that you belong to this "
                                         "institution (" +
                                             required.name + ")");
    }
    Evidence out{.issuer = provider.issuer,
                 .subject = claims.text("sub").value_or(""),
                 .given_name = clean(claims.text("given_name")).value_or(""),
                 .family_name = clean(claims.text("family_name")).value_or("")};
    if (claims.holds(settings.email_verified_claim)) {
        auto email = clean(claims.text("email"));
        if (email && std::ranges::count(*email, '@') == 1) {
            const std::string folded = lower(*email), domain = domain_of(folded);
            if (settings.email_domains.empty() ||
                std::ranges::find(settings.email_domains, domain) != settings.email_domains.end())
                out.email = folded;
        }
    }
    if (settings.sourced_id_claim)
        out.sourced_id = clean(claims.text(*settings.sourced_id_claim));
    if (settings.username_claim)
        out.username = clean(claims.text(*settings.username_claim));
    return out;
}

Result<std::optional<Known>> find_identity(tenancy::Database& database,
                                           const tenancy::TenantScope& scope, ProviderId provider,
                                           const Evidence& evidence, Deadline deadline) {
    pg::Params params;
    params.text(evidence.issuer).text(evidence.subject).id(provider);
    const pg::Rows rows = TRY(database.fetch(scope, deadline, sql::find_identity, params));
    if (rows.empty())
        return std::optional<Known>();
    if (!rows.boolean(0, 1))
        return fail(Code::forbidden, "your account here is not active; your institution's "
                                     "administrator knows more");
    return std::optional(Known{
        rows.id<UserId>(0, 0), roster::roles_from_names(rows.optional_text(0, 2).value_or("")),
        rows.int8(0, 3),
        rows.is_null(0, 4) ? auth::shared_device_lifetime : std::chrono::minutes(rows.int8(0, 4))});
}

Result<void> settle_newcomer(tenancy::TenantTx& tx, const Provider& provider,
                             const Evidence& evidence, const Clock& clock, Rng& rng) {
    const auto named = TRY(named_by(tx, provider, evidence));
    if (named) {
        const auto user = TRY(roster::user_by_id(tx, named->first));
        if (!user || user->roles.has(tenancy::Role::administrator))
            return fail(Code::forbidden, "an administrator adds this way of signing in from their "
                                         "own account, signed in by password");
        if (!TRY(link(tx, provider, evidence, named->first, named->second, clock, rng)))
            return fail(Code::forbidden, "the account that this would open is linked otherwise; "
                                         "your institution's administrator knows more");
        return {};
    }
    if (!provider.settings.create_as)
        return fail(Code::forbidden, "nobody here is known to be you. Sign in as always and add "
                                     "this way of signing in to your account, or ask your "
                                     "institution's administrator");
    const UserId user =
        TRY(make_user(tx, provider, evidence, *provider.settings.create_as, clock, rng));
    if (!TRY(link(tx, provider, evidence, user, "creation", clock, rng)))
        return fail(Code::conflict, "this sign-in is under way twice; try again");
    return {};
}

Result<void> link_by_consent(tenancy::TenantTx& tx, const Provider& provider,
                             const Evidence& evidence, UserId user, AuthSessionId session,
                             const Clock& clock, Rng& rng) {
    // The way there and back may take its ten minutes too.
    CHECK_OK(auth::check_fresh(tx, user, session, clock.now() - 2 * auth::proof_age_max));
    if (TRY(link(tx, provider, evidence, user, "consent", clock, rng)))
        return {};
    const auto identities = TRY(identities_of(tx, user));
    const auto here = std::ranges::find(identities, provider.id, &Identity::provider);
    if (here != identities.end() && here->subject == evidence.subject)
        return {}; // linked before
    return fail(Code::conflict, here != identities.end()
                                    ? "your account has another identity at this provider; take "
                                      "that one away first"
                                    : "this identity belongs to another account here");
}

Result<std::vector<Identity>> identities_of(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    const pg::Rows rows = TRY(tx.run(sql::identities_of, params));
    std::vector<Identity> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.id = rows.id<IdentityId>(row, 0),
                       .provider = rows.id<ProviderId>(row, 1),
                       .provider_name = std::string(rows.text(row, 2)),
                       .subject = std::string(rows.text(row, 3)),
                       .linked_by = std::string(rows.text(row, 4)),
                       .linked_at = rows.instant(row, 5)});
    return out;
}

Result<void> unlink(tenancy::TenantTx& tx, UserId user, IdentityId identity, const Clock& clock,
                    Rng& rng) {
    pg::Params params;
    params.id(identity).id(user);
    const pg::Rows rows = TRY(tx.run(sql::unlink_identity, params));
    if (rows.empty())
        return TRY(tx.run(sql::own_identity, params)).empty()
                   ? fail(Code::not_found, "you have no such identity")
                   : fail(Code::conflict, "it is your only way to sign in: set a password, or add "
                                          "another provider, first");
    JsonWriter details;
    details.object().member("provider", rows.id<ProviderId>(0, 0).text()).end();
    return audit::record(tx, {user.text(), "identity.unlinked", identity.text(), details.text()},
                         clock, rng);
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    TRY(tx.run(sql::forget_identities, params));
    return {};
}

Result<bool> use_code(tenancy::TenantTx& tx, const Uuid& code, Instant expires_at, Instant now) {
    pg::Params use, sweep;
    use.uuid(code).instant(expires_at);
    sweep.instant(now - code_kept).int4(codes_swept);
    return !TRY(tx.run({{sql::forget_codes, sweep}, {sql::use_code, use}}))[1].empty();
}

} // namespace bw::federation
