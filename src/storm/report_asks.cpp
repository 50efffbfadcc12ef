#include "storm/report_asks.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <thread>

#include "storm/api.hpp"
#include "storm/day_school.hpp"

namespace bw::storm {

namespace {

struct Kind {
    const char* report;
    bool of_class; // else of the institution, for its administrator
    bool of_year = false;
};
/// What is read in the minutes after a bell: pages of a class, and lists of the whole house; of
/// each four one looks back over the school year.
constexpr std::array kinds{
    Kind{"class_progress", true},    Kind{"usage", false, true},
    Kind{"gradebook", true},         Kind{"at_risk", false},
    Kind{"engagement_by_day", true}, Kind{"institution_overview", false, true},
    Kind{"submission_audit", false}, Kind{"school_comparison", false},
};

} // namespace

net::ClientRequest report_request(const ReportAsk& ask, const std::string& further) {
    std::string target = "/v1/reports/" + std::string(ask.report);
    std::string query;
    for (const std::string& part : {ask.section ? "section=" + ask.section->text() : "",
                                    ask.from.empty() ? "" : "from=" + ask.from, further})
        if (!part.empty())
            query += (query.empty() ? "" : "&") + part;
    return get_request(ask.host, query.empty() ? target : target + '?' + query, ask.access_token);
}

ReportSource reports_over_http(net::Client& client) {
    return [&client](const ReportAsk& ask, Deadline deadline) -> Result<std::size_t> {
        const auto answer = TRY(client.fetch(report_request(ask), deadline));
        if (answer.status != 200)
            return fail(Code::unavailable, describe(answer));
        simdjson::dom::parser parser;
        simdjson::dom::element json;
        simdjson::dom::array rows;
        if (parser.parse(answer.body).get(json) != simdjson::SUCCESS ||
            json["rows"].get(rows) != simdjson::SUCCESS)
            return fail(Code::corrupt, "the answer is no report");
        return rows.size();
    };
}

Result<std::vector<ReportSeat>> find_seats(Api& api, const Plan& plan,
                                           const std::map<std::string, std::string>& administrators,
                                           Deadline deadline) {
    std::vector<ReportSeat> out;
    for (const PlannedAssignment& one : plan.assignments) {
        const auto answer = TRY(api.ask(
            get_request(one.host, "/v1/assignments/" + one.id.text(), one.access_token), deadline));
        const auto section = SectionId::parse(text_member(answer.body, "section_id"));
        if (!section)
            return fail(Code::corrupt, "the assignment names no section", one.id.text());
        const auto administrator = administrators.find(one.host);
        out.push_back(
            {*section, administrator == administrators.end() ? "" : administrator->second});
    }
    return out;
}

Result<void> await_reports(Api& reports, const Plan& plan, const std::vector<ReportSeat>& seats,
                           Deadline deadline) {
    const PlannedAssignment& first = plan.assignments.front();
    (void)TRY(reports.ask(report_request({"class_progress", first.host, first.access_token,
                                          first.tenant, seats.front().section}),
                          deadline));
    return {};
}

std::vector<ReportAsk> draw_asks(const Plan& plan, const std::vector<ReportSeat>& seats,
                                 const std::string& year_began, std::size_t count, Rng& rng) {
    const bool administrators = std::ranges::any_of(
        seats, [](const ReportSeat& seat) { return !seat.administrator_token.empty(); });
    std::vector<ReportAsk> out;
    for (std::size_t kind = 0; out.size() < count; ++kind) {
        const Kind& one = kinds[kind % kinds.size()];
        if (!one.of_class && !administrators)
            continue;
        std::size_t at = rng.u64() % seats.size();
        while (!one.of_class && seats[at].administrator_token.empty())
            at = (at + 1) % seats.size();
        const PlannedAssignment& assignment = plan.assignments[at];
        out.push_back(
            {.report = one.report,
             .host = assignment.host,
             .access_token = one.of_class ? assignment.access_token : seats[at].administrator_token,
             .tenant = assignment.tenant,
             .section = one.of_class ? std::optional(seats[at].section) : std::nullopt,
             .from = one.of_year ? year_began : ""});
    }
    return out;
}

ReportsRead read_reports(const ReportSource& source, std::span<const ReportAsk> asks,
                         Monotonic from, Monotonic until, Duration every, const Clock& clock) {
    ReportsRead read;
    std::size_t next = 0;
    for (Monotonic at = from; at < until; at = at + every) {
        const ReportAsk& ask = asks[next++ % asks.size()];
        if (clock.monotonic() > at + every) {
            ++read.left_out;
            continue;
        }
        std::this_thread::sleep_for(at - clock.monotonic());
        const Monotonic asked = clock.monotonic();
        const auto lines = source(ask, Deadline(until));
        read.latencies.add(clock.monotonic() - asked);
        if (lines) {
            read.lines += *lines;
        } else if (lines.error().code == Code::deadline_exceeded ||
                   lines.error().code == Code::outcome_unknown) {
            ++read.given_up;
        } else if (read.failed++ == 0) {
            read.failure = std::string(ask.report) + ": " + lines.error().text();
        }
    }
    return read;
}

} // namespace bw::storm
