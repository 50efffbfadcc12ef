// Class codes: what one pupil can do with a code that all of the class see, and what their teacher
// sees of it; and the end of a class's sessions.
#include <gmock/gmock.h>

#include "accounts/school_for_test.hpp"

namespace bw::accounts {
namespace {

struct Classes : School {
    std::optional<ClassCodeRecord> latest(const tenancy::TenantInfo& tenant, SectionId section) {
        auto found = database->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return latest_class_code(tx, section);
        });
        EXPECT_TRUE(found) << found.error().text();
        return found.value_or(std::nullopt);
    }
    std::string end(SectionId section) {
        auto ended = database->run(north.scope, soon(), [&](tenancy::TenantTx& tx) {
            return end_class_code(tx, section, clock.now());
        });
        EXPECT_TRUE(ended);
        return ended && *ended ? "ended" : "none";
    }
    Code taught(const tenancy::TenantInfo& tenant, UserId who, tenancy::Roles roles,
                SectionId section) {
        const tenancy::Principal principal{tenant.scope, who, {}, roles, {}};
        auto title = database->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return taught_section(tx, principal, section, clock.now());
        });
        return title ? Code{} : title.error().code;
    }
    void session(const tenancy::TenantInfo& tenant, const char* digit, const char* who,
                 bool shared) {
        run(tenant, std::string("insert into refresh_families (session_id, user_id, generation, "
                                "rotated_at, began_at, expires_at, device, shared_device) "
                                "values ('00000000-0000-7000-8000-0000000000c") +
                        digit + "', '00000000-0000-7000-8000-00000000000" + who +
                        "', 0, now(), now(), now() + interval '1 hour', 'd', " +
                        (shared ? "true" : "false") + ")");
    }
    SessionsEnded end_all(bool shared) {
        auto ended =
            database->run(north.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<SessionsEnded> {
                return end_sessions_of(tx, TRY(section_students(tx, art, clock.now())), shared,
                                       clock.now());
            });
        EXPECT_TRUE(ended) << ended.error().text();
        return ended.value_or(SessionsEnded{});
    }
};

TEST_F(Classes, ACodeOpensThoseWhomTheTeacherOpenedOnceEach) {
    const std::string code = class_code(north, art, {bob_id});
    EXPECT_EQ(choose(here, {"", "ada", code}, "six brown boats"), "forbidden") << "not open";
    EXPECT_EQ(choose(here, {"", "nobody", code}, "six brown boats"), "forbidden");
    EXPECT_EQ(choose(here, {"", "eve", code}, "six brown boats"), "forbidden")
        << "not of this class";
    EXPECT_EQ(choose(here, {"", "bob", code}, "six brown boats"), "");
    EXPECT_EQ(choose(here, {"", "bob", code}, "ten grey doors"), "forbidden") << "once";
    EXPECT_TRUE(opens(north, "bob", "six brown boats"));
    EXPECT_TRUE(opens(north, "ada", "three blue kettles"));
    const auto seen = latest(north, art);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->misses, 4) << "the teacher sees that somebody tried it on others";
    ASSERT_EQ(seen->students.size(), 1U);
    EXPECT_EQ(seen->students[0].username, "bob");
    EXPECT_TRUE(seen->students[0].used_at);
    EXPECT_EQ(
        count(
            "audit_events where action = 'password.changed' and details::text like '%class_code%'"),
        "1");
    EXPECT_FALSE(latest(south, art)) << "the neighbour sees nothing";
}

TEST_F(Classes, ACodeEnds) {
    struct Case {
        const char* what;
        std::function<void()> event;
        bool counts;
    };
    const Case cases[] = {
        {"at once", [] {}, true},
        {"just before its end", [&] { clock.advance(15min - 1s); }, true},
        {"at its end", [&] { clock.advance(15min); }, false},
        {"ended by its teacher", [&] { EXPECT_EQ(end(art), "ended"); }, false},
        {"a newer one", [&] { class_code(north, art, {ada_id}); }, false},
        {"another section's newer one",
         [&] {
             run(north, "update user_roles set status = 'inactive' where role = 'aide'");
             class_code(north, music, {eve_id});
         },
         true},
        {"the password was set another way",
         [&] { ASSERT_TRUE(set(north, "bob", "set by the operator")); }, false},
        {"inactive",
         [&] {
             run(north, "update users set status = 'inactive', username_normal = null where "
                        "username = 'bob'");
         },
         false},
    };
    for (const Case& c : cases) {
        const std::string code = class_code(north, art, {bob_id});
        clock.advance(1ms);
        c.event();
        EXPECT_EQ(choose(here, {"", "bob", code}, "six brown boats"), c.counts ? "" : "forbidden")
            << c.what;
    }
    EXPECT_EQ(end(music), "ended");
    EXPECT_EQ(end(music), "none");
}

TEST_F(Classes, NobodyButStudentsIsOpened) {
    for (UserId who : {tess_id, tom_id, eve_id}) {
        auto chosen = database->run(
            north.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<std::vector<Student>> {
                return chosen_students(
                    TRY(section_students(tx, who == eve_id ? music : art, clock.now())), {who});
            });
        ASSERT_FALSE(chosen) << who.text();
        EXPECT_EQ(chosen.error().field, "/user_ids/0");
    }
    // The control: without her second role she is a student like any other.
    run(north, "update user_roles set status = 'inactive' where role = 'aide'");
    auto all = database->run(north.scope, soon(), [&](tenancy::TenantTx& tx) {
        return section_students(tx, music, clock.now());
    });
    ASSERT_EQ(all->size(), 1U);
    EXPECT_EQ(all->front().username, "eve");
    run(north, "update enrollments set end_date = '2026-11-23' where section_id = "
               "'00000000-0000-7000-8000-000000000005'");
    clock.advance(24h);
    EXPECT_TRUE(
        database
            ->run(north.scope, soon(),
                  [&](tenancy::TenantTx& tx) { return section_students(tx, music, clock.now()); })
            ->empty())
        << "whoever has left is none";
}

TEST_F(Classes, ATeacherReachesTheirOwnSectionsAlone) {
    const tenancy::Roles teacher = tenancy::Role::teacher,
                         administrator = tenancy::Role::administrator;
    EXPECT_EQ(taught(north, tess_id, teacher, art), Code{});
    EXPECT_EQ(taught(north, tess_id, teacher, music), Code::not_found);
    EXPECT_EQ(taught(south, tess_id, teacher, art), Code{});
    EXPECT_EQ(taught(north, ada_id, teacher, art), Code::not_found) << "who attends does not teach";
    EXPECT_EQ(taught(north, ada_id, administrator, music), Code{});
    EXPECT_EQ(taught(north, ada_id, administrator, SectionId{}), Code::not_found);
    run(north, "update enrollments set end_date = '2026-11-01' where role = 'teacher'");
    EXPECT_EQ(taught(north, tess_id, teacher, art), Code::not_found) << "not any more";
}

TEST_F(Classes, SessionsOfAClassEnd) {
    session(north, "1", "a", true);
    session(north, "2", "a", false);
    session(north, "3", "b", true);
    session(north, "4", "f", true); // the teacher's
    session(south, "1", "a", true);
    const SessionsEnded shared = end_all(true);
    EXPECT_EQ(shared.sessions, 2);
    EXPECT_GT(shared.epoch, 0);
    EXPECT_EQ(count("refresh_families where revoked_at is not null"), "2");
    EXPECT_EQ(count("revocations r join refresh_families f on f.session_id = r.session_id and "
                    "f.tenant_id = r.tenant_id where f.revoked_at is not null"),
              "2");
    EXPECT_EQ(end_all(true).epoch, 0) << "there is nothing left to end";
    const SessionsEnded all = end_all(false);
    EXPECT_EQ(all.sessions, 1);
    EXPECT_GT(all.epoch, shared.epoch);
    EXPECT_EQ(count("refresh_families where revoked_at is null"), "2")
        << "the teacher's and the neighbour's";
    EXPECT_EQ(count("revocations where user_id is not null"), "4")
        << "Ada's at each school when her password was set, and both pupils' now";
}

} // namespace
} // namespace bw::accounts
