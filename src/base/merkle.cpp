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

/// Leaves begin to begin + size; where RFC 6962 splits a tree, `begin` is a multiple of the largest
/// power of two that is not above `size`.
struct Range {
    std::uint64_t begin, size;
    std::uint64_t left_size() const { return std::bit_floor(size - 1); }
    Range left() const { return {begin, left_size()}; }
    Range right() const { return {begin + left_size(), size - left_size()}; }
};

Result<Sha256> root_of(const MerkleNodes& nodes, Range range) {
    if (std::has_single_bit(range.size)) {
        const auto level = static_cast<unsigned>(std::countr_zero(range.size));
        return nodes(level, range.begin >> level);
    }
    const Sha256 left = TRY(root_of(nodes, range.left()));
    return node_hash(left, TRY(root_of(nodes, range.right())));
}

/// RFC 9162, section 2.1.4.1: SUBPROOF(m, D_n, b).
Result<void> append_subproof(std::vector<Sha256>& out, const MerkleNodes& nodes,
                             std::uint64_t old_size, Range range, bool is_old_root) {
    if (old_size == range.size) {
        if (!is_old_root)
            out.push_back(TRY(root_of(nodes, range)));
        return {};
    }
    const bool in_left = old_size <= range.left_size();
    CHECK_OK(append_subproof(out, nodes, in_left ? old_size : old_size - range.left_size(),
                             in_left ? range.left() : range.right(), in_left && is_old_root));
    out.push_back(TRY(root_of(nodes, in_left ? range.right() : range.left())));
    return {};
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

std::vector<Sha256> MerkleTree::consistency_path(std::size_t old_size) const {
    return *bw::consistency_path(
        [this](unsigned level, std::uint64_t index) { return levels_[level][index]; }, old_size,
        size());
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

void MerkleFrontier::append(const Sha256& leaf, std::vector<Sha256>* completed) {
    Sha256 carried = leaf;
    if (completed)
        completed->push_back(carried);
    // As in binary addition: every trailing 1 of the size is a full subtree that now gets its twin.
    for (std::uint64_t rest = size_; rest % 2 == 1; rest /= 2) {
        carried = node_hash(subtrees_.back(), carried);
        subtrees_.pop_back();
        if (completed)
            completed->push_back(carried);
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

Result<Sha256> merkle_root(const MerkleNodes& nodes, std::uint64_t size) {
    ENSURE(size > 0, "an empty tree has no root here");
    return root_of(nodes, {0, size});
}

Result<std::vector<Sha256>> inclusion_path(const MerkleNodes& nodes, std::uint64_t index,
                                           std::uint64_t size) {
    ENSURE(index < size, "no such leaf");
    std::vector<Sha256> out;
    for (Range range{0, size}; range.size > 1;) {
        const bool in_left = index - range.begin < range.left_size();
        out.push_back(TRY(root_of(nodes, in_left ? range.right() : range.left())));
        range = in_left ? range.left() : range.right();
    }
    std::ranges::reverse(out); // from the leaf's sibling upwards
    return out;
}

Result<std::vector<Sha256>> consistency_path(const MerkleNodes& nodes, std::uint64_t old_size,
                                             std::uint64_t size) {
    ENSURE(old_size > 0 && old_size <= size, "no such earlier tree");
    std::vector<Sha256> out;
    CHECK_OK(append_subproof(out, nodes, old_size, {0, size}, true));
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
