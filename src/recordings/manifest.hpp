// The manifest of a recording: which of its bytes are which segment. Playlists are made of it, so
// that nothing in the store has to be written again. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::recordings {

/// One object of the store: whole segments of one rung, behind each other.
struct Piece {
    std::int64_t number = 0;
    std::string rung;
    std::int64_t taken = 0; // so many of the rung's segments
    bool ends = false;      // the rung's last
    std::int64_t bytes = 0;
    Sha256 sha256 = {};
    std::string contents; // its lines in the manifest
};

struct Totals {
    std::int64_t duration_ms = 0, bytes = 0, gaps = 0;
};

/// Where the bytes of something are.
struct Place {
    std::int64_t number = 0; // of the piece
    std::uint64_t offset = 0, bytes = 0;
};
struct Segment {
    std::int64_t ms = 0;
    Place place;
    std::size_t init = 0;   // of the rung's
    bool anew = false;      // the clock of the picture begins anew: EXT-X-DISCONTINUITY
    bool after_gap = false; // something is missing before it
};
struct Rung {
    std::string name;
    std::vector<Place> inits;
    std::vector<Segment> segments;
};

/// Lines that a piece's contents are made of.
std::string init_line(std::uint64_t offset, std::uint64_t bytes);
std::string segment_line(std::int64_t ms, std::uint64_t offset, std::uint64_t bytes, bool anew,
                         bool after_gap);

constexpr std::size_t manifest_bytes_limit = 8UL << 20;
constexpr std::uint64_t segment_bytes_limit = 16UL << 20;

struct Manifest {
    std::string master; // its playlist; addresses are RUNG/index.m3u8
    std::vector<Rung> rungs;

    /// Pieces of a rung stand in their order.
    static std::string text(const std::string& master, const std::vector<Piece>& pieces);
    /// corrupt: it is not as we write it.
    static Result<Manifest> parse(std::string_view text);

    Totals totals() const;
    /// The media playlist of a rung; it has an end.
    static std::string playlist(const Rung& rung);
    /// What stands under RUNG/NAME: a segment or an init. nullopt: nothing.
    std::optional<Place> find(std::string_view rung, std::string_view name) const;
    const Rung* rung(std::string_view name) const;
};

/// A name that may stand in addresses: letters, digits and '-', 1 to 32.
bool is_rung_name(std::string_view name);
/// Lines that we know, each address RUNG/index.m3u8: nothing in it leads elsewhere. At least one
/// rung; their names in `rungs`. corrupt: it is none.
Result<std::vector<std::string>> rungs_of_master(std::string_view master);

} // namespace bw::recordings
