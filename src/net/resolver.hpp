// Resolver: host names to addresses by the system's resolver, on a thread of its own, because
// getaddrinfo blocks. Which of them is used is the client's to choose.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::net {

/// Thread-safe. Its end waits for the look-up at work: with the system's resolver at most 2 s for
/// each name server and search domain.
class Resolver {
public:
    using Addresses = std::vector<std::string>; // numeric, best first, never empty
    using Lookup = std::function<Result<Addresses>(const std::string& name)>;

    /// `clock` outlives it.
    explicit Resolver(const Clock& clock, Lookup lookup = system_lookup);
    ~Resolver(); // what still waits hears `unavailable`

    using Done = std::move_only_function<void(Result<Addresses>)>;
    /// Calls `done` once: here and now if the name was found less than 30 s ago, or with
    /// `overloaded` if 64 others wait; else on the resolver's thread, with the addresses or
    /// `unavailable`. Whoever waits keeps his own deadline.
    void resolve(std::string name, Done done);

    /// getaddrinfo for TCP.
    static Result<Addresses> system_lookup(const std::string& name);

private:
    struct Question {
        std::string name;
        Done done;
    };
    struct Known {
        Addresses addresses;
        Monotonic until;
    };
    void run();
    void answer(Question question);
    const Addresses* known(const std::string& name); // under mutex_

    const Clock& clock_;
    const Lookup lookup_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Question> waiting_;
    std::map<std::string, Known> known_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace bw::net
