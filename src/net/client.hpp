// An HTTP/1.1 client with deadlines: keep-alive connections to one origin, many requests at once;
// who calls several origins makes a client for each. Redirects are answers like any other: it never
// follows one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http.hpp"
#include "net/resolver.hpp"

namespace bw::net {

/// The server's certificate is verified, always.
struct ClientTlsOptions {
    std::string authorities_file = {}; // PEM; these alone are trusted. Empty: the system's
    std::string host = {}; // whom the certificate must be for; empty: ClientOptions::address
};

struct ClientOptions {
    std::string address = "127.0.0.1"; // numeric, or a host name, resolved for each new connection
    std::uint16_t port = 0;
    std::optional<ClientTlsOptions> tls = {};
    Resolver::Lookup lookup = Resolver::system_lookup;
    int threads = 1;
    std::size_t connections_limit = 256;     // over all threads
    std::size_t queue_items_limit = 100'000; // requests that wait for a connection
    std::size_t body_bytes_limit = 16 * 1024 * 1024;
};

struct ClientRequest {
    Method method = Method::get;
    std::string target = "/";
    std::string host = "localhost"; // the Host header
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::optional<telemetry::TraceContext> trace = {}; // sent as traceparent
};

struct ClientResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    Monotonic sent, received;

    std::optional<std::string_view> header(std::string_view name) const;
};

/// Thread-safe.
class Client {
public:
    static std::unique_ptr<Client> make(ClientOptions options, const Clock& clock);
    virtual ~Client() =
        default; // outstanding requests get `unavailable`, or `outcome_unknown` if sent

    /// `done` is called exactly once, on a client thread: with the answer, whatever its status; or
    /// `unavailable` when nothing was sent (refused, an unknown host name, a certificate that does
    /// not verify, no connection in time), `outcome_unknown` when
    /// something was and no whole answer came in time, `overloaded` when the queue is full. A
    /// kept-alive connection that turns out closed before any byte of the answer is retried once on
    /// a new one only if `method` is GET or HEAD.
    virtual void send(ClientRequest request, Deadline deadline,
                      std::move_only_function<void(Result<ClientResponse>)> done) = 0;

    /// Blocks the calling thread.
    Result<ClientResponse> fetch(ClientRequest request, Deadline deadline);
};

} // namespace bw::net
