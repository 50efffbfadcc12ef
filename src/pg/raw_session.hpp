// A connection whose commands are text: what speaks the replication protocol, and what copies a
// snapshot out (change_stream), and SQL that is no part of the program (app's sql_reports).
// Everybody else has Connection.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pg/connection.hpp"

namespace bw::pg {

using RawConnection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using ExtraSettings = std::vector<std::pair<std::string, std::string>>;

/// Connected and non-blocking, with the settings that every connection of this program has, and
/// `extra`. Errors as Connection::open.
Result<RawConnection> connect_raw(const ConnectOptions& options, const ExtraSettings& extra,
                                  const Clock& clock, Deadline deadline);

/// Not thread-safe. After an error that is not the server's the connection is closed and stays so.
class RawSession {
public:
    using Answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

    RawSession(RawConnection raw, const Clock& clock) : raw_(std::move(raw)), clock_(clock) {}

    PGconn* raw() const { return raw_.get(); }
    const Clock& clock() const { return clock_; }
    bool usable() const { return raw_ && PQstatus(raw_.get()) == CONNECTION_OK; }

    /// The first answer to one command; a COPY stays open, of others the end is read.
    Result<Answer> ask(const std::string& command, Deadline deadline);
    /// A statement with values as text; the answer in binary format.
    Result<Answer> ask(const char* statement, const std::vector<std::string>& values,
                       Deadline deadline);

    /// One message of an open COPY; it is valid until the next call. Empty and no error: none has
    /// come by the deadline (`ended` false), or the COPY is over (`ended` true).
    Result<ByteView> copied(Deadline deadline, bool& ended);
    /// A message of ours in an open COPY BOTH.
    Result<void> put(ByteView message, Deadline deadline);

    /// Of the last error, if the server told it.
    const std::string& sqlstate() const { return sqlstate_; }
    std::string quoted(std::string_view identifier) const;
    std::string literal(std::string_view text) const;

private:
    Result<Answer> first_answer(Deadline deadline);
    Result<void> wait(short events, Deadline deadline);
    Result<void> flush(Deadline deadline);
    Error lost(const char* detail = "the database connection was lost");
    Error server_error(const PGresult* result);

    RawConnection raw_;
    const Clock& clock_;
    std::unique_ptr<char, void (*)(void*)> message_{nullptr, &PQfreemem};
    std::string sqlstate_;
};

} // namespace bw::pg
