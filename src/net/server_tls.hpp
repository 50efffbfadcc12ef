// The server's side of TLS over a non-blocking socket: certificate, tickets, one session a
// connection. OpenSSL stays in the .cpp file; who waits for the socket is connection's.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "net/io.hpp"
#include "net/server.hpp"

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace bw::net {

class TicketKeys;

/// A certificate, its key and the ticket keys: what new handshakes take. Immutable, thread-safe.
class TlsContext {
public:
    /// bad_request names the file and what is wrong with it. `clock` and `rng` outlive it.
    static Result<std::shared_ptr<const TlsContext>> load(const TlsOptions& options,
                                                          const Clock& clock, Rng& rng);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

private:
    friend class TlsSession;
    struct Tickets;
    TlsContext();

    std::unique_ptr<Tickets> tickets_;
    SSL_CTX* context_ = nullptr;
};

/// One connection's TLS. Not thread-safe.
class TlsSession {
public:
    TlsSession(std::shared_ptr<const TlsContext> context, int fd); // the caller owns `fd`
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    Io handshake();
    /// After `over`: OpenSSL's words for it, "http request" for plain HTTP; "" if it just ended.
    std::string why() const { return why_; }
    Io read(char* to, std::size_t room);
    /// After `readable` or `writable` call it again with the same bytes first.
    Io write(const char* from, std::size_t size);
    /// Bytes were read from the socket that read() has not given out: do not wait for the socket.
    bool pending() const;
    /// Says close_notify, if the socket takes it now.
    void close_notify();

private:
    Io outcome(int returned);

    std::shared_ptr<const TlsContext> context_; // its tickets are used until the session ends
    SSL* ssl_;
    bool broken_ = false; // OpenSSL wants no further call, not even a shutdown
    std::string why_;
};

} // namespace bw::net
