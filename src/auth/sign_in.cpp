#include "auth/sign_in.hpp"

#include "auth/begin_session.hpp"
#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "base/keyed_hash.hpp"
#include "roster/users.hpp"

namespace bw::auth {

namespace {

constexpr std::size_t waiters_limit = 32; // for one hash

} // namespace

struct PasswordSignIn::Hashing {
    tenancy::TenantScope scope;
    std::string username; // in its normal form
    SecretText password;
    AttemptMac mac;
    Guess guess;
    Instant arrived;
    Deadline deadline;
};

void PasswordSignIn::sign_in(const tenancy::TenantScope& scope, PasswordAttempt attempt,
                             Deadline deadline, Done done,
                             std::optional<telemetry::TraceContext> trace) {
    std::string username = roster::username_normal(attempt.username);
    const Instant now = parts_.clock.now();
    Guess guess{.account = parts_.guards.accounts.of_name(scope.tenant(), username)};
    guess.device =
        parts_.guards.devices.read(attempt.device_token, guess.account, now).value_or(DeviceId{});
    const Instant arrived =
        tickets_.read(attempt.ticket, scope.tenant(), username, now).value_or(now);
    Hashing of{.scope = scope,
               .username = std::move(username),
               .password = std::move(attempt.password),
               .mac = {},
               .guess = guess,
               .arrived = arrived,
               .deadline = deadline};
    of.mac = mac_of(scope.tenant(), of.username, of.password.text());
    Result<bool> hashed = joined(
        of.mac, {std::move(attempt.device), attempt.shared_device, guess, deadline, {}}, done);
    if (!hashed)
        return done(std::move(hashed).error());
    if (!*hashed)
        return;
    parts_.lane.submit(
        scope.tenant(), deadline,
        [this, of = std::move(of)](Result<tenancy::Database*> turn) {
            try {
                finish(of.scope, of.mac, take_turn(of, std::move(turn)));
            } catch (...) { // the lane says what it was; nobody waits for this hash for ever
                finish(of.scope, of.mac, fail(Code::internal, "a sign-in threw"));
                throw;
            }
        },
        trace, arrived);
}

/// Who was refused keeps the place, also who had a turn and found no database, or no time left for
/// it.
Result<PasswordSignIn::Verified> PasswordSignIn::take_turn(const Hashing& of,
                                                           Result<tenancy::Database*> turn) {
    GuessUnderWay guess(parts_.guards.guesses, of.guess);
    auto outcome = turn ? verified(**turn, of, guess) : Result<Verified>(turn.error());
    if (outcome)
        return outcome;
    Error refusal = std::move(outcome).error();
    if (turn && fault(refusal.code) == Fault::retryable) {
        ++failed_;
        parts_.lane.keep_place(of.scope.tenant(), of.deadline, of.arrived, refusal);
    }
    if (refusal.waiting) {
        WaitingPlace place = *refusal.waiting;
        place.ticket = tickets_.write(of.scope.tenant(), of.username, of.arrived);
        refusal.waiting = std::make_shared<const WaitingPlace>(std::move(place));
    }
    return refusal;
}

/// Waits for the hash of the same name and password that is under way (false), or for one of its
/// own (true), unless the limit says later. `done` is taken if it waits.
Result<bool> PasswordSignIn::joined(const AttemptMac& mac, Waiter waiter, Done& done) {
    std::lock_guard lock(mutex_);
    auto at = attempts_.find(mac);
    const bool fresh = at == attempts_.end();
    if (fresh) {
        CHECK_OK(parts_.guards.guesses.admit(waiter.from, parts_.clock.monotonic()));
        at = attempts_.try_emplace(mac).first;
    }
    if (at->second.size() >= waiters_limit)
        return fail(Code::overloaded, "this sign-in is under way too often; wait for its answer");
    waiter.done = std::move(done);
    at->second.push_back(std::move(waiter));
    if (!fresh)
        ++coalesced_;
    return fresh;
}

PasswordSignIn::AttemptMac PasswordSignIn::mac_of(TenantId tenant, const std::string& username,
                                                  const std::string& password) const {
    // A name holds no NUL.
    return keyed_hash<sizeof(AttemptMac)>(attempt_key_,
                                          {view(tenant.uuid), username, {"", 1}, password});
}

std::size_t PasswordSignIn::AttemptHash::operator()(const AttemptMac& mac) const noexcept {
    return get_le<std::size_t>(view(mac));
}

std::vector<PasswordSignIn::Waiter> PasswordSignIn::waiters_of(const AttemptMac& mac) {
    std::lock_guard lock(mutex_);
    auto node = attempts_.extract(mac);
    return node ? std::move(node.mapped()) : std::vector<Waiter>();
}

/// Each who waited for this hash gets a session of their own.
void PasswordSignIn::finish(const tenancy::TenantScope& scope, const AttemptMac& mac,
                            Result<Verified> verified) {
    if (!verified && verified.error().code == Code::unauthenticated)
        ++wrong_;
    for (Waiter& waiter : waiters_of(mac)) {
        if (!verified) {
            waiter.done(verified.error());
            continue;
        }
        Holder own = verified->holder;
        if (!waiter.shared_device)
            own.shared_for.reset();
        if (verified->need != FactorNeed::none) {
            ++parts_.guards.second_factors_asked;
            waiter.done(asked(scope, {own, verified->need}, waiter.from));
            continue;
        }
        own.session = parts_.issuer.new_session();
        begin(scope, own, std::move(waiter.device), waiter.from, waiter.deadline,
              std::move(waiter.done));
    }
}

Result<PasswordSignIn::Verified> PasswordSignIn::verified(tenancy::Database& database,
                                                          const Hashing& of,
                                                          GuessUnderWay& guess) const {
    const std::string& password = of.password.text();
    std::optional<Credential> found = TRY(current_credential(
        database, of.scope, of.username, parts_.revocations, parts_.clock, of.deadline));
    bool good = verify_password(found ? found->password_hash : nobody_hash(), password);
    Result<std::optional<Credential>> latest;
    if (!good) {
        // A replica may not have the user, or the password, yet. Everybody who is refused costs
        // this second look, so that it does not tell who exists.
        latest = find_credential(database, of.scope, of.username, of.deadline);
        if (latest && *latest && (!found || (*latest)->password_hash != found->password_hash)) {
            good = verify_password((*latest)->password_hash, password);
            found = *latest;
        }
    }
    if (good && found)
        return Verified{{.user = found->user,
                         .roles = found->roles,
                         .session = {},
                         .epoch = found->epoch,
                         .shared_for = found->shared_for},
                        factor_need(*found)};
    // It was a guess, even if the second look failed: a primary that is away opens nothing.
    guess.failed(of.scope, parts_.clock.monotonic());
    if (!latest)
        return std::move(latest).error();
    return fail(Code::unauthenticated, "the user name or the password is wrong");
}

Error PasswordSignIn::asked(const tenancy::TenantScope& scope, const Verified& verified,
                            const Guess& from) const {
    const bool enrolment = verified.need == FactorNeed::enrolment;
    Error error = fail(Code::second_factor_required,
                       enrolment ? "your institution asks its staff for a second factor, and you "
                                   "have none yet: make one with this challenge"
                                 : "show a code of your second factor with this challenge");
    SecondFactorAsked asked{
        .lifetime = std::chrono::duration_cast<std::chrono::milliseconds>(Challenges::lifetime),
        .enrolment = enrolment};
    asked.challenge =
        parts_.guards.challenges.write({.tenant = scope.tenant(),
                                        .user = verified.holder.user,
                                        .epoch = verified.holder.epoch,
                                        .account = from.account,
                                        .device = from.device,
                                        .enrolment = enrolment,
                                        .shared_for = verified.holder.shared_for,
                                        .expires_at = parts_.clock.now() + Challenges::lifetime});
    error.second_factor = std::make_shared<const SecondFactorAsked>(std::move(asked));
    return error;
}

void PasswordSignIn::begin(const tenancy::TenantScope& scope, const Holder& holder,
                           std::string device, const Guess& from, Deadline deadline, Done done) {
    // The next who use a shared device are strangers to the account.
    const bool known = !holder.shared_for;
    const DeviceId id = from.from_stranger() ? rng_.bytes<sizeof(DeviceId)>() : from.device;
    begin_session({parts_.sessions, parts_.tokens, parts_.issuer, parts_.clock, parts_.rules},
                  scope, holder, std::move(device), deadline,
                  [this, account = from.account, id, known,
                   done = std::move(done)](Result<IssuedToken> issued) mutable {
                      if (issued && known)
                          issued->device_token =
                              parts_.guards.devices.write(account, id, parts_.clock.now());
                      if (issued) {
                          ++signed_in_;
                          minutes_.add(parts_.clock.monotonic());
                      }
                      done(std::move(issued));
                  });
}

SignInStatus PasswordSignIn::status() const {
    return {.signed_in = signed_in_,
            .busiest_minute = minutes_.count(parts_.clock.monotonic()),
            .wrong = wrong_,
            .failed = failed_,
            .coalesced = coalesced_};
}

} // namespace bw::auth
