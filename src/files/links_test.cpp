#include "files/links.hpp"

#include <gtest/gtest.h>

namespace bw::files {
namespace {

constexpr Instant now{1'795'424'340'000};

struct Links : testing::Test {
    SeededRng rng{1};
    LinkSigner signer{rng.bytes<32>()};
    TenantId north = TenantId::make(now, rng), south = TenantId::make(now, rng);
    UploadId essay = UploadId::make(now, rng), other = UploadId::make(now, rng);

    struct Query {
        std::string expires, signature;
    };
    Query query(Instant expires_at) {
        const std::string path = signer.path(north, path_of(essay), expires_at);
        const std::size_t e = path.find("?expires="), s = path.find("&signature=");
        EXPECT_EQ(path.substr(0, e), "/v1/files/" + essay.text());
        return {path.substr(e + 9, s - e - 9), path.substr(s + 11)};
    }
    bool good(const Query& q, Instant at, TenantId tenant, UploadId upload) {
        auto checked = signer.check(tenant, path_of(upload), q.expires, q.signature, at);
        if (!checked)
            EXPECT_EQ(checked.error().code, Code::forbidden);
        return checked.has_value();
    }
};

TEST_F(Links, AreGoodForOneFileOfOneInstitutionForAWhile) {
    const Query q = query(now + 60s);
    EXPECT_TRUE(good(q, now, north, essay));
    EXPECT_TRUE(good(q, now + 59s, north, essay));
    EXPECT_FALSE(good(q, now + 60s, north, essay)) << "half-open";
    EXPECT_FALSE(good(q, now, south, essay)) << "another institution's key is another";
    EXPECT_FALSE(good(q, now, north, other));
}

TEST_F(Links, ThatSomebodyMadeUpAreNot) {
    const Query q = query(now + 60s);
    for (const Query& bad :
         {Query{q.expires + "0", q.signature}, Query{"0" + q.expires, q.signature},
          Query{std::to_string(std::stoll(q.expires) + 1), q.signature}, Query{"", q.signature},
          Query{q.expires, ""}, Query{q.expires, q.signature.substr(1)},
          Query{q.expires, std::string(43, 'A')}, Query{q.expires, q.signature + "="},
          Query{q.expires + "&signature=" + q.signature, q.signature}})
        EXPECT_FALSE(good(bad, now, north, essay)) << bad.expires << " " << bad.signature;
    EXPECT_FALSE(
        LinkSigner(rng.bytes<32>()).check(north, path_of(essay), q.expires, q.signature, now));
}

} // namespace
} // namespace bw::files
