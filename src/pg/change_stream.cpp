#include "pg/change_stream.hpp"

#include <algorithm>
#include <charconv>

#include "pg/connection.hpp"
#include "pg/raw_session.hpp"

namespace bw::pg {

namespace {

constexpr Duration status_period = 5s; // the server hangs up after a minute without one
/// A large transaction of which nothing is published is decoded in silence, and the server looks at
/// what we ask it only when half of its wal_sender_timeout (a minute) has passed.
constexpr Duration silence_max = 75s;
constexpr Duration tell_timeout = 5s;

std::string_view value(const PGresult* result, int column, int row = 0) {
    return {PQgetvalue(result, row, column),
            static_cast<std::size_t>(PQgetlength(result, row, column))};
}

std::optional<std::int64_t> number(const PGresult* result, int column, int row = 0) {
    if (PQgetisnull(result, row, column) != 0)
        return std::nullopt;
    std::int64_t out = 0;
    const std::string_view text = value(result, column, row);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    return read.ec == std::errc() ? std::optional(out) : std::nullopt;
}

Error unreadable() {
    return fail(Code::corrupt, "the server's answer about its log cannot be read");
}

/// No timeout may end a snapshot that is being copied out.
constexpr const char* unhurried =
    "set idle_in_transaction_session_timeout = 0; set statement_timeout = 0";
constexpr const char* begin_reading = "begin isolation level repeatable read, read only";

Result<std::unique_ptr<RawSession>> open_session(const StreamServer& server,
                                                 const ExtraSettings& extra, const Clock& clock,
                                                 Deadline deadline) {
    auto session = std::make_unique<RawSession>(
        TRY(connect_raw({.conninfo = server.conninfo, .application_name = server.application_name},
                        extra, clock, deadline)),
        clock);
    TRY(session->ask(unhurried, deadline));
    return session;
}

std::string selection(const RawSession& session, std::string_view schema, std::string_view table,
                      std::span<const std::string_view> columns) {
    std::string out;
    for (const std::string_view column : columns)
        out += (out.empty() ? "select " : ", ") + session.quoted(column);
    return out + " from " + session.quoted(schema) + "." + session.quoted(table);
}

} // namespace

ChangeStream::ChangeStream(std::unique_ptr<RawSession> session)
    : session_(std::move(session)), told_at_(session_->clock().monotonic()), heard_at_(told_at_) {}

ChangeStream::~ChangeStream() = default;

Result<std::unique_ptr<ChangeStream>> ChangeStream::open(const StreamServer& server,
                                                         const Clock& clock, Deadline deadline) {
    auto session = TRY(open_session(server, {{"replication", "database"}}, clock, deadline));
    return std::unique_ptr<ChangeStream>(new ChangeStream(std::move(session)));
}

Result<LogIdentity> ChangeStream::identify(Deadline deadline) {
    auto answer = TRY(session_->ask("IDENTIFY_SYSTEM", deadline));
    if (PQntuples(answer.get()) != 1 || PQnfields(answer.get()) < 3)
        return unreadable();
    const auto timeline = number(answer.get(), 1);
    const auto flushed = Lsn::parse(value(answer.get(), 2));
    if (!timeline || !flushed)
        return unreadable();
    return LogIdentity{std::string(value(answer.get(), 0)), static_cast<std::uint32_t>(*timeline),
                       *flushed};
}

Result<std::optional<SlotState>> ChangeStream::slot(std::string_view name, Deadline deadline) {
    for (auto& [found, state] : TRY(slots(name, deadline)))
        if (found == name)
            return state;
    return std::nullopt;
}

Result<std::vector<std::pair<std::string, SlotState>>>
ChangeStream::slots(std::string_view beginning, Deadline deadline) {
    auto answer = TRY(
        session_->ask("select coalesce(wal_status, 'lost') in ('lost'), active, "
                      "coalesce(confirmed_flush_lsn, '0/0'), "
                      "pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint, safe_wal_size, "
                      "slot_name from pg_replication_slots where slot_type = 'logical' and "
                      "starts_with(slot_name, " +
                          session_->literal(beginning) + ") order by slot_name",
                      deadline));
    std::vector<std::pair<std::string, SlotState>> out;
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
        const auto confirmed = Lsn::parse(value(answer.get(), 2, row));
        if (!confirmed)
            return unreadable();
        out.emplace_back(value(answer.get(), 5, row),
                         SlotState{value(answer.get(), 0, row) == "t",
                                   value(answer.get(), 1, row) == "t", *confirmed,
                                   number(answer.get(), 3, row), number(answer.get(), 4, row)});
    }
    return out;
}

Result<NewSlot> ChangeStream::create_slot(std::string_view name, Deadline deadline) {
    auto answer = session_->ask("CREATE_REPLICATION_SLOT " + session_->quoted(name) +
                                    " LOGICAL pgoutput (SNAPSHOT 'export')",
                                deadline);
    if (!answer) {
        if (session_->sqlstate() == "42710")
            return fail(Code::conflict, "a replication slot of this name is there already");
        return std::move(answer).error();
    }
    if (PQntuples(answer->get()) != 1 || PQnfields(answer->get()) < 3)
        return unreadable();
    const auto consistent = Lsn::parse(value(answer->get(), 1));
    if (!consistent)
        return unreadable();
    return NewSlot{*consistent, std::string(value(answer->get(), 2))};
}

Result<void> ChangeStream::drop_slot(std::string_view name, Deadline deadline) {
    auto answer =
        session_->ask("DROP_REPLICATION_SLOT " + session_->quoted(name) + " WAIT", deadline);
    if (!answer && session_->sqlstate() != "42704")
        return std::move(answer).error();
    return {};
}

Result<void> ChangeStream::start(std::string_view slot, std::string_view publication, Lsn from,
                                 Deadline deadline) {
    auto answer =
        session_->ask("START_REPLICATION SLOT " + session_->quoted(slot) + " LOGICAL " +
                          from.text() + " (proto_version '1', publication_names " +
                          session_->literal(session_->quoted(publication)) + ", binary 'true')",
                      deadline);
    if (!answer) {
        const std::string& state = session_->sqlstate();
        if (state == "42704" || state == "55000")
            return fail(Code::not_found, "the replication slot is gone or lost");
        if (state == "55006")
            return fail(Code::conflict, "the replication slot is read by another connection");
        return std::move(answer).error();
    }
    if (PQresultStatus(answer->get()) != PGRES_COPY_BOTH)
        return unreadable();
    flushed_ = received_ = from;
    told_at_ = heard_at_ = session_->clock().monotonic();
    return {};
}

Result<std::optional<pgoutput::Frame>> ChangeStream::next(Deadline deadline) {
    const Clock& clock = session_->clock();
    for (;;) {
        const Monotonic now = clock.monotonic();
        if (now - told_at_ >= status_period)
            CHECK_OK(tell(now - heard_at_ >= status_period));
        bool ended = false;
        const Deadline until(std::min(deadline.at(), told_at_ + status_period));
        const ByteView message = TRY(session_->copied(until, ended));
        if (ended)
            return fail(Code::unavailable, "the server ended the change stream");
        if (message.empty()) {
            if (clock.monotonic() - heard_at_ >= silence_max)
                return fail(Code::unavailable, "the server of the change stream is silent");
            if (deadline.expired(clock))
                return std::nullopt;
            continue;
        }
        heard_at_ = clock.monotonic();
        auto frame = TRY(pgoutput::read_frame(message));
        if (const auto* data = std::get_if<pgoutput::Data>(&frame))
            received_ = std::max(received_, data->start);
        if (const auto* keepalive = std::get_if<pgoutput::Keepalive>(&frame)) {
            received_ = std::max(received_, keepalive->end);
            if (keepalive->reply)
                CHECK_OK(tell(false));
        }
        return frame;
    }
}

Result<void> ChangeStream::confirm(Lsn flushed, bool ask) {
    flushed_ = std::max(flushed_, flushed);
    return tell(ask);
}

Result<void> ChangeStream::tell(bool ask) {
    const Clock& clock = session_->clock();
    CHECK_OK(session_->put(
        pgoutput::status_frame(std::max(received_, flushed_), flushed_, clock.now(), ask),
        Deadline::in(clock, tell_timeout)));
    told_at_ = clock.monotonic();
    return {};
}

SnapshotReader::SnapshotReader(std::unique_ptr<RawSession> session)
    : session_(std::move(session)) {}

SnapshotReader::~SnapshotReader() = default;

Result<std::unique_ptr<SnapshotReader>>
SnapshotReader::open(const StreamServer& server, const Clock& clock, Deadline deadline) {
    return std::unique_ptr<SnapshotReader>(
        new SnapshotReader(TRY(open_session(server, {}, clock, deadline))));
}

Result<void> SnapshotReader::begin(const std::string& snapshot, Deadline deadline) {
    TRY(session_->ask(begin_reading, deadline));
    TRY(session_->ask("set transaction snapshot " + session_->literal(snapshot), deadline));
    return {};
}

Result<void> SnapshotReader::begin(std::span<const Table> tables, Deadline deadline) {
    TRY(session_->ask(begin_reading, deadline));
    std::string names;
    for (const auto& [schema, name] : tables)
        names +=
            (names.empty() ? "" : ", ") + session_->quoted(schema) + "." + session_->quoted(name);
    // The transaction's snapshot is taken by the first command behind this.
    TRY(session_->ask("lock table " + names + " in access share mode", deadline));
    return {};
}

Result<void> SnapshotReader::end(Deadline deadline) {
    TRY(session_->ask("rollback", deadline));
    return {};
}

Result<Rows> SnapshotReader::run(const Statement& statement, const std::vector<std::string>& values,
                                 Deadline deadline) {
    return Rows(TRY(session_->ask(statement.text(), values, deadline)).release());
}

Result<std::vector<std::uint32_t>> SnapshotReader::types(std::string_view schema,
                                                         std::string_view table,
                                                         std::span<const std::string_view> columns,
                                                         Deadline deadline) {
    auto answer =
        TRY(session_->ask(selection(*session_, schema, table, columns) + " limit 0", deadline));
    std::vector<std::uint32_t> out;
    for (int column = 0; column < PQnfields(answer.get()); ++column)
        out.push_back(PQftype(answer.get(), column));
    return out;
}

Result<std::int64_t> SnapshotReader::copy(std::string_view schema, std::string_view table,
                                          std::span<const std::string_view> columns,
                                          Duration silence, const OnRow& row) {
    return copy(selection(*session_, schema, table, columns), silence, row);
}

Result<std::int64_t> SnapshotReader::copy(const std::string& query, Duration silence,
                                          const OnRow& row) {
    const std::string command = "copy (" + query + ") to stdout (format binary)";
    const Clock& clock = session_->clock();
    TRY(session_->ask(command, Deadline::in(clock, silence)));
    BinaryCopy reader;
    std::int64_t rows = 0;
    for (;;) {
        bool ended = false;
        const ByteView chunk = TRY(session_->copied(Deadline::in(clock, silence), ended));
        if (ended)
            break;
        if (chunk.empty())
            return fail(Code::deadline_exceeded, "the database did not go on with its copy");
        CHECK_OK(reader.read(chunk, [&](const pgoutput::Row& one) {
            ++rows;
            return row(one);
        }));
    }
    if (!reader.ended())
        return fail(Code::corrupt, "a copy ended before its end");
    return rows;
}

LogProbe::LogProbe(StreamServer server, std::vector<std::string> standbys, const Clock& clock)
    : server_(std::move(server)), standbys_(std::move(standbys)), clock_(clock) {}

LogProbe::~LogProbe() = default;

Result<void> LogProbe::open(Deadline deadline) {
    if (!session_ || !session_->usable())
        session_ = TRY(open_session(server_, {}, clock_, deadline));
    return {};
}

Result<LogSample> LogProbe::sample(Deadline deadline) {
    CHECK_OK(open(deadline));
    std::string of_standbys = "select min(restart_lsn) from pg_replication_slots where slot_type = "
                              "'physical' and active and not temporary";
    if (!standbys_.empty()) {
        std::string names;
        for (const std::string& name : standbys_)
            names += (names.empty() ? "" : ", ") + session_->literal(name);
        // One that is not connected, or not there, has not what is new.
        of_standbys = "select min(coalesce(s.restart_lsn, '0/0')) from unnest(array[" + names +
                      "]) as n left join pg_replication_slots s on s.slot_name = n and s.slot_type "
                      "= 'physical'";
    }
    // The instant first: the log may go on before it is looked at, which errs to the safe side.
    auto answer =
        TRY(session_->ask("select (extract(epoch from clock_timestamp()) * 1000)::bigint, "
                          "pg_current_wal_flush_lsn(), (" +
                              of_standbys + ")",
                          deadline));
    const auto at = number(answer.get(), 0);
    const auto flushed = Lsn::parse(value(answer.get(), 1));
    if (PQntuples(answer.get()) != 1 || !at || !flushed)
        return unreadable();
    return LogSample{{*at},
                     *flushed,
                     PQgetisnull(answer.get(), 0, 2) != 0 ? std::nullopt
                                                          : Lsn::parse(value(answer.get(), 2))};
}

Result<std::vector<PublishedTable>> LogProbe::published(std::string_view publication,
                                                        Deadline deadline) {
    CHECK_OK(open(deadline));
    auto answer = TRY(session_->ask(
        "select t.schemaname, t.tablename, array_to_string(t.attnames, ','), "
        "concat_ws('.', p.oid, c.oid, r.oid), t.rowfilter is null and p.pubinsert and p.pubupdate "
        "and p.pubdelete and p.pubtruncate from pg_publication_tables t join pg_publication p on "
        "p.pubname = t.pubname join pg_namespace n on n.nspname = t.schemaname join pg_class c on "
        "c.relnamespace = n.oid and c.relname = t.tablename left join pg_publication_rel r on "
        "r.prpubid = p.oid and r.prrelid = c.oid where t.pubname = " +
            session_->literal(publication),
        deadline));
    std::vector<PublishedTable> out;
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
        PublishedTable& table = out.emplace_back(
            std::string(value(answer.get(), 0, row)), std::string(value(answer.get(), 1, row)),
            std::vector<std::string>(), std::string(value(answer.get(), 3, row)),
            value(answer.get(), 4, row) == "t");
        std::string_view columns = value(answer.get(), 2, row);
        while (!columns.empty()) {
            const std::size_t end = std::min(columns.find(','), columns.size());
            table.columns.emplace_back(columns.substr(0, end));
            columns.remove_prefix(std::min(end + 1, columns.size()));
        }
    }
    return out;
}

Result<std::optional<std::string>> LogProbe::why_no_slots(std::string_view role,
                                                          Deadline deadline) {
    CHECK_OK(open(deadline));
    auto answer = TRY(session_->ask(
        "select current_setting('wal_level'), exists (select from pg_roles where rolname = " +
            session_->literal(role) + " and rolreplication and rolcanlogin)",
        deadline));
    if (value(answer.get(), 1) != "t")
        return "the role " + std::string(role) + " may not replicate on this server";
    if (value(answer.get(), 0) != "logical")
        return "wal_level is " + std::string(value(answer.get(), 0)) +
               " on this server, not logical";
    return std::nullopt;
}

} // namespace bw::pg
