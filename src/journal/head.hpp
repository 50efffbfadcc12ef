// Signed heads and inclusion paths: what makes a commit group provable. Pure functions;
// verification needs nothing but this file and a public key.
//
// Leaves and nodes are RFC 6962's: leaf = SHA-256(0x00 || data), node = SHA-256(0x01 || left ||
// right); here data = nonce || record, so that a record can be erased (with its nonce) and the tree
// stays verifiable.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::journal {

using Nonce = std::array<std::uint8_t, 16>;

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

Sha256 leaf_hash(const Nonce& nonce, ByteView record);
/// Root over the leaves (RFC 6962, section 2.1); `leaves` is not empty.
Sha256 merkle_root(const std::vector<Sha256>& leaves);
/// All inclusion paths cost O(n log n) once; one path is log2(n) hashes, from the leaf's sibling
/// upwards.
class MerkleTree {
public:
    explicit MerkleTree(std::vector<Sha256> leaves);
    const Sha256& root() const;
    std::vector<Sha256> path(std::size_t leaf) const;
    std::size_t size() const { return levels_.front().size(); }

private:
    std::vector<std::vector<Sha256>> levels_; // leaves first
};
/// Does `path` lead from leaf number `index` of `size` to `root`? Any malformed input is simply
/// false.
bool verify_inclusion(const Sha256& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Sha256>& path, const Sha256& root);

} // namespace bw::journal
