#include "live/audience.hpp"

#include <algorithm>

#include "lane/lane.hpp"
#include "live/live_sql.hpp"
#include "live/store.hpp"
#include "telemetry/log.hpp"

namespace bw::live {

namespace {

std::int64_t minute_of(Instant at) {
    return at.ms / 60'000;
}

} // namespace

std::optional<Member> Seats::find(UserId user) const {
    if (of.teacher == user) // a substitute is not of the section
        return Member{user, true};
    if (!people)
        return std::nullopt;
    const auto found = std::ranges::lower_bound(*people, user, {}, &Member::user);
    if (found == people->end() || found->user != user)
        return std::nullopt;
    return *found;
}

bool Seats::is_out(UserId user) const {
    return std::ranges::binary_search(out, user);
}

Audience::Audience(const MakeDatabase& make_database, const tenancy::TenantDirectory& directory,
                   const Clock& clock, AudienceRules rules, BookRules book)
    : directory_(directory), clock_(clock), rules_(rules), database_(make_database()),
      book_(directory, book) {}

void Audience::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Audience::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void Audience::run(const std::stop_token& stop) {
    lane::name_this_thread("live-audience");
    bool failing = false; // said once, until it works again
    while (!stop.stop_requested()) {
        const auto done = turn();
        if (!done && !failing)
            log::warn("live_audience_unread", {{"error", done.error().text()}});
        failing = !done;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, rules_.turn, [] { return false; });
    }
}

Result<void> Audience::turn() {
    const Monotonic asked = clock_.monotonic();
    const Instant now = clock_.now();
    std::map<TenantId, Heard> heard;
    std::set<PutOut> put_out;
    {
        const std::scoped_lock lock(mutex_);
        heard.swap(heard_);
        put_out = put_out_;
        if (std::exchange(heard_everything_, false))
            for (auto& [section, held] : rosters_)
                held.read_at = asked + -rules_.whole_after;
    }
    enough_ = Deadline::in(database_->clock(), rules_.turn_limit);
    auto read = book_.refresh(*database_, now, Deadline::in(database_->clock(), rules_.deadline));
    if (!read) {
        for (auto& [tenant, what] : heard)
            hear_again(tenant, std::move(what));
        return read.error();
    }
    cut_ = read->cut;
    out_unread_.insert(read->changed.begin(), read->changed.end());
    for (const PutOut& one : put_out)
        out_unread_.insert(one.first);
    // What cannot be read of one institution is no other's harm.
    Unread unread = std::move(read->unread);
    read_removals(unread);
    read_rosters(std::move(heard), now, unread);
    note_late(unread);
    publish(asked, put_out);
    return {};
}

/// It was heard, and not looked at: the next turn does.
void Audience::hear_again(TenantId tenant, Heard what) {
    const std::scoped_lock lock(mutex_);
    Heard& again = heard_[tenant];
    again.people.merge(what.people);
    again.everybody |= what.everybody;
}

void Audience::note_late(const Unread& unread) {
    const std::optional<Monotonic> heard = status().heard;
    Late late;
    for (const auto& [tenant, error] : unread) {
        const auto before = late_.find(tenant);
        if (before == late_.end()) // said once, until it can be read again
            log::warn("live_audience_unread", {{"tenant", tenant.text()}, {"error", error.text()}});
        late.emplace(tenant, before == late_.end() ? heard : before->second);
    }
    late_ = std::move(late);
}

Result<std::vector<pg::Rows>> Audience::ask(TenantId tenant, tenancy::Step step) {
    const auto info = directory_.by_id(tenant);
    if (!info || info->state != tenancy::TenantState::active)
        return fail(Code::unavailable, "the institution is not active");
    if (enough_->expired(database_->clock()))
        return fail(Code::deadline_exceeded, "others took the time of this turn");
    auto answers = database_->run_each({{info->scope, {std::move(step)}}},
                                       Deadline::in(database_->clock(), rules_.deadline));
    return std::move(answers.front());
}

bool Audience::open(const LiveClass& of, Instant now) const {
    return !of.cancelled && of.state != State::archived && now >= of.begins - rules_.opens &&
           now < of.ends + rules_.closes;
}

void Audience::read_removals(Unread& unread) {
    std::map<TenantId, std::vector<LiveClassId>> wanted;
    for (auto at = out_unread_.begin(); at != out_unread_.end();)
        if (book_.classes().contains(*at)) {
            wanted[at->first].push_back(at->second);
            ++at;
        } else {
            out_.erase(*at);
            at = out_unread_.erase(at);
        }
    // Who could not be read the last time comes last: they may keep us waiting.
    for (const bool late : {false, true})
        for (const auto& [tenant, ids] : wanted) {
            if (late_.contains(tenant) != late || unread.contains(tenant))
                continue;
            if (auto done = read_removals(tenant, ids); !done)
                unread.emplace(tenant, done.error());
        }
}

Result<void> Audience::read_removals(TenantId tenant, const std::vector<LiveClassId>& of) {
    const auto answers = TRY(ask(tenant, removals_step(of)));
    std::map<Key, std::vector<UserId>> fresh;
    for (const LiveClassId id : of)
        fresh[{tenant, id}];
    const pg::Rows& rows = answers.front();
    for (int row = 0; row < rows.count(); ++row)
        fresh[{tenant, rows.id<LiveClassId>(row, 0)}].push_back(rows.id<UserId>(row, 1));
    for (auto& [key, people] : fresh) {
        std::ranges::sort(people);
        out_.insert_or_assign(key, std::move(people));
        out_unread_.erase(key);
    }
    return {};
}

void Audience::read_rosters(std::map<TenantId, Heard> heard, Instant now, Unread& unread) {
    std::map<TenantId, std::set<SectionId>> open_sections;
    for (const auto& [key, one] : book_.classes())
        if (open(one, now))
            open_sections[key.first].insert(one.section);
    std::erase_if(rosters_, [&](const auto& held) {
        const auto of = open_sections.find(held.first.first);
        return of == open_sections.end() || !of->second.contains(held.first.second);
    });
    for (const bool late : {false, true})
        for (const auto& [tenant, sections] : open_sections) {
            if (late_.contains(tenant) != late)
                continue;
            const auto what = heard.find(tenant);
            Heard* const of_them = what == heard.end() ? nullptr : &what->second;
            if (!unread.contains(tenant)) {
                const auto done = read_rosters(tenant, sections, of_them, now);
                if (done)
                    continue;
                unread.emplace(tenant, done.error());
            }
            if (of_them)
                hear_again(tenant, std::move(*of_them));
        }
}

Result<void> Audience::read_rosters(TenantId tenant, const std::set<SectionId>& sections,
                                    const Heard* heard, Instant now) {
    const Monotonic at = clock_.monotonic();
    const bool everybody =
        heard && (heard->everybody || heard->people.size() > rules_.people_at_once);
    std::vector<SectionId> whole, some;
    bool later = false;
    for (const SectionId section : sections) {
        const auto held = rosters_.find({tenant, section});
        const Duration age =
            held == rosters_.end() ? rules_.whole_after : at - held->second.read_at;
        if (age >= rules_.whole_after || (everybody && age >= rules_.whole_again))
            whole.push_back(section);
        else if (heard)
            some.push_back(section);
        later |= everybody && age < rules_.whole_again;
    }
    if (!whole.empty())
        CHECK_OK(read_whole(tenant, whole, now));
    if (!some.empty() && !everybody)
        CHECK_OK(read_some(tenant, some, heard->people, now));
    if (later)
        hear_again(tenant, {.people = {}, .everybody = true});
    return {};
}

Result<void> Audience::read_whole(TenantId tenant, std::span<const SectionId> sections,
                                  Instant now) {
    const Monotonic asked = clock_.monotonic();
    const auto answers = TRY(ask(tenant, people_step(sections, now)));
    std::map<SectionId, Roster> fresh;
    for (const SectionId section : sections)
        fresh[section];
    const pg::Rows& rows = answers.front();
    for (int row = 0; row < rows.count(); ++row)
        fresh[rows.id<SectionId>(row, 0)].push_back(
            {rows.id<UserId>(row, 1), rows.boolean(row, 2)});
    for (auto& [section, people] : fresh) {
        std::ranges::sort(people);
        people.shrink_to_fit();
        rosters_.insert_or_assign(Section{tenant, section},
                                  Held{std::make_shared<const Roster>(std::move(people)), asked});
    }
    return {};
}

Result<void> Audience::read_some(TenantId tenant, std::span<const SectionId> sections,
                                 const std::set<UserId>& people, Instant now) {
    const auto answers = TRY(ask(tenant, people_step(sections, now, people)));
    std::map<SectionId, Roster> fresh;
    const pg::Rows& rows = answers.front();
    for (int row = 0; row < rows.count(); ++row)
        fresh[rows.id<SectionId>(row, 0)].push_back(
            {rows.id<UserId>(row, 1), rows.boolean(row, 2)});
    for (const SectionId section : sections) {
        Held& held = rosters_.at({tenant, section});
        Roster was, is = fresh[section];
        for (const Member& one : *held.people)
            if (people.contains(one.user))
                was.push_back(one);
        std::ranges::sort(is);
        if (was == is)
            continue;
        Roster made;
        made.reserve(held.people->size() + is.size());
        for (const Member& one : *held.people)
            if (!people.contains(one.user))
                made.push_back(one);
        made.insert(made.end(), is.begin(), is.end());
        std::ranges::sort(made);
        held.people = std::make_shared<const Roster>(std::move(made));
    }
    return {};
}

/// Nobody else has `to` yet, or ever changes it.
void Audience::add_out(Snapshot& to, LiveClassId id, UserId user) {
    const auto found = to.seats.find(id);
    if (found == to.seats.end() || found->second->is_out(user))
        return;
    auto seats = std::make_shared<Seats>(*found->second);
    seats->out.insert(std::ranges::lower_bound(seats->out, user), user);
    found->second = std::move(seats);
}

/// `known`: who had been put out by this process before anything was read.
void Audience::publish(Monotonic asked, const std::set<PutOut>& known) {
    auto fresh = std::make_shared<Snapshot>();
    fresh->late = late_;
    const auto before = snapshot();
    std::size_t people = 0;
    over_limit_ = 0;
    std::set<Section> counted;
    for (const auto& [key, one] : book_.classes()) {
        std::shared_ptr<const Roster> roster;
        const Section section{key.first, one.section};
        if (const auto held = rosters_.find(section); held != rosters_.end()) {
            const bool first = counted.insert(section).second;
            if (first && people + held->second.people->size() > rules_.people_limit) {
                ++over_limit_;
            } else {
                people += first ? held->second.people->size() : 0;
                roster = held->second.people;
                fresh->people[minute_of(one.begins)] += roster->size();
            }
        }
        const auto out = out_.find(key);
        static const std::vector<UserId> nobody;
        const std::vector<UserId>& is_out = out == out_.end() ? nobody : out->second;
        const auto was = before->seats.find(key.second);
        if (was != before->seats.end() && was->second->of.version == one.version &&
            was->second->people == roster && was->second->out == is_out) {
            fresh->seats.emplace(key.second, was->second);
            continue;
        }
        auto seats = std::make_shared<Seats>(Seats{key.first, one, roster, is_out});
        seats->of.ingests.clear(); // nobody who asks here needs them
        fresh->seats.emplace(key.second, std::move(seats));
    }
    const std::scoped_lock lock(mutex_);
    for (const PutOut& one : known)
        if (!out_unread_.contains(one.first))
            put_out_.erase(one); // whatever it is now was read since
    for (const auto& [key, user] : put_out_)
        add_out(*fresh, key.second, user);
    status_.heard = asked;
    status_.unread = late_.size();
    status_.cut = cut_;
    status_.classes = fresh->seats.size();
    status_.rosters = rosters_.size();
    status_.people = people;
    status_.over_limit = over_limit_;
    snapshot_ = std::move(fresh);
}

std::shared_ptr<const Audience::Snapshot> Audience::snapshot() const {
    const std::scoped_lock lock(mutex_);
    return snapshot_;
}

Result<std::shared_ptr<const Seats>> Audience::find(TenantId tenant, LiveClassId id) const {
    std::shared_ptr<const Snapshot> known;
    std::optional<Monotonic> heard;
    {
        const std::scoped_lock lock(mutex_);
        known = snapshot_;
        heard = status_.heard;
    }
    const Monotonic now = clock_.monotonic();
    bool is_known = heard && now - *heard <= rules_.silence;
    if (const auto late = known->late.find(tenant); late != known->late.end())
        is_known = is_known && late->second && now - *late->second <= rules_.unread;
    if (!is_known) {
        Error error = fail(Code::unavailable, "who is of which class is not known for now");
        error.retry_after = 2s;
        return error;
    }
    const auto found = known->seats.find(id);
    if (found == known->seats.end() || found->second->tenant != tenant)
        return std::shared_ptr<const Seats>();
    return found->second;
}

std::vector<std::shared_ptr<const Seats>> Audience::all() const {
    std::vector<std::shared_ptr<const Seats>> out;
    for (const auto& [id, seats] : snapshot()->seats)
        out.push_back(seats);
    std::ranges::sort(out, {},
                      [](const auto& seats) { return std::tuple(seats->of.begins, seats->of.id); });
    return out;
}

std::size_t Audience::people_at(Instant bell) const {
    const auto known = snapshot();
    const auto found = known->people.find(minute_of(bell));
    return found == known->people.end() ? 0 : found->second;
}

void Audience::hear(TenantId tenant, std::span<const UserId> people, bool everybody) {
    const std::scoped_lock lock(mutex_);
    Heard& heard = heard_[tenant];
    if (everybody || heard.people.size() > rules_.people_at_once)
        heard.everybody = true;
    else
        heard.people.insert(people.begin(), people.end());
}

void Audience::hear_everything() {
    const std::scoped_lock lock(mutex_);
    heard_everything_ = true;
}

void Audience::put_out(TenantId tenant, LiveClassId id, UserId user) {
    const std::scoped_lock lock(mutex_);
    put_out_.emplace(Key{tenant, id}, user); // a turn may have read what was before
    auto fresh = std::make_shared<Snapshot>(*snapshot_);
    add_out(*fresh, id, user);
    snapshot_ = std::move(fresh);
}

AudienceStatus Audience::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

} // namespace bw::live
