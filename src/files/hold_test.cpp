// Uploads that others count on, and those that go out to nobody.
#include <thread>

#include "files/uploads_for_test.hpp"

namespace bw::files {
namespace {

struct Holds : Uploads {
    void SetUp() override {
        Uploads::SetUp();
        installation.refresh(tenants);
    }
    Upload sent(const std::string& bytes, bool declared = true) {
        Upload upload = planned(bytes.size());
        if (declared)
            upload.sha256 = sha256(bytes);
        EXPECT_TRUE(make(upload));
        auto done = all_sent(upload, bytes);
        EXPECT_TRUE(done) << done.error().text();
        return upload;
    }
    bool held(const Upload& upload) {
        return in(north, [&](tenancy::TenantTx& tx) { return hold(tx, upload.id); }).value();
    }
    bool removed(const Upload& upload) {
        return in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, upload.id); })
            .value();
    }
    std::optional<Upload> found(const std::string& bytes, std::optional<UserId> owner = {}) {
        return in(north,
                  [&](tenancy::TenantTx& tx) {
                      return find_complete(tx, owner.value_or(ada), bytes.size(), sha256(bytes));
                  })
            .value();
    }
    tenancy::TenantDirectory tenants;
    Sweeper sweeper{parts, installation.database(), tenants};
};

TEST_F(Holds, WhatIsHeldNeitherExpiresNorIsRemoved) {
    const Upload kept = sent("hello"), other = sent("other");
    EXPECT_TRUE(held(kept));
    EXPECT_TRUE(held(kept)) << "again";
    EXPECT_FALSE(removed(kept));
    pass(1000 * 24h);
    EXPECT_EQ(sweeper.step(), 1) << "the other one";
    EXPECT_EQ(content(kept), "hello");
    EXPECT_FALSE(held(other)) << "it is gone";
    EXPECT_FALSE(resumed(kept)->expires_at);
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return remove_all_of(tx, ada); }));
    EXPECT_EQ(sweeper.step(), 1) << "but its owner is erased";
    EXPECT_EQ(objects(), 0U);
}

TEST_F(Holds, NeedBytesThatAreThere) {
    const Upload open = made(5), going = sent("hello");
    EXPECT_FALSE(held(open));
    EXPECT_TRUE(removed(going));
    EXPECT_FALSE(held(going));
    EXPECT_TRUE(removed(going)) << "it is being removed already, and that goes on";
}

/// Whoever is first wins, and the other one is told: never a removed file that somebody counts on.
TEST_F(Holds, AndARemovalAtTheSameTimeDoNotBothSucceed) {
    auto second = installation.database();
    for (int round = 0; round < 20; ++round) {
        const Upload upload = sent("hello" + std::to_string(round));
        ASSERT_TRUE(second->run(north.scope, soon(), [&](tenancy::TenantTx& tx) {
            return find(tx, upload.id); // connected already
        }));
        bool held_it = false, removed_it = false;
        {
            const std::jthread remover([&] { removed_it = removed(upload); });
            auto done = second->run(north.scope, soon(),
                                    [&](tenancy::TenantTx& tx) { return hold(tx, upload.id); });
            held_it = done.value();
        }
        EXPECT_NE(held_it, removed_it);
    }
}

/// The sweep has listed what has expired; before it marks that, somebody takes hold of it.
TEST_F(Holds, CountForASweepThatHasListedThemBefore) {
    const Upload upload = sent("hello");
    pass(31 * 24h);
    auto listed = in(north, [&](tenancy::TenantTx& tx) { return to_remove(tx, 10); });
    ASSERT_EQ(listed->size(), 1U);
    EXPECT_TRUE(held(upload));
    EXPECT_FALSE(removed(listed->front()));
    EXPECT_EQ(sweeper.step(), 0);
    EXPECT_EQ(content(upload), "hello");
}

TEST_F(Holds, BytesAreFoundByOwnerSizeAndHash) {
    const Upload upload = sent("hello");
    clock.advance(1h);
    sent("hello");
    EXPECT_EQ(found("hello")->id, upload.id) << "the oldest";
    EXPECT_EQ(found("hello")->completed_at, clock.now() - 1h);
    EXPECT_FALSE(found("hello", bob));
    EXPECT_FALSE(found("jello"));
    sent("untold", false);
    EXPECT_FALSE(found("untold")) << "nobody has looked at its hash";
    Upload partial = planned(4, Kind::partial);
    partial.sha256 = sha256("part");
    ASSERT_TRUE(make(partial));
    ASSERT_TRUE(all_sent(partial, "part"));
    EXPECT_FALSE(found("part")) << "it may become part of another";
    Upload waiting = planned(5);
    waiting.sha256 = sha256("later");
    ASSERT_TRUE(make(waiting));
    EXPECT_FALSE(found("later"));
}

TEST_F(Holds, ThatBytesHaveComeIsTold) {
    auto jobs = [&] { return value("select count(*) from jobs where kind = 'file.arrived'"); };
    const Upload upload = sent("hello");
    EXPECT_EQ(value("select args from jobs"), "{\"upload_id\":\"" + upload.id.text() + "\"}");
    ASSERT_TRUE(complete(parts, *database, north.scope, *resumed(upload), {}))
        << "settled already: nothing more";
    EXPECT_EQ(jobs(), "1");
    sent("untold", false);
    EXPECT_EQ(jobs(), "1") << "nobody can have declared it";
    Upload refused = planned(5);
    refused.sha256 = sha256("other");
    ASSERT_TRUE(make(refused));
    EXPECT_FALSE(all_sent(refused, "hello"));
    EXPECT_EQ(jobs(), "1");
}

} // namespace
} // namespace bw::files
