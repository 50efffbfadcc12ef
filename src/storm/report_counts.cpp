#include "storm/report_counts.hpp"

#include <simdjson.h>

#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace bw::storm {

namespace {

using Element = simdjson::dom::element;

constexpr Duration look_again = 200ms;
constexpr std::size_t examples_limit = 5;

/// A report's lines, by the names of its columns.
class Lines {
public:
    static Result<Lines> read(const std::string& body) {
        Lines out;
        out.parser_ = std::make_unique<simdjson::dom::parser>();
        Element json;
        simdjson::dom::array columns;
        std::string_view as_of;
        bool truncated = false;
        if (out.parser_->parse(body).get(json) != simdjson::SUCCESS ||
            json["columns"].get(columns) != simdjson::SUCCESS ||
            json["rows"].get(out.rows_) != simdjson::SUCCESS ||
            json["as_of"].get(as_of) != simdjson::SUCCESS ||
            json["truncated"].get(truncated) != simdjson::SUCCESS)
            return fail(Code::corrupt, "the answer is no report");
        if (truncated)
            return fail(Code::corrupt, "the report has more lines than one answer");
        out.as_of_ = TRY(from_rfc3339(as_of));
        for (Element column : columns) {
            std::string_view name;
            if (column["name"].get(name) != simdjson::SUCCESS)
                return fail(Code::corrupt, "a column has no name");
            out.columns_.emplace(name, out.columns_.size());
        }
        return out;
    }
    Instant as_of() const { return as_of_; }
    const simdjson::dom::array& rows() const { return rows_; }
    std::string text(Element row, const char* column) const {
        std::string_view value;
        return cell(row, column).get(value) == simdjson::SUCCESS ? std::string(value) : "";
    }
    std::int64_t number(Element row, const char* column) const {
        std::int64_t value = -1;
        return cell(row, column).get(value) == simdjson::SUCCESS ? value : -1;
    }

private:
    simdjson::simdjson_result<Element> cell(Element row, const char* column) const {
        const auto at = columns_.find(column);
        return at == columns_.end() ? simdjson::simdjson_result<Element>(simdjson::NO_SUCH_FIELD)
                                    : row.at(at->second);
    }
    std::unique_ptr<simdjson::dom::parser> parser_; // what rows_ points into
    simdjson::dom::array rows_;
    std::map<std::string, std::size_t, std::less<>> columns_;
    Instant as_of_;
};

class Comparison {
public:
    Comparison(Api& reports, Deadline deadline, const Clock& clock, ReportCounts& counts)
        : reports_(reports), deadline_(deadline), clock_(clock), counts_(counts) {}

    /// As of `moment` or later.
    Result<Lines> lines_of(const ReportAsk& ask, const std::string& further, Instant moment) {
        for (;;) {
            const auto answer = TRY(reports_.ask(report_request(ask, further), deadline_));
            auto lines = TRY(Lines::read(answer.body));
            if (lines.as_of() >= moment)
                return lines;
            if (deadline_.remaining(clock_) < look_again)
                return fail(Code::deadline_exceeded,
                            "reports are still as of " + to_rfc3339(lines.as_of()) +
                                ", and the last hand-in was recorded by " + to_rfc3339(moment));
            std::this_thread::sleep_for(look_again);
        }
    }
    void equal(const std::string& what, std::int64_t told, std::int64_t recorded) {
        if (told != recorded) {
            ++counts_.wrong;
            example(fmt::format("{}: {} told, {} recorded", what, told, recorded));
        }
    }
    void missing(const SubmissionId& id, int times) {
        ++counts_.missing;
        example(
            fmt::format("{} has a receipt, and stands in the report {} times", id.text(), times));
    }

private:
    void example(std::string text) {
        if (counts_.examples.size() < examples_limit)
            counts_.examples.push_back(std::move(text));
    }
    Api& reports_;
    const Deadline deadline_;
    const Clock& clock_;
    ReportCounts& counts_;
};

struct Recorded {
    std::int64_t submissions = 0;
    std::set<UserId> people;
};

Result<void> compare(Comparison& comparison, const Plan& plan, const std::vector<ReportSeat>& seats,
                     const std::vector<Submitted>& submitted, const std::vector<RecordedRow>& rows,
                     Instant moment, const Clock& clock, ReportCounts& counts) {
    std::map<AssignmentId, Recorded> recorded;
    Instant since = moment;
    for (const RecordedRow& row : rows) {
        if (row.state != "recorded")
            continue;
        ++recorded[row.assignment].submissions;
        recorded[row.assignment].people.insert(row.user);
    }
    std::map<SectionId, std::vector<std::size_t>> sections; // their assignments in the plan
    for (std::size_t i = 0; i < plan.assignments.size(); ++i)
        sections[seats[i].section].push_back(i);
    std::map<std::uint32_t, std::vector<SubmissionId>> receipts;
    for (const Submitted& one : submitted)
        if (!one.proven.empty()) {
            receipts[one.assignment].push_back(one.id);
            since = std::min(since, one.proven.front().received_at);
        }
    const Monotonic began = clock.monotonic();
    // A day before its day anywhere: which is the institution's is not known here.
    const std::string from = "from=" + to_rfc3339(since - 24h).substr(0, 10);
    for (const auto& [section, assignments] : sections) {
        const PlannedAssignment& first = plan.assignments[assignments.front()];
        ReportAsk ask{"class_progress", first.host, first.access_token, first.tenant, section};
        const Lines progress = TRY(comparison.lines_of(ask, {}, moment));
        if (counts.caught_up == Duration::zero())
            counts.caught_up = clock.monotonic() - began;
        std::map<std::string, std::int64_t> handed_in;
        for (const Element row : progress.rows())
            handed_in[progress.text(row, "assignment_id")] = progress.number(row, "handed_in");
        ask.report = "submission_audit";
        const Lines audit = TRY(comparison.lines_of(ask, from, moment));
        std::map<std::string, int> audited;
        for (const Element row : audit.rows())
            ++audited[audit.text(row, "submission_id")];
        for (const std::size_t i : assignments) {
            const PlannedAssignment& assignment = plan.assignments[i];
            const Recorded& known = recorded[assignment.id];
            const std::string id = assignment.id.text();
            comparison.equal("handed in, in class_progress of " + id, handed_in[id],
                             static_cast<std::int64_t>(known.people.size()));
            const ReportAsk hours{"assignment_timeline", assignment.host, assignment.access_token,
                                  assignment.tenant, std::nullopt};
            const Lines timeline = TRY(comparison.lines_of(hours, "assignment=" + id, moment));
            std::int64_t all = 0;
            for (const Element row : timeline.rows())
                all += timeline.number(row, "submissions");
            comparison.equal("submissions, in assignment_timeline of " + id, all,
                             known.submissions);
            counts.submissions += static_cast<std::uint64_t>(std::max<std::int64_t>(all, 0));
            ++counts.assignments;
            for (const SubmissionId& receipt : receipts[static_cast<std::uint32_t>(i)]) {
                ++counts.receipts;
                if (const int times = audited[receipt.text()]; times != 1)
                    comparison.missing(receipt, times);
            }
        }
    }
    return {};
}

} // namespace

ReportCounts compare_counts(Api& reports, const Plan& plan, const std::vector<ReportSeat>& seats,
                            const std::vector<Submitted>& submitted,
                            const std::vector<RecordedRow>& rows, Deadline deadline,
                            const Clock& clock) {
    ReportCounts counts;
    Comparison comparison(reports, deadline, clock, counts);
    if (const auto done =
            compare(comparison, plan, seats, submitted, rows, clock.now(), clock, counts);
        !done)
        counts.error = done.error().text();
    return counts;
}

} // namespace bw::storm
