// One connection's statements over non-blocking libpq: pipelines, scripts, COPY. Opening one is in
// connect.cpp.
#include "pg/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_set>

#include "base/ensure.hpp"
#include "pg/types.hpp"

namespace bw::pg {

namespace {

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string() : std::string(text);
}

/// What one answer of a pipeline belongs to.
struct Expected {
    enum class Kind : std::uint8_t { prepare, describe, query } kind;
    std::size_t step;
};

} // namespace

Connection::Connection(PGconn* raw, const Clock& clock) : raw_(raw, &PQfinish), clock_(clock) {}

Connection::~Connection() = default;

bool Connection::usable() const {
    return raw_ && PQstatus(raw_.get()) == CONNECTION_OK;
}

bool Connection::in_transaction() const {
    if (!usable())
        return false;
    auto status = PQtransactionStatus(raw_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

Closed Connection::closed() const {
    return usable() ? Closed::no : closed_ == Closed::no ? Closed::lost : closed_;
}

int Connection::server_version() const {
    return raw_ ? PQserverVersion(raw_.get()) : 0;
}

Result<std::vector<Rows>> Connection::run(const std::vector<Step>& steps, Deadline deadline,
                                          bool commits) {
    CHECK_OK(ready(deadline, true));
    std::vector<bool> prepares(steps.size());
    std::unordered_set<std::string_view> pending;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Statement& statement = steps[i].statement;
        prepares[i] = !known(steps[i]) && pending.insert(statement.name()).second;
        if ((prepares[i] && !send_prepare(statement)) || !send(steps[i]))
            return lost(commits);
    }
    if (PQpipelineSync(raw_.get()) == 0)
        return lost(commits);
    CHECK_OK(flush(deadline, commits));
    return collect(steps, prepares, deadline, commits);
}

std::vector<Connection::Outcome> Connection::run_each(const std::vector<std::vector<Step>>& units,
                                                      Deadline deadline, bool commits) {
    std::vector<Outcome> outcomes;
    outcomes.reserve(units.size());
    auto rest_fails = [&](const Error& error) {
        while (outcomes.size() < units.size())
            outcomes.push_back({error, last_error_.sqlstate});
        return std::move(outcomes);
    };
    if (auto is_ready = ready(deadline, true); !is_ready)
        return rest_fails(is_ready.error());
    // Ahead of all units, in one of its own: a failing unit would take its prepares with it.
    if (auto prepared = prepare_all(units, deadline); !prepared)
        return rest_fails(prepared.error());
    for (const std::vector<Step>& unit : units) {
        for (const Step& step : unit) {
            ENSURE(known(step), "prepared above");
            if (!send(step))
                return rest_fails(lost(commits));
        }
        if (PQpipelineSync(raw_.get()) == 0)
            return rest_fails(lost(commits));
    }
    if (auto sent = flush(deadline, commits); !sent)
        return rest_fails(sent.error());
    for (const std::vector<Step>& unit : units) {
        last_error_ = {};
        auto answers = collect(unit, std::vector<bool>(unit.size()), deadline, commits);
        const bool gone = !answers && !usable();
        const Error lost_too = !gone ? Error()
                               : commits
                                   ? fail(Code::outcome_unknown, "the database connection was lost")
                                   : answers.error();
        outcomes.push_back({std::move(answers), last_error_.sqlstate});
        if (gone) { // whatever became of this one, the others may have run
            last_error_.sqlstate.clear();
            return rest_fails(lost_too);
        }
    }
    return outcomes;
}

/// What the units need and this connection has not prepared yet; one round trip, once.
Result<void> Connection::prepare_all(const std::vector<std::vector<Step>>& units,
                                     Deadline deadline) {
    std::unordered_set<std::string_view> pending;
    std::vector<const Statement*> unknown;
    for (const std::vector<Step>& unit : units)
        for (const Step& step : unit)
            if (!known(step) && pending.insert(step.statement.name()).second)
                unknown.push_back(&step.statement);
    if (unknown.empty())
        return {};
    for (const Statement* statement : unknown)
        if (!send_prepare(*statement))
            return lost(false);
    if (PQpipelineSync(raw_.get()) == 0)
        return lost(false);
    CHECK_OK(flush(deadline, false));
    std::optional<Error> failure;
    for (std::size_t at = 0;;) { // a Prepare and a Describe for each
        Rows answer(TRY(next_result(deadline, false)));
        if (!answer.result_) {
            ++at;
            continue;
        }
        const PGresult* result = answer.result_.get();
        if (answer.status() == PGRES_PIPELINE_SYNC)
            break;
        if (answer.status() == PGRES_FATAL_ERROR) {
            failure = server_error(result, false);
            if (!usable())
                return *std::move(failure);
        } else if (answer.status() == PGRES_COMMAND_OK) {
            remember(*unknown.at(at / 2), at % 2 == 1 ? result : nullptr);
        }
    }
    if (failure)
        return *std::move(failure);
    return {};
}

/// After Prepare, and again with the answer to Describe.
void Connection::remember(const Statement& statement, const PGresult* described) {
    Prepared& prepared = prepared_[statement.name()];
    prepared.text = statement.text();
    prepared.parameters.clear();
    for (int i = 0; described != nullptr && i < PQnparams(described); ++i)
        prepared.parameters.push_back(PQparamtype(described, i));
}

Result<Rows> Connection::run(const Statement& statement, const Params& params, Deadline deadline) {
    auto rows = TRY(run({Step{statement, &params}}, deadline, !in_transaction()));
    return std::move(rows.front());
}

Result<void> Connection::script(const std::string& text, Deadline deadline) {
    CHECK_OK(ready(deadline, false));
    if (PQsendQuery(raw_.get(), text.c_str()) == 0)
        return lost(true);
    CHECK_OK(flush(deadline, true));
    return drain(deadline, true);
}

Result<void> Connection::copy_in(const Statement& copy, std::string_view rows, Deadline deadline) {
    constexpr std::size_t chunk_bytes = 64 * 1024;
    const bool commits = !in_transaction();
    CHECK_OK(ready(deadline, false));
    if (PQsendQuery(raw_.get(), copy.text()) == 0)
        return lost(commits);
    CHECK_OK(flush(deadline, commits));
    Rows opening(TRY(next_result(deadline, commits)));
    auto status = opening.status();
    if (status != PGRES_COPY_IN) {
        ENSURE(status == PGRES_FATAL_ERROR, "copy_in takes COPY .. FROM STDIN and nothing else");
        Error error = server_error(opening.result_.get(), commits);
        if (usable())
            CHECK_OK(drain(deadline, false));
        return error;
    }
    // A server that refused a row says so at once, and libpq then takes no more data: the answer
    // below tells.
    for (bool taken = true; taken && !rows.empty();) {
        std::string_view chunk = rows.substr(0, chunk_bytes);
        int sent = PQputCopyData(raw_.get(), chunk.data(), static_cast<int>(chunk.size()));
        taken = sent >= 0;
        if (sent == 1)
            rows.remove_prefix(chunk.size());
        CHECK_OK(flush(deadline, commits));
    }
    if (rows.empty()) {
        while (PQputCopyEnd(raw_.get(), nullptr) == 0)
            CHECK_OK(flush(deadline, commits));
        CHECK_OK(flush(deadline, commits));
    }
    return drain(deadline, commits);
}

/// Before each call: is the connection there, is there time, and did the server hang up while we
/// were idle? A hang-up seen before anything is sent is `unavailable`, which callers may retry;
/// seen later it would be `outcome_unknown`.
Result<void> Connection::ready(Deadline deadline, bool pipeline) {
    last_error_ = {};
    if (!usable())
        return fail(Code::unavailable, "the database connection was lost before");
    if (deadline.expired(clock_))
        return fail(Code::deadline_exceeded, "no time was left for the database");
    pollfd idle{PQsocket(raw_.get()), POLLIN, 0};
    for (int rounds = 0; rounds < 16 && ::poll(&idle, 1, 0) > 0; ++rounds) {
        if (PQconsumeInput(raw_.get()) == 0)
            return lost(false);
        PQisBusy(raw_.get()); // reads past notices and parameter changes
    }
    if (pipeline != (PQpipelineStatus(raw_.get()) != PQ_PIPELINE_OFF)) {
        int changed = pipeline ? PQenterPipelineMode(raw_.get()) : PQexitPipelineMode(raw_.get());
        ENSURE(changed == 1, "the connection has unread answers");
    }
    return {};
}

/// Describe travels with Prepare, once for each statement and connection, so that a value of the
/// wrong type is found at its first use instead of being read as other bytes.
bool Connection::send_prepare(const Statement& statement) {
    return PQsendPrepare(raw_.get(), statement.name(), statement.text(), 0, nullptr) != 0 &&
           PQsendDescribePrepared(raw_.get(), statement.name()) != 0;
}

/// Whether its statement is prepared here; if so, its values are held against the types.
bool Connection::known(const Step& step) const {
    const Statement& statement = step.statement;
    ENSURE(step.params != nullptr && step.params->size() == statement.parameters(),
           "a statement takes as many values as it has parameters");
    auto found = prepared_.find(statement.name());
    if (found == prepared_.end())
        return false;
    ENSURE(found->second.text == statement.text() ||
               std::string_view(found->second.text) == statement.text(),
           "two statements of one name");
    check_types(step, found->second);
    return true;
}

bool Connection::send(const Step& step) {
    const Statement& statement = step.statement;
    const Params& params = *step.params;
    std::vector<const char*> values(params.size());
    std::vector<int> lengths(params.size()), formats(params.size(), 1);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < params.size(); ++i) {
        values[i] = params.nulls_[i] ? nullptr : params.buffer_.data() + begin;
        lengths[i] = static_cast<int>(params.ends_[i] - begin);
        begin = params.ends_[i];
    }
    return PQsendQueryPrepared(raw_.get(), statement.name(), static_cast<int>(params.size()),
                               values.data(), lengths.data(), formats.data(), 1) != 0;
}

Result<std::vector<Rows>> Connection::collect(const std::vector<Step>& steps,
                                              const std::vector<bool>& prepares, Deadline deadline,
                                              bool commits) {
    using enum Expected::Kind;
    std::vector<Expected> expected;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (prepares[i])
            expected.insert(expected.end(), {{prepare, i}, {describe, i}});
        expected.push_back({query, i});
    }
    std::vector<Rows> answers;
    std::optional<Error> failure;
    bool stale_plan = false;
    for (std::size_t at = 0;;) {
        // After a failing step nothing can have been committed by the rest.
        Rows answer(TRY(next_result(deadline, commits && !failure)));
        if (!answer.result_) { // ends one command's answers
            // One more when the implicit commit at Sync fails (a deferred constraint): that error
            // has an end of its own.
            ENSURE(++at <= expected.size() + 1, "more answers than questions");
            continue;
        }
        const PGresult* result = answer.result_.get();
        auto status = answer.status();
        if (status == PGRES_PIPELINE_SYNC)
            break;
        if (status == PGRES_PIPELINE_ABORTED)
            continue;
        if (status == PGRES_FATAL_ERROR) {
            Error error = server_error(result, commits && !failure);
            if (!usable())
                return error;
            // 0A000 from a statement that worked before: a migration changed its columns ("cached
            // plan must not change result type"). A new connection prepares it anew.
            stale_plan = last_error_.sqlstate == "0A000" && at < expected.size() &&
                         !prepares[expected[at].step];
            failure = std::move(error);
            continue;
        }
        ENSURE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
                   status == PGRES_EMPTY_QUERY,
               "COPY goes through copy_in");
        ENSURE(at < expected.size(), "more answers than questions");
        const Statement& statement = steps[expected[at].step].statement;
        switch (expected[at].kind) {
        case prepare:
            remember(statement, nullptr);
            break;
        case describe:
            remember(statement, result);
            break;
        case query:
            check_types(steps[expected[at].step], prepared_.at(statement.name()));
            // PostgreSQL answers COMMIT of a failed transaction with a cheerful ROLLBACK.
            if (commits &&
                std::string_view(PQcmdStatus(const_cast<PGresult*>(result))) == "ROLLBACK") {
                last_error_ = {"25P02", "COMMIT of a failed transaction", {}, {}, 0};
                failure = fail(Code::internal,
                               "the transaction had failed before its end (SQLSTATE 25P02)");
            }
            answers.push_back(std::move(answer));
        }
    }
    if (stale_plan) {
        ServerError told = std::move(last_error_);
        Error error = broken(Closed::stale, Code::unavailable,
                             "the database's tables changed under this connection");
        last_error_ = std::move(told);
        return error;
    }
    if (failure)
        return *std::move(failure);
    return answers;
}

/// Reads answers to the end, outside pipelines; the first error counts.
Result<void> Connection::drain(Deadline deadline, bool commits) {
    std::optional<Error> failure;
    for (;;) {
        Rows answer(TRY(next_result(deadline, commits && !failure)));
        if (!answer.result_)
            break;
        auto status = answer.status();
        ENSURE(status != PGRES_COPY_IN && status != PGRES_COPY_OUT && status != PGRES_COPY_BOTH,
               "COPY goes through copy_in");
        if (status == PGRES_FATAL_ERROR && !failure) {
            failure = server_error(answer.result_.get(), commits);
            if (!usable())
                break;
        }
    }
    if (failure)
        return *std::move(failure);
    return {};
}

Result<void> Connection::wait(short events, Deadline deadline, bool commits) {
    for (;;) {
        pollfd wanted{PQsocket(raw_.get()), events, 0};
        auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining(clock_)).count();
        // The wait is on the real timer, so a clock moved by hand cannot make it endless.
        int n = ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
        if (n > 0)
            return {};
        if (n == 0)
            return broken(Closed::deadline,
                          commits ? Code::outcome_unknown : Code::deadline_exceeded,
                          "the database did not answer in time");
        if (errno != EINTR)
            return lost(commits);
    }
}

Result<std::vector<Notification>> Connection::wait_for_notifications(Deadline deadline) {
    for (;;) {
        std::vector<Notification> heard;
        while (PGnotify* one = PQnotifies(raw_.get())) {
            heard.push_back({one->relname, one->extra});
            PQfreemem(one);
        }
        if (!heard.empty())
            return heard;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining(clock_)).count();
        pollfd wanted{PQsocket(raw_.get()), POLLIN, 0};
        const int n = ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
        if (n == 0)
            return heard;
        if ((n < 0 && errno != EINTR) || (n > 0 && PQconsumeInput(raw_.get()) == 0))
            return lost(false);
    }
}

Result<void> Connection::flush(Deadline deadline, bool commits) {
    for (;;) {
        int left = PQflush(raw_.get());
        if (left == 0)
            return {};
        if (left < 0)
            return lost(commits);
        // Reading too: a server that waits for us to take its answers takes no more questions.
        CHECK_OK(wait(POLLIN | POLLOUT, deadline, commits));
        if (PQconsumeInput(raw_.get()) == 0)
            return lost(commits);
    }
}

Result<PGresult*> Connection::next_result(Deadline deadline, bool commits) {
    while (PQisBusy(raw_.get()) != 0) {
        CHECK_OK(wait(POLLIN, deadline, commits));
        if (PQconsumeInput(raw_.get()) == 0)
            return lost(commits);
    }
    PGresult* result = PQgetResult(raw_.get());
    if (result == nullptr && PQstatus(raw_.get()) != CONNECTION_OK)
        return lost(commits);
    return result;
}

Error Connection::broken(Closed why, Code code, const char* detail) {
    closed_ = why;
    last_error_ = {};
    if (raw_)
        last_error_.message = PQerrorMessage(raw_.get());
    raw_.reset();
    prepared_.clear();
    return fail(code, detail);
}

Error Connection::lost(bool commits) {
    return broken(Closed::lost, commits ? Code::outcome_unknown : Code::unavailable,
                  "the database connection was lost");
}

Error Connection::server_error(const PGresult* result, bool commits) {
    ServerError told{field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY),
                     field(result, PG_DIAG_CONSTRAINT_NAME), field(result, PG_DIAG_TABLE_NAME), 0};
    std::string position = field(result, PG_DIAG_STATEMENT_POSITION);
    if (!position.empty())
        told.position = std::atoi(position.c_str());
    std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (told.sqlstate.empty() || severity == "FATAL" || severity == "PANIC") {
        // libpq's own report of a lost connection, or the server's last word before it hangs up.
        Error error = lost(commits);
        if (!told.sqlstate.empty())
            last_error_ = std::move(told);
        return error;
    }
    last_error_ = std::move(told);
    return fail(code_of_sqlstate(last_error_.sqlstate),
                "the database refused the statement (SQLSTATE " + last_error_.sqlstate + ")");
}

void Connection::check_types(const Step& step, const Prepared& prepared) const {
    const Params& params = *step.params;
    for (std::size_t i = 0; i < std::min(params.size(), prepared.parameters.size()); ++i)
        ENSURE(type::fits(params.types_[i], prepared.parameters[i]), step.statement.name());
}

Code code_of_sqlstate(std::string_view state) {
    if (state == "40003")
        return Code::outcome_unknown;
    if (state == "55P03" || state == "25006" || state.starts_with("40"))
        return Code::unavailable;
    if (state == "57014")
        return Code::deadline_exceeded;
    if (state.starts_with("23"))
        return Code::conflict;
    if (state.starts_with("53"))
        return Code::overloaded;
    if (state.starts_with("22"))
        return Code::bad_request;
    return Code::internal;
}

} // namespace bw::pg
