// The HTTP/1.1 server: one io_context and SO_REUSEPORT listener a thread, Beast's parser on an
// arena a connection, one contiguous answer. Boost stays behind this face.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "net/http.hpp"
#include "net/proxies.hpp"
#include "net/response_policy.hpp"

namespace bw::net {

/// What became of one request: for metrics and spans.
struct Served {
    const Route* route;          // null: none matched, or the head could not be read
    Method method;               // GET, if the head could not be read
    int status;                  // of a stream: 200 or 101, and it is called when the stream opens
    Instant began;               // the head's first byte; of a pipelined request: its turn
    Duration took;               // until the answer stood in line for the socket
    std::size_t body_in;         // bytes; 0 if the body was not read to its end
    std::optional<Code> code;    // of a problem
    std::size_t body_out;        // of the answer, also when HEAD spares it
    std::string_view request_id; // as in problems; empty if the head could not be read
    const telemetry::TraceContext* trace;  // ours; null unless the request is traced
    const telemetry::TraceContext* caller; // its traceparent; null if it sent none
};

/// Certificate and keys, all as paths of files.
struct TlsOptions {
    std::string certificate_file; // PEM: the server's own first, then its chain
    std::string key_file;         // PEM, unencrypted
    /// 32 random bytes or more. Processes with the same ones resume each other's sessions, also
    /// after a restart. Empty: a secret of this process alone.
    std::string ticket_secret_file = {};
    Duration ticket_step = 1h;  // a new ticket key each
    int ticket_steps_kept = 12; // older tickets that are still read
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0; // 0: the system picks one
    int threads = 1;
    std::size_t connections_limit =
        20'000; // over all threads; beyond it a connection gets 503 and is closed
    std::size_t head_bytes_limit = 16 * 1024;
    std::size_t body_bytes_limit = 1024 * 1024; // a route's own limit may be lower
    Duration head_timeout = 10s;                // from the first byte of a head to its end
    Duration body_timeout = 30s;
    Duration idle_timeout = 60s;
    Duration write_timeout = 30s; // without a byte of the answer taken by the other end
    ResponseOptions responses = {};
    /// Peers whose word about the client's address, scheme and request id is taken.
    TrustedProxies trusted_proxies = {};
    /// Of heads and bodies in memory, over all connections, beyond the first 4 KiB of each: what
    /// does not fit gets 503.
    std::size_t buffered_bytes_limit = 512 * 1024 * 1024;
    std::optional<TlsOptions> tls = {}; // none: plain HTTP
    /// Share of requests without a traceparent that get a sampled trace of their own.
    double trace_sample_rate = 0;
    /// Called on the connection's thread once for each answer, just before it goes to the socket;
    /// must be cheap and must not block.
    std::function<void(const Served&)> on_served = {};
};

struct ServerStatus {
    std::size_t connections;
    std::uint64_t requests, refused_connections;
    std::size_t buffered_bytes; // of buffered_bytes_limit
};

class Server {
public:
    /// Binds, starts the threads, listens when it returns. `routes`, `clock`, `rng` outlive the
    /// server.
    static Result<std::unique_ptr<Server>> start(ServerOptions options, const RouteTable& routes,
                                                 const Clock& clock, Rng& rng);
    virtual ~Server() = default; // stops at once
    virtual std::uint16_t port() const = 0;
    virtual ServerStatus status() const = 0;
    /// Stops listening, ends streams, answers what is in flight with Connection: close, closes idle
    /// connections; returns when all are gone or the deadline passed. Thread-safe.
    virtual void drain(Deadline deadline) = 0;
    /// Reads the TLS files again: new handshakes take what they hold, connections go on with what
    /// they have. On an error (bad_request, naming the file) the old ones stay. Thread-safe.
    virtual Result<void> reload_tls() = 0;
};

} // namespace bw::net
