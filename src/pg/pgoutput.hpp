// What PostgreSQL sends of its changes, read: the messages of the output plugin pgoutput (protocol
// version 1, values in binary format), the frames that carry them, and the rows of COPY's binary
// format. Pure and total: any bytes give a value or `corrupt`. Knows bytes, not connections
// (change_stream) nor what tables mean.
//
// Source: PostgreSQL 15 documentation, "Logical Replication Message Formats", "Streaming
// Replication Protocol", "COPY".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pg {

/// A position in the write-ahead log. Two of them can be compared on one timeline of one system
/// only.
struct Lsn {
    std::uint64_t value = 0;

    auto operator<=>(const Lsn&) const = default;
    std::string text() const; // "16/B374D848"
    static std::optional<Lsn> parse(std::string_view text);
};

namespace pgoutput {

/// One column of a row. `bytes` looks into the message that was read.
struct Field {
    enum class Kind : std::uint8_t {
        null,
        unchanged, // a large value that the update did not touch and the server did not send
        text,      // of types without a binary format
        binary
    };
    Kind kind = Kind::null;
    ByteView bytes = {};
};
using Row = std::vector<Field>;

struct Begin {
    Lsn final_lsn; // of the commit
    Instant commit_at;
};
struct Commit {
    Lsn commit_lsn;
    Lsn end_lsn; // what is behind it has been seen when this has
    Instant commit_at;
};
struct Column {
    bool key;
    std::string name;
    std::uint32_t type; // object id
    auto operator<=>(const Column&) const = default;
};
/// What the rows that follow look like; sent before the first of them and after each change of the
/// table.
struct Relation {
    std::uint32_t id;
    std::string schema, name;
    char replica_identity; // d: primary key, n: nothing, f: all columns, i: an index
    std::vector<Column> columns;
};
struct Insert {
    std::uint32_t relation;
    Row row;
};
struct Update {
    std::uint32_t relation;
    std::optional<Row> old; // the key's columns alone, if it changed; or all, as the identity says
    Row row;
};
struct Delete {
    std::uint32_t relation;
    Row old;
};
struct Truncate {
    std::vector<std::uint32_t> relations;
};
/// Origins, types' names, and messages that applications wrote: nothing of ours.
struct Other {
    char kind;
};

using Message = std::variant<Other, Begin, Commit, Relation, Insert, Update, Delete, Truncate>;

/// Reads one message into `out`, whose memory is reused. `corrupt`: too short, too long, or of no
/// known kind.
Result<void> read(ByteView bytes, Message& out);

// ---- the frames of a stream (COPY BOTH) ----

struct Data {
    Lsn start, end; // `end`: of the server's log, when it sent this
    Instant sent_at;
    ByteView message;
};
struct Keepalive {
    Lsn end; // all that was to be sent before it has been
    Instant sent_at;
    bool reply; // or the server hangs up soon
};
using Frame = std::variant<Data, Keepalive>;
Result<Frame> read_frame(ByteView bytes);

/// What the client has: the server forgets what is before `flushed`.
Bytes status_frame(Lsn received, Lsn flushed, Instant now, bool reply);

} // namespace pgoutput

/// Rows of COPY .. TO STDOUT (FORMAT binary), one message of the connection at a time.
class BinaryCopy {
public:
    /// Calls `row` for each whole row in `chunk`. `corrupt`: it is no such stream.
    template <class OnRow>
    Result<void> read(ByteView chunk, OnRow&& row) {
        CHECK_OK(begin(chunk));
        while (!chunk.empty())
            if (TRY(next(chunk)))
                CHECK_OK(row(static_cast<const pgoutput::Row&>(row_)));
        return {};
    }
    /// The trailer came: nothing is missing.
    bool ended() const { return ended_; }

private:
    Result<void> begin(ByteView& chunk);
    Result<bool> next(ByteView& chunk);
    bool begun_ = false, ended_ = false;
    pgoutput::Row row_;
};

/// PostgreSQL counts microseconds from 2000-01-01.
inline constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;

} // namespace bw::pg
