// Joining from memory: who is let in, what they get, and how soon somebody who is put out gets
// nothing any more.
#include "live/join.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "live/school_for_test.hpp"
#include "video/edge.hpp"

namespace bw::live {
namespace {

using test::id, test::instant, test::on;
using ::testing::AnyOfArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAreArray;

const SecretKey key = {1, 2, 3};

struct LiveJoin : test::LiveSchool {
    SeededRng rng{1};
    const UserId teacher = id<UserId>(2), student = id<UserId>(12), stranger = id<UserId>(11);
    LiveClassId today;
    std::unique_ptr<Leader> leads;
    std::unique_ptr<Audience> audience;
    std::unique_ptr<JoinParts> parts;

    void SetUp() override {
        LiveSchool::SetUp();
        today = class_id(north.scope.tenant(), lesson, on("2026-09-09"));
        leads = leader();
        settle(*leads);
        audience = std::make_unique<Audience>([this] { return installation.database(); }, directory,
                                              clock);
        parts = std::make_unique<JoinParts>(JoinParts{.audience = *audience,
                                                      .provider = provider,
                                                      .grant_key = key,
                                                      .slot_key = {4},
                                                      .rng = rng});
        look();
    }
    void look() {
        const auto looked = audience->turn();
        ASSERT_TRUE(looked) << looked.error().text();
    }
    /// To a moment of the class, everything done by then.
    void at(Duration from) {
        leads->turn();
        clock.advance(bell + from - clock.now());
        settle(*leads);
        look();
    }
    Result<Joined> joins(UserId who) {
        return join(*parts, north.scope.tenant(), today, who, clock.now());
    }
    std::string refused(UserId who) { return told(joins(who)); }
    static std::string told(const Result<Joined>& joined) {
        return joined ? "let in" : joined.error().text();
    }
    /// Of this institution alone, as while it moves.
    void break_reads(const tenancy::TenantInfo& of, const std::string& table) {
        installation.superuser().run(
            "create policy broken on " + table +
            " as restrictive for select to bw_app using (1 / (current_setting('bw.tenant') <> '" +
            to_text(of.scope.tenant().uuid) + "')::int = 1)");
    }
    void mend_reads(const std::string& table) {
        installation.superuser().run("drop policy broken on " + table);
    }
    /// By another process.
    void put_out(const tenancy::TenantInfo& at, LiveClassId of, UserId who) {
        const std::string id = "'" + to_text(of.uuid) + "'";
        run(at, "insert into live_removals (class_id, user_id, removed_at) values (" + id + ", '" +
                    to_text(who.uuid) +
                    "', now()); update live_classes set version = version + 1 "
                    "where class_id = " +
                    id);
    }
    void heard(std::vector<UserId> people) {
        audience->hear(north.scope.tenant(), people, false);
        look();
    }
};

TEST_F(LiveJoin, LetsItsPeopleInAndSaysWhyNot) {
    EXPECT_EQ(refused(student), "conflict: the class begins at 2026-09-09T10:20:00.000Z; come at "
                                "2026-09-09T10:05:00.000Z or later");
    at(-14min);
    auto joined = joins(student);
    ASSERT_TRUE(joined) << joined.error().text();
    EXPECT_THAT(joined->playback->url, HasSubstr(today.text()));
    EXPECT_EQ(joined->playback->expires, clock.now() + 120s);
    EXPECT_GE(joined->renew_at, clock.now() + 45s);
    EXPECT_LE(joined->renew_at, clock.now() + 90s);
    EXPECT_EQ(joined->grant.role, RoomRole::student);
    EXPECT_EQ(joined->grant.may, Rights(Right::data));
    EXPECT_GE(joined->play_at, bell);
    joined = joins(teacher);
    ASSERT_TRUE(joined) << joined.error().text();
    EXPECT_EQ(joined->grant.may, all_rights);
    EXPECT_EQ(joined->play_at, clock.now());
    EXPECT_EQ(refused(stranger), "forbidden: you are not enrolled in this class");
    EXPECT_EQ(join(*parts, south.scope.tenant(), today, student, clock.now()).error().code,
              Code::not_found);
    at(50min);
    EXPECT_EQ(refused(student), "let in");
    at(66min);
    EXPECT_EQ(refused(student), "conflict: the class is over; there is no recording of it");
    EXPECT_EQ(refused(stranger), "forbidden: you are not enrolled in this class");
    run(north, "update live_classes set recording = 'https://there', version = version + 1");
    look();
    EXPECT_EQ(refused(student), "conflict: the class is over; its recording is at https://there");
}

TEST_F(LiveJoin, TellsTheEdgesOfTheViewersRegionFirst) {
    const auto spec = [](std::string_view text) { return video::EdgeSpec::parse(text).value(); };
    std::vector<video::EdgeSpec> specs;
    for (int i = 0; i < 10; ++i)
        specs.push_back(spec("e" + std::to_string(i) + (i < 3 ? ",eu" : ",us") + ",1,http://e" +
                             std::to_string(i) + ".example"));
    const auto edges = video::Edges::make(specs, clock).value();
    const JoinParts with_edges{.audience = *audience,
                               .provider = provider,
                               .edges_for =
                                   [&](std::string_view region, std::string_view ref) {
                                       std::vector<std::string> urls;
                                       for (const std::size_t edge : edges->choose(region, ref))
                                           urls.push_back(edges->spec(edge).url());
                                       return urls;
                                   },
                               .grant_key = key,
                               .slot_key = {4},
                               .rng = rng};
    provider.own_edges = true;
    at(-14min);
    const auto in_region = [&](std::string_view region) {
        return join(with_edges, north.scope.tenant(), today, student, clock.now(), region).value();
    };
    const Joined joined = in_region("eu");
    ASSERT_EQ(joined.edges.size(), with_edges.rules.edges_limit);
    EXPECT_THAT(
        std::vector(joined.edges.begin(), joined.edges.begin() + 3),
        UnorderedElementsAreArray({"http://e0.example", "http://e1.example", "http://e2.example"}));
    EXPECT_THAT(joined.playback->url, StartsWith(joined.edges.front() + "/"));
    EXPECT_THAT(in_region("us").edges.front(),
                Not(AnyOfArray({"http://e0.example", "http://e1.example", "http://e2.example"})));
    EXPECT_EQ(in_region("nowhere").edges, in_region("").edges);
    EXPECT_THAT(joins(student)->edges, IsEmpty()) << "there are none";
}

TEST_F(LiveJoin, WhoIsPutOutGetsNothingFromThenOn) {
    at(-5min);
    ASSERT_EQ(refused(student), "let in");
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
        return remove_person(tx, today, student, clock.now());
    }));
    look(); // another process
    EXPECT_THAT(refused(student), HasSubstr("forbidden: you were put out"));
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return let_back_in(tx, today, student); }));
    look();
    EXPECT_EQ(refused(student), "let in");
    audience->put_out(north.scope.tenant(), today, student); // this one, at once
    EXPECT_THAT(refused(student), HasSubstr("forbidden: you were put out"));
    EXPECT_TRUE(audience->find(north.scope.tenant(), today).value()->is_out(student))
        << "what a room asks";
}

TEST_F(LiveJoin, WhoIsPutOutHereStaysOutUntilThatIsRead) {
    at(-5min);
    break_reads(north, "live_removals");
    put_out(north, today, student);
    audience->put_out(north.scope.tenant(), today, student);
    EXPECT_THAT(refused(student), HasSubstr("forbidden: you were put out"));
    look(); // in vain: what it knows is older
    EXPECT_THAT(refused(student), HasSubstr("forbidden: you were put out"));
    mend_reads("live_removals");
    look();
    EXPECT_THAT(refused(student), HasSubstr("forbidden: you were put out"));
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return let_back_in(tx, today, student); }));
    look();
    EXPECT_EQ(refused(student), "let in");
}

TEST_F(LiveJoin, AnInstitutionThatCannotBeReadHarmsNoOther) {
    at(-5min);
    const TenantId there = south.scope.tenant();
    const LiveClassId other = class_id(there, lesson, on("2026-09-09"));
    run(south, "insert into live_classes (class_id, lesson_id, day, section_id, title, begins_at, "
               "ends_at, students_may) values ('" +
                   to_text(other.uuid) + "', " + uuid(2) + ", '2026-09-09', " + uuid(2) +
                   ", 'Section 2', '2026-09-09T10:20:00Z', '2026-09-09T11:20:00Z', 8)");
    look();
    const auto of_south = [&] { return told(join(*parts, there, other, student, clock.now())); };
    ASSERT_EQ(of_south(), "let in");
    break_reads(north, "live_removals");
    put_out(north, today, student);
    put_out(south, other, student);
    look();
    EXPECT_THAT(of_south(), HasSubstr("forbidden: you were put out"));
    EXPECT_EQ(refused(student), "let in") << "for a while";
    EXPECT_EQ(audience->status().unread, 1U);
    clock.advance(61s);
    look();
    EXPECT_THAT(refused(student), HasSubstr("unavailable: who is of which class"));
    EXPECT_THAT(of_south(), HasSubstr("forbidden: you were put out"));
    mend_reads("live_removals");
    look();
    EXPECT_THAT(refused(student), HasSubstr("forbidden: you were put out"));
    EXPECT_EQ(audience->status().unread, 0U);
}

TEST_F(LiveJoin, AClassThatCannotBeReadIsNotTakenForUnchanged) {
    at(-5min);
    break_reads(north, "live_classes");
    put_out(north, today, student);
    look();
    EXPECT_EQ(refused(student), "let in") << "for a while";
    clock.advance(61s);
    look();
    EXPECT_THAT(refused(student), HasSubstr("unavailable: who is of which class"));
    mend_reads("live_classes");
    look();
    EXPECT_THAT(refused(student), HasSubstr("forbidden: you were put out"));
}

TEST_F(LiveJoin, FollowsTheRoster) {
    at(-5min);
    const std::string out =
        "update enrollments set status = 'inactive' where user_id = " + uuid(12);
    run(north, out);
    look();
    EXPECT_EQ(refused(student), "let in") << "nobody has told";
    heard({student});
    EXPECT_EQ(refused(student), "forbidden: you are not enrolled in this class");
    run(north, enrollment(11, 2, "student"));
    heard({stranger});
    EXPECT_EQ(refused(stranger), "let in");
    // Of everybody, but not all the time.
    run(north, "update enrollments set status = 'active' where user_id = " + uuid(12));
    audience->hear(north.scope.tenant(), {}, true);
    look();
    EXPECT_EQ(refused(student), "forbidden: you are not enrolled in this class");
    clock.advance(5s);
    look();
    EXPECT_EQ(refused(student), "let in");
    // A substitute is not of the section.
    change_on("2026-09-09", [](auto& one) { one.teacher = id<UserId>(1); });
    EXPECT_THAT(refused(id<UserId>(1)), HasSubstr("not enrolled"));
    settle(*leads);
    look();
    EXPECT_EQ(joins(id<UserId>(1))->grant.role, RoomRole::teacher);
}

TEST_F(LiveJoin, ServesWhatItKnowsForAWhileWithoutADatabase) {
    at(-5min);
    clock.advance(4min);
    EXPECT_EQ(refused(student), "let in");
    clock.advance(2min);
    EXPECT_THAT(refused(student), HasSubstr("unavailable: who is of which class"));
    Audience deaf([this] { return installation.database(); }, directory, clock);
    EXPECT_EQ(deaf.find(north.scope.tenant(), today).error().code, Code::unavailable);
}

TEST(LiveSlot, SpreadsPlayersByHowManyTheyAre) {
    EXPECT_EQ(slot_window(0), 5s) << "nobody knows";
    EXPECT_EQ(slot_window(10'000), 5s);
    EXPECT_EQ(slot_window(30), 200ms);
    EXPECT_EQ(slot_window(1'000'000), 30s);
    const Instant bell{1'000'000};
    EXPECT_EQ(slot(bell, bell - 10min, 5s, 0), bell);
    EXPECT_EQ(slot(bell, bell - 10min, 5s, 0.5), bell + 2500ms);
    EXPECT_EQ(slot(bell, bell + 4s, 5s, 0.5), bell + 4500ms) << "what is left of the window";
    EXPECT_EQ(slot(bell, bell + 5s, 5s, 0.9), bell + 5s);
    SeededRng rng(1);
    std::array<int, 5> seconds{};
    for (int i = 0; i < 10'000; ++i)
        ++seconds[static_cast<std::size_t>((slot(bell, bell - 1min, 5s, rng.unit()) - bell) / 1s)];
    for (const int came : seconds)
        EXPECT_NEAR(came, 2'000, 150);
}

TEST(LiveGrant, IsOursUnalteredAndShortLived) {
    const RoomGrant grant{.tenant = id<TenantId>(1),
                          .of = id<LiveClassId>(2),
                          .user = id<UserId>(3),
                          .role = RoomRole::teacher,
                          .may = Rights(Right::audio).with(Right::screen),
                          .not_before = {1'000},
                          .expires = {61'000},
                          .id = id<UserId>(9).uuid};
    const std::string text = sign_grant(grant, key);
    EXPECT_EQ(verify_grant(text, key, {1'000}).value(), grant);
    EXPECT_EQ(verify_grant(text, key, {61'000}).error().code, Code::token_expired);
    EXPECT_EQ(verify_grant(text, key, {-5'000}).error().code, Code::unauthenticated);
    EXPECT_EQ(verify_grant(text, {9}, {1'000}).error().code, Code::unauthenticated);
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string altered = text;
        altered[at] = altered[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify_grant(altered, key, {1'000})) << at;
    }
    EXPECT_FALSE(verify_grant("", key, {1'000}));
    EXPECT_FALSE(verify_grant(text.substr(0, 40), key, {1'000}));
}

} // namespace
} // namespace bw::live
