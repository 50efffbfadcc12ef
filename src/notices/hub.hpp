// Hub: brings notices to whoever listens, in this process. One question brings an institution's
// news for all that listen, another what those who just came have missed; none is asked for a
// listener that waits. No HTTP here: a listener is whatever can be told something (routes.cpp has
// the event stream).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/rng.hpp"
#include "notices/notices.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/token.hpp"

namespace bw::notices {

/// Told under the hub's lock: must not block, nor call the hub.
class Listener {
public:
    struct Told {
        std::string_view name, data; // of an event
        std::string_view position;   // behind it; empty: it moves nobody
    };
    virtual ~Listener() = default;
    virtual void tell(const Told& told) = 0;
};

struct HubOptions {
    std::size_t listeners_limit = 15'000; // in this process
    std::size_t person_limit = 6;         // of one person, here
    Duration tick = 250ms;                // how late a revoked token's stream ends
    Duration look_interval = 15s;         // a NOTIFY that came to nobody costs no more than this
    Duration again_after = 1s;            // after a question without an answer
    Duration read_limit = 5s;
    int news_at_once = 1'000;
    std::size_t newcomers_at_once = 200;
    int missed_at_once = 100; // of one listener; more comes with the next question
};

struct HubStatus {
    std::size_t listeners = 0;
    std::uint64_t questions = 0, failed = 0, told = 0;
};

/// Thread-safe. Stops before what it is given; outlives the server whose streams listen, and what
/// it has asked of the lane.
class Hub {
public:
    /// All outlive it. A question takes a turn of `lane`.
    Hub(tenancy::DatabaseLane& lane, const tenancy::TokenVerifier& verifier,
        const tenancy::TenantDirectory& directory, const Clock& clock, Rng& rng,
        HubOptions options = {});
    ~Hub();
    void start();
    void stop();

    using Key = std::uint64_t;
    /// Room for one more: quota_exceeded if the person has too many, overloaded if the process has.
    /// Then come attach() and, sooner or later, leave().
    Result<Key> reserve(const tenancy::Principal& principal);
    /// It is told what came after `after` (nullopt: from now on), first `ready` with where it
    /// stands. Ends with `end` and why, when its token does; then it is destroyed.
    void attach(Key key, std::optional<Position> after, std::unique_ptr<Listener> listener);
    void leave(Key key);

    /// There is something new in an institution; nullopt: in any.
    void news(std::optional<TenantId> tenant);
    /// What its thread does: ends whose token is over, asks again, looks for what nobody said.
    void tick();
    HubStatus status() const;

private:
    struct Member {
        tenancy::Principal principal;
        Position after{};                   // everything up to it was told
        std::unique_ptr<Listener> listener; // null: reserved
        bool live = false;                  // news reach it; before, it waits to catch up
    };
    struct Institution {
        std::unordered_map<UserId, std::vector<Key>> persons;
        std::vector<Key> newcomers;
        std::optional<Position> read; // its news up to here were told to all that are live
        bool news = false, asking = false;
        Monotonic not_before{};
    };
    struct Question;
    struct Answer;
    void run(const std::stop_token& stop);
    std::optional<Question> next_question(TenantId tenant, Institution& of);
    void ask(std::vector<Question> questions);
    void take(const Question& question, Result<Answer> answer);
    void tell_news(Institution& of, const News& news);
    void tell_missed(Institution& of, const Question& question, const Missed& missed);
    void tell(Member& member, const Notice& notice, const Listener::Told& told);
    void fell_back(Institution& of, std::int64_t last_number);
    std::unique_ptr<Listener> remove(Key key);
    void end_those_over(std::vector<std::unique_ptr<Listener>>& gone);

    tenancy::DatabaseLane& lane_;
    const tenancy::TokenVerifier& verifier_;
    const tenancy::TenantDirectory& directory_;
    const Clock& clock_;
    Rng& rng_;
    const HubOptions options_;

    mutable std::mutex mutex_; // guards all below
    std::unordered_map<Key, Member> members_;
    std::unordered_map<TenantId, Institution> institutions_;
    Key last_key_ = 0;
    HubStatus status_;
    std::uint64_t checked_version_ = 0;
    Monotonic check_at_{}, look_at_{};
    bool stopping_ = false;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::notices
