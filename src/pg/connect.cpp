// Opening a connection: the caller's conninfo plus the settings that every connection of this
// program has.
#include <poll.h>

#include <algorithm>
#include <chrono>

#include "pg/connection.hpp"
#include "telemetry/log.hpp"

namespace bw::pg {

namespace {

// Answers must not depend on a server's configuration. client_connection_check_interval makes the
// server drop a statement whose client hung up because of its deadline: work that nobody awaits any
// more is load.
constexpr std::string_view session_options =
    "-c timezone=UTC -c datestyle=ISO -c standard_conforming_strings=on "
    "-c client_connection_check_interval=1000";

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

Result<void> handshake(PGconn* raw, const Clock& clock, Deadline deadline) {
    // libpq asks to wait for writing before its first poll.
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED) {
            log::warn("database_connect_failed", {{"reason", PQerrorMessage(raw)}});
            return fail(Code::unavailable, "the database cannot be reached");
        }
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

} // namespace

// Names are resolved by libpq before the first poll, outside the deadline: give hostaddr where that
// matters.
Result<std::unique_ptr<Connection>> Connection::open(const ConnectOptions& options,
                                                     const Clock& clock, Deadline deadline) {
    Settings settings = TRY(settings_of(options));
    std::vector<const char*> names, values;
    for (std::size_t i = 0; i < settings.names.size(); ++i) {
        names.push_back(settings.names[i].c_str());
        values.push_back(settings.values[i].c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    Deadline own = Deadline::in(clock, options.connect_timeout);
    Deadline until = own.at() < deadline.at() ? own : deadline;
    std::unique_ptr<Connection> connection(
        new Connection(PQconnectStartParams(names.data(), values.data(), 0), clock));
    PGconn* raw = connection->raw_.get();
    if (raw == nullptr)
        return fail(Code::overloaded, "no memory for a database connection");
    if (PQstatus(raw) == CONNECTION_BAD) {
        log::warn("database_connect_failed", {{"reason", PQerrorMessage(raw)}});
        return fail(Code::unavailable, "the database cannot be reached");
    }
    PQsetNoticeReceiver(raw, [](void*, const PGresult*) {}, nullptr); // notices may quote data
    CHECK_OK(handshake(raw, clock, until));
    if (PQsetnonblocking(raw, 1) != 0)
        return fail(Code::unavailable, "the database connection cannot be made non-blocking");
    return connection;
}

} // namespace bw::pg
