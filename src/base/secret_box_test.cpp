#include "base/secret_box.hpp"

#include <gtest/gtest.h>

namespace bw {
namespace {

TEST(SecretBox, OpensUnderTheSameKeyAndContextAlone) {
    SeededRng rng{3};
    const SecretKey key{1}, other{2};
    for (std::string plain : {"", "a", "some longer text, 42"}) {
        Bytes sealed = seal(key, plain, "ctx", rng);
        EXPECT_EQ(sealed.size(), plain.size() + 40);
        EXPECT_EQ(unseal(key, sealed, "ctx"), plain);
        EXPECT_FALSE(unseal(other, sealed, "ctx"));
        EXPECT_FALSE(unseal(key, sealed, "another"));
        for (std::size_t i = 0; i < sealed.size(); ++i) {
            Bytes altered = sealed;
            altered[i] ^= 1;
            EXPECT_FALSE(unseal(key, altered, "ctx")) << i;
            EXPECT_FALSE(unseal(key, sealed.substr(0, i), "ctx")) << i;
        }
    }
    EXPECT_NE(seal(key, "same", "", rng), seal(key, "same", "", rng));
}

} // namespace
} // namespace bw
