#include "net/ticket_keys.hpp"

#include <gtest/gtest.h>

namespace bw::net {
namespace {

TEST(TicketKeys, AreTheSameForTheSameSecretAndHourAlone) {
    const TicketKeys one(Bytes(32, 'a'), 1h, 2), same(Bytes(32, 'a'), 1h, 2),
        other(Bytes(32, 'b'), 1h, 2);
    const Instant start{1'795'000'000'000 / 3'600'000 * 3'600'000}; // an hour's first instant
    const TicketKey key = one.current(start);
    struct Case {
        Duration later;
        bool found; // `key`, then
    };
    const Case cases[] = {
        {0ms, true}, {1h - 1ms, true},   {1h, true},   {3h - 1ms, true},
        {3h, false}, {1000h, false},     {-1ms, true}, // another process's clock runs ahead of ours
        {-1h, true}, {-1h - 1ms, false},
    };
    for (const Case& c : cases) {
        for (const TicketKeys* keys : {&one, &same}) {
            std::optional<TicketKey> found = keys->find(key.name, start + c.later);
            ASSERT_EQ(found.has_value(), c.found) << c.later.count();
            if (found) {
                EXPECT_EQ(found->cipher_key, key.cipher_key);
                EXPECT_EQ(found->mac_key, key.mac_key);
            }
        }
        EXPECT_FALSE(other.find(key.name, start + c.later));
    }
    EXPECT_NE(one.current(start + 1h).cipher_key, key.cipher_key);
    EXPECT_NE(one.current(start + 1h).mac_key, key.mac_key);
    EXPECT_NE(other.current(start).cipher_key, key.cipher_key);
    EXPECT_EQ(one.current(start + 1h - 1ms).name, key.name);
}

TEST(TicketKeys, NamesThatWereNeverGivenAreNotFound) {
    const TicketKeys keys(Bytes(32, 'a'), 1h, 2);
    const Instant now{1'795'000'000'000};
    std::array<std::uint8_t, 16> name{};
    EXPECT_FALSE(keys.find(name, now));
    name.fill(0xff);
    EXPECT_FALSE(keys.find(name, now));
    name = keys.current(now).name;
    name[15] ^= 1;
    EXPECT_FALSE(keys.find(name, now));
}

} // namespace
} // namespace bw::net
