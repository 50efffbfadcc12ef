#include "rooms/rooms.hpp"

#include <algorithm>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "lane/lane.hpp"
#include "live/store.hpp"
#include "rooms/message.hpp"
#include "rooms/store.hpp"
#include "telemetry/log.hpp"

namespace bw::rooms {

namespace {

std::uint16_t code_of(Code code) {
    switch (code) {
    case Code::forbidden:
        return close_code::put_out;
    case Code::overloaded:
    case Code::unavailable:
    case Code::deadline_exceeded:
    case Code::outcome_unknown:
        return close_code::come_back;
    default:
        return close_code::grant;
    }
}

Error come_back(std::string detail, Duration after) {
    Error error = fail(Code::unavailable, std::move(detail));
    error.retry_after = std::chrono::duration_cast<std::chrono::milliseconds>(after);
    return error;
}

} // namespace

Rooms::Rooms(RoomsParts parts, RoomsRules rules)
    : parts_(std::move(parts)), rules_(rules), looked_at_(parts_.clock.monotonic()) {}

void Rooms::start() {
    keeper_ = std::jthread([this](const std::stop_token& stop) { keep(stop); });
    teller_ = std::jthread([this](const std::stop_token& stop) { keep_telling(stop); });
}

void Rooms::send_away() {
    std::vector<Entering> entering;
    {
        const std::scoped_lock lock(mutex_);
        sending_away_ = true;
        entering = std::exchange(entering_, {});
    }
    for (Entering& one : entering)
        refuse(*one.asker, come_back("this server ends; join again", 1s));
    for (const Held& one : held())
        one.room->send_away();
}

void Rooms::stop() {
    for (std::jthread* thread : {&keeper_, &teller_})
        if (thread->joinable()) {
            thread->request_stop();
            thread->join();
        }
    if (database_)
        write_put_out();
    for (const Held& one : held())
        if (const std::size_t lost = one.room->take_put_out().size(); lost > 0)
            log::error("rooms_put_out_lost",
                       {{"class", one.room->parts().of.text()}, {"people", lost}});
    const std::scoped_lock lock(mutex_);
    entering_.clear();
    rooms_.clear();
}

Result<void> Rooms::check_known(const tenancy::TenantScope& scope, LiveClassId id) const {
    const auto seats = TRY(parts_.audience.find(scope.tenant(), id));
    if (!seats)
        return fail(Code::not_found, "there is no such live class");
    return {};
}

bool Rooms::take_socket(const std::shared_ptr<Asker>& asker) {
    if (sockets_.fetch_add(1) >= rules_.sockets_limit) {
        --sockets_;
        return false;
    }
    const std::scoped_lock lock(mutex_);
    silent_.emplace_back(parts_.clock.monotonic() + rules_.ask_within, asker);
    return true;
}

void Rooms::refuse(Line& line, Error error) {
    ++refused_;
    if (error.retry_after) // those who were refused together do not come back together
        *error.retry_after += std::chrono::milliseconds(static_cast<std::int64_t>(
            static_cast<double>(error.retry_after->count()) * parts_.rng.unit()));
    line.send(refusal("enter", error));
    line.close(code_of(error.code));
}

Result<live::RoomGrant> Rooms::check(const tenancy::TenantScope& scope, LiveClassId id,
                                     std::string_view text) const {
    const auto grant = TRY(live::verify_grant(text, parts_.grant_key, parts_.clock.now()));
    if (grant.tenant != scope.tenant() || grant.of != id)
        return fail(Code::unauthenticated, "this grant is for another room");
    const auto seats = TRY(parts_.audience.find(scope.tenant(), id));
    if (!seats)
        return fail(Code::unauthenticated, "there is no such live class");
    if (seats->is_out(grant.user) || (seats->people && !seats->find(grant.user)))
        return fail(Code::forbidden, "you were put out of this class; its teacher may let you in");
    return grant;
}

void Rooms::enter(const tenancy::TenantScope& scope, LiveClassId id, std::string_view text,
                  std::shared_ptr<Asker> asker) {
    auto grant = check(scope, id, text);
    if (!grant)
        return refuse(*asker, grant.error());
    {
        const std::scoped_lock lock(mutex_);
        if (!sending_away_ && entering_.size() < rules_.entering_limit) {
            entering_.push_back({scope, id, *grant, std::move(asker)});
            wake_.notify_one();
            return;
        }
    }
    refuse(*asker, come_back("too many enter at this moment; join again", 1s));
}

// ---- the keeper: whatever asks the database ----

void Rooms::keep(const std::stop_token& stop) {
    lane::name_this_thread("rooms");
    while (!stop.stop_requested()) {
        turn();
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, rules_.tell_every, [&] { return !entering_.empty(); });
    }
}

void Rooms::turn() {
    if (!database_)
        database_ = parts_.make_database();
    std::vector<Entering> entering;
    {
        const std::scoped_lock lock(mutex_);
        const auto n = std::min(entering_.size(), rules_.entering_at_once);
        const auto end = entering_.begin() + static_cast<std::ptrdiff_t>(n);
        entering.assign(std::move_iterator(entering_.begin()), std::move_iterator(end));
        entering_.erase(entering_.begin(), end);
    }
    if (!entering.empty())
        let_in(std::move(entering));
    write_put_out();
    if (parts_.clock.monotonic() - looked_at_ >= rules_.look_every) {
        looked_at_ = parts_.clock.monotonic();
        look();
    }
}

void Rooms::let_in(std::vector<Entering> entering) {
    const Names names = ask(entering);
    for (Entering& one : entering)
        let_in(std::move(one), names);
}

/// Claims the rooms that nobody here holds yet, and reads how people are called: one round trip.
Rooms::Names Rooms::ask(std::vector<Entering>& entering) {
    struct Asked {
        tenancy::TenantScope scope;
        std::set<LiveClassId> rooms;
        std::set<UserId> people;
    };
    std::map<TenantId, Asked> asked;
    {
        const std::scoped_lock lock(mutex_);
        const Monotonic now = parts_.clock.monotonic();
        std::erase_if(lost_,
                      [&](const auto& it) { return now - it.second > rules_.not_again_within; });
        std::size_t held = rooms_.size();
        for (const Entering& one : entering) {
            Asked& of =
                asked.try_emplace(one.scope.tenant(), Asked{one.scope, {}, {}}).first->second;
            of.people.insert(one.grant.user);
            if (!rooms_.contains(one.of) && !lost_.contains(one.of) && held < rules_.rooms_limit)
                held += of.rooms.insert(one.of).second ? 1 : 0;
        }
    }
    const Instant now = parts_.clock.now();
    std::vector<tenancy::ScopedSteps> groups;
    for (const auto& [tenant, of] : asked) {
        const std::vector<UserId> people(of.people.begin(), of.people.end());
        groups.push_back({of.scope, {names_step(people)}});
        if (of.rooms.empty())
            continue;
        const std::vector<LiveClassId> rooms(of.rooms.begin(), of.rooms.end());
        groups.push_back({of.scope, {claim_step(rooms, parts_.holder, now)}});
    }
    const auto answers =
        database_->run_each(groups, Deadline::in(database_->clock(), rules_.deadline));
    Names names;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (!answers[i]) {
            ++faults_;
            log::warn("rooms_entering", {{"error", answers[i].error().text()}});
            continue;
        }
        const TenantId tenant = groups[i].scope.tenant();
        const bool claims = i > 0 && groups[i - 1].scope.tenant() == tenant;
        if (claims)
            for (const auto& [id, epoch] : read_epochs(answers[i]->front()))
                hold(groups[i].scope, id, epoch, now);
        else
            for (auto& [user, name] : read_names(answers[i]->front()))
                names[{tenant, user}] = name;
    }
    return names;
}

void Rooms::hold(const tenancy::TenantScope& scope, LiveClassId id, std::int64_t epoch,
                 Instant now) {
    ++claimed_;
    auto room = std::make_shared<Room>(RoomParts{.tenant = scope.tenant(),
                                                 .of = id,
                                                 .epoch = epoch,
                                                 .claimed_at = now,
                                                 .clock = parts_.clock,
                                                 .rng = parts_.rng,
                                                 .on_presence = parts_.on_presence},
                                       rules_.room);
    if (parts_.media)
        room->bring(parts_.media(room));
    const std::scoped_lock lock(mutex_);
    rooms_.insert_or_assign(id, Held{scope, std::move(room), nullptr});
}

void Rooms::let_in(Entering one, const Names& names) {
    auto into = room(one.of);
    if (!into)
        return refuse(*one.asker, come_back("the room cannot be opened now; join again", 2s));
    const auto name = names.find({one.grant.tenant, one.grant.user});
    const UserId user = one.grant.user;
    if (!one.asker->into(into, user))
        return;
    const auto entered = into->enter({.member = {.user = user,
                                                 .role = one.grant.role,
                                                 .may = one.grant.may,
                                                 .name = name == names.end() ? "" : name->second},
                                      .grant = one.grant.id,
                                      .grant_made = one.grant.not_before,
                                      .grant_expires = one.grant.expires,
                                      .line = one.asker});
    if (!entered)
        return refuse(*one.asker, entered.error());
    ++entered_;
    // They may have been put out while they waited: who looks for such people did not find them
    // yet.
    if (const auto seats = parts_.audience.find(one.grant.tenant, one.of);
        seats && *seats && ((*seats)->is_out(user) || ((*seats)->people && !(*seats)->find(user))))
        into->turn_out(user, "you were put out of this class");
    if (one.asker->gone()) // meanwhile, and the room did not know them yet
        into->leave(user, *one.asker);
}

void Rooms::write_put_out() {
    for (const Held& of : held()) {
        Result<void> how;
        for (const PutOut& one : of.room->take_put_out()) {
            // Who is away keeps nobody waiting but once.
            if (how || fault(how.error().code) == Fault::permanent)
                how = write(of, one);
            if (how)
                parts_.audience.put_out(of.scope.tenant(), of.room->parts().of, one.who);
            else
                ++faults_;
            of.room->answer_put_out(one, how);
        }
    }
}

Result<void> Rooms::write(const Held& held, const PutOut& one) {
    const LiveClassId id = held.room->parts().of;
    return database_->run(held.scope, Deadline::in(database_->clock(), rules_.deadline),
                          [&](tenancy::TenantTx& tx) -> Result<void> {
                              if (!TRY(live::remove_person(tx, id, one.who, parts_.clock.now())))
                                  return fail(Code::not_found, "there is no such person");
                              JsonWriter details;
                              details.object().member("live_class_id", id.text()).end();
                              return audit::record(tx,
                                                   {one.by.text(), "live_class.put_out",
                                                    one.who.text(), details.text()},
                                                   parts_.clock, parts_.rng);
                          });
}

/// Whether the rooms are this process's still; those of classes that are over end.
void Rooms::look() {
    std::map<TenantId, std::pair<tenancy::TenantScope, std::vector<LiveClassId>>> asked;
    for (const Held& one : held())
        asked.try_emplace(one.scope.tenant(), one.scope, std::vector<LiveClassId>())
            .first->second.second.push_back(one.room->parts().of);
    if (asked.empty())
        return;
    std::vector<tenancy::ScopedSteps> groups;
    for (const auto& [tenant, of] : asked)
        groups.push_back({of.first, {epochs_step(of.second)}});
    const auto answers =
        database_->run_each(groups, Deadline::in(database_->clock(), rules_.deadline));
    std::map<LiveClassId, std::int64_t> epochs;
    std::set<TenantId> answered;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (!answers[i]) { // who holds them is not known: this one goes on
            ++faults_;
            continue;
        }
        answered.insert(groups[i].scope.tenant());
        epochs.merge(read_epochs(answers[i]->front()));
    }
    let_go(epochs, answered);
}

void Rooms::let_go(const std::map<LiveClassId, std::int64_t>& epochs,
                   const std::set<TenantId>& answered) {
    const Monotonic now = parts_.clock.monotonic();
    const Instant wall = parts_.clock.now();
    for (const Held& one : held()) {
        const RoomParts& of = one.room->parts();
        const auto epoch = epochs.find(of.of);
        const bool lost =
            answered.contains(of.tenant) && (epoch == epochs.end() || epoch->second != of.epoch);
        const auto empty = one.room->empty_since();
        const bool over = one.seats && wall > one.seats->of.ends + rules_.closes;
        const bool idle = empty && now - *empty > rules_.empty_for;
        if (!lost && !((over || idle) && !one.room->puts_out()))
            continue;
        {
            const std::scoped_lock lock(mutex_);
            rooms_.erase(of.of);
            if (lost)
                lost_[of.of] = now;
        }
        lost_count_ += lost ? 1 : 0;
        one.room->send_away();
    }
}

// ---- the teller: whatever is in memory ----

void Rooms::keep_telling(const std::stop_token& stop) {
    lane::name_this_thread("rooms-tell");
    while (!stop.stop_requested()) {
        tell();
        std::unique_lock lock(mutex_);
        wake_tellers_.wait_for(lock, stop, rules_.tell_every, [] { return false; });
    }
}

void Rooms::tell() {
    for (Held& one : held()) {
        turn_out(one);
        one.room->tell();
    }
    std::vector<std::shared_ptr<Asker>> late;
    {
        const std::scoped_lock lock(mutex_);
        for (const Monotonic now = parts_.clock.monotonic();
             !silent_.empty() && silent_.front().first <= now; silent_.pop_front())
            if (auto asker = silent_.front().second.lock())
                late.push_back(std::move(asker));
    }
    for (const auto& asker : late)
        asker->hurry();
}

/// Whom the class does not have any more, as this process has heard.
void Rooms::turn_out(Held& held) {
    const auto seats = parts_.audience.find(held.scope.tenant(), held.room->parts().of);
    if (!seats || !*seats || *seats == held.seats)
        return;
    const live::Seats& now = **seats;
    for (const UserId user : held.room->users())
        if (now.is_out(user) || (now.people && !now.find(user)))
            held.room->turn_out(user, "you were put out of this class");
    const std::scoped_lock lock(mutex_);
    if (const auto kept = rooms_.find(held.room->parts().of); kept != rooms_.end())
        kept->second.seats = *seats;
}

std::vector<Rooms::Held> Rooms::held() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Held> out;
    out.reserve(rooms_.size());
    for (const auto& [id, one] : rooms_)
        out.push_back(one);
    return out;
}

std::shared_ptr<Room> Rooms::room(LiveClassId id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = rooms_.find(id);
    return found == rooms_.end() ? nullptr : found->second.room;
}

RoomsStatus Rooms::status() const {
    RoomsStatus out{.sockets = sockets_,
                    .entered = entered_,
                    .refused = refused_,
                    .claimed = claimed_,
                    .lost = lost_count_,
                    .faults = faults_};
    for (const Held& one : held())
        out.people += one.room->people();
    const std::scoped_lock lock(mutex_);
    out.rooms = rooms_.size();
    out.entering = entering_.size();
    return out;
}

} // namespace bw::rooms
