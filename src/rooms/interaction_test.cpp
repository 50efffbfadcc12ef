// Who may do what, each bound, and that whoever listens knows what the snapshot says.
#include "rooms/interaction.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <map>

#include "base/rng.hpp"
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
        {1, "poll_make", R"("question":"q","choices":["a","b"])", "forbidden"},
        {0, "poll_make", R"("question":"q","choices":["a"])", "invalid_field"},
        {0, "poll_make", R"("question":"q","choices":["a",1])", "invalid_field"},
        {0, "poll_make", R"("question":"q","choices":["a",""])", "invalid_field"},
        {0, "poll_make", R"("question":"q","choices":["a","b"])", "teachers"},
        {0, "poll_make", R"("question":"r","choices":["a","b"])", "teachers"},
        {1, "vote", R"("id":1,"choice":0)", "not_found"}, // a draft
        {1, "poll_open", R"("id":1)", "forbidden"},
        {0, "poll_close", R"("id":1)", "conflict"},
        {0, "poll_open", R"("id":1)", "teachersall"},
        {0, "poll_open", R"("id":2)", "conflict"},
        {0, "vote", R"("id":1,"choice":0)", "forbidden"},
        {1, "vote", R"("id":1,"choice":2)", "invalid_field"},
        {1, "vote", R"("id":1,"choice":0)", "one"},
        {1, "vote", R"("id":1,"choice":1)", "one"},
        {1, "poll_count", R"("id":1)", "forbidden"},
        {0, "poll_count", R"("id":1)", "one"},
        {0, "poll_show", R"("id":1)", "conflict"},
        {1, "poll_close", R"("id":1)", "forbidden"},
        {0, "poll_close", R"("id":1)", "all"},
        {1, "vote", R"("id":1,"choice":0)", "conflict"},
        {1, "poll_show", R"("id":1)", "forbidden"},
        {0, "poll_show", R"("id":1)", "all"},
        {0, "poll_open", R"("id":1)", "conflict"},
        {1, "poll_remove", R"("id":1)", "forbidden"},
        {0, "poll_remove", R"("id":1)", "all"},
        {0, "poll_remove", R"("id":2)", "teachers"},
        {0, "poll_remove", R"("id":2)", "not_found"},
        {1, "stroke", R"("color":0,"width":1,"points":[1,1])", "forbidden"},
        {1, "board_open", R"("open":true)", "forbidden"},
        {1, "board_clear", "", "forbidden"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1,-1,-1])", "all"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1,-2,0])", "invalid_field"},
        {0, "stroke", R"("color":0,"width":1,"points":[9999,1,2,0])", "invalid_field"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1,1])", "invalid_field"},
        {0, "stroke", R"("color":0,"width":1,"points":[])", "invalid_field"},
        {0, "stroke", R"("color":0,"width":0,"points":[1,1])", "invalid_field"},
        {0, "stroke", R"("color":16777216,"width":1,"points":[1,1])", "invalid_field"},
        {0, "word_give", R"("user":~3,"audio":true)", "allone"},
        {3, "stroke", R"("color":0,"width":1,"points":[1,1])", "all"}, // has the word
        {0, "board_open", R"("open":true)", "all"},
        {1, "stroke", R"("color":0,"width":1,"points":[1,1])", "all"},
        {2, "stroke_undo", "", "not_found"}, // nobody else's
        {1, "stroke_undo", "", "all"},
        {0, "board_clear", "", "all"},
        {0, "stroke_undo", "", "not_found"},
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

TEST_F(InteractionTest, PollsAreSecretUntilShown) {
    told(0, "poll_make", R"("question":"secret?","choices":["yes","no"])");
    EXPECT_THAT(seen_by(1), Not(HasSubstr("secret?"))) << "a draft is the teachers'";
    told(0, "poll_open", R"("id":1)");
    told(1, "vote", R"("id":1,"choice":0)");
    told(1, "vote", R"("id":1,"choice":1)");
    told(2, "vote", R"("id":1,"choice":1)");
    EXPECT_THAT(seen_by(1), HasSubstr(R"("votes":[{"id":1,"choice":1}])"));
    EXPECT_THAT(seen_by(3), HasSubstr(R"("votes":[])"));
    told(0, "poll_close", R"("id":1)");
    EXPECT_THAT(seen_by(1), Not(HasSubstr("counts")));
    const auto shown = say(0, "poll_show", R"("id":1)");
    ASSERT_TRUE(shown);
    EXPECT_THAT(shown->out.at(0).text, HasSubstr(R"("counts":[0,2])")) << "one vote a person";
    EXPECT_THAT(shown->out.at(0).text, Not(HasSubstr(id_of(1).text())));
    EXPECT_THAT(seen_by(3), HasSubstr(R"("counts":[0,2])"));
}

TEST_F(InteractionTest, PollsAndTheBoardAreBounded) {
    state = make({.polls = {.polls_limit = 1,
                            .choices_limit = 3,
                            .question_bytes_limit = 4,
                            .choice_bytes_limit = 2,
                            .votes_limit = 1},
                  .board = {.strokes_limit = 3,
                            .points_bytes_limit = 20,
                            .points_limit = 3,
                            .room_at_once = 1,
                            .room_per_second = 1}});
    struct Step {
        int who;
        const char *type, *members, *told;
    };
    const Step steps[] = {
        {0, "poll_make", R"("question":"12345","choices":["a","b"])", "invalid_field"},
        {0, "poll_make", R"("question":"1","choices":["123","b"])", "invalid_field"},
        {0, "poll_make", R"("question":"1","choices":["a","b","c","d"])", "invalid_field"},
        {0, "poll_make", R"("question":"1","choices":["a","b","c"])", "teachers"},
        {0, "poll_make", R"("question":"1","choices":["a","b","c"])", "conflict"},
        {0, "poll_open", R"("id":1)", "teachersall"},
        {1, "vote", R"("id":1,"choice":0)", "one"},
        {2, "vote", R"("id":1,"choice":0)", "conflict"},
        {1, "vote", R"("id":1,"choice":1)", "one"},
        {0, "board_open", R"("open":true)", "all"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1,1,1,1,1,1,1])", "invalid_field"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1,1,1,1,1])", "all"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1,1,1])", "conflict"}, // bytes
        {1, "stroke", R"("color":0,"width":1,"points":[1])", "invalid_field"},
        {1, "stroke", R"("color":0,"width":1,"points":[1,1])", "all"},
        {0, "stroke_undo", "", "all"},
        {2, "stroke", R"("color":0,"width":1,"points":[1,1])", "quota_exceeded"}, // pace
        {0, "stroke", R"("color":0,"width":1,"points":[1,1])", "all"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1])", "all"},
        {0, "stroke", R"("color":0,"width":1,"points":[])", "invalid_field"},
        {0, "stroke", R"("color":0,"width":1,"points":[1,1])", "conflict"}, // strokes
    };
    for (const Step& step : steps)
        EXPECT_EQ(told(step.who, step.type, step.members), step.told)
            << step.who << ' ' << step.type << ' ' << step.members;
}

/// A line's queue is 256 KiB; a snapshot is a part of what has to go through at once.
TEST_F(InteractionTest, TheFullestSnapshotGoesThroughALine) {
    const std::string quotes = [] {
        std::string out;
        for (int n = 0; n < 40; ++n)
            out += R"(\")";
        return out;
    }();
    std::string text = "\"text\":\"";
    for (int n = 0; n < 12; ++n)
        text += quotes;
    for (int n = 0; n < 100; ++n) {
        told(1 + n % 7, "chat", text + '"');
        told(0, "chat", text + '"');
        now = now + 1s;
        told(0, "poll_make",
             R"("question":")" + quotes + R"(","choices":[")" + quotes + R"(",")" + quotes +
                 R"(",")" + quotes + R"(",")" + quotes + R"(",")" + quotes + R"(",")" + quotes +
                 R"(",")" + quotes + R"(",")" + quotes + R"("])");
    }
    std::string points = "0,0";
    for (int n = 0; n < 15; ++n)
        points += ",10000,10000,-10000,-10000";
    for (int n = 0; n < 1'000; ++n)
        told(0, "stroke",
             R"("color":16777215,"width":100,"points":[)" + (n < 240 ? points : "0,0") + "]");
    EXPECT_GT(seen_by(0).size(), 150U * 1024);
    EXPECT_LT(seen_by(0).size(), 240U * 1024);
}

/// What a browser keeps: snapshots, and what was told to all after them.
struct Listener {
    simdjson::dom::parser parser;
    std::int64_t seq = 0;
    std::string mode, board;
    std::map<std::int64_t, std::string> chat, polls, strokes;
    std::map<std::string, std::string> words;

    static std::string without_seq(std::string text) {
        return text.substr(0, text.rfind(",\"seq\":")) + "}";
    }
    void whole(const std::string& snapshot) {
        const simdjson::dom::element all = parser.parse(snapshot);
        chat.clear();
        polls.clear();
        strokes.clear();
        words.clear();
        seq = all["seq"].get_int64();
        mode = std::string_view(all["chat_mode"]);
        board = simdjson::minify(all["board_open"]);
        auto keep = [&](const char* key, std::map<std::int64_t, std::string>& in,
                        const std::string& type) {
            for (const simdjson::dom::element one : all[key].get_array())
                in[one["id"].get_int64()] =
                    R"({"type":")" + type + "\"," + simdjson::minify(one).substr(1);
        };
        keep("chat", chat, "chat");
        keep("polls", polls, "poll");
        keep("strokes", strokes, "stroke");
        for (const simdjson::dom::element one : all["words"].get_array())
            words[std::string(std::string_view(one["user"]))] =
                R"({"type":"word",)" + simdjson::minify(one).substr(1);
    }
    /// false: one is missing.
    bool delta(const std::string& text) {
        const simdjson::dom::element one = parser.parse(text);
        const std::int64_t n = one["seq"].get_int64();
        if (n <= seq)
            return true;
        if (n != seq + 1)
            return false;
        seq = n;
        const std::string type{std::string_view(one["type"])};
        std::int64_t id = 0;
        (void)one["id"].get(id);
        std::string_view user;
        (void)one["user"].get(user);
        if (type == "chat")
            chat[id] = without_seq(text);
        else if (type == "chat_removed")
            chat.erase(id);
        else if (type == "chat_mode")
            mode = std::string_view(one["mode"]);
        else if (type == "poll")
            polls[id] = without_seq(text);
        else if (type == "poll_removed")
            polls.erase(id);
        else if (type == "stroke")
            strokes[id] = without_seq(text);
        else if (type == "stroke_gone")
            strokes.erase(id);
        else if (type == "board_cleared")
            strokes.clear();
        else if (type == "board_open")
            board = simdjson::minify(one["open"]);
        else if (type == "word")
            words[std::string(user)] = without_seq(text);
        else if (type == "word_back")
            words.erase(std::string(user));
        else
            ADD_FAILURE() << text;
        return true;
    }
};

TEST_F(InteractionTest, WhoeverListensKnowsWhatTheSnapshotSays) {
    int missed = 0, told_to_all = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        InteractionRules rules{.hands = {.hands_limit = 3, .words_limit = 2},
                               .chat = {.kept = 1'000, .waiting_limit = 3, .silenced_limit = 2},
                               .polls = {.polls_limit = 3},
                               .board = {.strokes_limit = 9, .points_bytes_limit = 100}};
        state = make(rules);
        SeededRng rng(seed);
        auto any = [&](std::uint64_t of) { return static_cast<int>(rng.u64() % of); };
        Listener listener;
        listener.whole(seen_by(7));
        for (int n = 0; n < 400; ++n) {
            const std::string whom = R"("user":~)" + std::to_string(1 + any(6));
            const std::string id = R"("id":)" + std::to_string(1 + any(12));
            const std::string yes = any(3) != 0 ? "true" : "false";
            const std::pair<const char*, std::string> commands[] = {
                {"hand", "\"up\":" + yes},
                {"hand_lower", whom},
                {"hands_lower", ""},
                {"word_give", whom + ",\"audio\":true,\"video\":" + yes},
                {"word_back", whom},
                {"mute", whom},
                {"chat", R"("text":"hm")"},
                {"chat", R"("text":"\"quoted\"\n")"},
                {"chat_mode", any(2) != 0 ? R"("mode":"open")" : R"("mode":"teachers_first")"},
                {"chat_let", id},
                {"chat_remove", id},
                {"chat_silence", whom + ",\"silent\":" + yes},
                {"poll_make", R"("question":"q?","choices":["a","b"])"},
                {"poll_open", id},
                {"poll_close", id},
                {"poll_show", id},
                {"poll_remove", id},
                {"vote", id + R"(,"choice":1)"},
                {"stroke", R"("color":255,"width":3,"points":[1,1,2,2])"},
                {"stroke_undo", ""},
                {"board_open", "\"open\":" + yes},
                {"board_clear", ""},
            };
            const auto& [type, members] = commands[any(std::size(commands))];
            const auto answer = say(any(2) != 0 ? 0 : 1 + any(6), type, members);
            now = now + 100ms;
            std::vector<Out> out = answer ? answer->out : std::vector<Out>();
            if (any(20) == 0)
                out = state->leave(id_of(1 + any(6)));
            for (const Out& one : out) {
                if (one.to != Out::To::everybody)
                    continue;
                ++told_to_all;
                const bool lost = any(10) == 0; // a room leaves out what is too much
                if (!lost && !listener.delta(one.text)) {
                    ++missed;
                    listener.whole(seen_by(7));
                }
            }
            simdjson::dom::parser parser;
            const std::string teachers = seen_by(0);
            const simdjson::dom::element all = parser.parse(teachers);
            ASSERT_LE(all["hands"].get_array().size(), rules.hands.hands_limit);
            ASSERT_LE(all["words"].get_array().size(), rules.hands.words_limit);
            ASSERT_LE(all["chat_waiting"].get_array().size(), rules.chat.waiting_limit);
            ASSERT_LE(all["chat_silenced"].get_array().size(), rules.chat.silenced_limit);
            ASSERT_LE(all["polls"].get_array().size() + all["poll_drafts"].get_array().size(),
                      rules.polls.polls_limit);
            ASSERT_LE(all["strokes"].get_array().size(), rules.board.strokes_limit);
            Listener knows;
            knows.whole(seen_by(7));
            if (listener.seq != knows.seq)
                continue; // the last one was lost; the next one tells
            ASSERT_EQ(listener.chat, knows.chat) << type;
            ASSERT_EQ(listener.polls, knows.polls) << type;
            ASSERT_EQ(listener.strokes, knows.strokes) << type;
            ASSERT_EQ(listener.words, knows.words) << type;
            ASSERT_EQ(listener.mode + listener.board, knows.mode + knows.board) << type;
        }
    }
    EXPECT_GT(told_to_all, 1'000);
    EXPECT_GT(missed, 50);
}

} // namespace
} // namespace bw::rooms
