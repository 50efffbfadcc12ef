#include "storm/signin.hpp"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <mutex>
#include <queue>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "net/client.hpp"
#include "storm/api.hpp"
#include "storm/outside.hpp"
#include "storm/pacing.hpp"
#include "storm/report_store.hpp"

#include "storm/sso.hpp"

namespace bw::storm {

namespace {

constexpr Duration attempt_timeout = 30s, wait_max = 1s, second_click_after = 700ms;
constexpr std::size_t reader_connections = 64;

double ms(Duration d) {
    return static_cast<double>(d.count()) / 1e6;
}

/// Offsets from the start, sorted. Uniform, or with a density that grows in proportion to the time.
std::vector<Duration> arrivals(std::size_t count, const SignInOptions& options, Rng& rng) {
    const Duration over = options.shape == ArrivalShape::step ? Duration(1s) : options.over;
    std::vector<Duration> out(count);
    for (Duration& at : out) {
        const double u = rng.unit(), share = options.shape == ArrivalShape::ramp ? std::sqrt(u) : u;
        at = std::chrono::duration_cast<Duration>(over * share);
    }
    std::ranges::sort(out);
    return out;
}

class Run {
public:
    Run(const SignInOptions& options, std::vector<PlannedPerson> people, const Clock& clock,
        Rng& rng, SignInReport& report)
        : options_(options), clock_(clock), rng_(rng), report_(report) {
        SeededRng draw(options.seed);
        const auto at = arrivals(people.size(), options, draw);
        for (std::size_t i = people.size(); i > 1; --i) // who comes when is chance
            std::swap(people[i - 1], people[draw.u64() % i]);
        for (std::size_t i = 0; i < people.size(); ++i)
            people_.push_back({.plan = std::move(people[i]), .at = lead() + at[i]});
        for (Person& person : people_)
            if (!person.plan.refresh_token.empty() && draw.unit() < options.steered) {
                person.comes_with_token = person.at;
                person.at = std::chrono::duration_cast<Duration>(lead() * draw.unit());
                ++report_.steered;
            }
    }

    /// Readers have connections of their own: they are other people. `door`: for who comes by
    /// single sign-on; may be null if nobody does.
    void run(net::Client& arriving, net::Client& reading, SsoDoor* door, std::FILE* out) {
        client_ = &arriving;
        readers_ = &reading;
        door_ = door;
        std::unique_lock lock(mutex_);
        start_ = clock_.monotonic() + options_.idle_before;
        for (std::uint32_t i = 0; i < people_.size(); ++i) {
            events_.push({start_ + people_[i].at, Kind::arrive, i});
            ++open_;
            if (people_[i].comes_with_token) {
                events_.push({start_ + *people_[i].comes_with_token, Kind::present, i});
                ++open_;
            }
            if (by_password(people_[i].plan) && rng_.unit() < options_.impatient) {
                events_.push({start_ + people_[i].at + second_click_after, Kind::click, i});
                ++open_;
            }
        }
        if (options_.outage) {
            report_.outage.emplace();
            events_.push({start_ + lead() + options_.outage->at, Kind::stop, 0});
            ++open_;
        }
        if (options_.reads_a_second > 0)
            events_.push({clock_.monotonic() + 1ms, Kind::read, 0});
        Monotonic say_at = clock_.monotonic() + 2s;
        while (open_ > 0 || reading_ > 0) {
            const Monotonic now = clock_.monotonic();
            if (options_.progress && now >= say_at) {
                say_at = now + 2s;
                std::fprintf(out, "%6.1f s  %llu of %llu in, %llu refusals, %llu failed\n",
                             ms(now - start_) / 1e3, static_cast<unsigned long long>(report_.in),
                             static_cast<unsigned long long>(report_.people),
                             static_cast<unsigned long long>(report_.refusals),
                             static_cast<unsigned long long>(report_.failed));
                std::fflush(out);
            }
            if (events_.empty() || events_.top().at > now) {
                wake_.wait_for(lock, events_.empty() ? wait_max
                                                     : std::min(events_.top().at - now, wait_max));
                continue;
            }
            const Event event = events_.top();
            events_.pop();
            if (event.kind == Kind::read) {
                if (open_ > 0)
                    read(lock, event.at);
                continue;
            }
            if (event.kind == Kind::present) {
                present(lock, event);
                continue;
            }
            if (event.kind == Kind::stop || event.kind == Kind::go_on) {
                stop_or_go_on(event);
                continue;
            }
            if (event.kind == Kind::arrive) {
                report_.lag_max = std::max(report_.lag_max, now - event.at);
                ++second_at(people_[event.who].at).arrivals;
            } else if (event.kind == Kind::click) {
                ++report_.doubled;
            }
            send(lock, event);
        }
    }

    /// By institution; after run().
    void judge_order() {
        for (const auto& [host, answered] : answered_) {
            const auto [count, worst] = overtakings(answered, SignInReport::overtaken_by);
            report_.overtaken += count;
            report_.overtaken_worst = std::max(report_.overtaken_worst, worst);
        }
    }

private:
    enum class Kind : std::uint8_t { arrive, again, click, read, present, stop, go_on };
    struct Event {
        Monotonic at;
        Kind kind;
        std::uint32_t who;
        bool operator>(const Event& other) const { return at > other.at; }
    };
    struct Person {
        PlannedPerson plan;
        Duration at;
        std::optional<Duration> comes_with_token = {}; // steered: `at` lies before
        int attempts = 0;
        bool in = false;
        std::string ticket = {};
        std::pair<std::string, std::string> shows = {}; // the header that lets them in
        std::shared_ptr<SsoWalk> walk = {};             // to be reloaded
    };
    /// How one attempt to come in ended.
    struct Attempt {
        Result<net::ClientResponse> outcome;
        std::string step = {}; // of single sign-on: where
        std::pair<std::string, std::string> shows = {};
        bool in = false;
        std::shared_ptr<SsoWalk> walk = {};
        bool reloaded = false;
    };
    static bool by_password(const PlannedPerson& person) {
        return person.refresh_token.empty() && !person.sso;
    }

    void send(std::unique_lock<std::mutex>& lock, const Event& event) {
        Person& person = people_[event.who];
        ++person.attempts;
        if (person.plan.sso)
            return send_to_provider(lock, event);
        const bool refresh = !person.plan.refresh_token.empty();
        net::ClientRequest request{.method = net::Method::post,
                                   .target = refresh ? "/v1/sessions/refresh" : "/v1/sessions",
                                   .host = person.plan.host,
                                   .headers = {{"Content-Type", "application/json"}}};
        JsonWriter json;
        json.object();
        if (refresh)
            json.member("refresh_token", person.plan.refresh_token);
        else
            json.member("username", person.plan.username).member("password", options_.password);
        json.end();
        request.body = json.take();
        if (!person.ticket.empty())
            request.headers.emplace_back("Admission-Ticket", person.ticket);
        lock.unlock();
        client_->send(std::move(request), Deadline::in(clock_, attempt_timeout),
                      [this, event](Result<net::ClientResponse> outcome) {
                          Attempt attempt{.outcome = std::move(outcome)};
                          attempt.in = attempt.outcome && attempt.outcome->status == 201;
                          if (attempt.in)
                              attempt.shows = {
                                  "Authorization",
                                  "Bearer " + text_member(attempt.outcome->body, "access_token")};
                          answered(event, std::move(attempt));
                      });
        lock.lock();
    }

    void send_to_provider(std::unique_lock<std::mutex>& lock, const Event& event) {
        const PlannedPerson& plan = people_[event.who].plan; // never changes
        auto walk = std::exchange(people_[event.who].walk, nullptr);
        auto done = [this, event, reloaded = walk != nullptr](SsoEnd end) {
            answered(event, {.outcome = std::move(end.outcome),
                             .step = "single sign-on, " + std::string(name_of(end.step)) + ": ",
                             .shows = {"Cookie", end.cookie},
                             .in = !end.cookie.empty(),
                             .walk = std::move(end.walk),
                             .reloaded = reloaded});
        };
        lock.unlock();
        if (walk)
            SsoDoor::reload(std::move(walk), std::move(done));
        else
            door_->arrive(plan.host, plan.username, std::move(done));
        lock.lock();
    }

    void answered(const Event& event, Attempt attempt) {
        std::lock_guard lock(mutex_);
        const Result<net::ClientResponse>& outcome = attempt.outcome;
        wake_.notify_one();
        Person& person = people_[event.who];
        const Monotonic now = clock_.monotonic();
        if (attempt.in) {
            --open_;
            if (person.in)
                return; // the second click of somebody who is in already
            person.in = true;
            person.shows = std::move(attempt.shows);
            signed_in_.push_back(event.who);
            came_in(person, now);
            return;
        }
        if (person.in || event.kind == Kind::click) { // the first click goes on by itself
            --open_;
            return;
        }
        // Reloaded too late, what the provider gave is good no more.
        const bool stale =
            attempt.reloaded && outcome && (outcome->status == 401 || outcome->status == 403);
        const bool again = outcome ? outcome->status == 503 || outcome->status == 429 || stale
                                   : outcome.error().code != Code::corrupt;
        const std::string why =
            attempt.step + (outcome ? describe(*outcome)
                                    : std::string(wire_name(outcome.error().code)) +
                                          (again ? " (no answer)" : ": " + outcome.error().detail));
        const auto pause = outcome ? retry_after(*outcome) : std::nullopt;
        if (outcome && outcome->status == 503) {
            ++report_.refusals;
            report_.sso_refusals += person.plan.sso;
            ++second_at(now - start_).refused;
            if (std::string ticket = text_member(outcome->body, "waiting", "ticket");
                !ticket.empty())
                person.ticket = std::move(ticket);
        }
        // Who has a place comes at the moment that was named; others when a polite client would.
        const Monotonic next = now + (pause && !person.ticket.empty()
                                          ? *pause
                                          : backoff(person.attempts + 1, pause, rng_.unit()));
        if (again && next < start_ + person.at + options_.retry_for) {
            events_.push({next, Kind::again, event.who});
            person.walk = std::move(attempt.walk);
            if (person.plan.sso)
                ++report_.sso_again[why];
            return;
        }
        --open_;
        ++report_.failed;
        ++report_.failures[why];
    }

    void came_in(const Person& person, Monotonic now) {
        const Duration latency = now - (start_ + person.at);
        OutageReport* outage =
            report_.outage && report_.outage->during(person.at) ? &*report_.outage : nullptr;
        SignInSecond& second = second_at(now - start_);
        ++second.in;
        ++report_.in;
        report_.all_in = now - start_;
        if (person.plan.sso) {
            ++second.sso_in;
            second_at(person.at).sso.add(latency);
            report_.sso.add(latency);
            if (outage)
                outage->sso.add(latency);
            return;
        }
        second_at(person.at).latencies.add(latency);
        if (by_password(person.plan)) {
            answered_[person.plan.host].push_back(person.at);
            report_.password.add(latency);
            if (outage)
                outage->password.add(latency);
        } else {
            report_.refresh.add(latency);
            if (outage)
                outage->refresh.add(latency);
        }
    }

    /// The provider of single sign-on.
    void stop_or_go_on(const Event& event) {
        const bool stop = event.kind == Kind::stop;
        OutageReport& outage = *report_.outage;
        outage.error = signal_named(options_.outage->pidfile, stop ? SIGSTOP : SIGCONT);
        const Duration at = clock_.monotonic() - start_;
        if (stop) {
            outage.from = at;
            outage.to = at + options_.outage->lasts; // what is meant for it is known beforehand
        }
        if (stop && outage.error.empty())
            events_.push({start_ + outage.to, Kind::go_on, 0});
        else
            --open_;
    }

    /// Somebody who has signed in reads what the server answers from memory. Before the first is
    /// in there is nobody, so the idle reads ask for what needs no token.
    void read(std::unique_lock<std::mutex>& lock, Monotonic due) {
        const auto gap = std::chrono::duration_cast<Duration>(
            std::chrono::duration<double>(-std::log(1 - rng_.unit()) / options_.reads_a_second));
        events_.push({due + gap, Kind::read, 0});
        net::ClientRequest request{.target = "/livez"};
        if (!signed_in_.empty())
            request = shown_by(people_[signed_in_[rng_.u64() % signed_in_.size()]]);
        ++reading_;
        lock.unlock();
        readers_->send(std::move(request), Deadline::in(clock_, attempt_timeout),
                       [this, due](Result<net::ClientResponse> outcome) {
                           std::lock_guard inner(mutex_);
                           const Duration latency = clock_.monotonic() - due;
                           --reading_;
                           ++report_.reads;
                           if (!outcome || outcome->status != 200) {
                               ++report_.reads_failed;
                               ++report_.failures["a read: " + (outcome ? describe(*outcome)
                                                                        : outcome.error().text())];
                           }
                           (due < start_ ? report_.reads_idle : report_.reads_storm).add(latency);
                           if (due >= start_)
                               second_at(due - start_).reads.add(latency);
                           if (report_.outage && report_.outage->during(due - start_))
                               report_.outage->reads.add(latency);
                           wake_.notify_one();
                       });
        lock.lock();
    }

    static net::ClientRequest shown_by(const Person& person) {
        return {
            .target = "/v1/sessions/current", .host = person.plan.host, .headers = {person.shows}};
    }

    /// Who renewed before the bell comes to it, and is let through by what they hold.
    void present(std::unique_lock<std::mutex>& lock, const Event& event) {
        const Person& person = people_[event.who];
        net::ClientRequest request = shown_by(person);
        lock.unlock();
        readers_->send(
            std::move(request), Deadline::in(clock_, attempt_timeout),
            [this, event](Result<net::ClientResponse> outcome) {
                std::lock_guard inner(mutex_);
                --open_;
                const Monotonic now = clock_.monotonic();
                report_.presented.add(now - event.at);
                ++second_at(event.at - start_).presented;
                if (!outcome || outcome->status != 200) {
                    ++report_.reads_failed;
                    ++report_.failures["a token that was renewed: " +
                                       (outcome ? describe(*outcome) : outcome.error().text())];
                }
                wake_.notify_one();
            });
        lock.lock();
    }

    Duration lead() const { return options_.steered > 0 ? options_.lead : Duration::zero(); }

    SignInSecond& second_at(Duration at) {
        const auto second = static_cast<std::size_t>(
            std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(at).count()));
        if (report_.seconds.size() <= second)
            report_.seconds.resize(second + 1);
        return report_.seconds[second];
    }

    const SignInOptions& options_;
    const Clock& clock_;
    Rng& rng_;
    SignInReport& report_; // guarded by mutex_, as all below
    net::Client *client_ = nullptr, *readers_ = nullptr;
    SsoDoor* door_ = nullptr;
    Monotonic start_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Person> people_;
    std::vector<std::uint32_t> signed_in_;
    std::map<std::string, std::vector<Duration>> answered_; // arrivals by password, by host
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::size_t open_ = 0, reading_ = 0;
};

} // namespace

std::pair<std::uint64_t, Duration> overtakings(const std::vector<Duration>& answered, Duration by) {
    Duration latest = Duration::min(), worst{};
    std::uint64_t count = 0;
    for (const Duration at : answered) {
        if (latest != Duration::min() && latest - at > by) {
            ++count;
            worst = std::max(worst, latest - at);
        }
        latest = std::max(latest, at);
    }
    return {count, worst};
}

Result<SignInReport> run_signin(const SignInOptions& options, const Clock& clock, Rng& rng,
                                std::FILE* out) {
    if (options.lead < 1s || options.lead > 24h)
        return fail(Code::invalid_field, "the lead lasts from a second to a day", "lead");
    if (options.over < 1s || options.over > 24h)
        return fail(Code::invalid_field, "a storm lasts from a second to a day", "over");
    std::ifstream in(options.plan_path);
    if (!in)
        return fail(Code::not_found, "the plan cannot be read", options.plan_path);
    auto people = TRY(read_people(in, options.plan_path));
    SignInReport report;
    constexpr const char* shapes[] = {"ramp", "even", "step"};
    report.shape = shapes[static_cast<std::size_t>(options.shape)];
    report.started_at = clock.now();
    report.people = people.size();
    report.with_refresh = static_cast<std::uint64_t>(std::ranges::count_if(
        people, [](const PlannedPerson& person) { return !person.refresh_token.empty(); }));
    std::set<std::string> sso_hosts;
    for (const PlannedPerson& person : people)
        if (person.sso) {
            ++report.with_sso;
            sso_hosts.insert(person.host);
        }
    report.over = options.over;
    report.lead = options.steered > 0 ? options.lead : Duration::zero();
    Run run(options, std::move(people), clock, rng, report);
    auto client = [&](const std::string& address, std::uint16_t port, std::size_t connections) {
        return net::Client::make({.address = address,
                                  .port = port,
                                  .connections_limit = connections,
                                  .queue_items_limit = 2'000'000},
                                 clock);
    };
    auto arriving = client(options.address, options.port, options.connections),
         reading = client(options.address, options.port, reader_connections);
    std::unique_ptr<net::Client> at_provider;
    std::optional<SsoDoor> door;
    if (!sso_hosts.empty()) {
        const auto [address, port] = TRY(provider_address(options.sso_provider));
        at_provider = client(address, port, options.connections);
        door.emplace(*arriving, *at_provider, options.sso_provider, clock);
        CHECK_OK(door->find(sso_hosts));
    }
    run.run(*arriving, *reading, door ? &*door : nullptr, out);
    arriving.reset();
    reading.reset();
    at_provider.reset();
    run.judge_order();
    std::fputs(report.text().c_str(), out);
    if (!options.report_path.empty())
        CHECK_OK(write_report(options.report_path, report.json()));
    if (!options.html_path.empty())
        CHECK_OK(write_report(options.html_path, report.html()));
    if (!options.store_path.empty())
        CHECK_OK(store_report(options.store_path, "signin", report.started_at, report.json()));
    return report;
}

} // namespace bw::storm
