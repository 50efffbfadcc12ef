// Who may send at once.
#include <gtest/gtest.h>

#include "files/receiving_routes.hpp"

namespace bw::files {
namespace {

ActiveKey key(std::uint8_t tenant, std::uint8_t user, std::uint8_t upload) {
    TenantId t;
    UserId u;
    UploadId l;
    t.uuid[0] = tenant;
    u.uuid[0] = user;
    l.uuid[0] = upload;
    return {t, u, l};
}

TEST(ActiveUploads, OnePersonKeepsNobodyElseOut) {
    ActiveUploads active(20);
    for (std::uint8_t i = 0; i < ActiveUploads::person_limit; ++i)
        ASSERT_TRUE(active.add(key(1, 1, i), nullptr));
    const auto ninth = active.check_room(key(1, 1, 100));
    ASSERT_FALSE(ninth);
    EXPECT_EQ(ninth.error().code, Code::quota_exceeded);
    EXPECT_TRUE(active.check_room(key(1, 1, 0))) << "who goes on takes their own place";
    EXPECT_TRUE(active.check_room(key(1, 2, 100))) << "another person";
    EXPECT_TRUE(active.check_room(key(2, 1, 100))) << "another institution";
    active.remove(key(1, 1, 3), nullptr);
    EXPECT_TRUE(active.add(key(1, 1, 100), nullptr));
}

TEST(ActiveUploads, AProcessHasItsLimitToo) {
    ActiveUploads active(2);
    ASSERT_TRUE(active.add(key(1, 1, 1), nullptr));
    ASSERT_TRUE(active.add(key(1, 2, 1), nullptr));
    const auto third = active.add(key(1, 3, 1), nullptr);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, Code::overloaded);
}

} // namespace
} // namespace bw::files
