// What is proven and signed: a commit group is a Merkle tree of its records and one leaf of the
// journal's tree, whose signed root is a head. Each head's tree is the beginning of the next one's,
// so two heads can be held against each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/merkle.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::journal {

/// Where a journal lives, unless it is told otherwise.
inline constexpr const char* default_cell = "local";

/// An epoch as people, files and messages have it: 16 lower-case hexadecimal digits.
std::string epoch_text(std::uint64_t epoch);
std::optional<std::uint64_t> read_epoch(std::string_view text);

/// What an answer promises; docs/durability.md says what each survives.
enum class Durability : std::uint8_t {
    local_fsync = 1,          // synced to the disk of this node
    local_fsync_follower = 2, // and to that of a second one
    replicated = 3            // acknowledged by a quorum of a replicated stream
};
std::string_view wire_name(Durability durability); // "local-fsync", "local-fsync+follower", ..
std::optional<Durability> durability_named(std::string_view wire_name);
/// As it is stored; nullopt for any other number.
std::optional<Durability> durability_of(std::uint32_t number);

/// A commit group: one leaf of the journal's tree, number - 1.
struct Group {
    std::uint64_t number = 0; // 1, 2, 3, .. within the epoch
    std::uint64_t first_seq =
        0; // of the group's first record; records are numbered 1, 2, 3, .. within the epoch
    std::uint32_t size = 0; // records in the group = leaves under the root
    Sha256 root{};          // of the records' tree
    Instant
        time; // when the group was written, just before its sync; never decreasing within an epoch
    Durability durability = Durability::local_fsync; // of what was written with it

    /// SHA-256 over a zero byte, "bellwether group v1\n" and the members in order; integers
    /// little-endian (time: 64 bits of milliseconds, durability: 8 bits).
    Sha256 leaf() const;
    bool operator==(const Group&) const = default;
};

/// The journal's tree after a commit: what is signed, once a group.
struct Head {
    std::string cell;        // where the journal lives; at most 255 bytes
    std::uint64_t epoch = 0; // random, made when the journal was created
    std::uint64_t size = 0;  // groups under the root; the last one is the group of this commit
    Sha256 root{};
    Instant time;                                    // the last group's
    Durability durability = Durability::local_fsync; // what held when it was signed

    /// The bytes that are signed: "bellwether head v2\n" and the members in order; the cell behind
    /// its length in one byte, the rest as in a group's leaf.
    Bytes signed_bytes() const;
    bool operator==(const Head&) const = default;
};

} // namespace bw::journal
