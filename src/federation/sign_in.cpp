#include "federation/sign_in.hpp"

#include <simdjson.h>
#include <sodium.h>

#include <algorithm>

#include "base/percent.hpp"
#include "federation/form.hpp"
#include "telemetry/log.hpp"

namespace bw::federation {

namespace {

constexpr std::size_t access_token_bytes_limit = 8'000;

Error no_provider() {
    return fail(Code::not_found, "there is no such way to sign in here");
}

/// Who the provider's token endpoint is asked by.
void authenticate(FetchRequest& request, const Provider& provider, const std::string& secret) {
    if (provider.auth == ClientAuth::client_secret_basic) { // RFC 6749, section 2.3.1
        request.authorization = "Basic " + to_base64(percent_encoded(provider.client_id) + ":" +
                                                     percent_encoded(secret));
        return;
    }
    add_to_form(*request.form, "client_id", provider.client_id);
    if (provider.auth == ClientAuth::client_secret_post)
        add_to_form(*request.form, "client_secret", secret);
}

} // namespace

/// One callback on its way through the steps. Each step hands it to the next.
struct FederatedSignIn::Attempt {
    Browser browser;
    Callback callback;
    Arrived done;
    FlowReturn returned = {};
    Provider provider = {};
    SecretText secret = {};
    std::shared_ptr<const Discovery> discovery = {}; // shared with the cache
    SecretText id_token = {}, access_token = {};
    Claims claims = {};

    FetchFor whom() const { return {browser.scope.tenant(), browser.provider, provider.preset}; }
};

FederatedSignIn::FederatedSignIn(const SignInParts& parts)
    : parts_(parts), flows_(parts.flow_key, parts.clock, parts.rng), secrets_(parts.secret_key),
      documents_(parts.fetcher, parts.clock) {}

std::string redirect_uri(const std::string& origin, ProviderId provider) {
    return origin + "/v1/federation/" + provider.text() + "/callback";
}

// ---- away ----

void FederatedSignIn::depart(const Browser& browser, Flow flow, Departed done) {
    parts_.lane.submit(
        browser.scope.tenant(), browser.deadline,
        [this, browser, flow = std::move(flow),
         done = std::move(done)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return done(std::move(turn).error());
            auto stored = federation::read_provider(**turn, browser.scope, browser.provider,
                                                    browser.deadline);
            if (!stored)
                return done(std::move(stored).error());
            if (!*stored || !(*stored)->provider.enabled)
                return done(no_provider());
            Provider provider = std::move((*stored)->provider);
            const FetchFor whom{browser.scope.tenant(), browser.provider, provider.preset};
            const std::string url = Documents::discovery_url(provider.issuer);
            documents_.discoveries().get(
                whom, url, browser.deadline,
                [this, browser, flow = std::move(flow), provider = std::move(provider),
                 done =
                     std::move(done)](Result<std::shared_ptr<const Discovery>> discovery) mutable {
                    if (!discovery)
                        return done(std::move(discovery).error());
                    if ((*discovery)->issuer != provider.issuer)
                        return done(fail(Code::unavailable, "the provider is another issuer"));
                    flow.tenant = browser.scope.tenant();
                    flow.provider = browser.provider;
                    FlowStart start = flows_.begin(std::move(flow), browser.secure);
                    std::string scopes;
                    for (const std::string& scope : provider.settings.scopes)
                        scopes += (scopes.empty() ? "" : " ") + scope;
                    std::string query;
                    add_to_form(query, "response_type", "code");
                    add_to_form(query, "client_id", provider.client_id);
                    add_to_form(query, "redirect_uri",
                                redirect_uri(browser.origin, browser.provider));
                    add_to_form(query, "scope", scopes);
                    add_to_form(query, "state", start.state);
                    add_to_form(query, "nonce", start.nonce);
                    add_to_form(query, "code_challenge", start.code_challenge);
                    add_to_form(query, "code_challenge_method", "S256");
                    const std::string& at = (*discovery)->authorization_endpoint;
                    done(Departure{.location =
                                       at + (at.find('?') == std::string::npos ? "?" : "&") + query,
                                   .cookie_name = std::move(start.cookie_name),
                                   .cookie_value = std::move(start.cookie_value)});
                });
        });
}

// ---- back ----

void FederatedSignIn::arrive(const Browser& browser, Callback callback, Arrived done) {
    auto attempt = std::make_unique<Attempt>(browser, std::move(callback), std::move(done));
    auto returned = flows_.open(attempt->callback.state, attempt->callback.cookie,
                                browser.scope.tenant(), browser.provider);
    if (!returned)
        return fail_with(std::move(attempt), std::move(returned).error());
    attempt->returned = *std::move(returned);
    if (attempt->callback.error)
        return fail_with(std::move(attempt),
                         fail(Code::forbidden, "the provider did not sign you in"));
    if (attempt->callback.code.text().empty())
        return fail_with(std::move(attempt), fail(Code::invalid_field, "is missing", "code"));
    read_provider(std::move(attempt));
}

void FederatedSignIn::read_provider(Step attempt) {
    const TenantId tenant = attempt->browser.scope.tenant();
    const Deadline deadline = attempt->browser.deadline;
    parts_.lane.submit(
        tenant, deadline,
        [this, attempt = std::move(attempt)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return fail_with(std::move(attempt), std::move(turn).error());
            const Browser& browser = attempt->browser;
            auto stored = federation::read_provider(**turn, browser.scope, browser.provider,
                                                    browser.deadline);
            if (!stored)
                return fail_with(std::move(attempt), std::move(stored).error());
            if (!*stored || !(*stored)->provider.enabled)
                return fail_with(std::move(attempt), no_provider());
            attempt->provider = std::move((*stored)->provider);
            if ((*stored)->sealed_secret) {
                auto secret = secrets_.open(browser.scope.tenant(), browser.provider,
                                            *(*stored)->sealed_secret);
                if (!secret)
                    return fail_with(std::move(attempt), std::move(secret).error());
                attempt->secret = *std::move(secret);
            }
            discover(std::move(attempt));
        });
}

void FederatedSignIn::discover(Step attempt) {
    const FetchFor whom = attempt->whom();
    const Deadline deadline = attempt->browser.deadline;
    const std::string url = Documents::discovery_url(attempt->provider.issuer);
    documents_.discoveries().get(
        whom, url, deadline,
        [this,
         attempt = std::move(attempt)](Result<std::shared_ptr<const Discovery>> discovery) mutable {
            if (!discovery)
                return fail_with(std::move(attempt), std::move(discovery).error());
            attempt->discovery = *std::move(discovery);
            const Discovery& facts = *attempt->discovery;
            const auto& said = attempt->callback.issuer;
            if (facts.issuer != attempt->provider.issuer ||
                (said ? *said != facts.issuer : facts.iss_in_answers))
                return fail_with(std::move(attempt),
                                 fail(Code::unauthenticated,
                                      "the answer does not come from the provider that was asked"));
            ask_token(std::move(attempt));
        });
}

void FederatedSignIn::ask_token(Step attempt) {
    FetchRequest request{.url = attempt->discovery->token_endpoint, .form = std::string()};
    add_to_form(*request.form, "grant_type", "authorization_code");
    add_to_form(*request.form, "code", attempt->callback.code.text());
    add_to_form(*request.form, "redirect_uri",
                redirect_uri(attempt->browser.origin, attempt->browser.provider));
    add_to_form(*request.form, "code_verifier", attempt->returned.code_verifier);
    authenticate(request, attempt->provider, attempt->secret.text());
    const FetchFor whom = attempt->whom();
    const Deadline deadline = attempt->browser.deadline;
    parts_.fetcher.fetch(whom, std::move(request), deadline,
                         [this, attempt = std::move(attempt)](Result<FetchAnswer> answer) mutable {
                             if (!answer)
                                 return fail_with(std::move(attempt), std::move(answer).error());
                             take_token(std::move(attempt), *answer);
                             sodium_memzero(answer->body.data(), answer->body.size());
                         });
}

void FederatedSignIn::take_token(Step attempt, const FetchAnswer& answer) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const bool json = parser.parse(answer.body).get(object) == simdjson::SUCCESS;
    if (answer.status != 200 || !json) {
        std::string_view why; // RFC 6749, section 5.2: a word
        if (json && object["error"].get(why) != simdjson::SUCCESS)
            why = {};
        log::warn("provider_refused", {{"tenant", attempt->browser.scope.tenant().text()},
                                       {"provider", attempt->browser.provider.text()},
                                       {"status", answer.status},
                                       {"error", std::string(why.substr(0, 64))}});
        if (why == "invalid_client" || why == "unauthorized_client")
            return fail_with(std::move(attempt),
                             fail(Code::forbidden,
                                  "the provider does not accept this institution's client id or "
                                  "secret; its administrator must look"));
        return fail_with(
            std::move(attempt),
            fail(Code::unauthenticated, "the provider takes this sign-in for over; begin again"));
    }
    std::string_view id_token, access_token;
    if (object["id_token"].get(id_token) != simdjson::SUCCESS)
        return fail_with(std::move(attempt),
                         fail(Code::unauthenticated, "the provider sent no ID token"));
    if (object["access_token"].get(access_token) == simdjson::SUCCESS &&
        access_token.size() <= access_token_bytes_limit &&
        std::ranges::all_of(access_token, [](unsigned char c) { return c > ' ' && c <= '~'; }))
        attempt->access_token = std::string(access_token);
    attempt->id_token = std::string(id_token);
    verify(std::move(attempt), false);
}

void FederatedSignIn::verify(Step attempt, bool newest_keys) {
    const FetchFor whom = attempt->whom();
    const Deadline deadline = attempt->browser.deadline;
    const std::string url = attempt->discovery->jwks_uri;
    auto with_keys = [this, attempt = std::move(attempt),
                      newest_keys](Result<std::shared_ptr<const KeySet>> keys) mutable {
        if (!keys)
            return fail_with(std::move(attempt), std::move(keys).error());
        take_claims(std::move(attempt), **keys, newest_keys);
    };
    if (newest_keys)
        documents_.keys().get_newer(whom, url, deadline, std::move(with_keys));
    else
        documents_.keys().get(whom, url, deadline, std::move(with_keys));
}

void FederatedSignIn::take_claims(Step attempt, const KeySet& keys, bool newest_keys) {
    const Provider& provider = attempt->provider;
    auto read = [&]() -> Result<KeySet::Verdict> {
        const Jws jws = TRY(Jws::parse(attempt->id_token.text()));
        const auto& allowed = provider.settings.algorithms;
        if (std::ranges::find(allowed, jws.algorithm) == allowed.end())
            return fail(Code::unauthenticated,
                        "the ID token is signed in a way that is not accepted from this provider");
        const KeySet::Verdict verdict = keys.verify(jws);
        if (verdict != KeySet::Verdict::good)
            return verdict;
        attempt->claims = TRY(Claims::parse(jws.payload));
        ExpectedToken expected{.issuer = provider.issuer,
                               .client_id = provider.client_id,
                               .nonce = attempt->returned.nonce,
                               .access_token = {},
                               .now = parts_.clock.now()};
        if (!attempt->access_token.text().empty())
            expected.access_token = attempt->access_token.text();
        CHECK_OK(check_id_token(attempt->claims, jws.algorithm, expected));
        return verdict;
    };
    auto verdict = read();
    if (!verdict)
        return fail_with(std::move(attempt), std::move(verdict).error());
    if (*verdict == KeySet::Verdict::unknown_key && !newest_keys)
        return verify(std::move(attempt), true); // the provider may have new keys
    if (*verdict != KeySet::Verdict::good)
        return fail_with(std::move(attempt),
                         fail(Code::unauthenticated, "the ID token's signature does not verify"));
    if (provider.settings.userinfo && !attempt->discovery->userinfo_endpoint.empty())
        return ask_userinfo(std::move(attempt));
    settle(std::move(attempt));
}

void FederatedSignIn::ask_userinfo(Step attempt) {
    FetchRequest request{.url = attempt->discovery->userinfo_endpoint,
                         .authorization = "Bearer " + attempt->access_token.text()};
    const FetchFor whom = attempt->whom();
    const Deadline deadline = attempt->browser.deadline;
    parts_.fetcher.fetch(
        whom, std::move(request), deadline,
        [this, attempt = std::move(attempt)](Result<FetchAnswer> answer) mutable {
            if (!answer)
                return fail_with(std::move(attempt), std::move(answer).error());
            auto more = answer->status == 200
                            ? Claims::parse(answer->body)
                            : fail(Code::unauthenticated, "the provider tells no more about you");
            if (!more)
                return fail_with(std::move(attempt), std::move(more).error());
            // Core, section 5.3.2: else it may be somebody else's.
            if (more->text("sub") != attempt->claims.text("sub"))
                return fail_with(
                    std::move(attempt),
                    fail(Code::unauthenticated, "the provider tells more about somebody else"));
            attempt->claims.add(*more);
            settle(std::move(attempt));
        });
}

// ---- who that is here ----

Result<std::optional<Known>> FederatedSignIn::settled(tenancy::Database& database,
                                                      const Attempt& attempt,
                                                      const Evidence& evidence) {
    const Browser& browser = attempt.browser;
    const Flow& flow = attempt.returned.flow;
    auto in_transaction = [&](auto&& deed) {
        return database.run(browser.scope, browser.deadline,
                            [&](tenancy::TenantTx& tx) -> Result<void> { return deed(tx); });
    };
    if (flow.purpose == Purpose::link) {
        CHECK_OK(in_transaction([&](tenancy::TenantTx& tx) {
            return link_by_consent(tx, attempt.provider, evidence, flow.user, flow.session,
                                   parts_.clock, parts_.rng);
        }));
        return std::optional<Known>();
    }
    auto find = [&] {
        return find_identity(database, browser.scope, browser.provider, evidence, browser.deadline);
    };
    if (auto known = TRY(find()))
        return known;
    auto newcomer = in_transaction([&](tenancy::TenantTx& tx) {
        return settle_newcomer(tx, attempt.provider, evidence, parts_.clock, parts_.rng);
    });
    // The same person may have come twice at once.
    auto known = TRY(find());
    if (!known)
        return newcomer ? fail(Code::unavailable, "try again") : std::move(newcomer).error();
    return known;
}

void FederatedSignIn::settle(Step attempt) {
    const TenantId tenant = attempt->browser.scope.tenant();
    const Deadline deadline = attempt->browser.deadline;
    parts_.lane.submit(
        tenant, deadline,
        [this, attempt = std::move(attempt)](Result<tenancy::Database*> turn) mutable {
            auto known = [&]() -> Result<std::optional<Known>> {
                tenancy::Database* database = TRY(std::move(turn));
                return settled(*database, *attempt,
                               TRY(evidence_of(attempt->provider, attempt->claims)));
            }();
            if (!known)
                return fail_with(std::move(attempt), std::move(known).error());
            if (*known)
                return finish(std::move(attempt), **known);
            Arrival arrival{Purpose::link, attempt->returned.flow.return_to, {}, {}};
            succeed(std::move(attempt), std::move(arrival));
        });
}

void FederatedSignIn::finish(Step attempt, const Known& known) {
    const Flow& flow = attempt->returned.flow;
    Arrival arrival{flow.purpose, flow.return_to, {}, {}};
    const auto shared_for = flow.shared_device ? std::optional(known.shared_for) : std::nullopt;
    const Browser browser = attempt->browser;
    if (flow.purpose == Purpose::code) {
        arrival.exchange_code =
            flows_.write({.id = make_uuid_v7(parts_.clock.now(), parts_.rng),
                          .tenant = browser.scope.tenant(),
                          .user = known.user,
                          .roles = known.roles,
                          .epoch = known.epoch,
                          .challenge = flow.challenge,
                          .shared_for = shared_for,
                          .expires_at = parts_.clock.now() + exchange_lifetime});
        return succeed(std::move(attempt), std::move(arrival));
    }
    const auth::Holder holder{known.user, known.roles, parts_.sessions.issuer.new_session(),
                              known.epoch, shared_for};
    auth::begin_session(parts_.sessions, browser.scope, holder, browser.device, browser.deadline,
                        [this, attempt = std::move(attempt),
                         arrival = std::move(arrival)](Result<auth::IssuedToken> issued) mutable {
                            if (!issued)
                                return fail_with(std::move(attempt), std::move(issued).error());
                            arrival.issued = *std::move(issued);
                            succeed(std::move(attempt), std::move(arrival));
                        });
}

void FederatedSignIn::succeed(Step attempt, Arrival arrival) {
    Counts& counts = counts_[static_cast<std::size_t>(attempt->provider.preset)];
    ++(arrival.purpose == Purpose::link ? counts.linked : counts.signed_in);
    attempt->done(std::move(arrival));
}

void FederatedSignIn::fail_with(Step attempt, Error error) {
    Counts& counts = counts_[static_cast<std::size_t>(attempt->provider.preset)];
    const bool ours = error.code == Code::unavailable || error.code == Code::overloaded ||
                      error.code == Code::deadline_exceeded || error.code == Code::corrupt ||
                      error.code == Code::outcome_unknown;
    ++(ours ? counts.failed : counts.refused);
    attempt->done(std::move(error));
}

// ---- tokens for a client ----

void FederatedSignIn::exchange(const tenancy::TenantScope& scope, std::string_view code,
                               std::string_view verifier, std::string device, Deadline deadline,
                               Exchanged done) {
    auto read = flows_.read(code, verifier, scope.tenant());
    if (!read)
        return done(std::move(read).error());
    parts_.lane.submit(
        scope.tenant(), deadline,
        [this, scope, code = *std::move(read), device = std::move(device), deadline,
         done = std::move(done)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return done(std::move(turn).error());
            auto fresh = (*turn)->run(scope, deadline, [&](tenancy::TenantTx& tx) {
                return use_code(tx, code.id, code.expires_at, parts_.clock.now());
            });
            if (!fresh)
                return done(std::move(fresh).error());
            if (!*fresh)
                return done(fail(Code::unauthenticated,
                                 "this code was used before; begin again at the sign-in page"));
            const auth::Holder holder{code.user, code.roles, parts_.sessions.issuer.new_session(),
                                      code.epoch, code.shared_for};
            auth::begin_session(parts_.sessions, scope, holder, std::move(device), deadline,
                                std::move(done));
        });
}

SignInStatus FederatedSignIn::status() const {
    SignInStatus out;
    for (std::size_t i = 0; i < counts_.size(); ++i)
        out.presets[i] = {counts_[i].signed_in, counts_[i].linked, counts_[i].refused,
                          counts_[i].failed};
    return out;
}

} // namespace bw::federation
