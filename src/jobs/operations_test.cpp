// What operators see and do over all institutions.
#include "jobs/operations.hpp"

#include <gtest/gtest.h>

#include "jobs/worker_for_test.hpp"

namespace bw::jobs {
namespace {

class Operations : public WorkerTest {
protected:
    DeadLetterReasons letters(std::optional<TenantId> tenant = {},
                              const std::optional<std::string>& kind = {}, int limit = 100) {
        auto found = all_dead_letters(*operator_, tenant, kind, limit, soon());
        EXPECT_TRUE(found) << found.error().text();
        return found.value_or(DeadLetterReasons{});
    }
    Redriven redriven(const tenancy::TenantInfo& tenant, const Redrive& wanted) {
        auto done = redrive_of(*operator_, tenant.scope.tenant(), wanted, "a test", soon());
        EXPECT_TRUE(done) << done.error().text();
        return done.value_or(Redriven{});
    }
    void die(const tenancy::TenantInfo& tenant, int count, const std::string& kind,
             const std::string& error, const std::optional<std::string>& key = {}) {
        for (int i = 0; i < count; ++i) {
            const JobId id = enqueue(tenant, {.kind = kind, .unique_key = key});
            change("update jobs set state = 'discarded', attempt = 10, error = '" + error +
                   "' where job_id = '" + to_text(id.uuid) + "'");
        }
    }
    std::string dead() { return sql("select count(*) from jobs where state = 'discarded'"); }

    std::unique_ptr<tenancy::Database> operator_ = operator_database();
};

TEST_F(Operations, EverythingThatWaitsRunsOrIsDeadIsCountedByKind) {
    enqueue(north_);
    enqueue(south_);
    die(south_, 2, "test", "no");
    die(north_, 1, "other", "no");
    claim(1);
    auto alive = worker({empty("none")}, {.name = "a living one"});
    const auto seen = overview(*operator_, soon());
    ASSERT_TRUE(seen) << seen.error().text();
    auto of = [&](const char* kind) {
        for (const KindOverview& one : seen->kinds)
            if (one.backlog.kind == kind)
                return one;
        return KindOverview{};
    };
    EXPECT_EQ(of("test").backlog.waiting, 1);
    EXPECT_EQ(of("test").backlog.running, 1);
    EXPECT_EQ(of("test").dead, 2);
    EXPECT_EQ(of("other").dead, 1);
    EXPECT_EQ(of("other").backlog.waiting, 0);
    ASSERT_EQ(seen->workers.size(), 2u);
    EXPECT_EQ(seen->workers[0].name, "a living one");
    EXPECT_EQ(seen->workers[1].running, 1);
}

TEST_F(Operations, DeadLettersAreCountedByInstitutionKindAndReason) {
    die(north_, 1, "test", "no document");
    die(south_, 3, "test", "no document");
    die(south_, 2, "other", "too large");
    const DeadLetterReasons all = letters();
    ASSERT_EQ(all.items.size(), 3u);
    EXPECT_EQ(all.items[0].tenant, south_.scope.tenant());
    EXPECT_EQ(all.items[0].letters.count, 3);
    EXPECT_EQ(all.all_letters, 6);
    EXPECT_EQ(all.all_reasons, 3);
    EXPECT_EQ(letters({}, "other").all_letters, 2);
    EXPECT_EQ(letters(north_.scope.tenant()).all_letters, 1);
    const DeadLetterReasons first = letters({}, {}, 1);
    EXPECT_EQ(first.items.size(), 1u);
    EXPECT_EQ(first.all_reasons, 3);
}

TEST_F(Operations, ARedriveTouchesOneInstitutionAndStandsInTheBook) {
    die(north_, 4, "test", "no document");
    die(north_, 1, "other", "no document");
    die(south_, 2, "test", "no document");
    Redrive wanted{.kind = "test", .error_begins_with = "no", .limit = 3, .per_second = 0.5};
    const Redriven dry = redriven(north_, wanted);
    EXPECT_EQ(dry.jobs.size(), 3u);
    EXPECT_EQ(dry.left, 1);
    EXPECT_EQ(dry.over, 4s);
    EXPECT_EQ(dead(), "7");
    wanted.dry_run = false;
    EXPECT_EQ(redriven(north_, wanted).jobs, dry.jobs);
    EXPECT_EQ(dead(), "4");
    EXPECT_EQ(sql("select count(*) from jobs where state = 'discarded' and tenant_id = '" +
                  to_text(south_.scope.tenant().uuid) + "'"),
              "2");
    EXPECT_EQ(sql("select count(*) from jobs where due_at > now() + interval '1 second'"), "2");
    EXPECT_EQ(sql("select min(attempts_max - attempt) from jobs where state <> 'discarded'"), "10");
    EXPECT_EQ(sql("select subject || ' ' || details::text from control.operator_events where "
                  "action = 'dead_letters.redriven'"),
              to_text(north_.scope.tenant().uuid) +
                  R"( {"jobs": 3, "kind": "test", "error_begins_with": "no"})");
}

/// The same rules by both doors: what its own people do, and operators.
TEST_F(Operations, OfDeadLettersWithOneKeyOneComesBack) {
    for (const bool by_operator : {true, false}) {
        change("delete from jobs");
        die(north_, 2, "test", "no", "the key");
        const Redrive wanted{.dry_run = false};
        Redriven done;
        if (by_operator)
            done = redriven(north_, wanted);
        else
            done = *database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) {
                return redrive(tx, wanted, {"an administrator", clock_, rng_});
            });
        EXPECT_EQ(done.jobs.size(), 1u);
        EXPECT_EQ(done.left, 1);
        EXPECT_EQ(dead(), "1");
        EXPECT_EQ(by_operator ? redriven(north_, wanted).jobs.size() : 0, 0u)
            << "its key is taken now";
    }
}

} // namespace
} // namespace bw::jobs
