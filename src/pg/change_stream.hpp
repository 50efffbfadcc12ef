// PostgreSQL's changes as they are committed: a logical replication slot, read by pgoutput; and the
// rows that were there when the slot was made, read under its snapshot. What the messages say is in
// pgoutput.hpp; which tables, and where the rows go, is the caller's.
//
// Source: PostgreSQL 15 documentation, "Streaming Replication Protocol", "Logical Decoding
// Concepts".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pg/pgoutput.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"

namespace bw::pg {

class RawSession;

struct StreamServer {
    std::string conninfo; // libpq's keyword=value; may hold a password, so it is never logged
    std::string application_name = "bellwether changes";
};

/// Whose log it is, and how far it is. Positions mean something on one system's timeline only.
struct LogIdentity {
    std::string system; // the cluster's identifier
    std::uint32_t timeline = 0;
    Lsn flushed;
};

struct SlotState {
    bool lost =
        false; // the server kept as much for it as it may, and gave up: it has to be made anew
    bool active = false;
    Lsn confirmed;                                 // what is before it is not sent again
    std::optional<std::int64_t> bytes_behind = {}; // of log that the server keeps for it
    std::optional<std::int64_t> bytes_left = {};   // until it is lost; absent without a bound
};

struct NewSlot {
    Lsn consistent; // its changes begin behind it
    std::string
        snapshot; // shows what was committed up to there; valid until the stream's next command
};

/// One replication connection. Not thread-safe. After an error that is not a refusal it is
/// unusable; `unavailable` says to open another.
class ChangeStream {
public:
    /// As a role that may replicate.
    static Result<std::unique_ptr<ChangeStream>> open(const StreamServer& server,
                                                      const Clock& clock, Deadline deadline);
    ~ChangeStream();

    Result<LogIdentity> identify(Deadline deadline);
    /// nullopt: there is none.
    Result<std::optional<SlotState>> slot(std::string_view name, Deadline deadline);
    /// The logical slots whose names begin so.
    Result<std::vector<std::pair<std::string, SlotState>>> slots(std::string_view beginning,
                                                                 Deadline deadline);
    /// Waits for the transactions that run now to end. `conflict`: there is one of that name.
    Result<NewSlot> create_slot(std::string_view name, Deadline deadline);
    /// One that is not there: fine. One that another connection reads is waited for.
    Result<void> drop_slot(std::string_view name, Deadline deadline);

    /// What was committed behind `from`, or behind what the slot has confirmed if that is later.
    /// `not_found`: the slot is gone or lost. `conflict`: another connection reads it. Afterwards
    /// next() and confirm() are all that can be called.
    Result<void> start(std::string_view slot, std::string_view publication, Lsn from,
                       Deadline deadline);

    /// The next frame; what it holds is valid until the next call. nullopt: none came by the
    /// deadline. `unavailable`: the server has been silent for 20 s, though asked, or is gone.
    Result<std::optional<pgoutput::Frame>> next(Deadline deadline);
    /// Everything before `flushed` is safe here: the server may forget it. Told with `ask`, the
    /// server says at once how far it is.
    Result<void> confirm(Lsn flushed, bool ask = false);

private:
    explicit ChangeStream(std::unique_ptr<RawSession> session);
    Result<void> tell(bool ask);
    std::unique_ptr<RawSession> session_;
    Lsn received_, flushed_;
    Monotonic told_at_, heard_at_;
};

/// A connection that reads tables as one snapshot shows them, in read-only transactions. Not
/// thread-safe.
class SnapshotReader {
public:
    static Result<std::unique_ptr<SnapshotReader>> open(const StreamServer& server,
                                                        const Clock& clock, Deadline deadline);
    ~SnapshotReader();

    /// What a slot's snapshot shows.
    Result<void> begin(const std::string& snapshot, Deadline deadline);
    /// A table as a schema and a name.
    using Table = std::pair<std::string_view, std::string_view>;
    /// What is committed now. None of the tables is made anew until the end: one that is has no
    /// rows for whoever looked before.
    Result<void> begin(std::span<const Table> tables, Deadline deadline);
    Result<void> end(Deadline deadline);

    /// A statement with its values as text; outside of a transaction it is one.
    Result<Rows> run(const Statement& statement, const std::vector<std::string>& values,
                     Deadline deadline);

    using OnRow = std::function<Result<void>(const pgoutput::Row&)>;
    /// The object ids of the columns' types.
    Result<std::vector<std::uint32_t>> types(std::string_view schema, std::string_view table,
                                             std::span<const std::string_view> columns,
                                             Deadline deadline);
    /// All rows that this role may see, their columns as given, in binary format. `silence`: how
    /// long the server may send nothing.
    Result<std::int64_t> copy(std::string_view schema, std::string_view table,
                              std::span<const std::string_view> columns, Duration silence,
                              const OnRow& row);
    /// Likewise of a query, in which names and values are quoted as they have to be.
    Result<std::int64_t> copy(const std::string& query, Duration silence, const OnRow& row);

private:
    explicit SnapshotReader(std::unique_ptr<RawSession> session);
    std::unique_ptr<RawSession> session_;
};

/// What the log was at an instant of the server's clock.
struct LogSample {
    Instant at;
    Lsn flushed; // of the server: whatever was committed durably before `at` is before this
    /// By each standby that counts; absent: there is none.
    std::optional<Lsn> standbys_flushed = {};
};

/// A table as a publication has it.
struct PublishedTable {
    std::string schema, name;
    std::vector<std::string> columns;
    /// Another one: the table was made anew, or it was out of the publication in between, and what
    /// was changed then was told to nobody.
    std::string mark;
    bool whole = false; // all rows and all kinds of change
};

/// A connection beside the stream that asks how far the log is. Any login role may. Not
/// thread-safe; opens itself, and again after a failure.
class LogProbe {
public:
    /// `standbys`: the slots of those that count, connected or not; while one is not there, nothing
    /// is flushed. None named: whichever is connected by a slot that lasts (pg_basebackup's does
    /// not).
    LogProbe(StreamServer server, std::vector<std::string> standbys, const Clock& clock);
    ~LogProbe();
    Result<LogSample> sample(Deadline deadline);
    Result<std::vector<PublishedTable>> published(std::string_view publication, Deadline deadline);
    /// What on this server stands in the way of replication slots for `role`; nullopt: nothing that
    /// is known.
    Result<std::optional<std::string>> why_no_slots(std::string_view role, Deadline deadline);

private:
    Result<void> open(Deadline deadline);
    StreamServer server_;
    const std::vector<std::string> standbys_;
    const Clock& clock_;
    std::unique_ptr<RawSession> session_;
};

} // namespace bw::pg
