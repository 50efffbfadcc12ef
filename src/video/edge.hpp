// Edges: where players get video from. Which one a class goes to, which of them answer, and what
// they served from their caches. Filling those caches is warm.hpp's.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"
#include "video/rest.hpp"

namespace bw::video {

/// As it is configured: "north-1,eu,2,https://north-1.school.example".
struct EdgeSpec {
    std::string name;   // of letters, digits, - . _
    std::string region; // likewise; viewers of the same are sent there first
    double weight = 1;  // its share among those of its region; above 0, at most 1000
    Origin at;          // scheme, host and port

    static Result<EdgeSpec> parse(std::string_view text);
    std::string url() const;
};

/// up: gets classes. draining: keeps what it has, gets nothing new (/healthz says 503). down: three
/// probes in a row had no answer. Two good ones in a row bring it back.
enum class EdgeState : std::uint8_t { up, draining, down };
std::string_view to_text(EdgeState state);

enum class Probe : std::uint8_t { good, draining, failed };

/// One edge's state by what probes say; a table in edge_test.cpp.
class EdgeHealth {
public:
    EdgeState state() const { return state_; }
    EdgeState see(Probe probe);

private:
    EdgeState state_ = EdgeState::up;
    int failed_ = 0, good_ = 0;
};

/// All edges of an installation. Thread-safe.
class Edges {
public:
    /// `invalid_field` for two of one name.
    static Result<std::unique_ptr<Edges>> make(std::vector<EdgeSpec> specs, const Clock& clock);

    std::size_t size() const { return edges_.size(); }
    const EdgeSpec& spec(std::size_t edge) const { return edges_[edge]->spec; }
    EdgeState state(std::size_t edge) const;

    /// The edges for a class, the best first: those that are up, of the viewer's region before
    /// others; among those by weighted rendezvous, so that a class is on one edge, classes spread
    /// by weight, and an edge that goes takes no other class from its place. Players go down the
    /// list when one fails. If none is up, draining ones and then those that are down: an address
    /// that may work again beats none.
    std::vector<std::size_t> choose(std::string_view region, std::string_view of_class) const;

    /// Asks each for /healthz, all at once. Blocks until all answered or the deadline.
    void probe(Deadline deadline);

    net::Client& client(std::size_t edge) { return *edges_[edge]->client; }
    std::string host(std::size_t edge) const { return edges_[edge]->spec.at.authority(); }

private:
    struct Edge {
        EdgeSpec spec;
        std::unique_ptr<net::Client> client;
        EdgeHealth health = {}; // guarded by mutex_
    };
    Edges() = default;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Edge>> edges_;
};

/// What an edge says of its cache (X-Cache). What is shown out of date was served by the edge all
/// the same: nginx counts it as no hit, and says less than is true.
bool served_by_edge(std::string_view cache_status);

enum class ObjectKind : std::uint8_t { playlist, segment };
ObjectKind kind_of(std::string_view target); // by its ending

/// How much of what was asked for came from the edge; playlists and segments apart, since a live
/// playlist is renewed every second however good the cache is.
struct Hits {
    struct Count {
        std::uint64_t requests = 0, bytes = 0;           // to viewers
        std::uint64_t edge_requests = 0, edge_bytes = 0; // of those, from the cache

        double by_requests() const; // 1: there were none
        double by_bytes() const;
    };
    Count playlists, segments;

    void add(ObjectKind kind, std::string_view cache_status, std::uint64_t bytes);
    void add(const Hits& others);
};

} // namespace bw::video
