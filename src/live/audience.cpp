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
    {
        const std::scoped_lock lock(mutex_);
        heard.swap(heard_);
        if (std::exchange(heard_everything_, false))
            for (auto& [section, held] : rosters_)
                held.read_at = asked + -rules_.whole_after;
    }
    const Deadline soon = Deadline::in(database_->clock(), rules_.deadline);
    auto read = book_.refresh(*database_, now, soon);
    Result<void> done;
    if (!read) {
        done = read.error();
    } else {
        for (const Key& key : read->changed)
            out_unread_.insert(key);
        done = read_removals({out_unread_.begin(), out_unread_.end()});
    }
    if (done)
        done = read_rosters(heard, now);
    if (!done) { // heard, and not looked at: the next turn does
        const std::scoped_lock lock(mutex_);
        for (auto& [tenant, what] : heard) {
            heard_[tenant].people.merge(what.people);
            heard_[tenant].everybody |= what.everybody;
        }
        return done;
    }
    publish();
    const std::scoped_lock lock(mutex_);
    status_.heard = asked;
    return {};
}

bool Audience::open(const LiveClass& of, Instant now) const {
    return !of.cancelled && of.state != State::archived && now >= of.begins - rules_.opens &&
           now < of.ends + rules_.closes;
}

Result<void> Audience::read_removals(const std::vector<Key>& changed) {
    std::map<TenantId, std::vector<LiveClassId>> wanted;
    for (const Key& key : changed)
        if (book_.classes().contains(key)) {
            wanted[key.first].push_back(key.second);
        } else {
            out_.erase(key);
            out_unread_.erase(key);
        }
    for (const auto& [tenant, ids] : wanted) {
        const auto info = directory_.by_id(tenant);
        if (!info)
            continue;
        const auto answers = database_->run_each({{info->scope, {removals_step(ids)}}},
                                                 Deadline::in(database_->clock(), rules_.deadline));
        if (!answers.front()) {
            if (info->state == tenancy::TenantState::active)
                return answers.front().error();
            continue;
        }
        std::map<Key, std::vector<UserId>> fresh;
        for (const LiveClassId id : ids)
            fresh[{tenant, id}];
        const pg::Rows& rows = answers.front()->front();
        for (int row = 0; row < rows.count(); ++row)
            fresh[{tenant, rows.id<LiveClassId>(row, 0)}].push_back(rows.id<UserId>(row, 1));
        for (auto& [key, people] : fresh) {
            std::ranges::sort(people);
            out_.insert_or_assign(key, std::move(people));
            out_unread_.erase(key);
        }
    }
    return {};
}

Result<void> Audience::read_rosters(std::map<TenantId, Heard> heard, Instant now) {
    const Monotonic at = clock_.monotonic();
    std::map<TenantId, std::set<SectionId>> open_sections;
    for (const auto& [key, one] : book_.classes())
        if (open(one, now))
            open_sections[key.first].insert(one.section);
    std::erase_if(rosters_, [&](const auto& held) {
        const auto of = open_sections.find(held.first.first);
        return of == open_sections.end() || !of->second.contains(held.first.second);
    });
    for (const auto& [tenant, sections] : open_sections) {
        const auto what = heard.find(tenant);
        const bool everybody =
            what != heard.end() &&
            (what->second.everybody || what->second.people.size() > rules_.people_at_once);
        std::vector<SectionId> whole, some;
        bool later = false;
        for (const SectionId section : sections) {
            const auto held = rosters_.find({tenant, section});
            const Duration age =
                held == rosters_.end() ? rules_.whole_after : at - held->second.read_at;
            if (age >= rules_.whole_after || (everybody && age >= rules_.whole_again))
                whole.push_back(section);
            else if (what != heard.end())
                some.push_back(section);
            later |= everybody && age < rules_.whole_again;
        }
        if (!whole.empty())
            CHECK_OK(read_whole(tenant, whole, now));
        if (!some.empty() && !everybody)
            CHECK_OK(read_some(tenant, some, what->second.people, now));
        if (later) {
            const std::scoped_lock lock(mutex_);
            heard_[tenant].everybody = true;
        }
    }
    return {};
}

Result<void> Audience::read_whole(TenantId tenant, std::span<const SectionId> sections,
                                  Instant now) {
    const auto info = directory_.by_id(tenant);
    if (!info || info->state != tenancy::TenantState::active)
        return {};
    const Monotonic asked = clock_.monotonic();
    const auto answers = database_->run_each({{info->scope, {people_step(sections, now)}}},
                                             Deadline::in(database_->clock(), rules_.deadline));
    if (!answers.front())
        return answers.front().error();
    std::map<SectionId, Roster> fresh;
    for (const SectionId section : sections)
        fresh[section];
    const pg::Rows& rows = answers.front()->front();
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
    const auto info = directory_.by_id(tenant);
    if (!info || info->state != tenancy::TenantState::active)
        return {};
    tenancy::Step step = people_step(sections, now, people);
    const auto answers = database_->run_each({{info->scope, {std::move(step)}}},
                                             Deadline::in(database_->clock(), rules_.deadline));
    if (!answers.front())
        return answers.front().error();
    std::map<SectionId, Roster> fresh;
    const pg::Rows& rows = answers.front()->front();
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

void Audience::publish() {
    auto fresh = std::make_shared<Snapshot>();
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

Result<std::shared_ptr<const Seats>> Audience::find(LiveClassId id) const {
    std::shared_ptr<const Snapshot> known;
    {
        const std::scoped_lock lock(mutex_);
        if (!status_.heard || clock_.monotonic() - *status_.heard > rules_.silence) {
            Error error = fail(Code::unavailable, "who is of which class is not known for now");
            error.retry_after = 2s;
            return error;
        }
        known = snapshot_;
    }
    const auto found = known->seats.find(id);
    return found == known->seats.end() ? std::shared_ptr<const Seats>() : found->second;
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

void Audience::put_out(LiveClassId id, UserId user) {
    const std::scoped_lock lock(mutex_);
    const auto found = snapshot_->seats.find(id);
    if (found == snapshot_->seats.end() || found->second->is_out(user))
        return;
    auto seats = std::make_shared<Seats>(*found->second);
    seats->out.insert(std::ranges::lower_bound(seats->out, user), user);
    auto fresh = std::make_shared<Snapshot>(*snapshot_);
    fresh->seats[id] = std::move(seats);
    snapshot_ = std::move(fresh);
}

AudienceStatus Audience::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

} // namespace bw::live
