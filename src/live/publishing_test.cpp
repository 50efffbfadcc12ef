// Who may send the picture of a class: whoever has its key, while it is on.
#include "live/publishing.hpp"

#include <gtest/gtest.h>

#include "live/school_for_test.hpp"

namespace bw::live {
namespace {

using test::id, test::on;

struct Publishing : test::LiveSchool {
    std::unique_ptr<Leader> leads;
    std::unique_ptr<Audience> audience;
    std::string ref;

    void SetUp() override {
        LiveSchool::SetUp();
        leads = leader();
        audience = std::make_unique<Audience>([this] { return installation.database(); }, directory,
                                              clock);
        ref = north.scope.tenant().text() + "/" +
              class_id(north.scope.tenant(), lesson, on("2026-09-09")).text() + "-1";
        at(-1h);
    }
    void at(Duration from) {
        leads->turn();
        clock.advance(bell + from - clock.now());
        look();
    }
    void look() {
        settle(*leads);
        const auto looked = audience->turn();
        ASSERT_TRUE(looked) << looked.error().text();
    }
    /// Of a key that says it is of `of`.
    std::string asked(const std::string& of) {
        const auto may = may_publish(
            *audience, [](std::string_view form, Instant) { return std::string(form); }, of,
            clock.now());
        return may ? "may" : std::string(wire_name(may.error().code));
    }
};

TEST_F(Publishing, WhoHasTheKeyMayWhileTheClassIsOn) {
    EXPECT_EQ(asked(ref), "forbidden") << "no stream was asked for yet";
    at(-15min);
    EXPECT_EQ(asked(ref), "may");
    at(1min);
    EXPECT_EQ(asked(ref), "may") << "a teacher who was away comes back";
    std::string other = ref;
    other.back() = '2';
    EXPECT_EQ(asked(other), "forbidden") << "another round of the class";
    EXPECT_EQ(asked(south.scope.tenant().text() + ref.substr(ref.find('/'))), "forbidden");
    for (const char* rubbish : {"", "/", "-", "a/b", "a/b-0"})
        EXPECT_EQ(asked(rubbish), "forbidden") << rubbish;
}

TEST_F(Publishing, NobodyMayIntoAClassThatIsCancelledOrOver) {
    at(-15min);
    EXPECT_EQ(asked(ref), "may");
    change_on("2026-09-09", [](auto& one) { one.cancelled = true; });
    look();
    EXPECT_NE(asked(ref), "may") << "its key is good for a day";
}

TEST_F(Publishing, AKeyThatIsNotOursOpensNothing) {
    at(-15min);
    const auto may = may_publish(
        *audience,
        [](std::string_view, Instant) -> Result<std::string> {
            return fail(Code::token_expired, "over");
        },
        ref, clock.now());
    ASSERT_FALSE(may);
    EXPECT_EQ(may.error().code, Code::token_expired);
}

} // namespace
} // namespace bw::live
