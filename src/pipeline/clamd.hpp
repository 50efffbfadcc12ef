// A client of ClamAV's clamd: bytes in, a verdict out. Blocking, with a deadline.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pipeline {

struct Verdict {
    std::optional<std::string> found = {}; // the signature's name; nullopt: nothing
};

class Clamd {
public:
    /// A Unix socket (clamd's LocalSocket). Nothing is connected yet.
    Clamd(std::string socket, const Clock& clock) : socket_(std::move(socket)), clock_(clock) {}

    /// INSTREAM over a connection of its own (clamd(8)). Only an exact "stream: OK" is clean.
    /// unavailable: clamd cannot be reached, broke off or answered with an error, and the bytes are
    /// neither clean nor not. deadline_exceeded. payload_too_large: more than it takes
    /// (StreamMaxLength). Thread-safe.
    Result<Verdict> scan(ByteView bytes, Deadline deadline) const;
    /// Does it answer?
    Result<void> ping(Deadline deadline) const;

private:
    const std::string socket_;
    const Clock& clock_;
};

} // namespace bw::pipeline
