// One connection to the store: statements with parameters and a deadline, transactions.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/time.hpp"
#include "columnar/values.hpp"

namespace bw::columnar {

/// A statement that was parsed and bound once. Must not outlive its connection; made anew by its
/// owner when a table's columns have changed.
class Prepared {
public:
    Prepared(Prepared&&) noexcept;
    Prepared& operator=(Prepared&&) noexcept;
    ~Prepared();

private:
    friend class Connection;
    struct Raw;
    explicit Prepared(std::unique_ptr<Raw> raw);
    std::unique_ptr<Raw> raw_;
};

/// One thread uses it. Errors of statements: `deadline_exceeded` (interrupted; nothing of the
/// statement was done), `overloaded` (it needs more memory than the store has), `storage_full`,
/// `conflict` (a key, or another transaction), `forbidden` (it reached for files or the network),
/// `corrupt`, `unavailable` (the store must be opened again), else `internal`. After any of them an
/// open transaction is to be rolled back.
class Connection {
public:
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One statement; parameters are $1, $2, ...
    Result<Answer> run(const std::string& sql, const Params& params, Deadline deadline);
    Result<Prepared> prepare(const std::string& sql);
    Result<Answer> run(Prepared& prepared, const Params& params, Deadline deadline);
    /// The same, but rows are made as they are fetched (Answer::fetch), by this thread, and are
    /// never all there at once. Until the answer ends nothing else runs on the connection.
    Result<Answer> stream(const std::string& sql, const Params& params, Deadline deadline);
    /// Several statements without parameters.
    Result<void> script(const std::string& sql, Deadline deadline);

    /// What `sql` gives, into a table of another store of this process, in `to`'s transaction:
    /// chunk by chunk, so that neither holds more than it may. The columns are of the table's
    /// types, in order. Answers how many rows.
    Result<std::int64_t> copy_rows(const std::string& sql, Connection& to,
                                   const std::string& schema, const std::string& table,
                                   Deadline deadline);

    Result<void> begin();
    /// Durable when it returns. Takes no deadline: a commit that was given up is no commit.
    Result<void> commit();
    /// Also where there is no transaction.
    void rollback();

    /// All connections spill to one place, within one bound. A statement of this one ends,
    /// `overloaded`, when more than so much lies there, whoever put it there: the rest of the bound
    /// is the others'.
    void leave_spill_beyond(std::uint64_t bytes) { spill_bytes_max_ = bytes; }

    /// From any thread: the statement that runs ends, and so does every later one. For a process
    /// that stops and a report that was cancelled.
    void interrupt();

private:
    friend class Store;
    friend class Appender;
    struct Raw;
    Connection(std::unique_ptr<Raw> raw, const Clock& clock);
    static Result<void> bind(Prepared::Raw& prepared, const Params& params);
    Result<Answer> execute(Prepared::Raw& prepared, bool streamed, Deadline deadline);
    /// `streamed`: rows are made as they are fetched.
    Result<std::unique_ptr<Answer::Raw>> begin(Prepared::Raw& prepared, bool streamed,
                                               Deadline deadline);

    std::unique_ptr<Raw> raw_;
    const Clock& clock_;
    std::uint64_t spill_bytes_max_ = UINT64_MAX;
    std::atomic<bool> interrupted_ = false;
};

/// A transaction that is rolled back unless it was committed.
class Transaction {
public:
    static Result<Transaction> begin(Connection& connection) {
        CHECK_OK(connection.begin());
        return Transaction(connection);
    }
    Transaction(Transaction&& other) noexcept
        : connection_(std::exchange(other.connection_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction() {
        if (connection_ != nullptr)
            connection_->rollback();
    }
    Result<void> commit() {
        CHECK_OK(connection_->commit());
        connection_ = nullptr;
        return {};
    }

private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

} // namespace bw::columnar
