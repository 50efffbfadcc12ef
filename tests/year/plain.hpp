// The catalogue's reports a second time: plain SQL over PostgreSQL's rows (plain/), written without
// masks, rollups or views, to hold reports against and to time them against.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporting/run_report.hpp"
#include "year/school.hpp"

namespace bw::year {

/// As text, so that both engines' can be held against each other; "" for NULL.
using Lines = std::vector<std::vector<std::string>>;

struct Question {
    const reporting::Report* report;
    std::vector<columnar::Value> arguments; // as run_report's
    TenantId tenant;
    Instant as_of;
    std::string zone;
};

/// What to ask about: each of these, with and without what may be left out.
struct Asked {
    TenantId tenant;
    Instant as_of;
    std::string zone;
    std::vector<Uuid> sections, assignments;
    std::optional<std::int32_t> first = {}; // as `from`, beside four weeks ago
};
std::vector<Question> questions(const reporting::Report& report, const Asked& about);

/// Makes the functions that the texts use, for this session. Once a connection.
void prepare_plain(PGconn* connection);
/// The report's text with the question's values in it.
std::string plain_sql(const Question& question);
/// Small groups without their figures.
Lines plain_lines(PGconn* connection, const Question& question);
Lines lines_of(const reporting::ReportRows& rows);
/// Where they differ first, in words; nullopt: nowhere. Numbers with a fraction may differ in the
/// ninth digit.
std::optional<std::string> difference(const Lines& report, const Lines& plain);

} // namespace bw::year
