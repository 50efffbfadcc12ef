// What a plan's steps ask of the world: the video platform, the edges, the slate. They wait for the
// network: on a thread that may.
#pragma once

#include "base/secret_box.hpp"
#include "live/plan.hpp"

namespace bw::live {

/// How far a stream's playlists and segments are in the edges' caches.
struct WarmReport {
    std::int64_t planned = 0, verified = 0; // pairs of edge and rendition
};
/// Thread-safe.
class Warmer {
public:
    virtual ~Warmer() = default;
    /// Fetches through every edge that takes part, and asks each again whether it has it.
    virtual Result<WarmReport> warm(std::string_view ref, Deadline deadline) = 0;
};

/// Whoever sends a still picture into a stream until the teacher does. Thread-safe.
class Slate {
public:
    virtual ~Slate() = default;
    /// Idempotent, both.
    virtual Result<void> put_on(std::string_view ref, std::span<const video::Ingest> ingests,
                                Deadline deadline) = 0;
    virtual Result<void> take_off(std::string_view ref, Deadline deadline) = 0;
};

/// All outlive what uses them. Without a warmer there is nothing to warm, without a slate none is
/// put on air.
struct Stage {
    video::Provider& provider;
    Warmer* warmer = nullptr;
    Slate* slate = nullptr;
    SecretKey ingest_key; // seals what teachers' encoders need
};

/// The key under which a provider knows the stream of a class: the same for the same round.
std::string stream_key(TenantId tenant, const LiveClass& of);

/// Does it, whatever was done of it before: every deed may be done again.
Outcome carry_out(const Stage& stage, TenantId tenant, const LiveClass& of, Deed deed,
                  Deadline deadline, Rng& rng);

/// corrupt: not sealed with this key for this class.
Result<std::vector<video::Ingest>> open_ingests(const SecretKey& key, TenantId tenant,
                                                const LiveClass& of);

} // namespace bw::live
