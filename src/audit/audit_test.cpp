// The audit log on a real database: events in trees, what tampering and erasing do to them, and the
// writer's thread-less steps.
#include "audit/audit.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "audit/tree.hpp"
#include "audit/writer.hpp"
#include "support/installation.hpp"

namespace bw::audit {
namespace {

class AuditTest : public testing::Test {
protected:
    void write(const std::string& subject) {
        auto written =
            database_->run(tenant_.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
                return record(tx, {"operator", "test.done", subject, R"({"n": 1,  "a":2})"},
                              installation_.clock(), installation_.rng());
            });
        ASSERT_TRUE(written) << written.error().text();
    }
    std::size_t grow_all(std::int32_t limit = 1'000) {
        auto grown = database_->run(tenant_.scope, soon(), [&](tenancy::TenantTx& tx) {
            return grow(tx, limit, key_, installation_.clock());
        });
        EXPECT_TRUE(grown) << grown.error().text();
        return grown.value_or(0);
    }
    Verification verified() {
        auto found = database_->run(tenant_.scope, soon(), [&](tenancy::TenantTx& tx) {
            return verify(tx, key_.public_key(), keys_);
        });
        EXPECT_TRUE(found) << found.error().text();
        return found.value_or(Verification{});
    }
    std::unique_ptr<Writer> writer(WriterOptions options = {}) {
        installation_.refresh(directory_);
        return std::make_unique<Writer>(installation_.database(), directory_, key_, keys_,
                                        installation_.clock(), installation_.rng(), options);
    }
    Deadline soon() const { return installation_.soon(); }

    test::Installation installation_;
    tenancy::TenantInfo tenant_ = installation_.provision("north");
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
    SigningKey key_ = SigningKey::make(installation_.rng());
    SubjectKeys keys_{SecretKey{7}};
    tenancy::TenantDirectory directory_;
    const UserId person_ = UserId::make(Instant{1}, installation_.rng());
};

TEST_F(AuditTest, AnEventStandsOnlyWithItsDeed) {
    auto rolled_back =
        database_->run(tenant_.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            CHECK_OK(record(tx, {"operator", "test.undone", "", "{}"}, installation_.clock(),
                            installation_.rng()));
            return fail(Code::conflict, "the deed failed");
        });
    EXPECT_FALSE(rolled_back);
    EXPECT_EQ(grow_all(), 0u);
    EXPECT_FALSE(verified().head);
}

TEST_F(AuditTest, TheTreeGrowsByWhatCameAndStaysVerifiable) {
    for (int i = 0; i < 5; ++i)
        write("subject " + std::to_string(i));
    EXPECT_EQ(verified().events, 0u) << "nothing is in the tree before it grows";
    EXPECT_EQ(grow_all(3), 3u);
    const auto first = verified();
    ASSERT_TRUE(first.head);
    EXPECT_EQ(first.events, 3u);
    EXPECT_EQ(grow_all(), 2u);
    EXPECT_EQ(grow_all(), 0u);
    const auto all = verified();
    EXPECT_FALSE(all.problem) << all.problem->text();
    EXPECT_EQ(all.events, 5u);
    EXPECT_EQ(all.head->size, 5u);
    EXPECT_NE(all.head->root, first.head->root);

    // The earlier head is the beginning of the later one: what an auditor who kept it checks.
    std::vector<Sha256> leaves;
    for (const auto& row : installation_.superuser().run(
             "select encode(leaf, 'hex') from audit_leaves order by leaf_index"))
        leaves.push_back(*to_array<32>(*from_hex(*row[0])));
    EXPECT_TRUE(verify_consistency(3, first.head->root, 5, all.head->root,
                                   MerkleTree(leaves).consistency_path(3)));
}

TEST_F(AuditTest, WhoeverRewritesTheLogIsFound) {
    struct Case {
        const char* what;
        std::string sql;
        const char* field;
    };
    const std::string second =
        " where audit_event_id = (select audit_event_id from audit_leaves where leaf_index = 1)";
    const Case cases[] = {
        {"another actor", "update audit_events set actor = 'nobody'" + second, "1"},
        {"another action", "update audit_events set action = 'x'" + second, "1"},
        {"another subject", "update audit_events set subject = 'x'" + second, "1"},
        {"another time", "update audit_events set at = at + interval '1 ms'" + second, "1"},
        {"a blank less", "update audit_events set details = '{\"n\":1}'" + second, "1"},
        {"a lost nonce", "update audit_events set nonce = null" + second, "1"},
        {"a leaf made to fit another event",
         "update audit_leaves set leaf = sha256('x') where leaf_index = 1", "1"},
        {"the last leaf cut off", "delete from audit_leaves where leaf_index = 3", "3"},
        {"a leaf in the middle cut out", "delete from audit_leaves where leaf_index = 1", "2"},
        {"two events swapped",
         "update audit_leaves set leaf_index = 99 where leaf_index = 0; update audit_leaves set "
         "leaf_index = 0 where leaf_index = 1; update audit_leaves set leaf_index = 1 where "
         "leaf_index = 99",
         "head"},
        {"another root", "update audit_heads set root = sha256('x') where size = 4", "head"},
        {"a head of another time", "update audit_heads set at = at + interval '1 h'", "head"},
        {"another signature", "update audit_heads set signature = sha256('a') || sha256('b')",
         "head"},
    };
    for (int i = 0; i < 4; ++i)
        write("s" + std::to_string(i));
    ASSERT_EQ(grow_all(), 4u);
    ASSERT_FALSE(verified().problem);
    for (const Case& c : cases) {
        installation_.superuser().run(
            "create table kept_events as table audit_events; create table kept_leaves as table "
            "audit_leaves; create table kept_heads as table audit_heads");
        installation_.superuser().run(c.sql);
        auto found = verified();
        ASSERT_TRUE(found.problem) << c.what;
        EXPECT_EQ(found.problem->code, Code::corrupt);
        EXPECT_EQ(found.problem->field, c.field) << c.what << ": " << found.problem->text();
        installation_.superuser().run(
            "delete from audit_leaves; delete from audit_heads; delete from audit_pending; delete "
            "from audit_events; insert into audit_events table kept_events; insert into "
            "audit_leaves table kept_leaves; insert into audit_heads table kept_heads; drop table "
            "kept_events, kept_leaves, kept_heads");
        ASSERT_FALSE(verified().problem) << "after " << c.what;
    }
    auto other_key = database_->run(tenant_.scope, soon(), [&](tenancy::TenantTx& tx) {
        return verify(tx, SigningKey::make(installation_.rng()).public_key(), keys_);
    });
    ASSERT_TRUE(other_key);
    EXPECT_TRUE(other_key->problem);
}

TEST_F(AuditTest, TheServersOwnRoleCannotRewriteIt) {
    write("s");
    grow_all();
    test::Session app(installation_.conninfo());
    app.run("set bw.tenant = '" + to_text(tenant_.scope.tenant().uuid) + "'");
    for (const char* sql :
         {"update audit_events set actor = 'x'", "delete from audit_events",
          "update audit_leaves set leaf = sha256('x')", "delete from audit_leaves",
          "update audit_heads set size = 2", "delete from audit_heads", "delete from subject_keys",
          "update subject_keys set created_at = now()", "truncate audit_events"})
        EXPECT_EQ(app.attempt(sql).sqlstate, "42501") << sql;
}

TEST_F(AuditTest, GrowthsOfOneTenantWaitForEachOther) {
    constexpr int each = 40;
    for (int i = 0; i < each; ++i)
        write(std::to_string(i));
    std::vector<std::jthread> growers;
    for (int t = 0; t < 4; ++t)
        growers.emplace_back([&] {
            auto database = installation_.database();
            for (;;) {
                auto grown = database->run(tenant_.scope, soon(), [&](tenancy::TenantTx& tx) {
                    return grow(tx, 3, key_, installation_.clock());
                });
                ASSERT_TRUE(grown) << grown.error().text();
                if (*grown == 0)
                    return;
            }
        });
    growers.clear();
    const auto all = verified();
    EXPECT_FALSE(all.problem) << all.problem->text();
    EXPECT_EQ(all.events, static_cast<std::uint64_t>(each));
}

TEST_F(AuditTest, AnErasedPersonIsUnreadableAndTheTreeStillVerifies) {
    auto log = writer();
    log->record(tenant_.scope, {"usr", "session.created", "s", "{}"},
                StoredEvent::Personal{person_, R"({"address":"203.0.113.9"})"});
    log->record(tenant_.scope, {"usr", "session.created", "t", "{}"});
    ASSERT_TRUE(log->step(soon()));
    auto before = verified();
    EXPECT_FALSE(before.problem) << before.problem->text();
    EXPECT_EQ(before.events, 2u);
    EXPECT_EQ(before.erased, 0u);
    EXPECT_EQ(installation_.superuser().value(
                  "select count(*) from audit_events where audit_events::text like '%203.0.113%'"),
              "0")
        << "in no readable form";
    const std::string wrapped = installation_.superuser().value(
        "select encode(wrapped_key, 'hex') from subject_keys where wrapped_key is not null");

    auto erase = [&] {
        return database_->run(tenant_.scope, soon(), [&](tenancy::TenantTx& tx) {
            return erase_subject_key(tx, person_, installation_.clock().now());
        });
    };
    EXPECT_TRUE(erase().value_or(false));
    EXPECT_FALSE(erase().value_or(true)) << "there is nothing left to erase";
    auto after = verified();
    EXPECT_FALSE(after.problem) << after.problem->text();
    EXPECT_EQ(after.events, 2u);
    EXPECT_EQ(after.erased, 1u);

    // The person gets no other key, and no other personal event.
    log->record(tenant_.scope, {"usr", "session.created", "u", "{}"},
                StoredEvent::Personal{person_, R"({"address":"203.0.113.9"})"});
    ASSERT_TRUE(log->step(soon()));
    EXPECT_EQ(installation_.superuser().value(
                  "select count(*) from audit_events where personal is not null"),
              "1");
    EXPECT_FALSE(verified().problem);

    // Put back by hand under another person, the key opens nothing: it is bound to its own.
    installation_.superuser().run("insert into subject_keys (tenant_id, subject_id, wrapped_key, "
                                  "created_at) select tenant_id, gen_random_uuid(), '\\x" +
                                  wrapped + "', now() from subject_keys");
    const std::string other = installation_.superuser().value(
        "select subject_id from subject_keys where wrapped_key is not null");
    installation_.superuser().run("update audit_events set person_id = '" + other +
                                  "' where personal is not null");
    EXPECT_TRUE(verified().problem);
}

TEST_F(AuditTest, TheWriterServesManyTenantsAndSaysWhatItLost) {
    const auto south = installation_.provision("south");
    auto log = writer({.queue_items_limit = 6});
    for (int i = 0; i < 4; ++i) {
        log->record(tenant_.scope, {"usr", "session.created", std::to_string(i), "{}"});
        log->record(south.scope, {"usr", "session.created", std::to_string(i), "{}"});
    }
    EXPECT_EQ(log->status().queued, 6u);
    EXPECT_EQ(log->status().lost, 2u);
    ASSERT_TRUE(log->step(soon()));
    EXPECT_EQ(log->status().queued, 0u);
    EXPECT_EQ(log->status().written, 8u) << "six and two confessions";
    EXPECT_EQ(log->status().grown, 8u);
    EXPECT_EQ(installation_.superuser().value("select string_agg(details::text, ' ') from "
                                              "audit_events where action = 'audit.events_lost'"),
              R"({"count":1} {"count":1})");
    EXPECT_FALSE(verified().problem);
}

TEST_F(AuditTest, WhenTheDatabaseIsAwayEventsWaitAndAreWrittenOnce) {
    auto log = writer();
    ASSERT_TRUE(log->step(soon())); // connected
    log->record(tenant_.scope, {"usr", "session.created", "kept", "{}"},
                StoredEvent::Personal{person_, R"({"address":"::1"})"});
    auto end_connections = [&] {
        installation_.superuser().run(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and usename = 'bw_app'");
    };
    end_connections();
    auto failed = log->step(soon());
    if (!failed) { // or the dead connection was noticed first and replaced
        EXPECT_NE(fault(failed.error().code), Fault::permanent) << failed.error().text();
        EXPECT_TRUE(log->status().failing);
        EXPECT_EQ(log->status().queued, 1u);
    }
    const Deadline patience = soon();
    while (log->status().queued > 0 && !patience.expired(installation_.clock()))
        (void)log->step(patience);
    EXPECT_EQ(installation_.superuser().value("select count(*) from audit_events"), "1");
}

TEST_F(AuditTest, OneTenantsRefusalCostsNoOtherItsEvents) {
    const auto south = installation_.provision("south");
    auto log = writer();
    // Stands for whatever is wrong with one tenant's rows for good.
    installation_.superuser().run(
        "alter table audit_events add constraint no_bad_subject check (subject <> 'bad')");
    log->record(south.scope, {"usr", "session.created", "bad", "{}"});
    log->record(tenant_.scope, {"usr", "session.created", "good", "{}"});
    ASSERT_TRUE(log->step(soon()));
    EXPECT_EQ(log->status().lost, 1u);
    EXPECT_EQ(installation_.superuser().value("select string_agg(subject, ' ') from audit_events"),
              "good");
}

TEST_F(AuditTest, StoppingWritesWhatIsQueued) {
    auto log = writer({.batch_items_limit = 10, .interval = 1h});
    log->start();
    for (int i = 0; i < 25; ++i)
        log->record(tenant_.scope, {"usr", "session.created", std::to_string(i), "{}"});
    log->stop();
    EXPECT_EQ(installation_.superuser().value("select count(*) from audit_events"), "25");
    EXPECT_EQ(log->status().queued, 0u);
}

TEST(StoredEvent, LeafDataIsTheseBytesForEver) {
    StoredEvent event{AuditEventId{{1}}, Instant{0x0102}, "a", "b", "", "{}", std::nullopt};
    EXPECT_EQ(to_hex(event.leaf_data(TenantId{{2}})),
              to_hex("bellwether audit event v1\n") + "02000000000000000000000000000000" +
                  "01000000000000000000000000000000" + "0201000000000000" + "0100000061" +
                  "0100000062" + "00000000" + "020000007b7d" + "00");
    event.personal = {UserId{{3}}, "{}"};
    EXPECT_TRUE(to_hex(event.leaf_data(TenantId{{2}}))
                    .ends_with("01"
                               "03000000000000000000000000000000"
                               "020000007b7d"));
}

} // namespace
} // namespace bw::audit
