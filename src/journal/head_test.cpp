#include "journal/head.hpp"

#include <gtest/gtest.h>

#include "journal/crc32c.hpp"

namespace bw::journal {
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

TEST(Head, SignedBytesAreTheseForEver) {
    Head head{.cell = "eu-1",
              .epoch = 0x0102030405060708,
              .group = 9,
              .first_seq = 10,
              .size = 11,
              .root = {0xab},
              .time = {1'700'000'000'123}};
    EXPECT_EQ(to_hex(head.signed_bytes()),
              "62656c6c7765746865722068656164" // "bellwether head"
              "2076310a"                       // " v1\n"
              "0465752d31"                     // "eu-1"
              "0807060504030201"
              "0900000000000000"
              "0a00000000000000"
              "0b000000"
              "ab00000000000000000000000000000000000000000000000000000000000000"
              "7b68e5cf8b010000"
              "01");
    EXPECT_EQ(wire_name(head.durability), "local-fsync");
}

TEST(Crc32c, AgreesWithThePublishedVectorAndWithItself) {
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32c(Bytes(32, '\0')), 0x8a9136aaU); // RFC 3720, appendix B.4
    Bytes bytes;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(crc32c_update(crc32c_start, bytes), crc32c_update_portable(crc32c_start, bytes))
            << i;
        bytes += static_cast<char>(i * 37);
    }
}

} // namespace
} // namespace bw::journal
