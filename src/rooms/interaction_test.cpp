// Who may do what, each bound, and that whoever listens knows what the snapshot says.
#include "rooms/interaction.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <map>

#include "live/school_for_test.hpp"

namespace bw::rooms {
namespace {

using live::Right, live::Rights, live::RoomRole;
using ::testing::HasSubstr, ::testing::Not;

UserId id_of(int n) {
    return live::test::id<UserId>(static_cast<std::uint8_t>(n + 1));
}

/// A room of a teacher (0) and students who may write and draw, and not speak.
struct InteractionTest : ::testing::Test {
    std::map<UserId, Member> here;
    Instant now{};
    std::unique_ptr<Interaction> state = make();

    InteractionTest() {
        for (int n = 0; n < 8; ++n)
            here[id_of(n)] = {.user = id_of(n),
                              .role = n == 0 ? RoomRole::teacher : RoomRole::student,
                              .may = n == 0 ? live::all_rights : Rights(Right::data),
                              .name = "P" + std::to_string(n)};
    }
    std::unique_ptr<Interaction> make(InteractionRules rules = {}) {
        return std::make_unique<Interaction>(
            [this](UserId user) {
                const auto found = here.find(user);
                return found == here.end() ? nullptr : &found->second;
            },
            rules);
    }
    /// {"type":...} and these members; ~N stands for person N.
    static std::string message(std::string_view type, std::string members) {
        for (auto at = members.find('~'); at != std::string::npos; at = members.find('~'))
            members.replace(at, 2, '"' + id_of(members[at + 1] - '0').text() + '"');
        return R"({"type":")" + std::string(type) + '"' + (members.empty() ? "" : ",") + members +
               "}";
    }
    Result<Answer> say(int who, std::string_view type, std::string members = "") {
        auto out = state->handle(here.at(id_of(who)), type, message(type, std::move(members)), now);
        if (out)
            for (const Deed& deed : out->deeds)
                if (deed.what == Deed::What::may && here.contains(deed.user))
                    here[deed.user].may = deed.may;
        return out;
    }
    std::string told(int who, std::string_view type, std::string members = "") {
        const auto answer = say(who, type, std::move(members));
        if (!answer)
            return std::string(wire_name(answer.error().code));
        std::string out;
        for (const Out& one : answer->out)
            out += one.to == Out::To::everybody  ? "all"
                   : one.to == Out::To::teachers ? "teachers"
                                                 : "one";
        return out;
    }
    std::string seen_by(int who) { return state->snapshot_for(here.at(id_of(who))); }
};

/// One after the other, in one room; what is told to whom, or why not.
TEST_F(InteractionTest, WhoMayDoWhat) {
    struct Step {
        int who;
        const char *type, *members, *told;
    };
    const Step steps[] = {
        {1, "hand", R"("up":true)", "teachersone"},
        {1, "hand", R"("up":true)", "one"},
        {2, "hand", R"("up":true)", "teachersone"},
        {0, "hand", R"("up":true)", "forbidden"},
        {1, "hand", R"("up":1)", "invalid_field"},
        {1, "hand", R"("up":true,"for":~2)", "invalid_field"},
        {2, "hand_lower", R"("user":~1)", "forbidden"},
        {2, "hands_lower", "", "forbidden"},
        {1, "word_give", R"("user":~1,"audio":true)", "forbidden"},
        {1, "mute", R"("user":~0)", "forbidden"},
        {0, "word_give", R"("user":~1)", "invalid_field"},
        {0, "word_give", R"("user":~1,"data":true)", "invalid_field"},
        {0, "word_give", R"("user":"x","audio":true)", "invalid_field"},
        {0, "word_give", R"("user":~9,"audio":true)", "not_found"},
        {0, "word_give", R"("user":~0,"audio":true)", "conflict"},
        {0, "word_give", R"("user":~1,"audio":true)", "teachersoneallone"},
        {0, "word_give", R"("user":~1,"audio":true,"video":true)", "allone"},
        {0, "mute", R"("user":~1)", "one"},
        {2, "word_back", R"("user":~1)", "forbidden"},
        {1, "word_back", R"("user":~1)", "allone"},
        {0, "word_back", R"("user":~1)", "not_found"},
        {0, "hand_lower", R"("user":~2)", "teachersone"},
        {0, "hand_lower", R"("user":~2)", ""},
        {2, "hand", R"("up":true)", "teachersone"},
        {0, "hands_lower", "", "oneteachers"},
        {1, "chat", R"("text":"first")", "teachersone"},
        {0, "chat", R"("text":"good morning")", "all"},
        {1, "chat", R"("text":" ")", "invalid_field"},
        {1, "chat", "\"text\":\"a\\u0007\"", "invalid_field"},
        {1, "chat", R"("text":"x","to":~2)", "invalid_field"},
        {1, "chat_let", R"("id":1)", "forbidden"},
        {1, "chat_remove", R"("id":2)", "forbidden"},
        {1, "chat_mode", R"("mode":"open")", "forbidden"},
        {1, "chat_silence", R"("user":~2,"silent":true)", "forbidden"},
        {0, "chat_let", R"("id":2)", "not_found"},
        {0, "chat_let", R"("id":1)", "teachersall"},
        {0, "chat_let", R"("id":1)", "not_found"},
        {0, "chat_remove", R"("id":1)", "all"},
        {0, "chat_mode", R"("mode":"loud")", "invalid_field"},
        {0, "chat_mode", R"("mode":"open")", "all"},
        {2, "chat", R"("text":"second")", "all"},
        {0, "chat_silence", R"("user":~2,"silent":true)", "teachersone"},
        {2, "chat", R"("text":"third")", "forbidden"},
        {0, "chat_silence", R"("user":~2,"silent":false)", "teachersone"},
        {2, "chat", R"("text":"third")", "all"},
        {0, "chat_mode", R"("mode":"closed")", "all"},
        {2, "chat", R"("text":"fourth")", "conflict"},
        {0, "chat", R"("text":"goodbye")", "all"},
        {1, "snapshot", "", "one"},
        {1, "snapshot", "", "quota_exceeded"},
        // more steps
    };
    for (const Step& step : steps)
        EXPECT_EQ(told(step.who, step.type, step.members), step.told)
            << step.who << ' ' << step.type << ' ' << step.members;
}

TEST_F(InteractionTest, TheWordOutlivesALostConnectionAndNoPuttingOut) {
    const auto given = say(0, "word_give", R"("user":~1,"audio":true)");
    ASSERT_TRUE(given);
    ASSERT_EQ(given->deeds.size(), 1U);
    EXPECT_EQ(given->deeds[0].may, Rights(Right::data).with(Right::audio));
    told(1, "hand", R"("up":true)");
    EXPECT_EQ(state->leave(id_of(1)).size(), 2U) << "the hand is down";
    EXPECT_EQ(state->enter(id_of(1), Rights()), Rights(Right::audio));
    EXPECT_EQ(state->enter(id_of(2), Rights()), Rights());
    const auto back = say(0, "word_back", R"("user":~1)");
    ASSERT_TRUE(back);
    EXPECT_EQ(back->deeds.at(0).may, Rights()) << "by the later grant";
    told(0, "word_give", R"("user":~1,"audio":true)");
    EXPECT_EQ(state->put_out(id_of(1)).size(), 1U);
    EXPECT_EQ(state->enter(id_of(1), Rights()), Rights());
}

TEST_F(InteractionTest, StudentsSeeWhatWasLetThrough) {
    told(1, "chat", R"("text":"secret")");
    told(1, "hand", R"("up":true)");
    EXPECT_THAT(seen_by(0), HasSubstr("secret"));
    EXPECT_THAT(seen_by(0), HasSubstr(R"("hands":[{)"));
    for (const int who : {1, 2}) {
        EXPECT_THAT(seen_by(who), Not(HasSubstr("secret")));
        EXPECT_THAT(seen_by(who), Not(HasSubstr(R"("hands")")));
        EXPECT_THAT(seen_by(who), Not(HasSubstr("chat_silenced")));
    }
    told(0, "chat_let", R"("id":1)");
    EXPECT_THAT(seen_by(2), HasSubstr("secret"));
}

TEST_F(InteractionTest, HandsAndWordsAreBounded) {
    state = make({.hands = {.hands_limit = 2, .words_limit = 2}});
    for (const int who : {1, 2})
        EXPECT_EQ(told(who, "hand", R"("up":true)"), "teachersone");
    EXPECT_EQ(told(3, "hand", R"("up":true)"), "overloaded");
    for (const char* who : {"~4", "~5"})
        EXPECT_EQ(told(0, "word_give", R"("audio":true,"user":)" + std::string(who)), "allone");
    EXPECT_EQ(told(0, "word_give", R"("audio":true,"user":~6)"), "conflict");
    EXPECT_EQ(told(0, "word_give", R"("video":true,"user":~5)"), "allone") << "the same person";
}

TEST_F(InteractionTest, TheChatIsBounded) {
    const ChatRules rules{.text_bytes_limit = 10,
                          .kept = 3,
                          .waiting_limit = 2,
                          .silenced_limit = 1,
                          .at_once = 2,
                          .per_second = 1,
                          .room_at_once = 4,
                          .room_per_second = 2};
    state = make({.chat = rules});
    EXPECT_EQ(told(1, "chat", R"("text":"0123456789")"), "teachersone");
    EXPECT_EQ(told(1, "chat", R"("text":"0123456789a")"), "invalid_field");
    EXPECT_EQ(told(1, "chat", R"("text":"b")"), "teachersone");
    EXPECT_EQ(told(2, "chat", R"("text":"c")"), "quota_exceeded") << "two wait";
    told(0, "chat_mode", R"("mode":"open")");
    EXPECT_EQ(told(1, "chat", R"("text":"d")"), "quota_exceeded") << "one's own pace";
    EXPECT_EQ(told(2, "chat", R"("text":"e")"), "all");
    EXPECT_EQ(told(3, "chat", R"("text":"f")"), "all");
    EXPECT_EQ(told(4, "chat", R"("text":"g")"), "quota_exceeded") << "the room's pace";
    now = now + 1s;
    EXPECT_EQ(told(4, "chat", R"("text":"g")"), "all");
    EXPECT_EQ(told(1, "chat", R"("text":"h")"), "all");
    EXPECT_THAT(seen_by(5), Not(HasSubstr(R"("text":"e")"))) << "the newest three are kept";
    EXPECT_THAT(seen_by(5), HasSubstr(R"("text":"f")"));
    EXPECT_EQ(told(0, "chat_silence", R"("user":~1,"silent":true)"), "teachersone");
    EXPECT_EQ(told(0, "chat_silence", R"("user":~2,"silent":true)"), "conflict");
}

} // namespace
} // namespace bw::rooms
