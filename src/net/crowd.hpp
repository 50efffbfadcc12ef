// Crowd: thousands of clients on one thread, each with a connection of its own as a browser has it,
// one GET at a time. For load: bodies are counted and let go, unless they are small and wanted.
// Plain HTTP/1.1 to numeric addresses, answers with a Content-Length; `Client` is for everything
// else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.hpp"

namespace bw::net {

/// What came of one GET.
struct Got {
    int status = 0; // 0: no whole answer, `body` says why
    std::string head;
    std::string body; // its first `keep` bytes
    std::uint64_t bytes = 0;
    Monotonic sent, received;

    /// Empty: there is none of that name.
    std::string_view header(std::string_view name) const;
};

/// Not thread-safe: everything, and every callback, on the thread that runs it.
class Crowd {
public:
    using Done = std::move_only_function<void(Got)>;
    using Address = std::pair<std::string, std::uint16_t>; // 127.0.0.1, 8088

    static std::unique_ptr<Crowd> make(const Clock& clock);
    virtual ~Crowd() = default; // callbacks that wait are dropped

    /// A client without a connection yet; its number.
    virtual std::size_t add() = 0;
    /// Over the connection that it has, to wherever that leads; else over a new one to `address`.
    /// A client has one GET at a time. `done` is called once, from `run`.
    virtual void get(std::size_t client, const Address& address, std::string_view target,
                     std::size_t keep, Deadline deadline, Done done) = 0;
    /// Closes its connection: the next GET makes another.
    virtual void leave(std::size_t client) = 0;

    virtual void at(Monotonic when, std::move_only_function<void()> then) = 0;
    /// Until `over` says so; it is asked after each event.
    virtual void run(const std::function<bool()>& over) = 0;
};

} // namespace bw::net
