// A client of ClamAV's clamd: bytes in, a verdict out. Blocking, with a deadline.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pipeline {

struct Verdict {
    std::optional<std::string> found = {}; // the signature's name; nullopt: nothing
};

/// Where clamd listens: the path of a Unix socket (LocalSocket), which begins with '/', or
/// HOST:PORT (TCPSocket). invalid_field: neither.
Result<void> check_clamd_address(const std::string& address);

class Clamd {
public:
    /// An address that was checked. Nothing is connected yet.
    Clamd(std::string address, const Clock& clock) : address_(std::move(address)), clock_(clock) {}

    /// The next piece; empty at the end. Its errors end the scan and are the scan's.
    using Source = std::function<Result<Bytes>()>;
    /// INSTREAM over a connection of its own (clamd(8)). Only an exact "stream: OK" is clean.
    /// unavailable: clamd cannot be reached, broke off or answered with an error, and the bytes are
    /// neither clean nor not. deadline_exceeded. payload_too_large: more than it takes
    /// (StreamMaxLength). A stop ends it as a deadline does. Thread-safe.
    Result<Verdict> scan(const Source& next, Deadline deadline,
                         const std::stop_token& stop = {}) const;
    Result<Verdict> scan(ByteView bytes, Deadline deadline) const;
    /// Does it answer?
    Result<void> ping(Deadline deadline) const;

private:
    const std::string address_;
    const Clock& clock_;
};

} // namespace bw::pipeline
