// BatchTx against a model: whatever is poisonous among random records of random tenants, exactly
// the others are applied, once.
#include "tenancy/batch.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "support/installation.hpp"

namespace bw::tenancy {
namespace {

using test::Installation;

// Not idempotent on purpose: a double effect would show.
constexpr pg::Statement count_one{
    "test_count_one", 2,
    "insert into tallies (key, mark) values ($1, $2) on conflict (tenant_id, key) do update set n "
    "= tallies.n + 1 returning key"};
constexpr pg::Statement count_all{
    "test_count_all", 2,
    "insert into tallies (key, mark) select * from unnest($1::text[], $2::text[]) on conflict "
    "(tenant_id, key) do update set n = tallies.n + 1 returning key"};
constexpr pg::Statement no_such_column{"test_no_such_column", 0, "select nothing from tallies"};

struct Record {
    std::size_t tenant;
    std::string key, mark;
    bool good;
};

struct Batches : testing::Test {
    Installation installation;
    Installation elsewhere; // its institution is unknown here
    std::unique_ptr<Database> database = installation.database();
    std::vector<TenantScope> scopes;
    static constexpr std::size_t good_tenants = 5;

    Batches() {
        installation.superuser().run(
            "set role bw_owner; create table tallies (tenant_id uuid not null default "
            "current_setting('bw.tenant')::uuid, key text, mark text not null check (mark <> "
            "'check'), n int not null default 1, primary key (tenant_id, key), "
            "constraint mark_once unique (tenant_id, mark) deferrable initially deferred); "
            "alter table tallies enable row level security; alter table tallies force row level "
            "security; create policy tenant on tallies to bw_app using (tenant_id = "
            "current_setting('bw.tenant')::uuid) with check (tenant_id = "
            "current_setting('bw.tenant')::uuid and mark <> 'foreign'); "
            "grant select, insert, update on tallies to bw_app; reset role");
        for (std::size_t i = 0; i < good_tenants; ++i) {
            scopes.push_back(installation.provision("good" + std::to_string(i)).scope);
            installation.superuser().run("insert into tallies values ('" +
                                         to_text(scopes[i].tenant().uuid) + "', 'taken', 'taken')");
        }
        scopes.push_back(installation.provision("moved").scope);
        installation.superuser().run("update control.tenants set generation = 2 where slug = "
                                     "'moved'");
        scopes.push_back(elsewhere.provision("elsewhere").scope);
    }

    std::vector<BatchItem> items(const std::vector<Record>& records) const {
        std::vector<BatchItem> out;
        for (const Record& record : records)
            out.push_back({scopes[record.tenant], record.key});
        return out;
    }
    static Step count(const Record& record) {
        pg::Params params;
        params.text(record.key).text(record.mark);
        return {count_one, params};
    }
    static BatchTx::Make one_by_one(const std::vector<Record>& records) {
        return [&records](std::span<const std::size_t> share) {
            std::vector<Step> steps;
            for (std::size_t item : share)
                steps.push_back(count(records[item]));
            return steps;
        };
    }
    static BatchTx::Make all_at_once(const std::vector<Record>& records) {
        return [&records](std::span<const std::size_t> share) {
            std::vector<std::string> keys, marks;
            for (std::size_t item : share) {
                keys.push_back(records[item].key);
                marks.push_back(records[item].mark);
            }
            pg::Params params;
            params.texts(keys).texts(marks);
            return std::vector<Step>{{count_all, params}};
        };
    }
    /// "slug key n" of every row.
    std::map<std::string, int> applied() {
        std::map<std::string, int> out;
        for (const auto& row : installation.superuser().run(
                 "select t.tenant_id || ' ' || key, n from tallies t where key <> 'taken'"))
            out[*row[0]] = std::stoi(*row[1]);
        return out;
    }
    Deadline soon() const { return installation.soon(); }
};

TEST_F(Batches, ApplyExactlyTheGoodRecordsOnce) {
    SeededRng rng(20261123);
    auto below = [&](std::size_t n) { return static_cast<std::size_t>(rng.u64() % n); };
    std::map<std::string, int> model;
    for (int round = 0; round < 24; ++round) {
        std::vector<Record> records;
        const std::size_t poisonous_of_ten = below(4); // none to many
        for (std::size_t i = 0, n = 1 + below(50); i < n; ++i) {
            const std::string key = std::to_string(round) + "." + std::to_string(i);
            Record record{below(scopes.size()), key, key, true};
            if (below(10) < poisonous_of_ten)
                record.mark = std::array{"check", "taken", "foreign"}[below(3)];
            record.good = record.mark == key && record.tenant < good_tenants;
            if (record.good)
                ++model[to_text(scopes[record.tenant].tenant().uuid) + " " + key];
            records.push_back(record);
        }
        const bool rows = round % 2 == 0;
        auto outcome =
            BatchTx(*database, items(records), rows ? one_by_one(records) : all_at_once(records))
                .commit(soon());
        ASSERT_EQ(outcome.failures.size(), records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            const auto& failure = outcome.failures[i];
            EXPECT_EQ(!failure, records[i].good)
                << records[i].key << (failure ? failure->error.text() : " was applied");
            if (!failure)
                continue;
            const char* wanted = records[i].tenant == good_tenants       ? "BW002"
                                 : records[i].tenant == good_tenants + 1 ? "BW001"
                                 : records[i].mark == "check"            ? "23514"
                                 : records[i].mark == "taken"            ? "23505"
                                                                         : "42501";
            EXPECT_EQ(failure->sqlstate, wanted) << records[i].key;
        }
        std::map<std::size_t, std::string> answered;
        for (const BatchShare& share : outcome.applied) {
            ASSERT_EQ(share.answers.size(), rows ? share.items.size() : 1U);
            for (std::size_t i = 0; i < share.items.size(); ++i)
                answered[share.items[i]] = rows ? share.answers[i].text(0, 0)
                                                : share.answers[0].text(static_cast<int>(i), 0);
        }
        for (std::size_t i = 0; i < records.size(); ++i)
            EXPECT_EQ(answered.contains(i) ? answered[i] : "",
                      records[i].good ? records[i].key : "");
        EXPECT_EQ(applied(), model) << "round " << round;
    }
}

TEST_F(Batches, OneTransactionIfAllIsWellInOrderOfTenantAndKey) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < 40; ++i)
        records.push_back(
            {(i * 7) % good_tenants, std::to_string(99 - i), std::to_string(i), true});
    auto outcome = BatchTx(*database, items(records), one_by_one(records)).commit(soon());
    EXPECT_EQ(installation.superuser().value(
                  "select count(distinct xmin::text) from tallies where key <> 'taken'"),
              "1");
    ASSERT_EQ(outcome.applied.size(), good_tenants);
    for (std::size_t i = 0; i < outcome.applied.size(); ++i) {
        const auto& share = outcome.applied[i].items;
        for (std::size_t j = 1; j < share.size(); ++j)
            EXPECT_LT(records[share[j - 1]].key, records[share[j]].key);
        if (i > 0)
            EXPECT_LT(scopes[records[outcome.applied[i - 1].items[0]].tenant].tenant(),
                      scopes[records[share[0]].tenant].tenant());
    }
    EXPECT_TRUE(BatchTx(*database, {}, one_by_one(records)).commit(soon()).failures.empty());
}

/// What a whole batch meets is asked of the database once, not once a record.
TEST_F(Batches, WhatNobodyCouldDoIsNotTriedForEach) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < 20; ++i)
        records.push_back({i % good_tenants, std::to_string(i), std::to_string(i), true});
    int made = 0;
    auto outcome = BatchTx(*database, items(records), [&](std::span<const std::size_t>) {
                       ++made;
                       return std::vector<Step>{{no_such_column, {}}};
                   }).commit(soon());
    EXPECT_EQ(made, static_cast<int>(good_tenants));
    for (const auto& failure : outcome.failures)
        EXPECT_EQ(failure->sqlstate, "42703");
    Database nowhere("host=/nonexistent dbname=none", "test", installation.clock());
    for (const auto& failure :
         BatchTx(nowhere, items(records), one_by_one(records)).commit(soon()).failures)
        EXPECT_EQ(failure->error.code, Code::unavailable);
}

struct LockedRecord : Batches {
    std::vector<Record> records;
    test::Session holder{installation.superuser_conninfo()};

    LockedRecord() {
        for (std::size_t i = 0; i < 12; ++i)
            records.push_back({i % good_tenants, std::to_string(i), std::to_string(i), true});
        auto first = BatchTx(*database, items(records), one_by_one(records)).commit(soon());
        EXPECT_EQ(applied().size(), records.size());
        holder.run("begin; update tallies set n = n where key = '7'");
    }
};

TEST_F(LockedRecord, ALockThatOneRecordWaitsForHoldsUpNoOther) {
    installation.superuser().run(
        "do $$ begin execute 'alter database \"' || current_database() || '\" set lock_timeout = "
        "''20ms'''; end $$");
    auto fresh = installation.database();
    auto outcome = BatchTx(*fresh, items(records), one_by_one(records)).commit(soon());
    for (std::size_t i = 0; i < records.size(); ++i) {
        ASSERT_EQ(!outcome.failures[i], i != 7) << i;
        if (i == 7) {
            EXPECT_EQ(outcome.failures[i]->sqlstate, "55P03");
            EXPECT_EQ(outcome.failures[i]->error.code, Code::unavailable);
        }
    }
    holder.run("rollback");
    for (const auto& [row, n] : applied())
        EXPECT_EQ(n, row.ends_with(" 7") ? 1 : 2) << row;
}

TEST_F(LockedRecord, ADeadlineInFlightLeavesAllOfItInDoubt) {
    // The clock stands still, so the deadline cannot pass before the batch is sent; the wait for
    // the lock is on the real timer and ends when nothing has come for 300 ms.
    ManualClock clock(Instant{0});
    Database own(installation.conninfo(), "test", clock);
    auto outcome =
        BatchTx(own, items(records), one_by_one(records)).commit(Deadline::in(clock, 300ms));
    for (const auto& failure : outcome.failures) {
        ASSERT_TRUE(failure);
        EXPECT_EQ(failure->error.code, Code::outcome_unknown);
        EXPECT_EQ(failure->sqlstate, "");
    }
    EXPECT_TRUE(outcome.applied.empty());
    constexpr pg::Statement one{"test_one", 0, "select 1"};
    EXPECT_TRUE(own.fetch(scopes[0], Deadline::in(clock, 20s), one, {})) << "on a new connection";
}

} // namespace
} // namespace bw::tenancy
