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
    ASSERT_TRUE(active.add(key(2, 2, 1), nullptr));
    const auto third = active.add(key(3, 3, 1), nullptr);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, Code::overloaded);
}

TEST(ActiveUploads, OneInstitutionKeepsNoOtherOut) {
    ActiveUploads active(100);
    auto as_many_as_may = [&](std::uint8_t tenant) {
        int places = 0;
        for (std::uint8_t user = 0; user < 200; ++user)
            places += active.add(key(tenant, user, 1), nullptr).has_value();
        return places;
    };
    EXPECT_EQ(as_many_as_may(1), 75);
    EXPECT_EQ(as_many_as_may(2), 19) << "three times what is free then";
    EXPECT_EQ(as_many_as_may(3), 5);
    for (std::uint8_t user = 0; user < 70; ++user)
        active.remove(key(1, user, 1), nullptr);
    EXPECT_GT(as_many_as_may(3), 20) << "places that came free are for whoever has few";
}

} // namespace
} // namespace bw::files
