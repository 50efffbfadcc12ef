// A NATS JetStream stream as the journal's replicated stream. Blocking calls; nats.c's own threads
// do the network.
#pragma once

#include <vector>

#include "base/rng.hpp"
#include "journal/stream.hpp"

namespace bw::journal {

struct NatsOptions {
    /// nats://HOST:PORT or tls://HOST:PORT, of one cluster; tried in any order.
    std::vector<std::string> servers;
    /// The stream's name: letters, digits, '-' and '_'. One journal each: two processes that share
    /// one stop each other.
    std::string stream = "bellwether-journal";
    std::string cell = default_cell;
    bool create = true;                     // if there is none; else not_found
    int replicas = 3;                       // of a stream that is made; one with fewer is refused
    std::uint64_t bytes_limit = 8ull << 30; // reserved by the servers when it is made
    std::string credentials_file = {};      // the user's JWT and seed, as `nsc` writes them
    Duration connect_deadline = std::chrono::seconds(30);
};

/// Makes the stream, with a new random epoch, if there is none and it may. `conflict` if it belongs
/// to another cell, has fewer replicas, or was not made by us; `unavailable` if no server or no
/// quorum answers in time.
Result<std::unique_ptr<Stream>> open_nats_stream(NatsOptions options, const Clock& clock, Rng& rng);

} // namespace bw::journal
