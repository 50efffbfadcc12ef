// Whatever a first page says is heard of when it changes, by a trigger each; and with that trigger
// switched off it is not.
#include <gtest/gtest.h>

#include <set>

#include "packs/school_for_test.hpp"

namespace bw::packs {
namespace {

struct Case {
    const char* name;
    const char* trigger; // "table name": without it not all would hear; empty: two tell of it
    /// May be run again and again; $a, $b, $c, $t, $4, $5, $e are ids.
    const char* sql;
    const char* concerned; // of "abc"
    const char* says = ""; // Ada's page, then
    bool by_server = true; // false: only whoever repairs a database may
};

const Case cases[] = {
    {"renamed", "users updated", "update users set given_name = 'Augusta' where user_id = $a", "a",
     R"("given_name":"Augusta")"},
    {"comes to another section", "enrollments inserted",
     "insert into enrollments (enrollment_id, source, sourced_id, section_id, school_org_id, "
     "user_id, role, is_primary) values (gen_random_uuid(), 's', gen_random_uuid()::text, $5, $1, "
     "$a, 'student', true)",
     "a", "Drawing"},
    {"leaves it", "",
     "update enrollments set status = 'inactive' where user_id = $a and section_id = $5", "a"},
    {"an enrollment is another's", "enrollments moved",
     "update enrollments set user_id = case when user_id = $b then $a::uuid else $b end where "
     "section_id = $5 and user_id in ($a, $b)",
     "ab", "", false},
    {"and again", "enrollments updated",
     "update enrollments set user_id = case when user_id = $b then $a::uuid else $b end where "
     "section_id = $5 and user_id in ($a, $b)",
     "ab", "", false},
    {"an enrollment is gone", "enrollments deleted",
     "delete from enrollments where section_id = $5 and user_id in ($a, $b)", "a", "", false},
    {"a section's title", "sections updated",
     "update sections set title = 'Painting' where section_id = $4", "ab", "Painting"},
    {"a new assignment", "assignments inserted",
     "insert into assignments (assignment_id, section_id, title, due_at) values "
     "(gen_random_uuid(), $4, 'Sonnet', '2026-12-02')",
     "ab", "Sonnet"},
    {"an assignment is changed", "",
     "update assignments set title = 'Long essay' where assignment_id = $e", "ab", "Long essay"},
    {"an assignment is withdrawn", "",
     "update assignments set active = false, withdrawn_at = now() where title = 'Sonnet'", "ab"},
    {"an assignment is gone", "assignments deleted",
     "delete from assignments where ctid = (select max(ctid) from assignments where title = "
     "'Sonnet')",
     "ab", "", false},
    {"an assignment goes to another section", "assignments moved",
     "update assignments set section_id = case when section_id = $4 then $5::uuid else $4 end "
     "where "
     "title = 'Drawing'",
     "abc"},
    {"and back", "assignments updated",
     "update assignments set section_id = case when section_id = $4 then $5::uuid else $4 end "
     "where "
     "title = 'Drawing'",
     "abc"},
    {"an extension for one", "extensions inserted",
     "insert into extensions (extension_id, assignment_id, user_id, due_at, reason, given_by) "
     "select gen_random_uuid(), $e, $a, '2026-12-24T00:00:00Z', 'r', $t",
     "a", "2026-12-24T00:00:00.000Z"},
    {"an extension is taken back", "extensions updated",
     "update extensions set revoked_by = $t, revoked_at = now() where user_id = $a", "a"},
    {"an extension for all", "extensions inserted",
     "insert into extensions (extension_id, assignment_id, due_at, reason, given_by) values "
     "(gen_random_uuid(), $e, '2026-12-26T00:00:00Z', 'r', $t)",
     "ab", "2026-12-26T00:00:00.000Z"},
    {"an extension for all is taken back", "extensions updated",
     "update extensions set revoked_by = $t, revoked_at = now() where user_id is null", "ab"},
    {"extensions are gone", "extensions deleted",
     "delete from extensions where ctid = (select max(ctid) from extensions where user_id = $a)",
     "a", "", false},
    {"recorded", "submissions inserted",
     "insert into submissions (submission_id, assignment_id, user_id, idempotency_key, state, "
     "received_at, late, content, content_sha256, receipt, journal_epoch, journal_seq) values "
     "(gen_random_uuid(), $e, $a, 'k', 'recorded', '2026-11-23T08:00:00Z', false, '', '', '', 1, "
     "1)",
     "a", R"("received_at":"2026-11-23T08:00:00.000Z")"},
    {"recorded as received before", "submissions updated",
     "update submissions set received_at = '2026-11-23T07:00:00Z' where user_id = $a", "a",
     R"("received_at":"2026-11-23T07:00:00.000Z")"},
    {"submissions are gone", "submissions deleted",
     "delete from submissions where ctid = (select max(ctid) from submissions where user_id = $a)",
     "a", "", false},
    {"released", "grades inserted",
     "insert into grades (assignment_id, user_id, number, scheme_version, points, content, reason, "
     "released_by, released_at) select $e, $a, coalesce(max(number), 0) + 1, 1, 700, '{}', 'r', "
     "$t, "
     "'2026-11-23' from grades where user_id = $a",
     "a", R"("points":7)"},
    {"a grade is mended", "grades updated", "update grades set points = 800 where user_id = $a",
     "a", R"("points":8)", false},
    {"grades are gone", "grades deleted",
     "delete from grades where ctid = (select max(ctid) from grades where user_id = $a)", "a"},
    {"told", "notices inserted",
     "insert into notices (notice_id, number, kind, user_id, subject_id, created_at) values "
     "(gen_random_uuid(), 5, 'grade_released', $a, $e, '2026-11-23')",
     "a", "grade_released"},
    {"a section is told", "notices inserted",
     "insert into notices (notice_id, number, kind, section_id, subject_id, created_at) values "
     "(gen_random_uuid(), 6, 'announcement', $4, $e, '2026-11-23')",
     "ab", "announcement"},
    {"a notice is mended", "", "update notices set created_at = '2026-11-22' where user_id = $a",
     "a", R"("created_at":"2026-11-22T00:00:00.000Z")", false},
    {"a notice is another's", "notices moved",
     "update notices set user_id = case when user_id = $a then $b::uuid else $a end where user_id "
     "in "
     "($a, $b)",
     "ab", "", false},
    {"and again", "notices updated",
     "update notices set user_id = case when user_id = $a then $b::uuid else $a end where user_id "
     "in "
     "($a, $b)",
     "ab", "", false},
    {"read", "notice_reads inserted",
     "insert into notice_reads (notice_id, user_id, read_at) select notice_id, $a, '2026-11-23' "
     "from "
     "notices where section_id = $4 and not exists (select from notice_reads r where r.notice_id = "
     "notices.notice_id) limit 1",
     "a", R"("read_at":"2026-11-23T00:00:00.000Z")"},
    {"forgotten as read", "notice_reads deleted",
     "delete from notice_reads where ctid = (select max(ctid) from notice_reads where user_id = "
     "$a)",
     "a"},
    {"notices are taken back", "notices deleted",
     "delete from notices where ctid = (select max(ctid) from notices where section_id = $4)",
     "ab"},
    {"a bell", "bells inserted",
     "insert into bells (bell_id, starts_at, lasts_seconds) select gen_random_uuid(), "
     "timestamptz '2026-11-24T09:00:00Z' + count(*) * interval '1 hour', 60 from bells",
     "abct", R"("at":"2026-11-24T09:00:00.000Z")"},
    {"a bell lasts longer", "bells updated", "update bells set lasts_seconds = 600", "abct",
     R"("lasts_seconds":600)"},
    {"a bell is none", "bells deleted",
     "delete from bells where ctid = (select max(ctid) from bells)", "abct"},
    {"removed", "users deleted",
     "delete from notice_reads where user_id = $c; delete from enrollments where user_id = $c; "
     "delete from users where user_id = $c",
     "c", "", false},
};

struct Changes : PackSchool {
    std::string filled(std::string sql) const {
        for (const auto& [name, id] : {std::pair{"$a", "a"},
                                       {"$b", "b"},
                                       {"$c", "c"},
                                       {"$t", "f"},
                                       {"$1", "1"},
                                       {"$4", "4"},
                                       {"$5", "5"},
                                       {"$e", "1e"}})
            for (std::size_t at = 0; (at = sql.find(name, at)) != std::string::npos;)
                sql.replace(at, 2, text_of(id));
        return sql;
    }
    void write(const Case& c) {
        const std::string sql = "begin; set local bw.tenant = '" +
                                to_text(north.scope.tenant().uuid) + "';" + filled(c.sql) +
                                "; commit";
        if (!c.by_server) {
            installation.superuser().run(sql);
            return;
        }
        test::Session server(installation.conninfo("bw_app"));
        const auto answer = server.attempt(sql);
        ASSERT_TRUE(answer.ok()) << answer.message;
    }
    void prepare() {
        hear();
        for (UserId user : {ada, bob, cyd})
            (void)ask(user);
        (void)ask(principal(ada, south));
    }
    std::string held_of() const {
        std::string out;
        for (auto [name, user] : {std::pair{'a', ada}, {'b', bob}, {'c', cyd}})
            if (held(user))
                out += name;
        return out;
    }
    static std::string without(const char* concerned) {
        std::string out;
        for (char name : std::string_view("abc"))
            if (!std::string_view(concerned).contains(name))
                out += name;
        return out;
    }
    void switch_trigger(const std::string& trigger, const char* to) {
        const std::size_t space = trigger.find(' ');
        installation.superuser().run("alter table " + trigger.substr(0, space) + " " + to +
                                     " trigger pack_" + trigger.substr(space + 1));
    }
};

TEST_F(Changes, EachIsHeardByThoseItConcernsAndByThemAlone) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        prepare();
        ASSERT_EQ(held_of(), "abc");
        write(c);
        hear();
        EXPECT_EQ(held_of(), without(c.concerned));
        EXPECT_TRUE(held(ada, &south)) << "another institution's";
        if (*c.says)
            EXPECT_TRUE(page(ada).contains(c.says)) << page(ada);
    }
    EXPECT_EQ(ask(cyd).error().code, Code::not_found) << "who was removed";
}

TEST_F(Changes, WithoutItsTriggerNobodyWouldHear) {
    std::set<std::string> seen;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        if (!*c.trigger) {
            write(c);
            continue;
        }
        prepare();
        switch_trigger(c.trigger, "disable");
        write(c);
        hear();
        if (std::string_view(c.name) == "removed") // the enrollments go first, and say so
            EXPECT_EQ(held_of(), "ab");
        else
            EXPECT_NE(held_of(), without(c.concerned));
        switch_trigger(c.trigger, "enable");
        packs.forget_all();
        seen.insert(c.trigger);
    }
    const auto triggers = installation.superuser().run(
        "select tgrelid::regclass || ' ' || substr(tgname, 6) from pg_trigger where tgname like "
        "'pack\\_%'");
    for (const auto& row : triggers)
        EXPECT_TRUE(seen.contains(*row[0])) << "no case for the trigger " << *row[0];
}

TEST_F(Changes, WhatChangesWhileAPageIsReadIsNotKept) {
    hear();
    while_reading = [this] {
        write(cases[0]);
        hear();
    };
    EXPECT_TRUE(page(ada).contains("\"given_name\":\"pa\""));
    EXPECT_FALSE(held(ada));
    while_reading = [this] { write(cases[0]); };
    (void)page(ada);
    EXPECT_TRUE(held(ada)) << "it may be served for as long as the feed may be silent";
    hear();
    EXPECT_FALSE(held(ada));
    while_reading = [this] { hear(); };
    (void)page(ada);
    EXPECT_TRUE(held(ada)) << "nothing has changed";
}

TEST_F(Changes, ATransactionThatEndsLateIsHeardWhenItEnds) {
    prepare();
    test::Session slow(installation.conninfo("bw_app"));
    slow.run("begin; set local bw.tenant = '" + to_text(north.scope.tenant().uuid) + "';" +
             filled(cases[0].sql));
    write(cases[6]); // begun later, committed sooner
    hear();
    EXPECT_EQ(held_of(), "c");
    prepare();
    hear();
    ASSERT_EQ(held_of(), "abc");
    slow.run("commit");
    hear();
    EXPECT_EQ(held_of(), "bc");
    prepare();
    hear();
    EXPECT_EQ(held_of(), "abc") << "it is told once";
}

TEST_F(Changes, ManyAtOnceConcernEverybody) {
    prepare();
    run(north, "insert into submissions (submission_id, assignment_id, user_id, idempotency_key, "
               "state, received_at, late, content, content_sha256, receipt, journal_epoch, "
               "journal_seq) select gen_random_uuid(), " +
                   text_of("1e") +
                   ", gen_random_uuid(), 'k', 'recorded', now(), false, '', '', '', 1, n from "
                   "generate_series(1, 1001) as n");
    hear();
    EXPECT_EQ(held_of(), "");
    EXPECT_TRUE(held(ada, &south));
    EXPECT_EQ(value("select cardinality(users) || ' ' || everybody from pack_changes where "
                    "everybody"),
              "0 true");
}

TEST_F(Changes, NothingIsKeptThatMayHaveMissedAny) {
    prepare();
    ChangeFeed late(installation.database("bw_app", "late"), packs, hands);
    ASSERT_TRUE(late.step()); // its first answer tells nothing of before
    EXPECT_EQ(held_of(), "");
    prepare();
    hands.advance(31s); // others may have forgotten what it did not hear
    hands.step_wall(-31s);
    hear();
    EXPECT_EQ(held_of(), "");
    prepare();
    hands.step_wall(-10s); // for how long it was silent is not known
    hear();
    hands.step_wall(10s);
    EXPECT_EQ(held_of(), "");
    prepare();
    hands.step_wall(1min); // a machine that slept: its monotonic clock stood still
    hear();
    EXPECT_EQ(held_of(), "");
}

TEST_F(Changes, AnotherTimelineOrDatabaseDropsAll) {
    auto answer = [&](const std::string& snapshot, const std::string& timeline) {
        installation.superuser().run(
            "create or replace function control.pack_changes_since(seen text, rows_limit bigint) "
            "returns table (snapshot text, timeline bigint, tenant_id uuid, users bytea, sections "
            "bytea, everybody boolean) language sql stable as $$ select '" +
            snapshot + "', " + timeline +
            "::bigint, null::uuid, null::bytea, null::bytea, false $$");
    };
    const auto row = installation.superuser().run(
        "select pg_current_snapshot()::text, ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), "
        "1, 8))::bit(32)::bigint");
    struct Answer {
        const char* name;
        std::string snapshot, timeline;
        bool kept;
    };
    const Answer answers[] = {{"the same", *row[0][0], *row[0][1], true},
                              {"later", "99999:99999:", *row[0][1], true},
                              {"promoted", "99999:99999:", "7", false},
                              {"restored, and so begun anew", "9:9:", "7", false}};
    for (const Answer& c : answers) {
        SCOPED_TRACE(c.name);
        (void)ask(ada);
        ASSERT_TRUE(held(ada));
        answer(c.snapshot, c.timeline);
        hear();
        EXPECT_EQ(held(ada), c.kept);
    }
}

TEST_F(Changes, MoreThanOneAnswerTellsDropAll) {
    ChangeFeed small(installation.database("bw_app", "small"), packs, hands, {.rows_limit = 2});
    ASSERT_TRUE(small.step());
    (void)ask(cyd);
    write(cases[0]);
    ASSERT_TRUE(small.step());
    EXPECT_TRUE(held(cyd));
    write(cases[0]);
    write(cases[0]);
    ASSERT_TRUE(small.step());
    EXPECT_FALSE(held(cyd));
}

TEST_F(Changes, WhatEverybodyHasSeenIsForgotten) {
    write(cases[0]);
    hear();
    EXPECT_NE(value("select count(*) from pack_changes"), "0");
    // Other tests' transactions in this cluster hold it up for as long as they last.
    const Deadline patience = installation.soon();
    do {
        hands.advance(5s);
        hear();
    } while (value("select count(*) from pack_changes") != "0" &&
             !patience.expired(installation.clock()));
    EXPECT_EQ(value("select count(*) from pack_changes"), "0");
    test::Session slow(installation.conninfo("bw_app"));
    slow.run("begin; set local bw.tenant = '" + to_text(north.scope.tenant().uuid) + "';" +
             filled(cases[0].sql));
    for (int i = 0; i < 15; ++i) {
        hands.advance(5s);
        hear();
    }
    slow.run("commit");
    hands.advance(5s);
    hear();
    EXPECT_EQ(value("select count(*) from pack_changes"), "1") << "nobody has seen it before";
}

TEST_F(Changes, ForgettingKeepsUpWithFiveThousandRowsASecond) {
    ChangeFeed busy(installation.database("bw_app", "busy"), packs, hands, {.retention = 12s});
    const auto second = [&] {
        run(north, "insert into pack_changes (users) select '{}' from generate_series(1, 5000)");
        for (int i = 0; i < 4; ++i) {
            hands.advance(250ms);
            ASSERT_TRUE(busy.step());
        }
    };
    // What stays is of the time of retention, and of two seconds between snapshots, about.
    const auto left = [&] { return std::stoi(value("select count(*) from pack_changes")); };
    for (int i = 0; i < 36; ++i)
        second();
    // Other tests' transactions in this cluster hold it up for as long as they last.
    const Deadline patience = installation.soon();
    while (left() > 16 * 5'000 && !patience.expired(installation.clock()))
        second();
    EXPECT_LE(left(), 16 * 5'000);
}

} // namespace
} // namespace bw::packs
