// TicketKeys: the keys that seal TLS session tickets (RFC 5077 section 4), derived from a shared
// secret and the time, so that processes with the same secret resume each other's sessions and no
// key is stored or sent. No OpenSSL session code here: that is server_tls's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace bw::net {

struct TicketKey {
    std::array<std::uint8_t, 16> name; // the step, and what tells two secrets apart
    std::array<std::uint8_t, 32> cipher_key;
    std::array<std::uint8_t, 32> mac_key;
};

/// Thread-safe: every key is derived anew (one HKDF, a handshake's smallest part).
class TicketKeys {
public:
    /// Keys change every `step`; tickets of the `steps_kept` steps before the current one are
    /// still read, and of one step ahead, for a process whose clock runs ahead.
    TicketKeys(Bytes secret, Duration step, int steps_kept);
    ~TicketKeys(); // wipes the secret
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    TicketKey current(Instant now) const;
    /// nullopt: another secret's, too old, or not one of ours at all.
    std::optional<TicketKey> find(const std::array<std::uint8_t, 16>& name, Instant now) const;

private:
    std::uint64_t step_at(Instant now) const;
    TicketKey derive(std::uint64_t step) const;

    Bytes secret_;
    std::int64_t step_ms_;
    std::uint64_t steps_kept_;
};

} // namespace bw::net
