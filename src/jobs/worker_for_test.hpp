// A database with two institutions, and workers driven by hand. For this module's tests.
#pragma once

#include <gtest/gtest.h>

#include "audit/audit.hpp"
#include "jobs/desk.hpp"
#include "jobs/queue.hpp"
#include "jobs/worker.hpp"
#include "support/installation.hpp"

namespace bw::jobs {

class WorkerTest : public testing::Test {
protected:
    WorkerTest() {
        north_ = installation_.provision("north");
        south_ = installation_.provision("south");
        installation_.refresh(directory_);
    }
    Deadline soon() const { return installation_.soon(); }

    JobId enqueue(const tenancy::TenantInfo& tenant, NewJob job = {.kind = "test"}) {
        auto id = database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return jobs::enqueue(tx, job, clock_, rng_);
        });
        EXPECT_TRUE(id) << id.error().text();
        return id.value_or(JobId{});
    }
    JobRecord job(const tenancy::TenantInfo& tenant, JobId id) {
        auto found = database_->run(tenant.scope, soon(),
                                    [&](tenancy::TenantTx& tx) { return get_job(tx, id); });
        EXPECT_TRUE(found) << found.error().text();
        return found.value_or(JobRecord{});
    }
    State state(const tenancy::TenantInfo& tenant, JobId id) { return job(tenant, id).state; }

    /// A worker of these handlers, driven by hand.
    std::unique_ptr<Worker> worker(std::vector<Kind> kinds, WorkerOptions options = {}) {
        auto made = std::make_unique<Worker>([this] { return installation_.database(); },
                                             directory_, std::move(kinds), clock_, rng_, options);
        EXPECT_TRUE(made->keep());
        return made;
    }
    static Kind kind(Handler handler, std::string name = "test", int batch = 1) {
        return {.name = std::move(name), .handler = std::move(handler), .batch = batch};
    }
    static Kind empty(std::string name = "test", int batch = 1) {
        return kind([](const Attempt&) -> Result<Outcome> { return Effect(); }, std::move(name),
                    batch);
    }
    /// Writes down that it was done, in the transaction that completes the job.
    Handler deed() {
        return [this](const Attempt&) -> Result<Outcome> {
            return Effect([this](tenancy::TenantTx& tx) { return record(tx, "deed"); });
        };
    }
    /// A statement that only writes: an audit event stands for whatever a handler does.
    Result<void> record(tenancy::TenantTx& tx, const std::string& what) {
        return audit::record(tx, {"test", what, "", "{}"}, clock_, rng_);
    }
    /// As a process that claims, and, in the second case, dies with what it has.
    void claim(int count, bool dies = false) {
        const std::string id = to_text(WorkerId::make(clock_.now(), rng_).uuid);
        change("insert into control.job_workers values ('" + id +
               "', 'a test', now() + interval '1 hour')");
        change("select * from control.job_claim('" + id + "', array['test'], array[" +
               std::to_string(count) + "], array[interval '1 hour'], 100, null, 3)");
        if (dies)
            change("update control.job_workers set beat_until = now() where worker_id = '" + id +
                   "'");
    }
    void claim_and_die(int count) { claim(count, true); }
    std::string deeds() { return sql("select count(*) from audit_events where action = 'deed'"); }
    std::unique_ptr<tenancy::Database> operator_database() {
        return installation_.database("bw_operator");
    }
    std::string sql(const std::string& text) { return installation_.superuser().value(text); }
    void change(const std::string& text) { installation_.superuser().run(text); }
    void everything_is_due() {
        change("update jobs set due_at = now() where state <> 'discarded'");
    }
    std::size_t step(Worker& worker) {
        auto done = worker.step();
        EXPECT_TRUE(done) << done.error().text();
        return done.value_or(0);
    }

    test::Installation installation_;
    SystemClock clock_;
    SystemRng rng_;
    tenancy::TenantInfo north_ = installation_.provision("unused"), south_ = north_;
    tenancy::TenantDirectory directory_;
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
};

} // namespace bw::jobs
