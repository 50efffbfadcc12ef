// A made source: rows as the primary would have them, kept in C++ so that figures can be computed
// from them by other means, and put into a store in transactions, as the mirror does it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "columnar/store.hpp"
#include "reporting/mirrored.hpp"
#include "reporting/rollups.hpp"
#include "support/temporary_directory.hpp"

namespace bw::reporting::test {

using columnar::Micros;
using columnar::Value;

inline const SystemClock system_clock;
inline Deadline soon() {
    return Deadline::in(system_clock, 60s);
}

constexpr std::int64_t hour_us = 3'600'000'000, day_us = 24 * hour_us;
/// 2026-09-07T00:00:00Z, a Monday.
constexpr std::int64_t monday_us = 1'788'739'200'000'000;

/// A row by its columns' names; what is not said is NULL where that may be, else zero, false or "".
using Named = std::map<std::string, Value>;

/// Rows of all tables, and the store that follows them.
class MadeRows {
public:
    explicit MadeRows(std::uint64_t seed, const columnar::StoreOptions& options = {})
        : rng_(seed),
          store_(columnar::Store::open(directory_.path() / "reports.duckdb", options, system_clock)
                     .value()),
          connection_(store_->connect().value()) {
        std::string tables = "create schema base;";
        for (const MirroredTable& table : mirrored_tables())
            tables +=
                "create table base." + std::string(table.name) + " (" + store_columns(table) + ");";
        script(tables);
        auto prepared = prepare_rollups(*connection_, soon());
        EXPECT_TRUE(prepared) << prepared.error().text();
        script("create temp table new_submissions as from base.submissions limit 0; "
               "create temp table new_activities as from base.activities limit 0");
    }

    Rng& rng() { return rng_; }
    columnar::Store& store() { return *store_; }
    columnar::Connection& connection() { return *connection_; }
    Uuid id() { return make_uuid_v7({monday_us / 1000}, rng_); }
    std::int64_t upto(std::int64_t end) {
        return static_cast<std::int64_t>(rng_.u64() % static_cast<std::uint64_t>(end));
    }

    /// Inserts, or replaces the row with the same key, when the transaction is applied.
    void put(const std::string& table, const Named& named) {
        const MirroredTable& shape = *shape_of(table);
        std::vector<Value> row;
        for (const MirroredColumn& column : shape.columns) {
            const auto given = named.find(std::string(column.name));
            row.push_back(given != named.end() ? given->second : otherwise(column));
        }
        const std::vector<Value> key(row.begin(),
                                     row.begin() + static_cast<std::ptrdiff_t>(shape.key_columns));
        changes_[table][key] = std::move(row);
    }
    void remove(const std::string& table, const std::vector<Value>& key) {
        changes_[table][key] = {};
    }

    /// All that was put and removed since, in one transaction of the store.
    void apply(bool refresh = true) {
        auto transaction = columnar::Transaction::begin(*connection_).value();
        for (const MirroredTable& table : mirrored_tables())
            if (const auto changed = changes_.find(std::string(table.name));
                changed != changes_.end())
                apply(table, changed->second);
        for (const char* table : {"submissions", "activities"}) {
            auto counted = count_new(*connection_, table, soon());
            ASSERT_TRUE(counted) << counted.error().text();
            script("delete from new_" + std::string(table));
        }
        if (refresh) {
            auto refreshed = refresh_rollups(*connection_, soon());
            ASSERT_TRUE(refreshed) << refreshed.error().text();
        }
        ASSERT_TRUE(transaction.commit());
        changes_.clear();
    }

    void script(const std::string& sql) {
        auto done = connection_->script(sql, soon());
        ASSERT_TRUE(done) << done.error().text() << "\n" << sql;
    }
    std::vector<std::vector<Value>> rows(const std::string& sql) {
        auto answer = connection_->run(sql, {}, soon());
        EXPECT_TRUE(answer) << answer.error().text() << "\n" << sql;
        return answer ? answer->rows() : std::vector<std::vector<Value>>();
    }

private:
    using Changes = std::map<std::vector<Value>, std::vector<Value>>; // by key; no values: removed

    static const MirroredTable* shape_of(const std::string& table) {
        const MirroredTable* shape = mirrored_table("public", table);
        return shape != nullptr ? shape : mirrored_table("control", table);
    }
    static Value otherwise(const MirroredColumn& column) {
        if (column.nullable)
            return std::monostate{};
        switch (column.type) {
        case ColumnType::boolean:
            return false;
        case ColumnType::int4:
        case ColumnType::int8:
            return std::int64_t{0};
        case ColumnType::float8:
            return 0.0;
        case ColumnType::text:
            return std::string();
        case ColumnType::bytea:
            return columnar::Blob{};
        case ColumnType::uuid:
            return Uuid{};
        case ColumnType::date:
            return columnar::Day{};
        case ColumnType::timestamptz:
            return Micros{};
        }
        return {};
    }
    void apply(const MirroredTable& table, const Changes& changes) {
        const std::string name(table.name);
        std::string keys;
        for (const MirroredColumn& column : table.key())
            keys += (keys.empty() ? "" : ", ") + ('"' + std::string(column.name) + '"');
        script("create or replace temp table changed as select " + keys + " from base." + name +
               " limit 0");
        const auto insert = [&](const std::string& into, const std::vector<Value>& values) {
            std::string marks;
            columnar::Params params;
            for (const Value& value : values) {
                params.add(value);
                marks += (marks.empty() ? "$" : ", $") + std::to_string(params.values().size());
            }
            auto done =
                connection_->run("insert into " + into + " values (" + marks + ")", params, soon());
            ASSERT_TRUE(done) << done.error().text();
        };
        for (const auto& [key, row] : changes)
            insert("changed", key);
        const std::string noting = noting_stale(
            name, "(select b.* from base." + name + " b semi join changed using (" + keys + "))");
        if (!noting.empty())
            script(noting);
        script("create or replace temp table stood as select " + keys + " from base." + name +
               " semi join changed using (" + keys + ")");
        std::set<std::vector<Value>> stood;
        for (auto& key : rows("from stood"))
            stood.insert(std::move(key));
        script("delete from base." + name + " where (" + keys + ") in (select (" + keys +
               ") from changed)");
        for (const auto& [key, row] : changes) {
            if (row.empty())
                continue;
            insert("base." + name, row);
            if (is_counted(name) && !stood.contains(key))
                insert("new_" + name, row);
        }
        if (!noting.empty() && is_counted(name))
            script("delete from changed where (" + keys + ") not in (select (" + keys +
                   ") from stood)");
        if (!noting.empty())
            script(noting);
    }

    bw::test::TemporaryDirectory directory_;
    SeededRng rng_;
    std::unique_ptr<columnar::Store> store_;
    std::unique_ptr<columnar::Connection> connection_;
    std::map<std::string, Changes> changes_;
};

} // namespace bw::reporting::test
