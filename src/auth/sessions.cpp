#include "auth/sessions.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "auth/auth_sql.hpp"
#include "roster/users.hpp"
#include "telemetry/log.hpp"
#include "tenancy/batch.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::auth {

namespace {

constexpr int attempts_limit = 3; // of items that other processes overtake
constexpr Duration sweep_interval = 1h, sweep_deadline = 2s;
constexpr std::int32_t sweep_items_limit = 1'000;

tenancy::Step begin_all(std::span<const NewSession> begun) {
    std::vector<Uuid> sessions, users;
    std::vector<std::string> devices;
    std::vector<Instant> ends;
    for (const NewSession& session : begun) {
        sessions.push_back(session.session.uuid);
        users.push_back(session.user.uuid);
        devices.push_back(session.device);
        ends.push_back(session.expires_at);
    }
    pg::Params params;
    params.uuids(sessions).uuids(users).texts(devices).instants(ends);
    return {sql::begin_sessions, std::move(params)};
}

std::optional<RefreshFamily> family_in(const pg::Rows& rows, int row, const RefreshToken& shown) {
    if (!rows.boolean(row, 1))
        return std::nullopt;
    return RefreshFamily{.generation = rows.int8(row, 2),
                         .rotated_at = rows.instant(row, 3),
                         .expires_at = shown.expires_at,
                         .ended = rows.boolean(row, 4)};
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
                 [done = std::move(done)](Result<Rotation> rotation) mutable {
                     if (!rotation)
                         return done(std::move(rotation).error());
                     done(rotation->issued_at);
                 });
}

void RotationLane::rotate(const tenancy::TenantScope& scope, const RefreshToken& shown,
                          Deadline deadline, Rotated done) {
    lane_.submit(scope.tenant(), deadline, {scope, std::nullopt, shown}, std::move(done));
}

Result<void> RotationLane::work(tenancy::Database& database, std::span<Lane::Turn> turns) {
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
    sweep(database, turns.front().item.scope);
    return {};
}

/// Once an hour for an institution that is active: families that nobody can show any more.
void RotationLane::sweep(tenancy::Database& database, const tenancy::TenantScope& scope) {
    const Monotonic now = clock_.monotonic();
    {
        std::lock_guard lock(sweep_mutex_);
        auto [at, fresh] = swept_.try_emplace(scope.tenant(), now);
        if (!fresh && now - at->second < sweep_interval)
            return;
        at->second = now;
    }
    pg::Params params;
    params.int4(sweep_items_limit);
    auto swept =
        database.fetch(scope, Deadline::in(clock_, sweep_deadline), sql::forget_sessions, params);
    if (!swept)
        log::warn("sessions_not_swept", {{"error", swept.error().text()}});
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
    auto split = [&](std::span<const std::size_t> share) {
        std::pair<std::vector<std::size_t>, std::vector<std::size_t>> out; // begin, rotate
        for (std::size_t i : share)
            (groups[i].front()->item.begins ? out.first : out.second).push_back(i);
        return out;
    };
    tenancy::BatchOutcome outcome =
        tenancy::BatchTx(
            database, items,
            [&](std::span<const std::size_t> share) {
                const auto [begin, rotate] = split(share);
                std::vector<tenancy::Step> steps;
                if (!begin.empty())
                    steps.push_back(begin_step(groups, begin));
                if (!rotate.empty())
                    std::ranges::move(rotate_steps(groups, rotate), std::back_inserter(steps));
                return steps;
            },
            tenancy::Plans::kept)
            .commit(deadline);

    Turns again;
    for (const tenancy::BatchShare& share : outcome.applied) {
        const auto [begin, rotate] = split(share.items);
        for (std::size_t i : begin) {
            const pg::Rows& rows = share.answers.front(); // none: all of them were there already
            groups[i].front()->answer(
                Rotation{.verdict = Verdict::rotate,
                         .generation = 0,
                         .issued_at = rows.empty() ? clock_.now() : rows.instant(0, 0),
                         .roles = {}});
        }
        if (rotate.empty())
            continue;
        const pg::Rows& rows = share.answers.back();
        for (int row = 0; row < rows.count(); ++row) {
            const Turns& shown = groups[rotate[static_cast<std::size_t>(rows.int8(row, 0) - 1)]];
            if (!settle(database, shown, rows, row, deadline))
                again.insert(again.end(), shown.begin(), shown.end());
        }
    }
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (outcome.failures[i])
            for (Lane::Turn* turn : groups[i])
                turn->answer(outcome.failures[i]->error);
    return again;
}

tenancy::Step RotationLane::begin_step(const std::vector<Turns>& groups,
                                       std::span<const std::size_t> which) {
    std::vector<NewSession> sessions;
    for (std::size_t i : which)
        sessions.push_back(*groups[i].front()->item.begins);
    return begin_all(sessions);
}

std::vector<tenancy::Step> RotationLane::rotate_steps(const std::vector<Turns>& groups,
                                                      std::span<const std::size_t> which) {
    auto params_of = [&](auto&& wanted) {
        std::vector<Uuid> sessions, users;
        std::vector<std::int64_t> generations, epochs;
        std::vector<Instant> ends;
        for (std::size_t i : which) {
            const Item& item = groups[i].front()->item;
            if (!wanted(item))
                continue;
            sessions.push_back(item.shown.session.uuid);
            users.push_back(item.shown.user.uuid);
            generations.push_back(item.shown.generation);
            epochs.push_back(item.shown.epoch);
            ends.push_back(item.shown.expires_at);
        }
        pg::Params params;
        params.uuids(sessions).uuids(users).int8s(generations).int8s(epochs).instants(ends);
        return params;
    };
    auto lost = [](const Item& item) { return item.lost; };
    std::vector<tenancy::Step> steps;
    if (std::ranges::any_of(which, [&](std::size_t i) { return lost(groups[i].front()->item); }))
        steps.push_back({sql::revive, params_of(lost)});
    steps.push_back({sql::rotate, params_of([](const Item&) { return true; })});
    return steps;
}

/// Answers all that showed tokens of one family. False, and nobody is answered: another process
/// rotated it between our look and our write, or it is lost.
bool RotationLane::settle(tenancy::Database& database, const Turns& turns, const pg::Rows& rows,
                          int row, Deadline deadline) {
    const RefreshToken& newest = turns.front()->item.shown;
    std::optional<RefreshFamily> family = family_in(rows, row, newest);
    const bool revoked = rows.boolean(row, 5), moved = rows.boolean(row, 6);
    const Instant now = rows.instant(row, 7);
    const tenancy::Roles roles = roster::roles_from_names(rows.text(row, 8));
    const Verdict first = judge(newest, family, revoked, now, options_.grace);
    if (first == Verdict::rotate && !moved) {
        for (Lane::Turn* turn : turns)
            turn->item.lost = !family;
        return false;
    }
    if (moved)
        family = {.generation = newest.generation + 1,
                  .rotated_at = now,
                  .expires_at = newest.expires_at};
    for (Lane::Turn* turn : turns) {
        const Verdict verdict = turn == turns.front()
                                    ? first
                                    : judge(turn->item.shown, family, revoked, now, options_.grace);
        if (verdict == Verdict::reuse) {
            auto ended = end_reused(database, turn->item, deadline);
            if (!ended) {
                turn->answer(std::move(ended).error());
                continue;
            }
            family->ended = true;
        }
        turn->answer(Rotation{.verdict = verdict,
                              .generation = family ? family->generation : 0,
                              .issued_at = family ? family->rotated_at : now,
                              .roles = roles});
    }
    return true;
}

Result<void> RotationLane::end_reused(tenancy::Database& database, const Item& item,
                                      Deadline deadline) {
    CHECK_OK(database.run(item.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        TRY(end_session(tx, item.shown.user, item.shown.session, item.shown.expires_at));
        TRY(tenancy::revoke_session(tx, item.shown.session, clock_.now()));
        return {};
    }));
    log::warn("refresh_token_reused", {{"tenant", item.shown.tenant.text()},
                                       {"user", item.shown.user.text()},
                                       {"session", item.shown.session.text()},
                                       {"generation", item.shown.generation}});
    if (options_.on_reuse)
        options_.on_reuse(item.scope, item.shown);
    return {};
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
