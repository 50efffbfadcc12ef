// A client that passes everything on, and counts what was answered well as the server's forecast
// counts it, and the answers that no honest server gives.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "net/client.hpp"

namespace bw::storm {

/// Answered well, by kind (app/load_forecast.cpp says which routes are which).
struct Came {
    std::uint64_t password = 0, refresh = 0, page_read = 0, submission = 0;

    bool operator==(const Came&) const = default;
};

/// What came of all requests of a storm. Thread-safe.
class Answers {
public:
    void see(std::uint64_t Came::* kind, const Result<net::ClientResponse>& outcome);

    struct Seen {
        Came came;
        std::uint64_t requests = 0;
        std::uint64_t unanswered = 0; // sent, perhaps, and perhaps counted by the server
        std::uint64_t refused = 0;    // 503 or 429 with Retry-After
        /// 5xx that were no 503 with Retry-After, by what they said.
        std::map<std::string, std::uint64_t> dishonest;
    };
    Seen seen() const;

private:
    mutable std::mutex mutex_;
    Seen seen_;
};

/// What a good answer to it counts as; null: nothing that is counted.
std::uint64_t Came::* counted_as(const net::ClientRequest& request);

class CountingClient final : public net::Client {
public:
    /// `answers` outlives it.
    CountingClient(std::unique_ptr<net::Client> inner, Answers& answers)
        : inner_(std::move(inner)), answers_(answers) {}

    void send(net::ClientRequest request, Deadline deadline,
              std::move_only_function<void(Result<net::ClientResponse>)> done) override;

private:
    std::unique_ptr<net::Client> inner_;
    Answers& answers_;
};

} // namespace bw::storm
