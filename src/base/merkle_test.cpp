#include "base/merkle.hpp"

#include <gtest/gtest.h>

namespace bw {
namespace {

std::vector<Sha256> make_leaves(std::size_t count) {
    std::vector<Sha256> leaves;
    for (std::size_t i = 0; i < count; ++i)
        leaves.push_back(leaf_hash(Nonce{static_cast<std::uint8_t>(i)}, "record"));
    return leaves;
}

/// RFC 6962, section 2.1, word for word: the definition to compare the level-by-level tree with.
Sha256 root_by_definition(std::span<const Sha256> leaves) {
    if (leaves.size() == 1)
        return leaves[0];
    std::size_t k = 1;
    while (k * 2 < leaves.size())
        k *= 2;
    return sha256({std::string_view("\x01", 1), view(root_by_definition(leaves.first(k))),
                   view(root_by_definition(leaves.subspan(k)))});
}

TEST(Merkle, EveryPathOfEverySizeVerifiesAndNoMutatedOneDoes) {
    for (std::size_t size = 1; size <= 70; ++size) {
        std::vector<Sha256> leaves = make_leaves(size);
        MerkleTree tree(leaves);
        ASSERT_EQ(tree.root(), root_by_definition(leaves)) << size;
        ASSERT_EQ(tree.root(), merkle_root(leaves));
        for (std::size_t i = 0; i < size; ++i) {
            std::vector<Sha256> path = tree.path(i);
            ASSERT_TRUE(verify_inclusion(leaves[i], i, size, path, tree.root()))
                << i << " of " << size;
            for (std::size_t other = 0; other <= size; ++other) {
                if (other != i)
                    ASSERT_FALSE(verify_inclusion(leaves[i], other, size, path, tree.root()))
                        << i << " as " << other;
            }
            for (Sha256& hash : path) {
                hash[31] ^= 1;
                ASSERT_FALSE(verify_inclusion(leaves[i], i, size, path, tree.root()));
                hash[31] ^= 1;
            }
            std::vector<Sha256> longer = path;
            longer.push_back(tree.root());
            ASSERT_FALSE(verify_inclusion(leaves[i], i, size, longer, tree.root()));
            if (!path.empty())
                ASSERT_FALSE(verify_inclusion(leaves[i], i, size, {path.begin(), path.end() - 1},
                                              tree.root()));
            Sha256 wrong = leaves[i];
            wrong[0] ^= 0x80;
            ASSERT_FALSE(verify_inclusion(wrong, i, size, path, tree.root()));
        }
    }
    EXPECT_FALSE(verify_inclusion({}, 0, 0, {}, {}));
    EXPECT_FALSE(verify_inclusion({}, 5, UINT64_MAX, std::vector<Sha256>(100), {}));
}

TEST(Merkle, ALeafIsTheHashOfNonceAndRecordBehindAZero) {
    Nonce nonce{0xaa};
    EXPECT_EQ(leaf_hash(nonce, "x"), sha256(Bytes("\0\xaa", 2) + Bytes(15, '\0') + "x"));
}

TEST(Merkle, AFrontierGrowsToTheSameRootsAndSurvivesBeingStored) {
    std::vector<Sha256> leaves = make_leaves(70);
    MerkleFrontier frontier;
    for (std::size_t size = 1; size <= leaves.size(); ++size) {
        frontier.append(leaves[size - 1]);
        ASSERT_EQ(frontier.size(), size);
        ASSERT_EQ(frontier.root(), root_by_definition(std::span(leaves).first(size))) << size;
        auto stored = MerkleFrontier::from(frontier.size(), frontier.subtrees());
        ASSERT_TRUE(stored);
        frontier = *stored;
    }
    EXPECT_FALSE(MerkleFrontier::from(3, {leaves[0]}));
    EXPECT_FALSE(MerkleFrontier::from(0, {leaves[0]}));
}

TEST(Merkle, EveryEarlierTreeIsConsistentAndNoMutatedProofIs) {
    std::vector<Sha256> leaves = make_leaves(40);
    for (std::size_t size = 1; size <= leaves.size(); ++size) {
        auto all = std::span(leaves).first(size);
        const Sha256 root = root_by_definition(all);
        for (std::size_t old_size = 1; old_size <= size; ++old_size) {
            const Sha256 old_root = root_by_definition(all.first(old_size));
            std::vector<Sha256> path =
                MerkleTree({all.begin(), all.end()}).consistency_path(old_size);
            ASSERT_TRUE(verify_consistency(old_size, old_root, size, root, path))
                << old_size << " of " << size;
            for (Sha256& hash : path) {
                hash[5] ^= 1;
                ASSERT_FALSE(verify_consistency(old_size, old_root, size, root, path));
                hash[5] ^= 1;
            }
            Sha256 forged = old_root;
            forged[0] ^= 1;
            ASSERT_FALSE(verify_consistency(old_size, forged, size, root, path));
            ASSERT_FALSE(verify_consistency(old_size, old_root, size, forged, path));
            path.push_back(root);
            ASSERT_FALSE(verify_consistency(old_size, old_root, size, root, path));
            if (path.size() > 1)
                ASSERT_FALSE(verify_consistency(old_size, old_root, size, root,
                                                {path.begin(), path.end() - 2}));
        }
    }
    EXPECT_FALSE(verify_consistency(0, {}, 0, {}, {}));
    EXPECT_FALSE(verify_consistency(2, {}, 1, {}, {}));
}

TEST(MerkleFrontier, KnowsThePathOfTheLeafThatComesNext) {
    MerkleFrontier frontier;
    std::vector<Sha256> leaves;
    for (std::size_t n = 1; n <= 70; ++n) {
        const Sha256 leaf = leaf_hash(std::to_string(n));
        const std::vector<Sha256> path = frontier.path_of_next();
        leaves.push_back(leaf);
        frontier.append(leaf);
        EXPECT_EQ(path, MerkleTree(leaves).path(n - 1)) << n;
        EXPECT_TRUE(verify_inclusion(leaf, n - 1, n, path, frontier.root())) << n;
    }
}

} // namespace
} // namespace bw
