// Opening a connection: the caller's conninfo plus the settings that every connection of this
// program has.
#include <poll.h>

#include <algorithm>
#include <chrono>

#include "pg/connection.hpp"
#include "pg/raw_session.hpp"
#include "telemetry/log.hpp"

namespace bw::pg {

namespace {

// Answers must not depend on a server's configuration. client_connection_check_interval makes the
// server drop a statement whose client hung up because of its deadline: work that nobody awaits any
// more is load. A client that stands still, or whose machine is gone, leaves its locks to others
// after ten seconds: some, as the revocation epoch's, all sign-outs wait for.
constexpr std::string_view session_options =
    "-c timezone=UTC -c datestyle=ISO -c standard_conforming_strings=on "
    "-c client_connection_check_interval=1000 -c idle_in_transaction_session_timeout=10000 "
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";

/// conninfo's settings first, ours after them: libpq lets the last one win.
struct Settings {
    std::vector<std::string> names, values;

    void add(std::string name, std::string value) {
        names.push_back(std::move(name));
        values.push_back(std::move(value));
    }
};

Result<Settings> settings_of(const ConnectOptions& options) {
    // libpq's message about a bad conninfo quotes it, password and all; so it goes nowhere.
    char* message = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(options.conninfo.c_str(), &message), &PQconninfoFree);
    PQfreemem(message);
    if (!parsed)
        return fail(Code::bad_request,
                    "the database's conninfo cannot be read: expected keyword=value pairs");
    Settings settings;
    std::string server_options{session_options};
    for (const PQconninfoOption* o = parsed.get(); o->keyword != nullptr; ++o) {
        if (o->val == nullptr)
            continue;
        if (std::string_view(o->keyword) == "options")
            server_options = std::string(o->val) + " " + server_options;
        else
            settings.add(o->keyword, o->val);
    }
    settings.add("options", server_options);
    settings.add("application_name", options.application_name);
    settings.add("client_encoding", "UTF8");
    auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(options.tcp_user_timeout);
    settings.add("tcp_user_timeout", std::to_string(timeout.count()));
    return settings;
}

/// From libpq's message at verbosity `verbose`, "...: FATAL:  53300: ...": a failed connection has
/// no result to ask. Empty if the server did not speak.
std::string_view sqlstate_in(std::string_view message) {
    auto is_state = [](std::string_view s) {
        return s.size() == 5 && std::ranges::all_of(s, [](char c) {
                   return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
               });
    };
    for (std::size_t at = message.find(":  "); at != std::string_view::npos;
         at = message.find(":  ", at + 1))
        if (std::string_view state = message.substr(at + 3, 5);
            is_state(state) && message.substr(at + 8, 2) == ": ")
            return state;
    return {};
}

Error refused(PGconn* raw) {
    std::string_view reason = PQerrorMessage(raw);
    reason = reason.substr(0, reason.find("\nLOCATION:")); // of the server's source code
    const std::string_view state = sqlstate_in(reason);
    log::warn("database_connect_failed", {{"sqlstate", state}, {"reason", reason}});
    if (state == "53300")
        return fail(Code::overloaded, "the database has no connection left");
    return fail(Code::unavailable, "the database cannot be reached");
}

Result<void> handshake(PGconn* raw, const Clock& clock, Deadline deadline) {
    // libpq asks to wait for writing before its first poll.
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED)
            return refused(raw);
        pollfd wanted{PQsocket(raw),
                      static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
        auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining(clock)).count();
        int n = ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
        if (n == 0)
            return fail(Code::unavailable, "the database did not answer in time");
        if (n > 0)
            state = PQconnectPoll(raw);
        else if (errno != EINTR)
            return fail(Code::unavailable, "the database cannot be reached");
    }
    return {};
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    for (;;) {
        const std::size_t comma = list.find(',');
        out.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos)
            return out;
        list.remove_prefix(comma + 1);
    }
}

std::string quoted(std::string_view name, std::string_view value) {
    std::string out = std::string(name) + "='";
    for (char c : value) {
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "' ";
}

} // namespace

std::vector<std::string> each_host(const std::string& conninfo) {
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
    if (!parsed)
        return {conninfo};
    std::string common;
    std::vector<std::pair<std::string_view, std::vector<std::string>>> lists;
    std::size_t hosts = 0;
    for (const PQconninfoOption* o = parsed.get(); o->keyword != nullptr; ++o) {
        const std::string_view name = o->keyword;
        if (o->val == nullptr || name == "target_session_attrs")
            continue;
        if (name == "host" || name == "hostaddr" || name == "port")
            lists.emplace_back(name, split(o->val));
        else
            common += quoted(name, o->val);
        if (name == "host" || name == "hostaddr")
            hosts = std::max(hosts, lists.back().second.size());
    }
    for (const auto& [name, values] : lists)
        if (hosts < 2 || (values.size() != hosts && (name != "port" || values.size() != 1)))
            return {conninfo}; // one host, or a list that libpq refuses in its own words
    std::vector<std::string> out(hosts, common);
    for (std::size_t i = 0; i < hosts; ++i)
        for (const auto& [name, values] : lists)
            out[i] += quoted(name, values.size() == 1 ? values[0] : values[i]);
    if (out.empty())
        return {conninfo};
    return out;
}

// Names are resolved by libpq before the first poll, outside the deadline: give hostaddr where that
// matters.
Result<RawConnection> connect_raw(const ConnectOptions& options, const ExtraSettings& extra,
                                  const Clock& clock, Deadline deadline) {
    Settings settings = TRY(settings_of(options));
    for (const auto& [name, value] : extra)
        settings.add(name, value);
    std::vector<const char*> names, values;
    for (std::size_t i = 0; i < settings.names.size(); ++i) {
        names.push_back(settings.names[i].c_str());
        values.push_back(settings.values[i].c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    Deadline own = Deadline::in(clock, options.connect_timeout);
    Deadline until = own.at() < deadline.at() ? own : deadline;
    RawConnection connection(PQconnectStartParams(names.data(), values.data(), 0), &PQfinish);
    PGconn* raw = connection.get();
    if (raw == nullptr)
        return fail(Code::overloaded, "no memory for a database connection");
    if (PQstatus(raw) == CONNECTION_BAD)
        return refused(raw);
    PQsetErrorVerbosity(raw, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(raw, [](void*, const PGresult*) {}, nullptr); // notices may quote data
    CHECK_OK(handshake(raw, clock, until));
    PQsetErrorVerbosity(raw, PQERRORS_DEFAULT);
    if (PQsetnonblocking(raw, 1) != 0)
        return fail(Code::unavailable, "the database connection cannot be made non-blocking");
    return connection;
}

Result<std::unique_ptr<Connection>> Connection::open(const ConnectOptions& options,
                                                     const Clock& clock, Deadline deadline) {
    RawConnection raw = TRY(connect_raw(options, {}, clock, deadline));
    return std::unique_ptr<Connection>(new Connection(raw.release(), clock));
}

} // namespace bw::pg
