// The seam between the journal and a replicated stream: messages numbered 1, 2, 3, .. without a
// gap, one for each commit group. NATS JetStream is the real one (nats_stream); the tests have a
// second.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "journal/format.hpp"

namespace bw::journal {

struct StreamState {
    std::uint64_t first = 1; // the oldest message that can be read, or the next one to come
    std::uint64_t last = 0;
    std::uint64_t bytes = 0; // of all messages, as the stream counts them
};

/// Thread-safe. Errors: `unavailable` when no answer came in time.
class Stream {
public:
    virtual ~Stream() = default;

    /// Made with the stream.
    virtual const Manifest& manifest() const = 0;
    virtual std::size_t message_bytes_limit() const = 0;
    /// What a message counts for in StreamState::bytes, at most.
    virtual std::uint64_t message_cost(std::size_t bytes) const = 0;
    virtual std::uint64_t bytes_limit() const = 0;

    /// The message `number`, acknowledged by a quorum when ok; tried again until the deadline, and
    /// after `unavailable` it may stand there or not. `conflict`: another message stands at
    /// `number`, somebody else writes to this stream.
    virtual Result<void> append(std::uint64_t number, ByteView message, Deadline deadline) = 0;
    /// not_found if there is none (any more).
    virtual Result<Bytes> read(std::uint64_t number, Deadline deadline) const = 0;
    /// With everything that was acknowledged to anybody before.
    virtual Result<StreamState> state(Deadline deadline) const = 0;
    /// Gives up all messages before `number`.
    virtual Result<void> forget_before(std::uint64_t number, Deadline deadline) = 0;
};

} // namespace bw::journal
