#include "storm/day_crowd.hpp"

#include <algorithm>

#include "storm/api.hpp"
#include "storm/day_live.hpp"
#include "storm/day_parts.hpp"
#include "storm/pacing.hpp"

namespace bw::storm {

namespace {

constexpr Duration attempt_timeout = 30s, wait_max = 1s;
constexpr Duration still_good = 10s; // a token that ends sooner is not relied on
constexpr std::size_t failure_kinds_limit = 20;

bool comes_again(const Result<net::ClientResponse>& outcome) {
    return outcome ? outcome->status == 503 || outcome->status == 429
                   : outcome.error().code != Code::corrupt;
}

std::string why(const Result<net::ClientResponse>& outcome) {
    return outcome ? describe(*outcome)
                   : std::string(wire_name(outcome.error().code)) + " (no answer)";
}

} // namespace

Crowd::Crowd(CrowdOptions options, std::vector<PlannedPerson> people, const Plan& seats,
             std::vector<std::vector<Arrival>> arrivals, net::Client& client, const Clock& clock,
             Rng& rng, DayReport& report)
    : options_(std::move(options)), client_(client), clock_(clock), rng_(rng), report_(report),
      arrivals_(std::move(arrivals)), chance_(options_.seed) {
    std::map<std::string, AssignmentId> seat;
    for (const PlannedStudent& student : seats.students)
        seat.emplace(student.user.text(), seats.assignments[student.assignment].id);
    for (PlannedPerson& plan : people) {
        const auto found = seat.find(plan.user);
        people_.push_back({.plan = std::move(plan)});
        if (found != seat.end())
            people_.back().assignment = found->second;
    }
    report_.bells.resize(arrivals_.size());
    for (const auto& bell : arrivals_) {
        ways_.emplace_back(people_.size());
        for (const Arrival& arrival : bell)
            ways_.back()[arrival.who] = arrival.way;
    }
}

void Crowd::told(AssignmentId assignment, AssignmentTruth truth) {
    const std::lock_guard lock(mutex_);
    AssignmentTruth& known = truth_[assignment];
    if (truth.due_at)
        known.due_at = truth.due_at;
    if (truth.title)
        known.title = std::move(truth.title);
}

void Crowd::run(Monotonic began, Monotonic first_bell) {
    std::unique_lock lock(mutex_);
    began_ = began;
    first_bell_ = first_bell;
    began_wall_ = clock_.now() + (began - clock_.monotonic());
    for (std::uint32_t bell = 0; bell < arrivals_.size(); ++bell)
        for (const Arrival& arrival : arrivals_[bell])
            events_.push({bell_at(bell) + arrival.at, Kind::arrive, arrival.who, bell});
    while (!events_.empty() || asked_ > 0) {
        const Monotonic now = clock_.monotonic();
        if (events_.empty() || events_.top().at > now) {
            wake_.wait_for(lock,
                           events_.empty() ? wait_max : std::min(events_.top().at - now, wait_max));
            continue;
        }
        const Event event = events_.top();
        events_.pop();
        act(lock, event);
    }
}

void Crowd::act(std::unique_lock<std::mutex>& lock, const Event& event) {
    switch (event.kind) {
    case Kind::arrive:
        return arrive(lock, event);
    case Kind::come:
        return send(lock, event.who);
    case Kind::renew:
        if (Person& person = people_[event.who]; !person.busy && person.renewal == event.number)
            begin(lock, event.who, false);
        return;
    case Kind::part:
        return read(lock, event);
    case Kind::classes:
    case Kind::join:
        return go_to_classes(lock, event);
    }
}

// ---- coming in ----

void Crowd::arrive(std::unique_lock<std::mutex>& lock, const Event& event) {
    Person& person = people_[event.who];
    const Monotonic now = clock_.monotonic();
    person.bell = event.number;
    report_.lag_max = std::max(report_.lag_max, now - event.at);
    ++report_.bells[event.number].arrivals;
    ++second_at(event.at).arrivals;
    const Way way = ways_[event.number][event.who];
    const Waiting waiting{event.number, event.at};
    if (way == Way::awake && !person.busy && person.session &&
        person.session->expires_at > wall(now) + still_good) {
        plan_renewal(person, event.who);
        return came_in(event.who, waiting, true);
    }
    person.waiting.push_back(waiting);
    if (!person.busy) // else they are in when that is answered
        begin(lock, event.who, way == Way::password || person.plan.refresh_token.empty());
}

void Crowd::begin(std::unique_lock<std::mutex>& lock, std::uint32_t who, bool by_password) {
    Person& person = people_[who];
    person.busy = true;
    person.by_password = by_password;
    person.attempts = 0;
    person.ticket.clear();
    person.since = clock_.monotonic();
    send(lock, who);
}

void Crowd::send(std::unique_lock<std::mutex>& lock, std::uint32_t who) {
    Person& person = people_[who];
    ++person.attempts;
    net::ClientRequest request =
        person.by_password
            ? sign_in_request(person.plan.host, person.plan.username, options_.password)
            : refresh_request(person.plan.host, person.plan.refresh_token);
    if (!person.ticket.empty())
        request.headers.emplace_back("Admission-Ticket", person.ticket);
    ++asked_;
    lock.unlock();
    client_.send(std::move(request), Deadline::in(clock_, attempt_timeout),
                 [this, who](Result<net::ClientResponse> outcome) { answered(who, outcome); });
    lock.lock();
}

void Crowd::answered(std::uint32_t who, const Result<net::ClientResponse>& outcome) {
    const bool good = outcome && (outcome->status == 201 || outcome->status == 200);
    Result<Session> session =
        good ? read_session(outcome->body) : Result<Session>(fail(Code::unavailable, "not in"));
    const std::string ticket =
        outcome && !good ? text_member(outcome->body, "waiting", "ticket") : "";
    const std::lock_guard lock(mutex_);
    --asked_;
    wake_.notify_one();
    Person& person = people_[who];
    if (session)
        return got_session(person, who, *std::move(session));
    if (!ticket.empty())
        person.ticket = ticket;
    const Monotonic now = clock_.monotonic();
    const auto pause = outcome ? retry_after(*outcome) : std::nullopt;
    // Who has a place comes at the moment that was named; others when a polite client would.
    const Monotonic next =
        now + (pause && !person.ticket.empty()
                   ? *pause
                   : backoff(static_cast<int>(person.attempts) + 1, pause, rng_.unit()));
    if (comes_again(outcome) && next < person.since + options_.retry_for)
        return push({next, Kind::come, who});
    person.busy = false;
    person.waiting.clear();
    fail_with((person.by_password ? "signing in: " : "refreshing: ") + why(outcome));
}

void Crowd::got_session(Person& person, std::uint32_t who, Session session) {
    const Monotonic now = clock_.monotonic();
    person.busy = false;
    if (!session.refresh_token.empty())
        person.plan.refresh_token = session.refresh_token;
    person.session = std::move(session);
    DaySecond& second = second_at(now);
    ++(person.by_password ? second.passwords : second.refreshes);
    report_.renewals += person.waiting.empty();
    for (const Waiting& waiting : std::exchange(person.waiting, {})) {
        BellReport& bell = report_.bells[waiting.bell];
        (person.by_password ? bell.password : bell.refresh).add(now - waiting.at);
        second_at(waiting.at).coming.add(now - waiting.at);
        came_in(who, waiting, false);
    }
    plan_renewal(person, who);
}

void Crowd::came_in(std::uint32_t who, const Waiting& waiting, bool held) {
    BellReport& bell = report_.bells[waiting.bell];
    ++bell.in;
    bell.held += held;
    ++second_at(clock_.monotonic()).in;
    next_part(who, waiting.bell, 0);
}

/// As the token says, if the device stays awake until the next bell.
void Crowd::plan_renewal(Person& person, std::uint32_t who) {
    ++person.renewal; // an earlier plan is void
    const Monotonic at = began_ + (person.session->renew_at - began_wall_);
    const Monotonic last = bell_at(static_cast<std::uint32_t>(arrivals_.size()) - 1);
    const std::uint32_t next = person.bell + 1;
    if (next < arrivals_.size() && ways_[next][who] == Way::awake && at < last)
        push({at, Kind::renew, who, person.renewal});
}

// ---- reading ----

void Crowd::next_part(std::uint32_t who, std::uint32_t bell, std::uint32_t part) {
    Duration after{};
    for (; part < day_parts.size(); ++part) {
        after += std::chrono::duration_cast<Duration>(day_parts[part].after * options_.pace);
        if (chance_.unit() < day_parts[part].share) {
            const Monotonic at = clock_.monotonic() + after;
            return push({at, Kind::part, who, bell, part, 0, at});
        }
    }
}

void Crowd::read(std::unique_lock<std::mutex>& lock, const Event& event) {
    const Person& person = people_[event.who];
    net::ClientRequest request =
        get_request(person.plan.host, day_parts[event.part].target, person.session->access_token);
    ++asked_;
    lock.unlock();
    const Monotonic asked = clock_.monotonic();
    client_.send(std::move(request), Deadline::in(clock_, attempt_timeout),
                 [this, event, asked](Result<net::ClientResponse> outcome) {
                     has_read(event, asked, outcome);
                 });
    lock.lock();
}

void Crowd::has_read(const Event& event, Monotonic asked,
                     const Result<net::ClientResponse>& outcome) {
    const bool good = outcome && outcome->status == 200;
    const Monotonic now = clock_.monotonic();
    std::unique_lock lock(mutex_);
    Person& person = people_[event.who];
    if (good && event.part == 0) {
        const auto assignment = person.assignment; // never changes
        lock.unlock();
        const auto page = read_first_page(outcome->body, assignment);
        lock.lock();
        look(person, page, asked);
    }
    --asked_;
    wake_.notify_one();
    if (good) {
        BellReport& bell = report_.bells[event.number];
        (event.part == 0 ? bell.first_page : bell.reads).add(now - event.meant);
        if (event.part == 0)
            second_at(event.meant).first_page.add(now - event.meant);
        if (event.part == 0 && options_.live)
            push({now, Kind::classes, event.who, event.number, 0, 0, now});
        return next_part(event.who, event.number, event.part + 1);
    }
    again(event, day_parts[event.part].name, outcome);
}

void Crowd::again(const Event& event, const std::string& what,
                  const Result<net::ClientResponse>& outcome) {
    const auto pause = outcome ? retry_after(*outcome) : std::nullopt;
    const Monotonic next =
        clock_.monotonic() + backoff(static_cast<int>(event.attempts) + 2, pause, rng_.unit());
    if (comes_again(outcome) && next < event.meant + options_.retry_for) {
        Event again = event;
        again.at = next;
        ++again.attempts;
        return push(again);
    }
    fail_with(what + ": " + why(outcome));
}

void Crowd::go_to_classes(std::unique_lock<std::mutex>& lock, const Event& event) {
    const Person& person = people_[event.who];
    const Instant bell =
        report_.first_bell + options_.lesson * static_cast<std::int64_t>(event.number);
    net::ClientRequest request =
        event.kind == Kind::classes
            ? classes_request(person.plan.host, bell, person.session->access_token)
            : join_request(person.plan.host, person.classes[event.part],
                           person.session->access_token);
    ++asked_;
    lock.unlock();
    client_.send(std::move(request), Deadline::in(clock_, attempt_timeout),
                 [this, event](Result<net::ClientResponse> outcome) { has_gone(event, outcome); });
    lock.lock();
}

void Crowd::has_gone(const Event& event, const Result<net::ClientResponse>& outcome) {
    const bool good = outcome && outcome->status == 200;
    const Monotonic now = clock_.monotonic();
    const std::lock_guard lock(mutex_);
    --asked_;
    wake_.notify_one();
    Person& person = people_[event.who];
    if (!good)
        return again(event, event.kind == Kind::classes ? "live classes" : "joining", outcome);
    if (event.kind == Kind::join) {
        report_.bells[event.number].joins.add(now - event.meant);
        const std::string fault = join_fault(outcome->body, person.classes[event.part]);
        if (!fault.empty())
            ++report_.join_faults[fault];
        return;
    }
    auto found = read_classes(outcome->body);
    if (!found)
        return fail_with("live classes: " + found.error().detail);
    for (std::string& id : *found) {
        const auto place = static_cast<std::uint32_t>(person.classes.size());
        person.classes.push_back(std::move(id));
        push({now, Kind::join, event.who, event.number, place, 0, now});
    }
}

void Crowd::look(Person& person, const Result<FirstPage>& page, Monotonic asked) {
    ++report_.pages;
    if (!page) {
        ++report_.page_faults[page.error().detail];
        return;
    }
    ExpectedPage expected{.user = person.session->user,
                          .tenant = person.session->tenant,
                          .has_assignment = person.assignment.has_value(),
                          .latest = person.shown};
    if (person.assignment)
        if (const auto found = truth_.find(*person.assignment); found != truth_.end()) {
            expected.due_at = found->second.due_at;
            expected.title = found->second.title;
        }
    if (const std::string fault = fault_of(*page, expected, asked); !fault.empty())
        ++report_.page_faults[fault];
    else if (page->assignment && page->assignment->latest &&
             (!person.shown ||
              page->assignment->latest->received_at > person.shown->value.received_at))
        person.shown = {*page->assignment->latest, clock_.monotonic()};
}

// ---- small things ----

void Crowd::fail_with(const std::string& kind) {
    ++report_.failed;
    const bool known = report_.failures.contains(kind);
    ++report_.failures[known || report_.failures.size() < failure_kinds_limit ? kind : "other"];
}

DaySecond& Crowd::second_at(Monotonic at) {
    const auto second = static_cast<std::size_t>(std::max<std::int64_t>(0, (at - began_) / 1s));
    if (report_.seconds.size() <= second)
        report_.seconds.resize(second + 1);
    return report_.seconds[second];
}

void Crowd::push(Event event) {
    events_.push(event);
    wake_.notify_one();
}

} // namespace bw::storm
