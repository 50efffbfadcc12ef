// Everybody in a school day: they come to each bell, renew in lessons when their tokens say so, and
// read. An open loop: nobody waits for another's answer. What they see is held against what is
// true.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <queue>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "storm/day_plan.hpp"
#include "storm/day_report.hpp"
#include "storm/day_school.hpp"
#include "storm/first_page.hpp"

namespace bw::storm {

struct CrowdOptions {
    std::string password;
    Duration lesson{}, retry_for{};
    std::uint64_t seed = 1; // of what they read
    double pace = 1;        // how slowly they read
    bool live = false;      // they join their live classes
};

/// What everybody may know of an assignment.
struct AssignmentTruth {
    std::optional<Told<Instant>> due_at;
    std::optional<Told<std::string>> title;
};

class Crowd {
public:
    /// The client must be stopped (destroyed) before this is; the report is written until run()
    /// returns.
    Crowd(CrowdOptions options, std::vector<PlannedPerson> people, const Plan& seats,
          std::vector<std::vector<Arrival>> arrivals, net::Client& client, const Clock& clock,
          Rng& rng, DayReport& report);

    /// Blocks until everybody is in at each bell, or given up, and has read. `began`: the report's
    /// first second.
    void run(Monotonic began, Monotonic first_bell);
    /// What was changed, and acknowledged just now. Thread-safe.
    void told(AssignmentId assignment, AssignmentTruth truth);

private:
    enum class Kind : std::uint8_t { arrive, come, renew, part, classes, join };
    struct Event {
        Monotonic at;
        Kind kind;
        std::uint32_t who;
        std::uint32_t number = 0;   // of the bell; of the renewal
        std::uint32_t part = 0;     // of day_parts; of `join`: of Person::classes
        std::uint32_t attempts = 0; // of a part
        Monotonic meant = {};       // a part's first attempt
        bool operator>(const Event& other) const { return at > other.at; }
    };
    struct Waiting {
        std::uint32_t bell;
        Monotonic at;
    };
    struct Person {
        PlannedPerson plan;
        std::optional<AssignmentId> assignment = {};
        std::optional<Session> session = {};
        bool busy = false, by_password = false; // a sign-in or refresh is under way
        std::uint32_t attempts = 0, renewal = 0;
        std::uint32_t bell = 0; // they came to last
        Monotonic since = {};   // that it is under way
        std::string ticket = {};
        std::vector<Waiting> waiting = {};
        std::optional<Told<HandedIn>> shown = {}; // as handed in, by a page
        std::vector<std::string> classes = {};    // live ones, that began with a bell
    };

    void act(std::unique_lock<std::mutex>& lock, const Event& event);
    void arrive(std::unique_lock<std::mutex>& lock, const Event& event);
    void begin(std::unique_lock<std::mutex>& lock, std::uint32_t who, bool by_password);
    void send(std::unique_lock<std::mutex>& lock, std::uint32_t who);
    void answered(std::uint32_t who, const Result<net::ClientResponse>& outcome);
    void got_session(Person& person, std::uint32_t who, Session session);
    void came_in(std::uint32_t who, const Waiting& waiting, bool held);
    void plan_renewal(Person& person, std::uint32_t who);
    void next_part(std::uint32_t who, std::uint32_t bell, std::uint32_t part);
    void read(std::unique_lock<std::mutex>& lock, const Event& event);
    void has_read(const Event& event, Monotonic asked, const Result<net::ClientResponse>& outcome);
    void go_to_classes(std::unique_lock<std::mutex>& lock, const Event& event);
    void has_gone(const Event& event, const Result<net::ClientResponse>& outcome);
    /// After a pause, if it may be worth it.
    void again(const Event& event, const std::string& what,
               const Result<net::ClientResponse>& outcome);
    void look(Person& person, const Result<FirstPage>& page, Monotonic asked);
    void fail_with(const std::string& kind);
    DaySecond& second_at(Monotonic at);
    void push(Event event);
    Instant wall(Monotonic at) const { return began_wall_ + (at - began_); }
    Monotonic bell_at(std::uint32_t bell) const {
        return first_bell_ + options_.lesson * static_cast<std::int64_t>(bell);
    }

    const CrowdOptions options_;
    net::Client& client_;
    const Clock& clock_;
    Rng& rng_;
    std::mutex mutex_; // of all below
    DayReport& report_;
    std::vector<Person> people_;
    std::vector<std::vector<Arrival>> arrivals_;
    std::vector<std::vector<Way>> ways_; // by bell and person
    std::map<AssignmentId, AssignmentTruth> truth_;
    SeededRng chance_;
    Monotonic began_, first_bell_;
    Instant began_wall_;
    std::condition_variable wake_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::size_t asked_ = 0; // answers that are awaited
};

} // namespace bw::storm
