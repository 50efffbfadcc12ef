#include "auth/refresh.hpp"

namespace bw::auth {

namespace {

Error session_ended() {
    return fail(Code::unauthenticated, "this session has ended; sign in again", "/refresh_token");
}

Error session_reused() {
    return fail(Code::unauthenticated,
                "this refresh token was used before, so its session was ended: somebody else may "
                "have it. Sign in again",
                "/refresh_token");
}

Holder holder_of(const RefreshToken& token, tenancy::Roles roles) {
    return {.user = token.user, .roles = roles, .session = token.session, .epoch = token.epoch};
}

} // namespace

void SessionRefresh::refresh(const tenancy::TenantScope& scope, std::string_view refresh_token,
                             Deadline deadline, Done done) {
    auto shown = tokens_.read(refresh_token);
    if (!shown)
        return done(std::move(shown).error());
    if (shown->tenant != scope.tenant())
        return done(fail(Code::unauthenticated, "this is no refresh token of this institution",
                         "refresh_token"));
    if (clock_.now() >= shown->expires_at ||
        revocations_.revoked(shown->tenant, shown->user, shown->session, shown->epoch)) {
        ++ended_;
        return done(session_ended());
    }
    rotations_.rotate(
        scope, *shown, deadline,
        [this, scope, shown = *shown, done = std::move(done)](Result<Rotation> rotation) mutable {
            if (!rotation)
                return done(without_database(scope, shown, rotation.error()));
            switch (rotation->verdict) {
            case Verdict::rotate:
            case Verdict::repeat:
                ++(rotation->verdict == Verdict::rotate ? rotated_ : repeated_);
                return done(successor(scope, shown, *rotation));
            case Verdict::reuse:
                ++reused_;
                return done(session_reused());
            case Verdict::ended:
                ++ended_;
                return done(session_ended());
            }
        });
}

Result<IssuedToken> SessionRefresh::successor(const tenancy::TenantScope& scope, RefreshToken of,
                                              const Rotation& rotation) const {
    of.generation = rotation.generation;
    of.issued_at = rotation.issued_at;
    of.roles = rotation.roles;
    of.unanswered.reset();
    IssuedToken issued = TRY(issuer_.issue(scope, holder_of(of, rotation.roles), of.expires_at));
    issued.refresh_token = tokens_.write(of);
    issued.refresh_expires_at = of.expires_at;
    return issued;
}

/// Students stay in for the length of an outage. Where the rotation may have been committed, the
/// token that was shown comes back with a note of that, so that it counts later as it would have
/// now. No successor is told: nobody has judged the one that was shown.
Result<IssuedToken> SessionRefresh::without_database(const tenancy::TenantScope& scope,
                                                     const RefreshToken& shown, const Error& why) {
    if (!database_cannot_tell(why.code) &&
        !(why.code == Code::overloaded && rotations_.database_away())) {
        ++failed_;
        return why;
    }
    ++outage_;
    IssuedToken issued =
        TRY(issuer_.issue_for_outage(scope, holder_of(shown, shown.roles), shown.expires_at));
    issued.refresh_expires_at = shown.expires_at;
    if (why.code == Code::outcome_unknown) {
        RefreshToken again = shown;
        const Instant now = clock_.now();
        again.unanswered = {shown.unanswered ? shown.unanswered->from : now, now};
        issued.refresh_token = tokens_.write(again);
    }
    return issued;
}

RefreshStatus SessionRefresh::status() const {
    return {.rotated = rotated_,
            .repeated = repeated_,
            .reused = reused_,
            .ended = ended_,
            .outage = outage_,
            .failed = failed_};
}

} // namespace bw::auth
