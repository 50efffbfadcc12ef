// What `bellwether diagnose` prints.
#include "app/diagnose_command.hpp"

#include <gmock/gmock.h>

namespace bw::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Diagnose, SaysWhichWallIsNearWhyAndWhatToDo) {
    const auto said = walls_text(
        R"({"as_of":"2026-11-30T09:00:00.000Z","said":"sign-in: near","nearest":"sign-in","walls":[
        {"wall":"sign-in","standing":"near","headroom":1.5,"growth_a_week":0.1,"reached_at":"2026-12-24T00:00:00.000Z","limits":[
            {"limit":"password hashes","unit":"a minute","capacity":1500,"peak":1000,"remedy":"More threads.","evidence":[
                {"what":"threads","value":4,"unit":""},{"what":"a hash takes","value":null,"unit":"ms"}]}]},
        {"wall":"deadline","standing":"unknown","headroom":null,"growth_a_week":null,"reached_at":null,"limits":[
            {"limit":"journal syncs","unit":"a minute","capacity":null,"peak":null,"remedy":"Faster disk.","evidence":[]}]}]})");
    ASSERT_TRUE(said) << said.error().text();
    EXPECT_THAT(*said, HasSubstr("sign-in: near, headroom 1.5, reached by 2026-12-24"));
    EXPECT_THAT(*said, HasSubstr("1500 can be done, 1000 expected"));
    EXPECT_THAT(*said, HasSubstr("a hash takes: not known"));
    EXPECT_THAT(*said, HasSubstr("what to do: More threads."));
    EXPECT_THAT(*said, HasSubstr("deadline: unknown, headroom not known"));
    EXPECT_THAT(*said, Not(HasSubstr("Faster disk")));
    EXPECT_FALSE(walls_text("{}"));
    EXPECT_FALSE(walls_text("not found"));
}

} // namespace
} // namespace bw::app
