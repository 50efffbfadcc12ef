#include "app/sql_reports.hpp"

#include <algorithm>
#include <cstring>
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
        const auto answer = TRY(session_->ask(TRY(filled(text->second, ask, deadline)), deadline));
        return static_cast<std::size_t>(PQntuples(answer.get()));
    }
    Result<void> connect() {
        const Deadline deadline = Deadline::in(clock_, connect_limit);
        session_.emplace(TRY(pg::connect_raw(
                             {.conninfo = conninfo_, .application_name = "bellwether storm report"},
                             {}, clock_, deadline)),
                         clock_);
        // Of what WITH defines a line or two are expected, and all would be gone through for each.
        (void)TRY(session_->ask("set enable_nestloop = off", deadline));
        return {};
    }

private:
    static std::string literal(const std::string& value) {
        return value.empty() ? "null" : "'" + value + "'"; // ids, days, zones: no quotes in them
    }
    Result<std::string> filled(std::string text, const storm::ReportAsk& ask, Deadline deadline) {
        std::string& zone = zones_[ask.tenant.uuid];
        const std::string tenant = literal(to_text(ask.tenant.uuid));
        if (zone.empty())
            zone = PQgetvalue(TRY(session_->ask("select zone from control.tenants where "
                                                "tenant_id = " +
                                                    tenant,
                                                deadline))
                                  .get(),
                              0, 0);
        const std::string as_of = "timestamptz " + literal(to_rfc3339(clock_.now()));
        if (const auto at = text.find("{standing}"); at != std::string::npos)
            text.replace(at, 10, "\n" + texts_.at("standing"));
        for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
                 {":tenant", tenant},
                 {":section", literal(ask.section ? to_text(ask.section->uuid) : "")},
                 {":from", (ask.from.empty() ? "null::date" : "date " + literal(ask.from))},
                 {":until", "null::date"},
                 {":zone", literal(zone)},
                 {":as_of", as_of},
                 {":today", "(" + as_of + " at time zone " + literal(zone) + ")::date"}})
            for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;)
                if (at > 0 && text[at - 1] == ':')
                    ++at; // a cast
                else
                    text.replace(at, std::strlen(name), value);
        return text;
    }
    const std::string conninfo_;
    const std::map<std::string, std::string> texts_;
    const Clock& clock_;
    std::map<Uuid, std::string> zones_; // of institutions
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
    if (!read.contains("standing"))
        return fail(Code::not_found, "no texts of reports in this directory", texts);
    // Shared by the copies of one std::function.
    auto reports = std::make_shared<SqlReports>(conninfo, std::move(read), clock);
    CHECK_OK(reports->connect());
    return [reports](const storm::ReportAsk& ask, Deadline deadline) {
        return reports->read(ask, deadline);
    };
}

} // namespace bw::app
