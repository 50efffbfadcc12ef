// TLS of the client's side as a transformation of bytes, without a socket: what comes from the wire
// goes in, what goes to the wire comes out. The server's certificate is always verified.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace bw::net {

/// What all connections of a client share: the trusted authorities and protocol versions (TLS 1.2
/// and 1.3). Thread-safe once made.
class TlsTrust {
public:
    /// The system's authorities, or those in a PEM file alone; unavailable if it has none.
    static Result<std::shared_ptr<const TlsTrust>> load(const std::string& authorities_file);
    ~TlsTrust();
    TlsTrust(const TlsTrust&) = delete;
    TlsTrust& operator=(const TlsTrust&) = delete;

private:
    friend class ClientTls;
    explicit TlsTrust(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* context_;
};

class ClientTls {
public:
    /// `host`: the name, or the numeric address, that the certificate must be for.
    ClientTls(const TlsTrust& trust, const std::string& host);
    ~ClientTls();
    ClientTls(const ClientTls&) = delete;
    ClientTls& operator=(const ClientTls&) = delete;

    /// Takes bytes from the wire (none to begin with) and goes as far as it can. False: the session
    /// is over; `failure` says why, unless the other end ended it in order (`ended`).
    bool take(std::string_view from_wire);
    bool ready() const { return ready_; } // the handshake is done, the certificate good
    bool ended() const { return ended_; } // close_notify came: nothing was cut off
    const std::string& failure() const { return failure_; }

    /// Plain bytes that have come; the caller empties it.
    std::string& received() { return received_; }
    /// Encrypts; needs ready(). False as above.
    bool send(std::string_view plain);
    /// What must go to the wire now, taken out.
    std::string to_wire();

private:
    bool check(int outcome);

    ssl_st* ssl_;
    bool ready_ = false, ended_ = false;
    std::string received_, failure_;
};

} // namespace bw::net
