// Who is let into a room, and who is not whatever they try; one holder; who is put out is out.
#include "rooms/rooms.hpp"

#include <gmock/gmock.h>

#include "live/school_for_test.hpp"
#include "rooms/store.hpp"

namespace bw::rooms {
namespace {

using live::RoomGrant, live::RoomRole;
using live::test::id, live::test::on;
using ::testing::Contains, ::testing::HasSubstr, ::testing::IsEmpty;

const SecretKey key = {9, 8, 7};

/// A browser that keeps what it is told.
struct Browser final : Asker {
    std::vector<std::string> told;
    std::uint16_t code = 0; // that it was closed with
    std::shared_ptr<Room> room;
    UserId user{};

    void send(std::string_view text) override {
        if (code == 0)
            told.emplace_back(text);
    }
    void close(std::uint16_t with) override {
        if (code == 0)
            code = with;
    }
    bool into(std::shared_ptr<Room> in, UserId as) override {
        room = std::move(in);
        user = as;
        return true;
    }
    bool gone() const override { return false; }
    void hurry() override { close(close_code::grant); }
    void say(std::string_view message) {
        if (room)
            room->hear(user, *this, message);
    }
    bool is_in() const { return code == 0 && !told.empty(); }
    std::string last() const { return told.empty() ? "" : told.back(); }
};

struct RoomsTest : live::test::LiveSchool {
    SeededRng rng{1};
    const UserId teacher = id<UserId>(2), student = id<UserId>(12), other = id<UserId>(13),
                 stranger = id<UserId>(11);
    LiveClassId today;
    std::unique_ptr<live::Audience> audience;
    std::unique_ptr<Rooms> rooms;
    std::vector<Presence> presence;

    void SetUp() override {
        LiveSchool::SetUp();
        today = live::class_id(north.scope.tenant(), lesson, on("2026-09-09"));
        const auto leads = leader();
        settle(*leads);
        clock.advance(bell - clock.now() - 5min);
        audience = std::make_unique<live::Audience>([this] { return installation.database(); },
                                                    directory, clock);
        look();
        rooms = make();
    }
    std::unique_ptr<Rooms> make(RoomsRules rules = {}) {
        return std::make_unique<Rooms>(
            RoomsParts{.make_database = [this] { return installation.database(); },
                       .audience = *audience,
                       .grant_key = key,
                       .holder = "test",
                       .clock = clock,
                       .rng = rng,
                       .on_presence = [this](const Presence& one) { presence.push_back(one); }},
            rules);
    }
    void look() {
        const auto looked = audience->turn();
        ASSERT_TRUE(looked) << looked.error().text();
    }
    RoomGrant grant(UserId who) {
        return {.tenant = north.scope.tenant(),
                .of = today,
                .user = who,
                .role = who == teacher ? RoomRole::teacher : RoomRole::student,
                .may = who == teacher ? live::all_rights : live::Rights(live::Right::data),
                .not_before = clock.now(),
                .expires = clock.now() + live::grant_lifetime,
                .id = rng.bytes<16>()};
    }
    std::shared_ptr<Browser> enter(Rooms& at, const std::string& text,
                                   std::optional<tenancy::TenantScope> host = {}) {
        auto browser = std::make_shared<Browser>();
        at.enter(host ? *host : north.scope, today, text, browser);
        at.turn();
        return browser;
    }
    std::shared_ptr<Browser> enter(const RoomGrant& with) {
        return enter(*rooms, live::sign_grant(with, key));
    }
    std::shared_ptr<Browser> enter(UserId who) { return enter(grant(who)); }
};

TEST_F(RoomsTest, LetsPeopleInByTheirGrants) {
    const auto ada = enter(student);
    ASSERT_TRUE(ada->is_in());
    EXPECT_THAT(ada->last(), HasSubstr(R"("type":"entered","you":{"user":")" + student.text()));
    EXPECT_THAT(ada->last(), HasSubstr(R"("role":"student","may":["data"],"people":1)"));
    const auto grace = enter(teacher);
    EXPECT_THAT(grace->last(), HasSubstr(R"("may":["audio","video","screen","data"],"people":2)"));
    EXPECT_THAT(grace->last(), HasSubstr(R"("name":"p12 Byron")")) << "teachers see who is there";
    rooms->tell();
    EXPECT_THAT(ada->last(), HasSubstr(R"({"type":"presence","people":2,"teachers":1})"));
    EXPECT_THAT(ada->told, Not(Contains(HasSubstr("comings"))));
    EXPECT_THAT(grace->last(), HasSubstr(R"("here":true)"));
    const std::size_t told = ada->told.size();
    rooms->tell();
    EXPECT_EQ(ada->told.size(), told) << "nothing is new";
    ada->say(R"({"type":"dance"})");
    EXPECT_THAT(ada->last(), HasSubstr(R"("refused","of":"dance","code":"invalid_field")"));
    ada->room->leave(student, *ada);
    EXPECT_EQ(rooms->status().people, 1U);
    ASSERT_EQ(presence.size(), 3U);
    EXPECT_EQ(presence.back().user, student);
    EXPECT_FALSE(presence.back().here);
}

/// What people try, and with what their socket is closed. The control beside each is let in.
TEST_F(RoomsTest, RefusesTricks) {
    const auto good = grant(student);
    auto changed = [&](auto change) {
        RoomGrant out = good;
        out.id = rng.bytes<16>();
        change(out);
        return live::sign_grant(out, key);
    };
    const SecretKey theirs = {1};
    auto forged = live::sign_grant(good, key);
    forged[90] = forged[90] == 'A' ? 'B' : 'A';
    struct Trick {
        const char* name;
        std::string grant;
        std::uint16_t code;
    };
    const Trick tricks[] = {
        {"no grant", "", close_code::grant},
        {"an altered one", forged, close_code::grant},
        {"one that somebody else signed", live::sign_grant(good, theirs), close_code::grant},
        {"one that has expired", changed([&](RoomGrant& g) { g.expires = clock.now(); }),
         close_code::grant},
        {"another room's", changed([&](RoomGrant& g) { g.of = id<LiveClassId>(77); }),
         close_code::grant},
        {"another institution's", changed([&](RoomGrant& g) { g.tenant = south.scope.tenant(); }),
         close_code::grant},
        {"of somebody who is not of the class", changed([&](RoomGrant& g) { g.user = stranger; }),
         close_code::put_out},
    };
    for (const Trick& trick : tricks) {
        const auto browser = enter(*rooms, trick.grant);
        EXPECT_EQ(browser->code, trick.code) << trick.name;
        ASSERT_FALSE(browser->told.empty()) << trick.name;
        EXPECT_THAT(browser->last(), HasSubstr(R"("refused","of":"enter")")) << trick.name;
    }
    EXPECT_EQ(enter(*rooms, live::sign_grant(grant(student), key), south.scope)->code,
              close_code::grant)
        << "a good grant at another institution's host";
    EXPECT_EQ(rooms->status().entered, 0U);
    EXPECT_TRUE(enter(*rooms, changed([](RoomGrant&) {}))->is_in()) << "the control";
}

TEST_F(RoomsTest, AGrantIsUsedOnce) {
    const auto once = grant(student);
    const auto first = enter(once);
    EXPECT_TRUE(first->is_in());
    EXPECT_EQ(enter(once)->code, close_code::grant);
    EXPECT_TRUE(first->is_in()) << "who is there is not disturbed by it";
    const auto again = enter(student);
    EXPECT_TRUE(again->is_in());
    EXPECT_EQ(first->code, close_code::elsewhere);
    first->room->leave(student, *first);
    EXPECT_EQ(rooms->status().people, 1U) << "the earlier one's end means nothing";
    EXPECT_EQ(enter(once)->code, close_code::grant) << "after it was left, too";
}

TEST_F(RoomsTest, WhoIsPutOutWhileTheyWaitIsNotLetIn) {
    enter(teacher);
    const auto ada = std::make_shared<Browser>();
    rooms->enter(north.scope, today, live::sign_grant(grant(student), key), ada);
    audience->put_out(north.scope.tenant(), today, student);
    rooms->tell(); // finds nobody to turn out yet
    rooms->turn();
    EXPECT_EQ(ada->code, close_code::put_out);
    EXPECT_EQ(rooms->status().people, 1U);
}

TEST_F(RoomsTest, AStudentIsNoTeacherBySayingSo) {
    const auto ada = enter(student), bob = enter(other);
    ada->say(R"({"type":"put_out","user":")" + other.text() + R"("})");
    EXPECT_THAT(ada->last(), HasSubstr(R"("of":"put_out","code":"forbidden")"));
    ada->say(R"({"type":"put_out","user":")" + other.text() + R"(","role":"teacher"})");
    EXPECT_THAT(ada->last(), HasSubstr(R"("code":"invalid_field")"));
    for (const char* verb :
         {"create", "destroy", "kick", "moderate", "rtp_forward", "listforwarders"}) {
        ada->say(R"({"type":")" + std::string(verb) + R"("})");
        EXPECT_THAT(ada->last(), HasSubstr(R"("refused")")) << verb;
    }
    EXPECT_TRUE(bob->is_in());
    rooms->turn();
    EXPECT_EQ(value("select count(*) from live_removals"), "0");
}

TEST_F(RoomsTest, WhoIsPutOutIsOutAtOnceAndStaysOut) {
    const auto ada = enter(student), grace = enter(teacher);
    const auto kept = grant(student);
    grace->say(R"({"type":"put_out","user":")" + student.text() + R"("})");
    EXPECT_EQ(ada->code, close_code::put_out);
    EXPECT_EQ(enter(kept)->code, close_code::put_out) << "before it is written";
    rooms->turn();
    EXPECT_THAT(grace->last(), HasSubstr("was_put_out"));
    EXPECT_EQ(value("select count(*) from live_removals"), "1");
    EXPECT_EQ(value("select count(*) from audit_events where action = 'live_class.put_out'"), "1");
    look();
    clock.advance(20s);
    EXPECT_EQ(enter(kept)->code, close_code::put_out) << "as the class's list says";
    EXPECT_EQ(enter(student)->code, close_code::put_out);
    EXPECT_TRUE(enter(other)->is_in()) << "the control";
    ASSERT_TRUE(
        in(north, [&](tenancy::TenantTx& tx) { return live::let_back_in(tx, today, student); }));
    look();
    clock.advance(20s);
    EXPECT_TRUE(enter(student)->is_in()) << "let in again";
}

TEST_F(RoomsTest, WhoWasPutOutIsWrittenWhenTheProcessEnds) {
    const auto ada = enter(student), grace = enter(teacher);
    for (int i = 0; i < 2; ++i)
        grace->say(R"({"type":"put_out","user":")" + student.text() + R"("})");
    EXPECT_EQ(ada->code, close_code::put_out);
    EXPECT_TRUE(grace->room->puts_out());
    rooms->stop();
    EXPECT_FALSE(grace->room->puts_out());
    EXPECT_EQ(value("select count(*) from live_removals"), "1");
    EXPECT_EQ(value("select count(*) from audit_events where action = 'live_class.put_out'"), "1")
        << "once, though it was asked for twice";
}

TEST_F(RoomsTest, WhoIsRemovedByARouteIsTurnedOut) {
    const auto ada = enter(student), bob = enter(other);
    rooms->tell();
    ASSERT_TRUE(ada->is_in());
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
        return live::remove_person(tx, today, student, clock.now());
    }));
    look();
    rooms->tell();
    EXPECT_EQ(ada->code, close_code::put_out);
    EXPECT_TRUE(bob->is_in());
}

TEST_F(RoomsTest, ARoomHasOneHolder) {
    const auto ada = enter(student);
    ASSERT_TRUE(ada->is_in());
    const std::int64_t epoch = ada->room->parts().epoch;
    const auto stale = grant(other);
    clock.advance(100ms);
    const auto elsewhere = make();
    EXPECT_EQ(enter(*elsewhere, live::sign_grant(stale, key))->code, close_code::grant)
        << "it might have been used at the earlier holder";
    const auto bob = enter(*elsewhere, live::sign_grant(grant(other), key));
    ASSERT_TRUE(bob->is_in());
    EXPECT_EQ(bob->room->parts().epoch, epoch + 1);
    auto held = [&](std::int64_t by) {
        return in(north, [&](tenancy::TenantTx& tx) { return check_held(tx, today, by); });
    };
    EXPECT_EQ(held(epoch).error().code, Code::conflict) << "the earlier one's late write";
    EXPECT_TRUE(held(epoch + 1)) << "the control";
    clock.advance(1s);
    rooms->turn();
    EXPECT_EQ(ada->code, close_code::come_back);
    EXPECT_THAT(ada->last(), HasSubstr("retry_after_ms"));
    EXPECT_EQ(rooms->status().rooms, 0U);
    EXPECT_EQ(enter(student)->code, close_code::come_back) << "it does not take it back at once";
    elsewhere->turn();
    EXPECT_TRUE(bob->is_in());
}

TEST_F(RoomsTest, EverythingIsBounded) {
    rooms = make({.entering_limit = 1, .room = {.people_limit = 1}});
    const auto ada = enter(student);
    EXPECT_EQ(enter(other)->code, close_code::come_back) << "the room is full";
    const auto waits = std::make_shared<Browser>(), late = std::make_shared<Browser>();
    rooms->enter(north.scope, today, live::sign_grant(grant(student), key), waits);
    rooms->enter(north.scope, today, live::sign_grant(grant(student), key), late);
    EXPECT_EQ(late->code, close_code::come_back);
    rooms->turn();
    EXPECT_TRUE(waits->is_in());
    for (int i = 0; i < 40; ++i)
        waits->say(R"({"type":"dance"})");
    EXPECT_THAT(waits->last(), HasSubstr("invalid_field"));
    waits->say(R"({"type":"dance"})");
    EXPECT_THAT(waits->last(), HasSubstr("quota_exceeded"));
    for (int i = 0; i < 60; ++i)
        waits->say(R"({"type":"dance"})");
    EXPECT_EQ(waits->code, close_code::too_much);
    const auto silent = std::make_shared<Browser>();
    ASSERT_TRUE(rooms->take_socket(silent));
    clock.advance(6s);
    rooms->tell();
    EXPECT_EQ(silent->code, close_code::grant);
}

TEST_F(RoomsTest, WhoIsSentAwayHearsWhenToComeAgain) {
    const auto ada = enter(student);
    const auto waits = std::make_shared<Browser>();
    rooms->enter(north.scope, today, live::sign_grant(grant(other), key), waits);
    rooms->send_away();
    for (const auto& browser : {ada, waits}) {
        EXPECT_EQ(browser->code, close_code::come_back);
        EXPECT_THAT(browser->last(), HasSubstr("retry_after_ms"));
    }
    EXPECT_EQ(enter(other)->code, close_code::come_back);
}

struct HeardMedia final : MediaRoom {
    std::vector<std::string> heard;
    std::shared_ptr<Room> room; // calls it, as a real one may

    bool takes(std::string_view) const override { return false; }
    void hear(const Member&, std::string_view, std::string_view) override {}
    void left(UserId) override { heard.emplace_back("left"); }
    void may(UserId, live::Rights rights) override {
        heard.push_back(rights.has(live::Right::audio) ? "may speak" : "may not");
        room->tell_everybody(R"({"type":"speakers"})");
    }
    void silence(UserId) override { heard.emplace_back("silence"); }
    std::string snapshot_for(const Member&) const override { return "{}"; }
};

TEST_F(RoomsTest, ATeacherGivesTheWordAndTakesItBack) {
    const auto grace = enter(teacher), ada = enter(student), alan = enter(other);
    const auto media = std::make_shared<HeardMedia>();
    media->room = grace->room;
    grace->room->bring(media);
    ada->say(R"({"type":"hand","up":true})");
    EXPECT_THAT(grace->last(), HasSubstr(R"({"type":"hand","user":")" + student.text()));
    EXPECT_THAT(alan->told, Not(Contains(HasSubstr("hand\",\"user"))));
    const std::string whom = R"(,"user":")" + student.text() + "\"";
    alan->say(R"({"type":"word_give","audio":true)" + whom + "}");
    EXPECT_THAT(alan->last(), HasSubstr(R"("refused","of":"word_give","code":"forbidden")"));
    grace->say(R"({"type":"word_give","audio":true)" + whom + "}");
    EXPECT_THAT(ada->last(), HasSubstr(R"("may":["audio","data"])"));
    grace->say(R"({"type":"mute")" + whom + "}");
    rooms->tell();
    EXPECT_THAT(alan->last(), HasSubstr(R"("type":"word","user":")" + student.text()));
    EXPECT_THAT(alan->last(), HasSubstr(R"("seq":1})"));
    const auto again = enter(student);
    EXPECT_EQ(ada->code, close_code::elsewhere);
    EXPECT_THAT(again->last(), HasSubstr(R"("role":"student","may":["audio","data"])"));
    grace->say(R"({"type":"word_back")" + whom + "}");
    EXPECT_THAT(again->last(), HasSubstr(R"("may":["data"])"));
    EXPECT_EQ(media->heard, (std::vector<std::string>{"may speak", "silence", "left", "may not"}))
        << "what an earlier socket sent ends before another is let in";
    media->room.reset();
}

} // namespace
} // namespace bw::rooms
