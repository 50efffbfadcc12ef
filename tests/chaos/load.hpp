// A steady mixed load from two schools through the API, and the books on it: every answer is read,
// judged and counted. It does not stop at a fault; whoever makes the fault says what is allowed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/client.hpp"
#include "stage.hpp"

namespace bw::chaos {

enum class Kind : std::uint8_t { read, sign_in, submit };

/// For each school: two readers, two who submit, one who signs in again and again; one request each
/// at a time. An answer is good (the right status, the right person, nobody else's ids), refused
/// (503 with Retry-After), or wrong; wrong is also none at all, or one that comes too late. A
/// refused submission is sent again under the same key. Its calls come from one thread, the test's.
class Load {
public:
    /// Begins at once.
    explicit Load(Stage& stage);
    ~Load();

    /// Waits until each kind of each school had `count` good answers in a row to what was sent from
    /// now on (of sign-ins a fifth as many).
    bool good_in_a_row(std::uint64_t count);
    /// The same, and from now on to the end a refusal is wrong too.
    bool all_good_from_now(std::uint64_t count);
    /// From now on a refusal is no fault any more.
    void faults_are_allowed();
    /// Waits until each school heard a refusal of that kind.
    bool refused(Kind kind);
    /// Waits until each school was acknowledged `count` more submissions.
    bool acknowledged(std::uint64_t count);

    /// Ends it, and holds the books against the database at the present primary: every submission
    /// that was acknowledged is recorded, once, under its school and pupil, with its content; and
    /// nothing was wrong on the way. Fails the test otherwise.
    void finish();
    void stop();

    /// Good answers and refusals so far, for the log.
    std::string summary() const;

private:
    struct Stream {        // one kind of one school; guarded by mutex_
        bool slow = false; // a password hash each: a fifth as many are waited for
        std::uint64_t good = 0, refused = 0, in_a_row = 0, refused_since = 0, good_since = 0;
    };
    struct Caller {
        const School& school;
        const Pupil& pupil;
        Kind kind;
        std::size_t index; // among all callers
        std::string token = {};
        std::string key = {}; // of the submission that is not acknowledged yet
        std::uint64_t number = 0;
        std::int64_t last_received_ms = 0;
    };
    struct Acknowledged {
        std::string tenant, pupil, content;
    };

    void work(Caller caller, const std::stop_token& stop);
    void turn(Caller& caller);
    bool sign_in(Caller& caller);
    void read(Caller& caller);
    void submit(Caller& caller);
    /// The body of a good answer, or nothing: the books are kept.
    std::optional<std::string> ask(Caller& caller, net::ClientRequest request, int wanted,
                                   const std::function<std::string(const std::string&)>& flaw);
    void wrong(const Caller& caller, const std::string& what);
    bool wait(const std::function<bool(const Stream&)>& enough, std::optional<Kind> kind);
    void compare_with_database();

    Stage& stage_;
    std::unique_ptr<net::Client> client_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::pair<std::string, Kind>, Stream> streams_;
    std::map<std::string, Acknowledged> acknowledged_; // by submission id
    std::map<std::string, Acknowledged> offered_;      // by key: what may be there besides
    std::vector<std::string> wrong_;
    Monotonic since_{};
    bool strict_ = false;
    std::vector<std::jthread> callers_;
};

} // namespace bw::chaos
