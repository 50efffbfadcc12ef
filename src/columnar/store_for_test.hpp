// What the tests of the store share.
#pragma once

#include <gtest/gtest.h>

#include "columnar/store.hpp"
#include "support/temporary_directory.hpp"

namespace bw::columnar::test {

inline const SystemClock system_clock;
inline Deadline soon() {
    return Deadline::in(system_clock, 20s);
}

/// A store of its own, with one connection.
struct Opened {
    explicit Opened(const StoreOptions& options = {})
        : store(Store::open(directory.path() / "reports.duckdb", options, system_clock).value()),
          connection(store->connect().value()) {}

    Answer ask(const std::string& sql, const Params& params = {}) {
        auto answer = connection->run(sql, params, soon());
        EXPECT_TRUE(answer) << sql << ": " << (answer ? "" : answer.error().text());
        return std::move(answer).value();
    }
    Error refused(const std::string& sql) {
        auto answer = connection->run(sql, {}, soon());
        EXPECT_FALSE(answer) << sql;
        return answer ? Error{} : answer.error();
    }
    void script(const std::string& sql) {
        auto done = connection->script(sql, soon());
        ASSERT_TRUE(done) << done.error().text();
    }

    bw::test::TemporaryDirectory directory;
    std::unique_ptr<Store> store;
    std::unique_ptr<Connection> connection;
};

} // namespace bw::columnar::test
