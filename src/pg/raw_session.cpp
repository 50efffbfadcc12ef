#include "pg/raw_session.hpp"

#include <poll.h>

#include <algorithm>

#include "telemetry/log.hpp"

namespace bw::pg {

Result<RawSession::Answer> RawSession::ask(const std::string& command, Deadline deadline) {
    if (!usable())
        return fail(Code::unavailable, "the database connection was lost before");
    if (PQsendQuery(raw_.get(), command.c_str()) == 0)
        return lost();
    return first_answer(deadline);
}

Result<RawSession::Answer>
RawSession::ask(const char* statement, const std::vector<std::string>& values, Deadline deadline) {
    if (!usable())
        return fail(Code::unavailable, "the database connection was lost before");
    std::vector<const char*> texts;
    for (const std::string& value : values)
        texts.push_back(value.c_str());
    if (PQsendQueryParams(raw_.get(), statement, static_cast<int>(texts.size()), nullptr,
                          texts.data(), nullptr, nullptr, 1) == 0)
        return lost();
    return first_answer(deadline);
}

Result<RawSession::Answer> RawSession::first_answer(Deadline deadline) {
    sqlstate_.clear();
    CHECK_OK(flush(deadline));
    Answer first{nullptr, &PQclear};
    for (;;) {
        while (PQisBusy(raw_.get()) != 0) {
            CHECK_OK(wait(POLLIN, deadline));
            if (PQconsumeInput(raw_.get()) == 0)
                return lost();
        }
        Answer answer{PQgetResult(raw_.get()), &PQclear};
        if (!answer)
            break;
        const auto status = PQresultStatus(answer.get());
        if (!first)
            first = std::move(answer);
        if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            return first;
        if (PQstatus(raw_.get()) != CONNECTION_OK)
            break;
    }
    if (!first)
        return lost();
    if (PQresultStatus(first.get()) == PGRES_FATAL_ERROR)
        return server_error(first.get());
    return first;
}

Result<ByteView> RawSession::copied(Deadline deadline, bool& ended) {
    ended = false;
    if (!usable())
        return fail(Code::unavailable, "the database connection was lost before");
    for (;;) {
        char* buffer = nullptr;
        const int size = PQgetCopyData(raw_.get(), &buffer, 1);
        message_.reset(buffer);
        if (size > 0)
            return ByteView(buffer, static_cast<std::size_t>(size));
        if (size == -2)
            return lost();
        if (size == -1) {
            auto rest = first_answer(deadline);
            if (!rest)
                return rest.error();
            ended = true;
            return ByteView();
        }
        // The wait is on the real timer, so a clock moved by hand cannot make it endless.
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining(clock_)).count();
        pollfd wanted{PQsocket(raw_.get()), POLLIN, 0};
        const int n = ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
        if (n == 0)
            return ByteView();
        if ((n < 0 && errno != EINTR) || (n > 0 && PQconsumeInput(raw_.get()) == 0))
            return lost();
    }
}

Result<void> RawSession::put(ByteView message, Deadline deadline) {
    if (!usable())
        return fail(Code::unavailable, "the database connection was lost before");
    if (PQputCopyData(raw_.get(), message.data(), static_cast<int>(message.size())) != 1)
        return lost();
    return flush(deadline);
}

std::string RawSession::quoted(std::string_view identifier) const {
    std::unique_ptr<char, void (*)(void*)> text(
        PQescapeIdentifier(raw_.get(), identifier.data(), identifier.size()), &PQfreemem);
    return text ? text.get() : std::string();
}

std::string RawSession::literal(std::string_view value) const {
    std::unique_ptr<char, void (*)(void*)> text(
        PQescapeLiteral(raw_.get(), value.data(), value.size()), &PQfreemem);
    return text ? text.get() : std::string();
}

Result<void> RawSession::wait(short events, Deadline deadline) {
    for (;;) {
        pollfd wanted{PQsocket(raw_.get()), events, 0};
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining(clock_)).count();
        const int n = ::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
        if (n > 0)
            return {};
        if (n == 0) {
            raw_.reset();
            return fail(Code::deadline_exceeded, "the database did not answer in time");
        }
        if (errno != EINTR)
            return lost();
    }
}

Result<void> RawSession::flush(Deadline deadline) {
    for (;;) {
        const int left = PQflush(raw_.get());
        if (left == 0)
            return {};
        if (left < 0)
            return lost();
        CHECK_OK(wait(POLLIN | POLLOUT, deadline));
        if (PQconsumeInput(raw_.get()) == 0)
            return lost();
    }
}

Error RawSession::lost(const char* detail) {
    raw_.reset();
    return fail(Code::unavailable, detail);
}

/// The server's words go to the log alone: they may quote values.
Error RawSession::server_error(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    sqlstate_ = state == nullptr ? "" : state;
    if (sqlstate_.empty() || PQstatus(raw_.get()) != CONNECTION_OK)
        return lost();
    log::warn("database_command_refused",
              {{"sqlstate", sqlstate_}, {"reason", message == nullptr ? "" : message}});
    return fail(code_of_sqlstate(sqlstate_),
                "the database refused the command (SQLSTATE " + sqlstate_ + ")");
}

} // namespace bw::pg
