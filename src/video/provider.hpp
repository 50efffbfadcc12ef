// The seam to video platforms: whoever takes a teacher's picture in and gives it out to players.
// One adapter per vendor, and our own (self_hosted.hpp). It knows streams, not schools: who may
// watch, and when a class begins, is the caller's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret_text.hpp"
#include "base/time.hpp"

namespace bw::video {

using std::chrono::seconds;

/// What a provider can do, as it is configured.
struct Caps {
    bool srt = false, whip = false; // besides RTMP
    bool signed_cookies = false;    // Playback::cookies are needed, not the URL alone
    bool own_edges = false;         // Playback::url is a path, to be put behind one of our edges
    bool prefetch = false;          // has a call of its own to warm its edges
    bool recording = false;         // what was sent can be watched afterwards
    seconds token_limit{};          // the longest lifetime that `sign` gives
    std::size_t streams_limit = 0;  // that the account may have at once; 0: not known
};

enum class IngestProtocol : std::uint8_t { rtmp, srt, whip, hls_push };
std::string_view to_text(IngestProtocol protocol);

/// Where a teacher's encoder sends to.
struct Ingest {
    IngestProtocol protocol = IngestProtocol::rtmp;
    std::string url;
    std::string user; // empty: none is asked for
    SecretText key;   // whoever has it is the teacher; never in a log
};

struct StreamSpec {
    /// The same key is the same stream, whatever happened to the answer: "tenant/class", each part
    /// of letters, digits, - and _, at most 100 bytes together.
    std::string key;
    std::string title;
};

struct Stream {
    std::string ref; // the provider's, not secret; what the other deeds ask for
    std::vector<Ingest> ingests;
};

struct Cookie {
    std::string name, value;
    std::string domain; // empty: the host of the URL
    std::string path = "/";
};

/// The right to watch one stream for a while; bound to the stream, not to the viewer, so that
/// caches need not know viewers.
struct Playback {
    std::string url; // of the HLS master playlist; see Caps::own_edges
    std::vector<Cookie> cookies;
    Instant expires, renew_at; // renew between the two, at a moment of one's own
};

enum class EventKind : std::uint8_t { connected, disconnected, recorded, failed };
std::string_view to_text(EventKind kind);

/// What a provider says has happened. A hint: it may be lost, late, doubled and out of order;
/// `poll` is the truth.
struct Event {
    std::string id;  // the same event sent again has the same
    std::string ref; // the stream's; empty where `key` is what the provider names it by
    EventKind kind = EventKind::failed;
    Instant occurred_at;   // by the provider's clock; by ours where it says nothing
    std::string recording; // of `recorded`: the provider's name for it
    std::string key = {};  // StreamSpec::key
};

enum class Signal : std::uint8_t { none, stalled, flowing };
std::string_view to_text(Signal signal);

struct Health {
    Signal signal = Signal::none;
    /// Segments made so far, where the playlist says so; else 0.
    std::uint64_t position = 0;
};

/// As they came, names in any case; views into the caller's request.
using Headers = std::span<const std::pair<std::string_view, std::string_view>>;
/// Empty unless it is there exactly once.
std::string_view header_in(Headers headers, std::string_view name);

/// Thread-safe. `create`, `end` and `poll` wait for the network: on a thread that may. Whatever
/// their error, the same call may be made again; `retry_after` says when the provider wants it.
/// `unavailable` and `outcome_unknown` are the provider's; `forbidden`: it refuses our credentials;
/// `quota_exceeded`: the account has no stream left; `overloaded`: we ask too often.
class Provider {
public:
    virtual ~Provider() = default;

    virtual std::string_view name() const = 0; // "mux"; what stands beside a kept ref
    virtual Caps caps() const = 0;

    virtual Result<Stream> create(const StreamSpec& spec, Deadline deadline) = 0;
    /// Nothing is taken in afterwards; what has ended already, or is not known any more, is ended.
    virtual Result<void> end(std::string_view ref, Deadline deadline) = 0;
    virtual Result<Health> poll(std::string_view ref, Deadline deadline) = 0;

    /// Computed here, without I/O: at the bell it runs once for each viewer. A lifetime over
    /// `token_limit` is cut to it. `invalid_field` for a ref that this provider never gave.
    virtual Result<Playback> sign(std::string_view ref, Instant now, seconds lifetime) const = 0;

    /// `unauthenticated` unless the provider sent it, and lately, where its signatures say when;
    /// `bad_request` for a signed body that cannot be read. Events of no concern are left out.
    /// Replays within the window have known ids.
    virtual Result<std::vector<Event>> parse_webhook(Headers headers, std::string_view body,
                                                     Instant now) const = 0;
};

} // namespace bw::video
