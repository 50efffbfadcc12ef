#include "app/sql_reports.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "pg/raw_session.hpp"

namespace bw::app {

namespace {

constexpr Duration connect_limit = 5s, end_before = 250ms;

class SqlReports {
public:
    SqlReports(std::string conninfo, std::map<std::string, std::string> texts, const Clock& clock)
        : conninfo_(std::move(conninfo)), texts_(std::move(texts)), clock_(clock) {}

    Result<std::size_t> read(const storm::ReportAsk& ask, Deadline deadline) {
        const auto text = texts_.find(ask.report);
        if (text == texts_.end())
            return fail(Code::not_found, "there is no such text of SQL", ask.report);
        if (!session_ || !session_->usable())
            CHECK_OK(connect());
        // The server ends it itself, before this end would hang up and leave it running.
        const Duration limit = std::max<Duration>(1ms, deadline.remaining(clock_) - end_before);
        (void)TRY(
            session_->ask("set statement_timeout = " + std::to_string(limit / 1ms), deadline));
        const auto answer =
            TRY(session_->ask(text->second.c_str(),
                              {to_hex(view(ask.tenant.uuid)),
                               ask.section ? to_hex(view(ask.section->uuid)) : no_class},
                              deadline));
        return static_cast<std::size_t>(PQntuples(answer.get()));
    }
    Result<void> connect() {
        const Deadline deadline = Deadline::in(clock_, connect_limit);
        session_.emplace(TRY(pg::connect_raw(
                             {.conninfo = conninfo_, .application_name = "bellwether storm report"},
                             {}, clock_, deadline)),
                         clock_);
        return {};
    }

private:
    static constexpr const char* no_class = "00000000000000000000000000000000";
    const std::string conninfo_;
    const std::map<std::string, std::string> texts_;
    const Clock& clock_;
    std::optional<pg::RawSession> session_;
};

} // namespace

Result<storm::ReportSource> sql_reports(const std::string& conninfo,
                                        const std::filesystem::path& texts, const Clock& clock) {
    std::map<std::string, std::string> read;
    std::error_code ec;
    for (std::filesystem::directory_iterator at(texts, ec), end; !ec && at != end; at.increment(ec))
        if (at->path().extension() == ".sql") {
            std::ifstream in(at->path());
            read[at->path().stem()] = std::string(std::istreambuf_iterator<char>(in), {});
        }
    if (read.empty())
        return fail(Code::not_found, "no texts of reports in this directory", texts);
    // Shared by the copies of one std::function.
    auto reports = std::make_shared<SqlReports>(conninfo, std::move(read), clock);
    CHECK_OK(reports->connect());
    return [reports](const storm::ReportAsk& ask, Deadline deadline) {
        return reports->read(ask, deadline);
    };
}

} // namespace bw::app
