// Bells from the database to the tokens that they steer.
#include "auth/bells.hpp"

#include <gtest/gtest.h>

#include "auth/token_issuer.hpp"
#include "support/installation.hpp"

namespace bw::auth {
namespace {

using test::Installation;

struct Bells : testing::Test {
    Installation installation;
    const tenancy::TenantInfo alpha = installation.provision("alpha"),
                              bravo = installation.provision("bravo");
    std::unique_ptr<tenancy::Database> database = installation.database();
    tenancy::TenantDirectory directory;
    ManualClock wall{installation.clock().now()};
    tenancy::KeyRing keys{SigningKey::make(installation.rng())};
    const RoutingHints hints{SecretKey{}};
    const TokenIssuer issuer{{.issuer = "test", .bells = bells_of_institution(directory)},
                             keys,
                             hints,
                             wall,
                             installation.rng()};
    const Instant bell = Instant{wall.now().ms / 1000 * 1000} + 40min;

    Result<BellId> put(const tenancy::Bell& wanted) {
        return database->run(alpha.scope, installation.soon(), [&](tenancy::TenantTx& tx) {
            return put_bell(tx, wanted, BellId::make(wall.now(), installation.rng()));
        });
    }
    std::vector<StoredBell> list() {
        return *database->run(alpha.scope, installation.soon(),
                              [](tenancy::TenantTx& tx) { return list_bells(tx); });
    }
    std::vector<tenancy::Bell> known(const tenancy::TenantInfo& of) {
        installation.refresh(directory);
        return directory.by_id(of.scope.tenant())->bells;
    }
    /// Of so many tokens: renewed within six minutes of the bell, or ended in the hour after it.
    int at_the_bell(const tenancy::TenantInfo& of) {
        int count = 0;
        for (int i = 0; i < 300; ++i) {
            const tenancy::Claims claims = issuer.issue(of.scope, {})->claims;
            count += (claims.renew_at > bell - 3min && claims.renew_at < bell + 6min) ||
                     (claims.expires_at >= bell && claims.expires_at < bell + 1h);
        }
        return count;
    }
};

TEST_F(Bells, SteerTheirOwnInstitutionsTokensAsSoonAsTheDirectoryKnows) {
    EXPECT_TRUE(known(alpha).empty());
    const auto id = put({bell, 1h});
    ASSERT_TRUE(id) << id.error().text();
    EXPECT_GT(at_the_bell(alpha), 0) << "nothing has been heard of it yet";
    EXPECT_EQ(known(alpha), (std::vector<tenancy::Bell>{{bell, 1h}}));
    EXPECT_TRUE(known(bravo).empty());
    EXPECT_EQ(at_the_bell(alpha), 0);
    EXPECT_GT(at_the_bell(bravo), 0);
    const Duration outage =
        issuer.issue_for_outage(alpha.scope, {})->claims.expires_at - wall.now();
    EXPECT_EQ(outage, 5min);

    ASSERT_TRUE(database->run(alpha.scope, installation.soon(),
                              [&](tenancy::TenantTx& tx) { return remove_bell(tx, *id); }));
    EXPECT_TRUE(known(alpha).empty());
    EXPECT_GT(at_the_bell(alpha), 0);
}

TEST_F(Bells, OneOfTheSameMomentIsChanged) {
    const auto first = put({bell, 1h}), second = put({bell, 2h});
    EXPECT_EQ(*first, *second);
    ASSERT_TRUE(put({bell + 4h}));
    EXPECT_EQ(known(alpha), (std::vector<tenancy::Bell>{{bell, 2h}, {bell + 4h}}));
    EXPECT_EQ(list().size(), 2U);
}

TEST_F(Bells, ThereAreSoManyAndNotMore) {
    EXPECT_TRUE(known(alpha).empty());
    installation.superuser().run(
        "insert into bells (tenant_id, bell_id, starts_at, lasts_seconds) select '" +
        to_text(alpha.scope.tenant().uuid) +
        "', gen_random_uuid(), date_trunc('second', now()) + n * interval '1 hour', 0 from "
        "generate_series(1, 500) n");
    const auto more = put({bell, 1h});
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::conflict);
    EXPECT_EQ(known(alpha).size(), 0U) << "nobody said so";
    EXPECT_TRUE(put({list().front().bell.at, 1h})) << "one that is there may be changed";
    EXPECT_EQ(known(alpha).size(), 500U);
}

TEST_F(Bells, WhatIsOverIsForgotten) {
    installation.superuser().run(
        "insert into bells (tenant_id, bell_id, starts_at, lasts_seconds) select '" +
        to_text(alpha.scope.tenant().uuid) +
        "', gen_random_uuid(), now() - n * interval '3 hours', 60 from generate_series(1, 16) n");
    ASSERT_TRUE(put({bell, 1h}));
    EXPECT_EQ(known(alpha).size(), 1U);
    EXPECT_LT(list().size(), 10U);
}

} // namespace
} // namespace bw::auth
