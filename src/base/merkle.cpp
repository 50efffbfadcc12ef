#include "base/merkle.hpp"

#include <algorithm>
#include <bit>

#include "base/ensure.hpp"

namespace bw {

namespace {

constexpr std::string_view leaf_prefix{"\x00", 1};
constexpr std::string_view node_prefix{"\x01", 1};

Sha256 node_hash(const Sha256& left, const Sha256& right) {
    return sha256({node_prefix, view(left), view(right)});
}

/// Of leaves that are not a whole tree's: no copy is worth avoiding where proofs are made.
Sha256 root_of(std::span<const Sha256> leaves) {
    return merkle_root({leaves.begin(), leaves.end()});
}

/// RFC 9162, section 2.1.4.1: SUBPROOF(m, D_n, b).
void append_subproof(std::vector<Sha256>& out, std::size_t old_size, std::span<const Sha256> leaves,
                     bool is_old_root) {
    if (old_size == leaves.size()) {
        if (!is_old_root)
            out.push_back(root_of(leaves));
        return;
    }
    const std::size_t left = std::bit_floor(leaves.size() - 1);
    if (old_size <= left) {
        append_subproof(out, old_size, leaves.first(left), is_old_root);
        out.push_back(root_of(leaves.subspan(left)));
    } else {
        append_subproof(out, old_size - left, leaves.subspan(left), false);
        out.push_back(root_of(leaves.first(left)));
    }
}

} // namespace

Sha256 leaf_hash(const Nonce& nonce, ByteView record) {
    return sha256({leaf_prefix, view(nonce), record});
}

Sha256 leaf_hash(ByteView data) {
    return sha256({leaf_prefix, data});
}

Sha256 merkle_root(const std::vector<Sha256>& leaves) {
    return MerkleTree(leaves).root();
}

MerkleTree::MerkleTree(std::vector<Sha256> leaves) {
    ENSURE(!leaves.empty(), "a tree has at least one leaf");
    levels_.reserve(static_cast<std::size_t>(std::bit_width(leaves.size())) + 1);
    levels_.push_back(std::move(leaves));
    // Pairing level by level and passing an odd last node up unchanged gives RFC 6962's tree: its
    // left subtree is always the largest full one.
    while (levels_.back().size() > 1) {
        const std::vector<Sha256>& below = levels_.back();
        std::vector<Sha256> above;
        above.reserve((below.size() + 1) / 2);
        for (std::size_t i = 0; i + 1 < below.size(); i += 2)
            above.push_back(node_hash(below[i], below[i + 1]));
        if (below.size() % 2 == 1)
            above.push_back(below.back());
        levels_.push_back(std::move(above));
    }
}

const Sha256& MerkleTree::root() const {
    return levels_.back().front();
}

std::vector<Sha256> MerkleTree::path(std::size_t leaf) const {
    ENSURE(leaf < size(), "no such leaf");
    std::vector<Sha256> out;
    out.reserve(levels_.size());
    for (std::size_t level = 0; level + 1 < levels_.size(); ++level, leaf /= 2)
        if (std::size_t sibling = leaf ^ 1; sibling < levels_[level].size())
            out.push_back(levels_[level][sibling]);
    return out;
}

std::optional<MerkleFrontier> MerkleFrontier::from(std::uint64_t size,
                                                   std::vector<Sha256> subtrees) {
    if (static_cast<std::size_t>(std::popcount(size)) != subtrees.size())
        return std::nullopt;
    MerkleFrontier frontier;
    frontier.size_ = size;
    frontier.subtrees_ = std::move(subtrees);
    return frontier;
}

void MerkleFrontier::append(const Sha256& leaf) {
    Sha256 carried = leaf;
    // As in binary addition: every trailing 1 of the size is a full subtree that now gets its twin.
    for (std::uint64_t rest = size_; rest % 2 == 1; rest /= 2) {
        carried = node_hash(subtrees_.back(), carried);
        subtrees_.pop_back();
    }
    subtrees_.push_back(carried);
    ++size_;
}

Sha256 MerkleFrontier::root() const {
    ENSURE(size_ > 0, "an empty tree has no root here");
    Sha256 hash = subtrees_.back();
    for (std::size_t i = subtrees_.size() - 1; i-- > 0;)
        hash = node_hash(subtrees_[i], hash);
    return hash;
}

bool verify_inclusion(const Sha256& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Sha256>& path, const Sha256& root) {
    // RFC 9162, section 2.1.3.2: `index` and `last` walk up together; where the node is the last
    // and a left one, it has no sibling and the level is skipped.
    if (index >= size)
        return false;
    std::uint64_t last = size - 1;
    Sha256 hash = leaf;
    for (const Sha256& sibling : path) {
        if (last == 0)
            return false;
        if (index % 2 == 1 || index == last) {
            hash = node_hash(sibling, hash);
            while (index % 2 == 0 && index != 0) {
                index /= 2;
                last /= 2;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        index /= 2;
        last /= 2;
    }
    return last == 0 && hash == root;
}

std::vector<Sha256> consistency_path(std::span<const Sha256> leaves, std::size_t old_size) {
    ENSURE(old_size > 0 && old_size <= leaves.size(), "no such earlier tree");
    std::vector<Sha256> out;
    append_subproof(out, old_size, leaves, true);
    return out;
}

bool verify_consistency(std::uint64_t old_size, const Sha256& old_root, std::uint64_t size,
                        const Sha256& root, const std::vector<Sha256>& path) {
    if (old_size == 0 || old_size > size)
        return false;
    if (old_size == size)
        return path.empty() && old_root == root;
    // RFC 9162, section 2.1.4.2. An old tree that is one full subtree is its own first hash.
    std::span<const Sha256> rest = path;
    Sha256 first = old_root;
    if (!std::has_single_bit(old_size)) {
        if (rest.empty())
            return false;
        first = rest.front();
        rest = rest.subspan(1);
    }
    std::uint64_t node = old_size - 1, last = size - 1;
    while (node % 2 == 1) {
        node /= 2;
        last /= 2;
    }
    Sha256 of_old = first, of_new = first;
    for (const Sha256& hash : rest) {
        if (last == 0)
            return false;
        if (node % 2 == 1 || node == last) {
            of_old = node_hash(hash, of_old);
            of_new = node_hash(hash, of_new);
            while (node % 2 == 0 && node != 0) {
                node /= 2;
                last /= 2;
            }
        } else {
            of_new = node_hash(of_new, hash);
        }
        node /= 2;
        last /= 2;
    }
    return last == 0 && of_old == old_root && of_new == root;
}

} // namespace bw
