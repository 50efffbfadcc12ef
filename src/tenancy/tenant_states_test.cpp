// What may enter an institution's scope in which state: the same table as in README.md, asked of
// the database.
#include <gtest/gtest.h>

#include "support/installation.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::tenancy {
namespace {

using test::Installation;

constexpr pg::Statement count_users{"test_count_users", 0, "select count(*) from users"};

enum class Door : std::uint8_t { enters, unknown, moved, suspended };

struct Row {
    const char* state;
    bool fenced;
    bool current; // the scope's generation is the tenant's
    Door serving, recording;
};

// README.md, "States of an institution".
const Row rows[] = {
    {"active", false, true, Door::enters, Door::enters},
    {"active", false, false, Door::moved, Door::moved},
    {"active", true, true, Door::moved, Door::enters},
    {"active", true, false, Door::moved, Door::moved},
    {"suspended", false, true, Door::suspended, Door::enters},
    {"suspended", false, false, Door::suspended, Door::moved},
    {"suspended", true, true, Door::suspended, Door::enters},
    {"suspended", true, false, Door::suspended, Door::moved},
};

TEST(TenantStates, WhatEntersTheScopeInEach) {
    Installation installation;
    const TenantInfo alpha = installation.provision("alpha");
    auto database = installation.database();
    auto meets = [&](const TenantScope& scope) {
        auto asked = database->run(scope, installation.soon(),
                                   [](TenantTx& tx) { return tx.run(count_users); });
        if (asked)
            return Door::enters;
        const std::string& state = database->last_sqlstate();
        EXPECT_EQ(asked.error().code, state == "BW001"   ? Code::not_found
                                      : state == "BW002" ? Code::unavailable
                                                         : Code::forbidden);
        return state == "BW001" ? Door::unknown : state == "BW002" ? Door::moved : Door::suspended;
    };
    for (const Row& row : rows) {
        installation.superuser().run(std::string("update control.tenants set state = '") +
                                     row.state + "', fenced = " + (row.fenced ? "true" : "false") +
                                     ", generation = " + (row.current ? "1" : "2"));
        const std::string what = std::string(row.state) + (row.fenced ? " fenced" : "") +
                                 (row.current ? "" : " elsewhere");
        EXPECT_EQ(meets(alpha.scope), row.serving) << what;
        EXPECT_EQ(meets(alpha.scope.for_recording()), row.recording) << what;
    }
    installation.superuser().run("delete from control.tenants");
    EXPECT_EQ(meets(alpha.scope), Door::unknown);
    EXPECT_EQ(meets(alpha.scope.for_recording()), Door::unknown);
}

/// The system's clock, set forward by hand.
class AheadClock final : public Clock {
public:
    Instant now() const override { return system_.now() + ahead; }
    Monotonic monotonic() const override { return system_.monotonic() + ahead; }
    Duration ahead{};

private:
    SystemClock system_;
};

TEST(TenantStates, PlainReadsEnterByLeaseForASecondAndWritesNever) {
    Installation installation;
    const TenantInfo alpha = installation.provision("alpha"),
                     bravo = installation.provision("bravo");
    constexpr pg::Statement write{"test_rename_users", 0, "update users set given_name = 'x'"};
    AheadClock clock;
    Database database(installation.conninfo(), "test", clock);
    auto soon = [&] { return Deadline::in(clock, 20s); };
    auto reads = [&](const TenantInfo& tenant) {
        return database.fetch(tenant.scope, soon(), count_users, {}).has_value();
    };
    auto reads_each = [&](const TenantInfo& tenant) {
        return database.run_each({{tenant.scope, {{count_users, {}}}}}, soon())[0].has_value();
    };
    ASSERT_TRUE(reads(alpha));
    installation.superuser().run("update control.tenants set state = 'suspended'");
    EXPECT_TRUE(reads(alpha) && reads_each(alpha)) << "let in a moment ago";
    EXPECT_FALSE(reads(bravo) || reads_each(bravo)) << "never let in";
    EXPECT_FALSE(database.fetch(alpha.scope, soon(), write, {})) << "a write, in the same second";
    EXPECT_EQ(database.last_sqlstate(), "BW004");
    EXPECT_FALSE(database.run_each({{alpha.scope, {{count_users, {}}, {write, {}}}}}, soon())[0]);
    EXPECT_FALSE(database.run(alpha.scope, soon(), [](TenantTx& tx) {
        return tx.run(count_users);
    })) << "a transaction of its own";
    clock.ahead += ReadLeases::lifetime;
    EXPECT_FALSE(reads(alpha) || reads_each(alpha)) << "the lease has ended";
    installation.superuser().run("update control.tenants set state = 'active'");
    EXPECT_TRUE(reads_each(alpha));
    installation.superuser().run("update control.tenants set generation = 2");
    EXPECT_TRUE(reads(alpha)) << "of the placement that it was let into";
}

TEST(TenantStates, SuspendAndResumeAreIdempotentAndInTheBook) {
    Installation installation;
    const TenantInfo alpha = installation.provision("alpha");
    auto desk = installation.database("bw_operator");
    struct Step {
        TenantState to;
        std::int64_t version;
    };
    for (const Step& step : {Step{TenantState::active, 1},
                             {TenantState::suspended, 2},
                             {TenantState::suspended, 2},
                             {TenantState::active, 3},
                             {TenantState::active, 3}}) {
        auto set = Provisioning::set_state(*desk, alpha.scope.tenant(), step.to, "test",
                                           installation.clock(), installation.soon());
        ASSERT_TRUE(set) << set.error().text();
        EXPECT_EQ(set->state, step.to);
        EXPECT_EQ(set->version, step.version);
    }
    EXPECT_EQ(Provisioning::set_state(*desk, TenantId{}, TenantState::suspended, "test",
                                      installation.clock(), installation.soon())
                  .error()
                  .code,
              Code::not_found);
    auto events = Provisioning::events(*desk, std::nullopt, 10, installation.soon());
    ASSERT_TRUE(events);
    std::string told;
    for (const OperatorEvent& event : *events)
        told += event.action + " ";
    EXPECT_EQ(told, "tenant.resumed tenant.suspended tenant.created ");
}

} // namespace
} // namespace bw::tenancy
