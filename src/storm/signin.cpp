#include "storm/signin.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <queue>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "net/client.hpp"
#include "storm/api.hpp"
#include "storm/pacing.hpp"

namespace bw::storm {

namespace {

constexpr Duration attempt_timeout = 30s, wait_max = 1s, second_click_after = 700ms;
constexpr std::size_t people_limit = 1'000'000, reader_connections = 64;

double ms(Duration d) {
    return static_cast<double>(d.count()) / 1e6;
}

std::string text_member(std::string_view body, const char* name, const char* inner = nullptr) {
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    std::string_view text;
    if (parser.parse(body).get(json) != simdjson::SUCCESS)
        return "";
    auto found = inner ? json[name][inner] : json[name];
    return found.get(text) == simdjson::SUCCESS ? std::string(text) : "";
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

    /// Readers have connections of their own: they are other people.
    void run(net::Client& arriving, net::Client& reading, std::FILE* out) {
        client_ = &arriving;
        readers_ = &reading;
        std::unique_lock lock(mutex_);
        start_ = clock_.monotonic() + options_.idle_before;
        for (std::uint32_t i = 0; i < people_.size(); ++i) {
            events_.push({start_ + people_[i].at, Kind::arrive, i});
            ++open_;
            if (people_[i].comes_with_token) {
                events_.push({start_ + *people_[i].comes_with_token, Kind::present, i});
                ++open_;
            }
            if (people_[i].plan.refresh_token.empty() && rng_.unit() < options_.impatient) {
                events_.push({start_ + people_[i].at + second_click_after, Kind::click, i});
                ++open_;
            }
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
    enum class Kind : std::uint8_t { arrive, again, click, read, present };
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
        std::string ticket = {}, access_token = {};
    };

    void send(std::unique_lock<std::mutex>& lock, const Event& event) {
        Person& person = people_[event.who];
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
        ++person.attempts;
        lock.unlock();
        client_->send(std::move(request), Deadline::in(clock_, attempt_timeout),
                      [this, event](Result<net::ClientResponse> outcome) {
                          answered(event, std::move(outcome));
                      });
        lock.lock();
    }

    void answered(const Event& event, Result<net::ClientResponse> outcome) {
        std::lock_guard lock(mutex_);
        wake_.notify_one();
        Person& person = people_[event.who];
        const Monotonic now = clock_.monotonic();
        if (outcome && outcome->status == 201) {
            --open_;
            if (person.in)
                return; // the second click of somebody who is in already
            person.in = true;
            person.access_token = text_member(outcome->body, "access_token");
            signed_in_.push_back(event.who);
            const bool refresh = !person.plan.refresh_token.empty();
            const Duration latency = now - (start_ + person.at);
            (refresh ? report_.refresh : report_.password).add(latency);
            second_at(person.at).latencies.add(latency);
            ++second_at(now - start_).in;
            ++report_.in;
            report_.all_in = now - start_;
            if (!refresh)
                answered_[person.plan.host].push_back(person.at);
            return;
        }
        if (person.in || event.kind == Kind::click) { // the first click goes on by itself
            --open_;
            return;
        }
        const bool again = !outcome || outcome->status == 503 || outcome->status == 429;
        const std::string why = outcome
                                    ? describe(*outcome)
                                    : std::string(wire_name(outcome.error().code)) + " (no answer)";
        const auto pause = outcome ? retry_after(*outcome) : std::nullopt;
        if (outcome && outcome->status == 503) {
            ++report_.refusals;
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
            return;
        }
        --open_;
        ++report_.failed;
        ++report_.failures[why];
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
                           wake_.notify_one();
                       });
        lock.lock();
    }

    static net::ClientRequest shown_by(const Person& person) {
        return {.target = "/v1/sessions/current",
                .host = person.plan.host,
                .headers = {{"Authorization", "Bearer " + person.access_token}}};
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
    Monotonic start_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Person> people_;
    std::vector<std::uint32_t> signed_in_;
    std::map<std::string, std::vector<Duration>> answered_; // arrivals by password, by host
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::size_t open_ = 0, reading_ = 0;
};

Result<void> write_file(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::trunc);
    out << text;
    out.close();
    if (!out)
        return fail(Code::unavailable,
                    "the report cannot be written: " + std::string(std::strerror(errno)), path);
    return {};
}

} // namespace

Result<std::vector<PlannedPerson>> read_people(std::istream& in, const std::string& name) {
    std::vector<PlannedPerson> people;
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
        const std::string where = name + ":" + std::to_string(number);
        if (number > people_limit)
            return fail(Code::bad_request,
                        "a plan has at most " + std::to_string(people_limit) + " lines", where);
        if (text.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        auto read = [&]() -> Result<PlannedPerson> {
            const JsonObject line =
                TRY(JsonObject::parse(text, {"host", "username", "refresh_token"}));
            PlannedPerson person{.host = TRY(line.string("host", 253)),
                                 .username = TRY(line.string("username", 255))};
            if (line.has("refresh_token"))
                person.refresh_token = TRY(line.string("refresh_token", 512));
            for (char c : person.host)
                if (c <= ' ' || c >= 0x7f) // it goes into the head of a request
                    return fail(Code::invalid_field, "a host is visible ASCII characters", "/host");
            return person;
        }();
        if (!read) {
            Error error = std::move(read).error();
            error.field = where + (error.field.empty() ? "" : " " + error.field);
            return error;
        }
        people.push_back(*std::move(read));
    }
    if (people.empty())
        return fail(Code::bad_request, "the plan names nobody", name);
    return people;
}

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
    report.people = people.size();
    report.with_refresh = static_cast<std::uint64_t>(std::ranges::count_if(
        people, [](const PlannedPerson& person) { return !person.refresh_token.empty(); }));
    report.over = options.over;
    report.lead = options.steered > 0 ? options.lead : Duration::zero();
    Run run(options, std::move(people), clock, rng, report);
    auto client = [&](std::size_t connections) {
        return net::Client::make({.address = options.address,
                                  .port = options.port,
                                  .connections_limit = connections,
                                  .queue_items_limit = 2'000'000},
                                 clock);
    };
    auto arriving = client(options.connections), reading = client(reader_connections);
    run.run(*arriving, *reading, out);
    arriving.reset();
    reading.reset();
    run.judge_order();
    std::fputs(report.text().c_str(), out);
    if (!options.report_path.empty())
        CHECK_OK(write_file(options.report_path, report.json()));
    if (!options.html_path.empty())
        CHECK_OK(write_file(options.html_path, report.html()));
    return report;
}

} // namespace bw::storm
