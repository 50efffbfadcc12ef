// New institutions, and the self-check before a server listens: each refusal seen once.
#include "tenancy/provisioning.hpp"

#include <gtest/gtest.h>

#include "support/installation.hpp"

namespace bw::tenancy {
namespace {

using test::Installation;

TEST(Provisioning, Table) {
    Installation installation;
    auto desk = installation.database("bw_operator");
    const std::string longest(63, 'a');
    struct Case {
        const char* what;
        std::string slug, name, zone;
        std::optional<Code> code = {};
        const char* field = "";
    };
    const Case cases[] = {
        {"good", "elm-grove", "Elm Grove", "Europe/London"},
        {"the same slug again", "elm-grove", "Another", "Europe/London", Code::conflict, "/slug"},
        {"the same name is fine", "elm-grove-2", "Elm Grove", "America/Chicago"},
        {"one letter", "x", "X", "UTC"},
        {"63 letters", longest, "X", "UTC"},
        {"64 letters", longest + "a", "X", "UTC", Code::invalid_field, "/slug"},
        {"empty slug", "", "X", "UTC", Code::invalid_field, "/slug"},
        {"upper case", "Elm", "X", "UTC", Code::invalid_field, "/slug"},
        {"hyphen first", "-elm", "X", "UTC", Code::invalid_field, "/slug"},
        {"hyphen last", "elm-", "X", "UTC", Code::invalid_field, "/slug"},
        {"a dot would be another host", "elm.grove", "X", "UTC", Code::invalid_field, "/slug"},
        {"a line end behind it", "elm\n", "X", "UTC", Code::invalid_field, "/slug"},
        {"not ASCII", "\u00e9cole", "X", "UTC", Code::invalid_field, "/slug"},
        {"empty name", "a1", "", "UTC", Code::invalid_field, "/name"},
        {"name of 201 bytes", "a2", std::string(201, 'n'), "UTC", Code::invalid_field, "/name"},
        {"name that is not UTF-8", "a3", "\xc3(", "UTC", Code::invalid_field, "/name"},
        {"name with a NUL", "a4", std::string("a\0b", 3), "UTC", Code::invalid_field, "/name"},
        {"no such zone", "a5", "X", "Mars/Olympus", Code::invalid_field, "/zone"},
        {"an offset is no zone", "a6", "X", "+01:00", Code::invalid_field, "/zone"},
        {"an empty zone", "a7", "X", "", Code::invalid_field, "/zone"},
        {"a zone that is not UTF-8", "a8", "X", "\xc3(", Code::invalid_field, "/zone"},
        {"a zone with a NUL", "a9", "X", std::string("UTC\0", 4), Code::invalid_field, "/zone"},
    };
    std::size_t made = 0;
    for (const Case& c : cases) {
        auto tenant = Provisioning::create(*desk, c.slug, c.name, c.zone, installation.clock(),
                                           installation.rng(), installation.soon());
        ASSERT_EQ(tenant.has_value(), !c.code)
            << c.what << (tenant ? "" : ": " + tenant.error().text());
        if (c.code) {
            EXPECT_EQ(tenant.error().code, *c.code) << c.what << ": " << tenant.error().text();
            EXPECT_EQ(tenant.error().field, c.field) << c.what;
        }
        made += tenant.has_value();
    }
    TenantDirectory directory;
    installation.refresh(directory);
    EXPECT_EQ(directory.all().size(), made);
    EXPECT_EQ(directory.by_slug("elm-grove")->zone, "Europe/London");
    EXPECT_EQ(directory.by_slug("ELM-GROVE"), nullptr);
    EXPECT_EQ(directory.by_id(directory.by_slug("x")->scope.tenant())->slug, "x");
}

TEST(Provisioning, TheServersRoleMayNotProvision) {
    Installation installation;
    auto made = Provisioning::create(*installation.database("bw_app"), "elm", "Elm", "UTC",
                                     installation.clock(), installation.rng(), installation.soon());
    ASSERT_FALSE(made);
    TenantDirectory directory;
    installation.refresh(directory);
    EXPECT_TRUE(directory.all().empty());
}

/// Roles belong to the cluster, so each case has roles of its own and drops them again.
struct SelfCheck : testing::Test {
    Installation installation;
    const std::string role = "bw_test_" + to_hex(view(installation.rng().bytes<6>()));

    void SetUp() override {
        installation.superuser().run("create role " + role +
                                     " login password 'test'; grant bw_app to " + role);
    }
    void TearDown() override {
        installation.superuser().run("drop owned by " + role + " cascade; drop role " + role);
    }
    Result<void> check(const std::string& as) {
        return Provisioning::check_isolation(*installation.database(as), installation.soon());
    }
    void expect_refused(const std::string& as, const char* why) {
        auto checked = check(as);
        ASSERT_FALSE(checked) << "expected: " << why;
        EXPECT_EQ(checked.error().code, Code::forbidden);
        EXPECT_NE(checked.error().detail.find(why), std::string::npos) << checked.error().text();
    }
};

TEST_F(SelfCheck, TheServersRolePasses) {
    EXPECT_TRUE(check("bw_app"));
    EXPECT_TRUE(check(role));
}

TEST_F(SelfCheck, ASuperuserIsRefused) {
    installation.superuser().run("alter role " + role + " superuser");
    expect_refused(role, "superuser");
}

TEST_F(SelfCheck, BypassIsRefused) {
    installation.superuser().run("alter role " + role + " bypassrls");
    expect_refused(role, "BYPASSRLS");
}

TEST_F(SelfCheck, AnOwnerOfTablesIsRefused) {
    installation.superuser().run("alter table categories owner to " + role);
    expect_refused(role, "owns tables");
}

TEST_F(SelfCheck, AMemberOfTheOwnersRoleIsRefused) {
    // SET ROLE bw_owner; ALTER TABLE .. DISABLE ROW LEVEL SECURITY is one statement away.
    installation.superuser().run("grant bw_owner to " + role);
    expect_refused(role, "owns tables");
}

TEST_F(SelfCheck, AMemberOfABypassingRoleIsRefused) {
    installation.superuser().run("alter role " + role + " nologin bypassrls");
    const std::string member = role + "_m";
    installation.superuser().run("create role " + member + " login password 'test' in role " +
                                 role);
    expect_refused(member, "BYPASSRLS");
    installation.superuser().run("drop role " + member);
}

TEST_F(SelfCheck, AMemberOfTheDoorIsRefused) {
    // The door's policies see every tenant.
    installation.superuser().run("grant bw_door to " + role);
    expect_refused(role, "bw_door");
}

TEST_F(SelfCheck, ATableWithoutForcedRowLevelSecurityIsRefused) {
    installation.superuser().run("alter table categories no force row level security");
    expect_refused("bw_app", "force row-level security");
    installation.superuser().run(
        "alter table categories force row level security, disable row level security");
    expect_refused("bw_app", "force row-level security");
    installation.superuser().run("alter table categories enable row level security");
    EXPECT_TRUE(check("bw_app"));
    installation.superuser().run("create schema annex; create table annex.notes (tenant_id uuid)");
    expect_refused("bw_app", "force row-level security"); // in any schema
}

} // namespace
} // namespace bw::tenancy
