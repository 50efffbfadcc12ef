// Merkle trees over append-only logs, in the manner of RFC 6962, section 2.1: roots, proofs that a
// leaf is in a tree, proofs that one tree is the beginning of another. Pure functions; verifying
// needs nothing but this file.
//
// leaf = SHA-256(0x00 || data), node = SHA-256(0x01 || left || right); here data = nonce || record,
// so that a record can be erased together with its nonce and the tree stays verifiable.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"

namespace bw {

using Nonce = std::array<std::uint8_t, 16>;

Sha256 leaf_hash(const Nonce& nonce, ByteView record);
/// Of a leaf that nobody needs to erase.
Sha256 leaf_hash(ByteView data);
/// Root over the leaves; there is at least one.
Sha256 merkle_root(const std::vector<Sha256>& leaves);

/// A tree with all its nodes in memory. All inclusion paths cost O(n log n) once; one path is
/// log2(n) hashes, from the leaf's sibling upwards.
class MerkleTree {
public:
    explicit MerkleTree(std::vector<Sha256> leaves);
    const Sha256& root() const;
    const Sha256& leaf(std::size_t number) const { return levels_.front()[number]; }
    std::vector<Sha256> path(std::size_t leaf) const;
    /// As below, from the first `old_size` leaves to all of them.
    std::vector<Sha256> consistency_path(std::size_t old_size) const;
    std::size_t size() const { return levels_.front().size(); }

private:
    std::vector<std::vector<Sha256>> levels_; // leaves first
};

/// A tree's right edge: all that is needed to append to it and to know its root. Holds one hash for
/// each full subtree, the largest first: as many as `size` has bits set.
class MerkleFrontier {
public:
    MerkleFrontier() = default; // the empty tree
    /// As stored; nullopt when the number of hashes does not fit the size.
    static std::optional<MerkleFrontier> from(std::uint64_t size, std::vector<Sha256> subtrees);

    /// `completed` is given the leaf and every full subtree that ends with it, the smallest first.
    void append(const Sha256& leaf, std::vector<Sha256>* completed = nullptr);
    std::uint64_t size() const { return size_; }
    const std::vector<Sha256>& subtrees() const { return subtrees_; }
    /// Of at least one leaf.
    Sha256 root() const;
    /// The inclusion path of the next leaf in the tree that it will be the last of.
    std::vector<Sha256> path_of_next() const { return {subtrees_.rbegin(), subtrees_.rend()}; }
    bool operator==(const MerkleFrontier&) const = default;

private:
    std::uint64_t size_ = 0;
    std::vector<Sha256> subtrees_;
};

/// Does `path` lead from leaf number `index` of `size` to `root`? Any malformed input is simply
/// false.
bool verify_inclusion(const Sha256& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Sha256>& path, const Sha256& root);

/// Where the nodes of a stored tree are found: the root of its full subtree number `index` among
/// those of 2^level leaves. A proof asks for about 2 log2(size) of them.
using MerkleNodes = std::function<Result<Sha256>(unsigned level, std::uint64_t index)>;

/// Of the tree of the first `size` leaves, at least one.
Result<Sha256> merkle_root(const MerkleNodes& nodes, std::uint64_t size);
/// From leaf number `index` to the root of the first `size` leaves.
Result<std::vector<Sha256>> inclusion_path(const MerkleNodes& nodes, std::uint64_t index,
                                           std::uint64_t size);
/// What shows that the tree of the first `old_size` leaves (1 to `size`) is the beginning of the
/// tree of the first `size` (RFC 9162, section 2.1.4.1); empty if they are the same.
Result<std::vector<Sha256>> consistency_path(const MerkleNodes& nodes, std::uint64_t old_size,
                                             std::uint64_t size);
/// Any malformed input is simply false.
bool verify_consistency(std::uint64_t old_size, const Sha256& old_root, std::uint64_t size,
                        const Sha256& root, const std::vector<Sha256>& path);

} // namespace bw
