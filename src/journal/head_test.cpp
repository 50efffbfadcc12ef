#include "journal/head.hpp"

#include <gtest/gtest.h>

#include "journal/crc32c.hpp"

namespace bw::journal {
namespace {

TEST(Head, SignedBytesAreTheseForEver) {
    Head head{.cell = "eu-1",
              .epoch = 0x0102030405060708,
              .size = 9,
              .root = {0xab},
              .time = {1'700'000'000'123}};
    EXPECT_EQ(to_hex(head.signed_bytes()),
              "62656c6c7765746865722068656164" // "bellwether head"
              "2076320a"                       // " v2\n"
              "0465752d31"                     // "eu-1"
              "0807060504030201"
              "0900000000000000"
              "ab00000000000000000000000000000000000000000000000000000000000000"
              "7b68e5cf8b010000"
              "01");
    EXPECT_EQ(wire_name(head.durability), "local-fsync");
}

TEST(Epoch, IsReadAsItIsWrittenAndInNoOtherWay) {
    EXPECT_EQ(epoch_text(0xab), "00000000000000ab");
    EXPECT_EQ(read_epoch("00000000000000ab"), 0xab);
    for (const char* text : {"", "ab", "00000000000000AB", "0x000000000000ab", "000000000000000g"})
        EXPECT_FALSE(read_epoch(text)) << text;
}

TEST(Group, ItsLeafIsThisForEver) {
    const Group group{
        .number = 9, .first_seq = 10, .size = 11, .root = {0xab}, .time = {1'700'000'000'123}};
    const Bytes data = Bytes("bellwether group v1\n") +
                       from_hex("0900000000000000"
                                "0a00000000000000"
                                "0b000000"
                                "ab00000000000000000000000000000000000000000000000000000000000000"
                                "7b68e5cf8b010000"
                                "01")
                           .value();
    EXPECT_EQ(group.leaf(), sha256(Bytes(1, '\0') + data));
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
