// Applies the timeline of migrations. What the files say is no business of this one.
#include "pg/migrate.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "pg/migrate_sql.hpp"

namespace bw::pg {

namespace {

std::string hash_of(const Migration& m) {
    return std::string(view(sha256(m.text)));
}

/// The numbers are 1, 2, 3 and so on: two branches that both made 0007 must not meet in a database.
Result<void> check_numbers(const std::vector<Migration>& timeline) {
    int next = 1;
    for (const Migration& m : timeline) {
        if (m.number != next)
            return fail(Code::conflict,
                        "migrations are numbered without gaps and in order: expected number " +
                            std::to_string(next),
                        m.name);
        ++next;
    }
    return {};
}

/// How many of the timeline are applied. They are its beginning, unchanged.
Result<std::size_t> check_history(const Rows& applied, const std::vector<Migration>& timeline) {
    for (int i = 0; i < applied.count(); ++i) {
        auto at = static_cast<std::size_t>(i);
        if (at >= timeline.size())
            return fail(
                Code::conflict,
                "the database was migrated by a newer version of this program: use that version",
                std::string(applied.text(i, 1)));
        const Migration& m = timeline[at];
        if (applied.int8(i, 0) != m.number)
            return fail(Code::conflict, "the database's book of migrations has a gap", m.name);
        if (applied.bytes(i, 2) != hash_of(m))
            return fail(
                Code::conflict,
                "the migration changed after it was applied: restore its text and write a new one",
                m.name);
    }
    return static_cast<std::size_t>(applied.count());
}

/// "0003_roster:17: message", from the position the server told.
Error explain(const Connection& connection, const Migration& m, Error error) {
    const ServerError& told = connection.last_error();
    if (told.sqlstate.empty())
        return error;
    auto end =
        m.text.begin() + std::clamp<std::ptrdiff_t>(told.position - 1, 0, std::ssize(m.text));
    // Positions count characters, not bytes; for a line number the difference does not matter.
    auto line = told.position > 0 ? 1 + std::count(m.text.begin(), end, '\n') : 0;
    return fail(error.code,
                "the migration failed: " + told.message + " (SQLSTATE " + told.sqlstate + ")",
                m.name + (line > 0 ? ":" + std::to_string(line) : ""));
}

Result<void> apply_inside(Connection& connection, const Migration& m, Deadline deadline) {
    if (auto done = connection.script(m.text, deadline); !done)
        return explain(connection, m, std::move(done).error());
    if (!connection.in_transaction())
        return fail(Code::conflict,
                    "a migration may not end its transaction: leave COMMIT and ROLLBACK out",
                    m.name);
    CHECK_OK(connection.script("reset role", deadline)); // a file may take the tables' owner's role
    Params row;
    row.int4(m.number).text(m.name).bytes(hash_of(m));
    CHECK_OK(connection.run(sql::migration_applied, row, deadline));
    if (auto done = connection.script("commit", deadline); !done)
        return explain(connection, m, std::move(done).error());
    return {};
}

Result<void> apply(Connection& connection, const Migration& m, Deadline deadline) {
    CHECK_OK(connection.script("begin", deadline));
    auto done = apply_inside(connection, m, deadline);
    if (!done && connection.in_transaction())
        CHECK_OK(connection.script("rollback", deadline));
    return done;
}

Result<int> apply_missing(Connection& connection, const std::vector<Migration>& timeline,
                          Deadline deadline) {
    CHECK_OK(connection.run(sql::migration_book, {}, deadline));
    Rows applied = TRY(connection.run(sql::migrations_applied, {}, deadline));
    std::size_t done = TRY(check_history(applied, timeline));
    for (std::size_t i = done; i < timeline.size(); ++i)
        CHECK_OK(apply(connection, timeline[i], deadline));
    return static_cast<int>(timeline.size() - done);
}

} // namespace

Result<int> migrate(Connection& connection, const std::vector<Migration>& timeline,
                    Deadline deadline) {
    CHECK_OK(check_numbers(timeline));
    CHECK_OK(connection.run(sql::migration_lock, {}, deadline));
    auto count = apply_missing(connection, timeline, deadline);
    if (connection.usable()) // else the lock is gone with the connection
        CHECK_OK(connection.run(sql::migration_unlock, {}, deadline));
    return count;
}

} // namespace bw::pg
