#include "app/auth_role.hpp"

#include "app/background.hpp"
#include "app/preparing.hpp"
#include "auth/passwords.hpp"

namespace bw::app {

namespace {

constexpr std::size_t session_queue_limit = 16'384; // a second's worth at the bell
constexpr std::size_t session_batch_limit = 1'024;

lane::Budget hashing_budget(const CommonParts& common) {
    return {.name = "auth",
            .threads = common.options.auth_threads,
            .queue_items_limit = common.options.auth_queue_limit,
            .keeps_places = true,
            .spans = common.observation->spans()};
}

auth::RotationLane::Options rotation_options(const CommonParts& common) {
    return {.budget = {.name = "sessions",
                       .threads = common.options.session_threads,
                       .queue_items_limit = session_queue_limit,
                       .batch_items_limit = session_batch_limit},
            .on_reuse = auth::audited_reuse(common.clock, common.rng)};
}

federation::FetcherOptions fetcher_options(const ServeOptions& options) {
    return {.reach = options.federation_private ? federation::Reach::private_too
                                                : federation::Reach::public_only,
            .authorities_file = options.federation_authorities};
}

} // namespace

Result<std::unique_ptr<AuthRole>> AuthRole::open(CommonParts& common, tenancy::DatabaseLane& lane,
                                                 accounts::Origins origins) {
    const Installation& installation = common.installation;
    Keys keys{.routing = TRY(installation.routing_key(common.rng)),
              .refresh = TRY(installation.secret_key("refresh", common.rng)),
              .admission = TRY(installation.secret_key("admission", common.rng)),
              .recovery = TRY(installation.secret_key("recovery", common.rng)),
              .flows = TRY(installation.secret_key("federation", common.rng)),
              .providers = TRY(installation.secret_key("providers", common.rng)),
              .vouchers = TRY(installation.secret_key("vouchers", common.rng)),
              .persons = TRY(subject_keys(installation, common.rng))};
    std::optional<accounts::BreachedList> breached;
    if (!common.options.breached_passwords.empty())
        breached.emplace(TRY(accounts::BreachedList::open(common.options.breached_passwords)));
    std::unique_ptr<AuthRole> made(
        new AuthRole(common, lane, std::move(origins), std::move(keys), std::move(breached)));
    made->failures_.start();
    made->sweep_.start();
    auth::nobody_hash(); // now, not during the first storm
    return made;
}

AuthRole::AuthRole(CommonParts& common, tenancy::DatabaseLane& lane, accounts::Origins origins,
                   Keys keys, std::optional<accounts::BreachedList> breached)
    : common_(common), lane_(lane), keys_(std::move(keys)), hints_(keys_.routing),
      hashing_(hashing_budget(common), common.clock, common.connects("auth")),
      issuer_(token_options(common.options, common.directory), common.keys->ring, hints_,
              common.clock, common.rng),
      refresh_tokens_({keys_.refresh}),
      rotations_(rotation_options(common), common.clock, common.connects("sessions")),
      guards_(keys_.admission),
      failures_(common.connects("failures")(), guards_.guesses, common.clock),
      sweep_(common.connects("sweep"), common.directory),
      sign_in_({.lane = hashing_,
                .sessions = rotations_,
                .tokens = refresh_tokens_,
                .issuer = issuer_,
                .guards = guards_,
                .revocations = common.revocations,
                .clock = common.clock,
                .key = keys_.admission},
               common.rng),
      refresh_(rotations_, refresh_tokens_, issuer_, common.revocations, common.clock),
      factors_(keys_.persons, keys_.recovery, common.clock, common.rng),
      second_factor_({.lane = lane,
                      .sign_in = sign_in_,
                      .guards = guards_,
                      .factors = factors_,
                      .revocations = common.revocations,
                      .issuer = issuer_,
                      .clock = common.clock,
                      .rng = common.rng}),
      providers_(fetcher_options(common.options), common.clock, common.rng),
      federated_({.lane = lane,
                  .sessions = {rotations_, refresh_tokens_, issuer_, common.clock},
                  .fetcher = providers_,
                  .clock = common.clock,
                  .rng = common.rng,
                  .flow_key = keys_.flows,
                  .secret_key = keys_.providers}),
      breached_(std::move(breached)),
      desk_({.macs = accounts::SecretMacs(keys_.vouchers),
             .letters = accounts::Letters(keys_.persons, common.clock, common.rng),
             .breached = breached_ ? &*breached_ : nullptr,
             .clock = common.clock,
             .rng = common.rng}),
      account_parts_{.gate = common.gate,
                     .directory = common.directory,
                     .desk = desk_,
                     .sessions = {rotations_, refresh_tokens_, issuer_, common.clock},
                     .hashing = hashing_,
                     .lane = lane,
                     .feed = common.feed,
                     .origins = std::move(origins)} {}

void AuthRole::add_routes(net::RouteTable& routes, audit::Writer* audit) {
    auth::add_routes(routes, {.gate = common_.gate,
                              .sign_in = sign_in_,
                              .refresh = refresh_,
                              .guards = guards_,
                              .factors = factors_,
                              .second_factor = second_factor_,
                              .lane = lane_,
                              .feed = common_.feed,
                              .clock = common_.clock,
                              .rng = common_.rng,
                              .keys = common_.keys->ring,
                              .audit = audit});
    federation::add_routes(routes, {.gate = common_.gate,
                                    .sign_in = federated_,
                                    .lane = lane_,
                                    .feed = common_.feed,
                                    .audit = audit});
    accounts::add_routes(routes, account_parts_);
}

void AuthRole::tell(HealthSources& health) const {
    health.lanes.push_back(&hashing_);
    health.sessions.sign_in = &sign_in_;
    health.sessions.guards = &guards_;
    health.sessions.refresh = &refresh_;
    health.sessions.rotations = &rotations_;
    health.providers = &providers_;
    health.federation = &federated_;
}

void AuthRole::stop_hashing() {
    hashing_.stop();
    rotations_.stop();
}

void AuthRole::stop() {
    failures_.stop();
    sweep_.stop();
}

} // namespace bw::app
