#include "auth/second_factor_sign_in.hpp"

#include "audit/audit.hpp"

namespace bw::auth {

namespace {

Error ended() {
    return fail(Code::unauthenticated, "this sign-in has ended; begin it with the password again",
                "/challenge");
}

} // namespace

struct SecondFactorSignIn::Outcome {
    CodeCheck check = CodeCheck::wrong;
    Holder holder;
    std::vector<std::string> recovery_codes = {};
};

Result<Challenge> SecondFactorSignIn::read(const tenancy::TenantScope& scope,
                                           const std::string& challenge) const {
    Challenge read =
        TRY(parts_.guards.challenges.read(challenge, scope.tenant(), parts_.clock.now()));
    if (parts_.revocations.revoked(read.tenant, read.user, {}, read.epoch))
        return ended();
    return read;
}

void SecondFactorSignIn::finish(const tenancy::TenantScope& scope, SecondFactorAttempt attempt,
                                Deadline deadline, Done done,
                                std::optional<telemetry::TraceContext> trace) {
    auto challenge = read(scope, attempt.challenge);
    if (!challenge)
        return done(std::move(challenge).error());
    const Guess guess{.account =
                          parts_.guards.accounts.of_second_factor(scope.tenant(), challenge->user),
                      .device = challenge->device};
    if (auto admitted = parts_.guards.guesses.admit(guess, parts_.clock.monotonic()); !admitted)
        return done(std::move(admitted).error());
    parts_.lane.submit(
        scope.tenant(), deadline,
        [this, scope, guess, challenge = *challenge, attempt = std::move(attempt), deadline,
         done = std::move(done)](Result<tenancy::Database*> turn) mutable {
            auto outcome = [&]() -> Result<Outcome> {
                GuessUnderWay under_way(parts_.guards.guesses, guess);
                tenancy::Database& database = *TRY(std::move(turn));
                Outcome seen = TRY(database.run(scope, deadline, [&](tenancy::TenantTx& tx) {
                    return look(tx, challenge, attempt.code.text());
                }));
                if (seen.check == CodeCheck::wrong)
                    under_way.failed(scope, parts_.clock.monotonic());
                return seen;
            }();
            if (outcome && outcome->check == CodeCheck::wrong) {
                ++parts_.guards.second_factors_failed;
                return done(fail(Code::unauthenticated,
                                 "the code is wrong, or was used before; each counts once",
                                 "/code"));
            }
            if (!outcome)
                return done(std::move(outcome).error());
            parts_.sign_in.begin(scope, outcome->holder, std::move(attempt.device),
                                 {.account = challenge.account, .device = challenge.device},
                                 deadline,
                                 [codes = std::move(outcome->recovery_codes),
                                  done = std::move(done)](Result<IssuedToken> issued) mutable {
                                     if (!issued)
                                         return done(std::move(issued).error());
                                     done(SecondFactorPassed{*std::move(issued), std::move(codes)});
                                 });
        },
        trace);
}

/// In the transaction that uses the code up.
Result<SecondFactorSignIn::Outcome> SecondFactorSignIn::look(tenancy::TenantTx& tx,
                                                             const Challenge& challenge,
                                                             const std::string& code) const {
    auto status = parts_.factors.status(tx, challenge.user);
    if (!status || status->epoch > challenge.epoch)
        return !status && status.error().code != Code::not_found ? std::move(status).error()
                                                                 : ended();
    Outcome out{.holder = {.user = challenge.user,
                           .roles = status->roles,
                           .session = parts_.issuer.new_session(),
                           .epoch = challenge.epoch,
                           .shared_for = challenge.shared_for}};
    const std::string by = challenge.user.text();
    if (status->confirmed_at) {
        out.check = TRY(parts_.factors.use(tx, challenge.user, code));
        if (out.check == CodeCheck::recovery_code)
            CHECK_OK(
                audit::record(tx, {by, "recovery_code.used", by, "{}"}, parts_.clock, parts_.rng));
        return out;
    }
    if (!challenge.enrolment)
        return fail(Code::conflict,
                    "there is no second factor any more; begin with the password again",
                    "/challenge");
    if (auto codes = TRY(parts_.factors.confirm(tx, challenge.user, code))) {
        out.check = CodeCheck::code;
        out.recovery_codes = *std::move(codes);
        CHECK_OK(
            audit::record(tx, {by, "second_factor.confirmed", by, "{}"}, parts_.clock, parts_.rng));
    }
    return out;
}

Result<Enrolment> SecondFactorSignIn::enrol(tenancy::Database& database,
                                            const tenancy::TenantScope& scope,
                                            const std::string& challenge, std::string_view issuer,
                                            Deadline deadline) const {
    const Challenge read = TRY(this->read(scope, challenge));
    if (!read.enrolment)
        return fail(Code::forbidden,
                    "this challenge wants a code of the second factor that is there already",
                    "/challenge");
    return database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Enrolment> {
        if (TRY(parts_.factors.status(tx, read.user)).epoch > read.epoch)
            return ended();
        return parts_.factors.begin(tx, read.user, issuer);
    });
}

} // namespace bw::auth
