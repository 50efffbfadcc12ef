// Signed heads: what makes a commit group, a Merkle tree of its records, provable under a public
// key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/merkle.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::journal {

enum class Durability : std::uint8_t { local_fsync = 1 };
std::string_view wire_name(Durability durability); // "local-fsync"

/// What is signed once a commit group.
struct Head {
    std::string cell;        // where the journal lives; at most 255 bytes
    std::uint64_t epoch = 0; // random, made when the journal was created
    std::uint64_t group = 0; // 1, 2, 3, .. within the epoch
    std::uint64_t first_seq =
        0; // of the group's first record; records are numbered 1, 2, 3, .. within the epoch
    std::uint32_t size = 0; // records in the group = leaves under the root
    Sha256 root{};
    Instant
        time; // when the group was written, just before its sync; never decreasing within an epoch
    Durability durability = Durability::local_fsync;

    /// The bytes that are signed: "bellwether head v1\n" and the members in order; integers
    /// little-endian (time: 64 bits of milliseconds, durability: 8 bits), the cell behind its
    /// length in one byte, nothing else length-prefixed.
    Bytes signed_bytes() const;
};

} // namespace bw::journal
