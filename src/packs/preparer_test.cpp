// Whose pages are prepared, when, how fast, and what stops it.
#include "packs/preparer.hpp"

#include <gtest/gtest.h>

#include "packs/school_for_test.hpp"

namespace bw::packs {
namespace {

struct Preparing : PackSchool {
    bool busy = false, broken = false;
    std::optional<TenantId> broken_at; // of whom no page can be read
    Duration each{};                   // a page takes so long
    std::unique_ptr<Preparer> preparer = make();

    std::unique_ptr<Preparer> make(PreparerOptions options = {}) {
        return std::make_unique<Preparer>(
            installation.database("bw_app", "packs"), packs,
            [this, read = first_page_reader(hands)](
                tenancy::Database& from, const tenancy::TenantScope& scope, UserId user,
                tenancy::Roles roles, Deadline deadline) -> Result<SharedPack> {
                ++reads;
                hands.advance(each);
                if (broken || broken_at == scope.tenant())
                    return fail(Code::unavailable, "the primary is away");
                return read(from, scope, user, roles, deadline);
            },
            directory, [this] { return busy; }, hands, options);
    }
    void SetUp() override {
        // Tomorrow morning: the database knows bells to come alone, by its own clock.
        const std::int64_t day = 24LL * 3600 * 1000, now = installation.clock().now().ms;
        hands.step_wall(Instant{(now / day + 1) * day} + 9h - hands.now());
        PackSchool::SetUp();
    }
    void bell(Duration in) { bell(in, north); }
    void bell(Duration in, const tenancy::TenantInfo& of) {
        const Instant at = hands.now() + in;
        run(of, "insert into bells (bell_id, starts_at, lasts_seconds) values "
                "(gen_random_uuid(), to_timestamp(" +
                    std::to_string(at.ms) + " / 1000.0), 60)");
        // bells are heard of by the counter of the control plane
        run(of, "update control.tenants set change = control.take_change() where slug = '" +
                    of.slug + "'");
        installation.refresh(directory);
        hear();
    }
    void step_until_idle() {
        for (int i = 0; i < 20 && preparer->step() != 1s; ++i) {
        }
    }
};

TEST_F(Preparing, StudentsAreReadyBeforeTheirBell) {
    run(north, "insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, "
               "role_type) select gen_random_uuid(), 's', user_id::text, user_id, " +
                   text_of("1") +
                   ", case when given_name = 'pf' then 'teacher' else 'student' end, 'primary' "
                   "from users where tenant_id = current_setting('bw.tenant')::uuid");
    hear();
    EXPECT_EQ(preparer->step(), 1s) << "no bell";
    bell(5min + 1s);
    EXPECT_EQ(preparer->step(), 1s) << "not yet";
    hands.advance(1s);
    hear();
    step_until_idle();
    EXPECT_TRUE(held(ada) && held(bob) && held(cyd));
    EXPECT_FALSE(held(tess)) << "who teaches is not expected so";
    EXPECT_FALSE(held(ada, &south)) << "no bell there";
    EXPECT_EQ(reads, 3);
    EXPECT_EQ(preparer->status().prepared, 3u);
    (void)page(ada);
    EXPECT_EQ(reads, 3) << "the bell finds it in memory";

    run(north, "update users set given_name = 'Augusta' where user_id = " + text_of("a"));
    hear();
    EXPECT_FALSE(held(ada));
    hands.advance(15s);
    hear();
    step_until_idle();
    EXPECT_TRUE(held(ada)) << "what changed meanwhile is prepared again";
    EXPECT_EQ(reads, 4);
    hands.advance(5min);
    hear();
    EXPECT_EQ(preparer->step(), 1s) << "the bell has rung";
}

TEST_F(Preparing, OthersComeFirstAndASlowPrimaryIsLeftAlone) {
    run(north, "insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, "
               "role_type) select gen_random_uuid(), 's', user_id::text, user_id, " +
                   text_of("1") +
                   ", 'student', 'primary' from users where tenant_id = "
                   "current_setting('bw.tenant')::uuid");
    bell(4min);
    busy = true;
    EXPECT_EQ(preparer->step(), 500ms);
    EXPECT_EQ(reads, 0);
    busy = false;
    each = 60ms;
    EXPECT_EQ(preparer->step(), 500ms);
    packs.forget_all();
    hands.advance(15s);
    broken = true;
    EXPECT_EQ(preparer->step(), 500ms);
    EXPECT_TRUE(preparer->status().failing);
    broken = false;
    each = {};
    hands.advance(999ms);
    EXPECT_EQ(preparer->step(), 1s) << "it is left alone for twice as long";
    hands.advance(1ms);
    EXPECT_LT(preparer->step(), 500ms);
    EXPECT_FALSE(preparer->status().failing);
    EXPECT_EQ(preparer->status().paused, 3u);
}

TEST_F(Preparing, OneInstitutionKeepsNoOtherFromBeingPrepared) {
    for (const auto* at : {&north, &south})
        run(*at, "insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, "
                 "role_type) select gen_random_uuid(), 's', user_id::text, user_id, " +
                     text_of("1") +
                     ", 'student', 'primary' from users where tenant_id = "
                     "current_setting('bw.tenant')::uuid");
    bell(4min); // of north, the nearer one
    bell(5min, south);
    preparer = make({.batch = 1});
    (void)preparer->step();
    EXPECT_FALSE(held(ada, &south));
    (void)preparer->step();
    EXPECT_TRUE(held(ada, &south)) << "they take turns";
    packs.forget_all();
    broken_at = north.scope.tenant();
    preparer = make({.batch = 1});
    EXPECT_EQ(preparer->step(), 500ms);
    (void)preparer->step();
    EXPECT_TRUE(held(ada, &south)) << "whose database is well";
    EXPECT_FALSE(preparer->status().failing);
    packs.forget_all();
    broken_at = {};
    each = 900ms;
    preparer = make({.batch = 50});
    reads = 0;
    (void)preparer->step();
    EXPECT_EQ(reads, 2) << "no page is begun when a batch has taken a second";
}

TEST_F(Preparing, ItsStatementsAreCounted) {
    run(north, "insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, "
               "role_type) select gen_random_uuid(), 's', user_id::text, user_id, " +
                   text_of("1") +
                   ", 'student', 'primary' from users where tenant_id = "
                   "current_setting('bw.tenant')::uuid");
    preparer = make({.statements_per_second = 100, .batch = 2});
    bell(4min);
    EXPECT_EQ(preparer->step(), 240ms) << "two pages of 10, and 4 for their list";
    EXPECT_EQ(reads, 2);
    EXPECT_EQ(preparer->step(), 140ms);
    preparer = make({.statements_per_second = 0});
    packs.forget_all();
    EXPECT_EQ(preparer->step(), 1s);
    EXPECT_EQ(reads, 3);
}

} // namespace
} // namespace bw::packs
