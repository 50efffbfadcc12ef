#include "auth/sessions.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "audit/audit.hpp"
#include "auth/auth_sql.hpp"
#include "base/json.hpp"
#include "roster/users.hpp"
#include "telemetry/log.hpp"
#include "tenancy/batch.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::auth {

namespace {

/// Looks and rotations of one item: a lost family takes three, one that another process rotates in
/// between two more each time.
constexpr int attempts_limit = 7;
constexpr Duration still_after = 2s; // a batch takes a tenth of that

tenancy::Step begin_all(std::span<const NewSession> begun) {
    std::vector<Uuid> sessions, users;
    std::vector<std::string> devices;
    std::vector<Instant> ends;
    std::vector<bool> shared;
    for (const NewSession& session : begun) {
        sessions.push_back(session.session.uuid);
        users.push_back(session.user.uuid);
        devices.push_back(session.device);
        ends.push_back(session.expires_at);
        shared.push_back(session.shared_device);
    }
    pg::Params params;
    params.uuids(sessions).uuids(users).texts(devices).instants(ends).booleans(shared);
    return {sql::begin_sessions, std::move(params)};
}

} // namespace

RotationLane::RotationLane(Options options, const Clock& clock,
                           std::function<std::unique_ptr<tenancy::Database>()> make_database)
    : options_(std::move(options)), clock_(clock),
      lane_(options_.budget, clock, std::move(make_database),
            [this](tenancy::Database& database, std::span<Lane::Turn> turns) {
                return work(database, turns);
            }) {}

void RotationLane::begin(const tenancy::TenantScope& scope, NewSession session, Deadline deadline,
                         Begun done) {
    lane_.submit(scope.tenant(), deadline, {scope, std::move(session), {}},
                 [this, done = std::move(done)](Result<Rotation> rotation) mutable {
                     if (!rotation) {
                         ++unwritten_;
                         return done(std::move(rotation).error());
                     }
                     done(rotation->issued_at);
                 });
}

void RotationLane::rotate(const tenancy::TenantScope& scope, const RefreshToken& shown,
                          Deadline deadline, Rotated done) {
    lane_.submit(scope.tenant(), deadline, {scope, std::nullopt, shown}, std::move(done));
}

bool RotationLane::database_away() const {
    return failing_ || (batches_ > 0 && clock_.monotonic() - Monotonic{moved_at_} > still_after);
}

Result<void> RotationLane::work(tenancy::Database& database, std::span<Lane::Turn> turns) {
    struct UnderWay {
        RotationLane& lane;
        explicit UnderWay(RotationLane& of) : lane(of) {
            lane.moved_at_ = lane.clock_.monotonic().ns;
            ++lane.batches_;
        }
        ~UnderWay() {
            --lane.batches_;
            lane.moved_at_ = lane.clock_.monotonic().ns;
        }
    } under_way(*this);
    Turns waiting;
    Deadline deadline = turns.front().deadline;
    for (Lane::Turn& turn : turns) {
        waiting.push_back(&turn);
        deadline = Deadline(std::max(deadline.at(), turn.deadline.at()));
    }
    for (int i = 0; i < attempts_limit && !waiting.empty(); ++i)
        waiting = attempt(database, waiting, deadline);
    for (Lane::Turn* turn : waiting)
        turn->answer(fail(Code::unavailable, "this session is being renewed elsewhere; try again"));
    return {};
}

/// One institution's items, by what is done with them; in the order of the steps.
struct RotationLane::Share {
    std::vector<std::size_t> begin, revive, rotate, look;

    Share(const std::vector<Turns>& groups, std::span<const std::size_t> items) {
        for (std::size_t i : items) {
            const Item& item = groups[i].front()->item;
            if (item.begins) {
                begin.push_back(i);
            } else if (item.next == Item::Next::look) {
                look.push_back(i);
            } else {
                rotate.push_back(i);
                if (item.next == Item::Next::revive)
                    revive.push_back(i);
            }
        }
    }
};

/// What the database said of one item.
struct RotationLane::Known {
    std::size_t group = 0;
    Item::Next next = Item::Next::rotate; // if that settles nothing
    std::optional<RefreshFamily> family = {};
    bool moved = false; // by us, just now
    bool looked = false, revoked = false;
    Instant now = {};
    tenancy::Roles roles = {};
};

std::vector<tenancy::Step> RotationLane::steps_of(const std::vector<Turns>& groups,
                                                  const Share& share) {
    auto shown = [&](std::span<const std::size_t> which) {
        std::vector<Uuid> sessions, users;
        std::vector<std::int64_t> generations, epochs;
        std::vector<Instant> ends;
        for (std::size_t i : which) {
            const RefreshToken& token = groups[i].front()->item.shown;
            sessions.push_back(token.session.uuid);
            users.push_back(token.user.uuid);
            generations.push_back(token.generation);
            epochs.push_back(token.epoch);
            ends.push_back(token.expires_at);
        }
        pg::Params params;
        params.uuids(sessions).uuids(users).int8s(generations).int8s(epochs).instants(ends);
        return params;
    };
    std::vector<tenancy::Step> steps;
    if (!share.begin.empty()) {
        std::vector<NewSession> sessions;
        for (std::size_t i : share.begin)
            sessions.push_back(*groups[i].front()->item.begins);
        steps.push_back(begin_all(sessions));
    }
    if (!share.revive.empty()) {
        pg::Params params = shown(share.revive);
        std::vector<bool> shared;
        for (std::size_t i : share.revive)
            shared.push_back(groups[i].front()->item.shown.shared_device);
        params.booleans(shared);
        steps.push_back({sql::revive, std::move(params)});
    }
    if (!share.rotate.empty())
        steps.push_back({sql::rotate, shown(share.rotate)});
    if (!share.look.empty())
        steps.push_back({sql::look_at_families, shown(share.look)});
    return steps;
}

RotationLane::Turns RotationLane::attempt(tenancy::Database& database, const Turns& turns,
                                          Deadline deadline) {
    // What is about the same family is asked once, by the newest token shown.
    std::map<std::pair<TenantId, AuthSessionId>, Turns> families;
    for (Lane::Turn* turn : turns) {
        const Item& item = turn->item;
        families[{turn->tenant, item.begins ? item.begins->session : item.shown.session}].push_back(
            turn);
    }
    std::vector<Turns> groups;
    std::vector<tenancy::BatchItem> items;
    for (auto& [key, of] : families) {
        std::ranges::sort(of, std::ranges::greater(),
                          [](const Lane::Turn* turn) { return turn->item.shown.generation; });
        items.push_back({of.front()->item.scope, std::string(view(key.second.uuid))});
        groups.push_back(std::move(of));
    }
    tenancy::BatchOutcome outcome =
        tenancy::BatchTx(
            database, items,
            [&](std::span<const std::size_t> share) { return steps_of(groups, {groups, share}); },
            tenancy::Plans::kept)
            .commit(deadline);
    failing_ =
        outcome.applied.empty() && std::ranges::any_of(outcome.failures, [](const auto& failure) {
            return failure && database_cannot_tell(failure->error.code);
        });

    Turns again;
    for (const tenancy::BatchShare& applied : outcome.applied) {
        const Share share(groups, applied.items);
        if (!share.begin.empty()) {
            const pg::Rows& rows = applied.answers.front(); // none: all were there already
            for (std::size_t i : share.begin)
                groups[i].front()->answer(
                    Rotation{.verdict = Verdict::rotate,
                             .issued_at = rows.empty() ? clock_.now() : rows.instant(0, 0)});
        }
        for (Known& known : known_of(groups, share, applied.answers)) {
            const Turns& of = groups[known.group];
            const auto next = known.next;
            if (!settle(database, of, std::move(known), deadline)) {
                of.front()->item.next = next;
                again.insert(again.end(), of.begin(), of.end());
            }
        }
    }
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (outcome.failures[i])
            for (Lane::Turn* turn : groups[i])
                turn->answer(outcome.failures[i]->error);
    return again;
}

/// What the answers to steps_of say of every item that is not to begin.
std::vector<RotationLane::Known> RotationLane::known_of(const std::vector<Turns>& groups,
                                                        const Share& share,
                                                        std::span<const pg::Rows> answers) {
    std::vector<Known> all;
    auto answer = answers.begin() + !share.begin.empty() + !share.revive.empty();
    auto shown = [&](std::size_t i) -> const RefreshToken& {
        return groups[i].front()->item.shown;
    };
    if (!share.rotate.empty()) {
        for (std::size_t i : share.rotate)
            all.push_back({.group = i, .next = Item::Next::look});
        const pg::Rows& rows = *answer++;
        for (int row = 0; row < rows.count(); ++row) {
            Known& known = all[static_cast<std::size_t>(rows.int8(row, 0) - 1)];
            known.moved = true;
            known.now = rows.instant(row, 1);
            known.roles = roster::roles_from_names(rows.text(row, 2));
            known.family = RefreshFamily{.generation = shown(known.group).generation + 1,
                                         .rotated_at = known.now,
                                         .expires_at = shown(known.group).expires_at};
        }
    }
    if (share.look.empty())
        return all;
    const pg::Rows& rows = *answer;
    for (int row = 0; row < rows.count(); ++row) {
        Known known{.group = share.look[static_cast<std::size_t>(rows.int8(row, 0) - 1)],
                    .next = Item::Next::revive,
                    .looked = true,
                    .revoked = rows.boolean(row, 5),
                    .now = rows.instant(row, 6),
                    .roles = roster::roles_from_names(rows.text(row, 7))};
        if (rows.boolean(row, 1)) {
            known.next = Item::Next::rotate;
            known.family = RefreshFamily{.generation = rows.int8(row, 2),
                                         .rotated_at = rows.instant(row, 3),
                                         .expires_at = shown(known.group).expires_at,
                                         .ended = rows.boolean(row, 4)};
        }
        all.push_back(std::move(known));
    }
    return all;
}

/// Answers all that showed tokens of one family. False, and nobody is answered: it may move on,
/// after all, because it is lost or another process rotated it between our write and our look.
bool RotationLane::settle(tenancy::Database& database, const Turns& turns, Known known,
                          Deadline deadline) {
    if (!known.moved && !known.looked)
        return false; // why did it not move on?
    const Verdict first = known.moved ? Verdict::rotate
                                      : judge(turns.front()->item.shown, known.family,
                                              known.revoked, known.now, options_.grace);
    if (first == Verdict::rotate && !known.moved)
        return false;
    for (Lane::Turn* turn : turns) {
        const Verdict verdict =
            turn == turns.front()
                ? first
                : judge(turn->item.shown, known.family, known.revoked, known.now, options_.grace);
        // It stays reuse if the family cannot be ended now: the next one that is shown ends it.
        if (verdict == Verdict::reuse && end_reused(database, turn->item, deadline))
            known.family->ended = true;
        turn->answer(Rotation{.verdict = verdict,
                              .generation = known.family ? known.family->generation : 0,
                              .issued_at = known.family ? known.family->rotated_at : known.now,
                              .roles = known.roles});
    }
    return true;
}

/// Was it ended?
bool RotationLane::end_reused(tenancy::Database& database, const Item& item, Deadline deadline) {
    auto ended = database.run(item.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        TRY(end_session(tx, item.shown.user, item.shown.session, item.shown.expires_at));
        if (options_.on_reuse)
            CHECK_OK(options_.on_reuse(tx, item.shown));
        TRY(tenancy::revoke_session(tx, item.shown.session, clock_.now()));
        return {};
    });
    log::warn(ended ? "refresh_token_reused" : "refresh_token_reused_not_ended",
              {{"tenant", item.shown.tenant.text()},
               {"user", item.shown.user.text()},
               {"session", item.shown.session.text()},
               {"generation", item.shown.generation},
               {"error", ended ? "" : ended.error().text()}});
    return ended.has_value();
}

std::function<Result<void>(tenancy::TenantTx&, const RefreshToken&)>
audited_reuse(const Clock& clock, Rng& rng) {
    return [&clock, &rng](tenancy::TenantTx& tx, const RefreshToken& shown) {
        JsonWriter details;
        details.object().member("generation", shown.generation).end();
        return audit::record(
            tx, {shown.user.text(), "session.reused", shown.session.text(), details.text()}, clock,
            rng);
    };
}

Result<std::vector<SessionRecord>> list_sessions(tenancy::TenantTx& tx, UserId user, Instant now) {
    pg::Params params;
    params.id(user).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::list_sessions, params));
    std::vector<SessionRecord> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back({.session = rows.id<AuthSessionId>(i, 0),
                       .device = std::string(rows.text(i, 1)),
                       .began_at = rows.instant(i, 2),
                       .used_at = rows.instant(i, 3),
                       .expires_at = rows.instant(i, 4)});
    return out;
}

Result<std::optional<Instant>> shared_until(tenancy::TenantTx& tx, AuthSessionId session,
                                            Instant if_unknown) {
    pg::Params params;
    params.id(session);
    const pg::Rows rows = TRY(tx.run(sql::session_device, params));
    if (rows.empty())
        return std::optional(if_unknown);
    return rows.boolean(0, 0) ? std::optional(rows.instant(0, 1)) : std::nullopt;
}

Result<void> check_fresh(tenancy::TenantTx& tx, UserId user, AuthSessionId session,
                         Instant not_before) {
    pg::Params params;
    params.id(session).id(user).instant(not_before);
    if (TRY(tx.run(sql::session_began_after, params)).empty())
        return fail(Code::forbidden, "sign in anew first: who changes the ways into an account has "
                                     "proved less than ten minutes ago that it is theirs");
    return {};
}

Result<void> begin_sessions(tenancy::TenantTx& tx, std::span<const NewSession> sessions) {
    const tenancy::Step step = begin_all(sessions);
    TRY(tx.run(step.statement, step.params));
    return {};
}

Result<bool> end_session(tenancy::TenantTx& tx, UserId user, AuthSessionId session,
                         Instant forgotten_at) {
    pg::Params params;
    params.id(session).id(user).instant(forgotten_at);
    return !TRY(tx.run(sql::end_session, params)).empty();
}

Result<bool> end_listed_session(tenancy::TenantTx& tx, UserId user, AuthSessionId session) {
    pg::Params params;
    params.id(session).id(user);
    const pg::Rows rows = TRY(tx.run(sql::end_listed_session, params));
    if (rows.empty())
        return fail(Code::not_found, "you have no such session");
    return rows.boolean(0, 0);
}

Result<std::int64_t> end_sessions(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    return TRY(tx.run(sql::end_sessions, params)).affected();
}

} // namespace bw::auth
