// One connection to PostgreSQL: prepared statements, pipelines, deadlines. Knows nothing about
// tenants, so nothing above the waist (tenancy) may name it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"

namespace bw::pg {

struct ConnectOptions {
    std::string conninfo; // libpq keyword=value; may hold a password, so it is never logged
    Duration connect_timeout = 5s;
    Duration tcp_user_timeout = 10s;
    std::string application_name = "bellwether";
};

/// What the server said, when it said no. `sqlstate` is empty when the connection itself failed.
/// `message` is for logs and operators, never for callers; the server's DETAIL may quote whole
/// rows, so it is not kept at all.
struct ServerError {
    std::string sqlstate, message, constraint, table;
    int position = 0; // of the fault in the statement's text, in characters from 1; 0 if not told
};

/// One conninfo for each host that `conninfo` lists (host=a,b port=1,2), in its order and without
/// target_session_attrs; `conninfo` itself if it names one host or cannot be read. For callers that
/// choose among servers themselves.
std::vector<std::string> each_host(const std::string& conninfo);

/// Why a connection is no longer usable.
enum class Closed : std::uint8_t {
    no,       // it is usable
    lost,     // the server or the network went away, or hung up
    deadline, // given up because of a deadline
    stale     // given up because tables changed under its prepared statements
};

/// Not thread-safe: one thread owns it. Statements are prepared at first use and kept.
/// Every call takes a deadline; when it passes, the connection is closed, because nobody knows what
/// the server did. The error then is outcome_unknown if a commit may have happened,
/// deadline_exceeded or unavailable otherwise. (Failures of the statements themselves leave it
/// usable: README.md has the table.)
class Connection {
public:
    /// `unavailable`; `overloaded` when the server has no connection left (53300).
    static Result<std::unique_ptr<Connection>> open(const ConnectOptions& options,
                                                    const Clock& clock, Deadline deadline);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool usable() const;
    Closed closed() const;
    /// A transaction that BEGIN opened is still open, in good or in failed state: COMMIT or
    /// ROLLBACK is due.
    bool in_transaction() const;

    using Step = PipelineStep;
    /// Sends all steps and one Sync, then reads all answers: one round trip, and one implicit
    /// transaction unless the steps say BEGIN and COMMIT. Results come in the order of the steps.
    /// At the first failing step the rest is skipped by the server and its error is returned; what
    /// began implicitly is rolled back. `commits`: the pipeline ends a transaction, so a lost
    /// connection means outcome_unknown (else unavailable).
    Result<std::vector<Rows>> run(const std::vector<Step>& steps, Deadline deadline, bool commits);

    /// What became of one unit of run_each(). `sqlstate` is the server's, empty without one.
    struct Outcome {
        Result<std::vector<Rows>> answers;
        std::string sqlstate;
    };
    /// Many implicit transactions in one round trip: each unit has a Sync of its own, so a failing
    /// one undoes itself and no other. One outcome a unit, in order. When the connection is lost or
    /// the deadline passes, those that have not answered are outcome_unknown if `commits`. Units
    /// must not say BEGIN.
    std::vector<Outcome> run_each(const std::vector<std::vector<Step>>& units, Deadline deadline,
                                  bool commits);

    /// One statement in a transaction of its own; for what has no tenant (migrations, self-checks,
    /// operators).
    Result<Rows> run(const Statement& statement, const Params& params, Deadline deadline);

    /// Several statements as text, without parameters, in one implicit transaction: for migrations
    /// and tests alone.
    Result<void> script(const std::string& text, Deadline deadline);

    /// COPY .. FROM STDIN: `rows` is the text format's data. For bulk loading into temporary
    /// tables.
    Result<void> copy_in(const Statement& copy, std::string_view rows, Deadline deadline);

    /// What was said by NOTIFY on channels that this connection LISTENs to, since the last call;
    /// waits for the first of it. The deadline passes: none, and nothing is closed. Error: the
    /// connection is lost.
    Result<std::vector<Notification>> wait_for_notifications(Deadline deadline);

    /// Details of the last server error of this connection; valid until the next call.
    const ServerError& last_error() const { return last_error_; }

    /// Version of the server, e.g. 150020.
    int server_version() const;

private:
    /// What the server inferred about a statement that is prepared on this connection.
    struct Prepared {
        const char* text;
        std::vector<Oid> parameters;
    };

    Connection(PGconn* raw, const Clock& clock);
    Result<void> ready(Deadline deadline, bool pipeline);
    bool known(const Step& step) const;
    bool send_prepare(const Statement& statement);
    bool send(const Step& step);
    void remember(const Statement& statement, const PGresult* described);
    Result<void> prepare_all(const std::vector<std::vector<Step>>& units, Deadline deadline);
    Result<std::vector<Rows>> collect(const std::vector<Step>& steps,
                                      const std::vector<bool>& prepares, Deadline deadline,
                                      bool commits);
    Result<void> drain(Deadline deadline, bool commits);
    Result<void> wait(short events, Deadline deadline, bool commits);
    Result<void> flush(Deadline deadline, bool commits);
    Result<PGresult*> next_result(Deadline deadline, bool commits);
    Error broken(Closed why, Code code, const char* detail);
    Error lost(bool commits);
    Error server_error(const PGresult* result, bool commits);
    void check_types(const Step& step, const Prepared& prepared) const;

    std::unique_ptr<PGconn, void (*)(PGconn*)> raw_;
    const Clock& clock_;
    // By the name's text, not its address: two translation units may hold the same constant at two
    // addresses.
    std::unordered_map<std::string_view, Prepared> prepared_;
    ServerError last_error_;
    Closed closed_ = Closed::no;
};

/// Maps an SQLSTATE to a code: 23xxx conflict, 40xxx, 55P03 and 25006 (a standby took our write)
/// unavailable (retryable), but 40003 outcome_unknown; 57014 deadline_exceeded, 53xxx overloaded,
/// 22xxx bad_request, else internal. The waist raises its own states (see tenancy).
Code code_of_sqlstate(std::string_view sqlstate);

} // namespace bw::pg
