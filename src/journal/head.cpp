#include "journal/head.hpp"

#include <bit>

#include "base/ensure.hpp"

namespace bw::journal {

namespace {

constexpr std::string_view leaf_prefix{"\x00", 1};
constexpr std::string_view node_prefix{"\x01", 1};

Sha256 node_hash(const Sha256& left, const Sha256& right) {
    return sha256({node_prefix, view(left), view(right)});
}

} // namespace

std::string_view wire_name(Durability durability) {
    switch (durability) {
    case Durability::local_fsync:
        return "local-fsync";
    }
    ensure_failed("wire_name", "a durability without a wire name");
}

Bytes Head::signed_bytes() const {
    ENSURE(cell.size() <= 255, "a cell's name is at most 255 bytes");
    Bytes out = "bellwether head v1\n";
    put_le(out, static_cast<std::uint8_t>(cell.size()));
    out += cell;
    put_le(out, epoch);
    put_le(out, group);
    put_le(out, first_seq);
    put_le(out, size);
    out += view(root);
    put_le(out, time.ms);
    put_le(out, static_cast<std::uint8_t>(durability));
    return out;
}

Sha256 leaf_hash(const Nonce& nonce, ByteView record) {
    return sha256({leaf_prefix, view(nonce), record});
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

} // namespace bw::journal
