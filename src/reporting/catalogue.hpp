// The reports: one .sql file each in catalogue/, whose first lines say what it takes and gives.
// Does not belong here: running them (desk), who may ask (routes).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tenancy/principal.hpp"

namespace bw::reporting {

/// Of a parameter or a column. The five from `user` on are ids.
enum class Kind : std::uint8_t {
    integer,
    number,
    text,
    boolean,
    instant,
    day,
    user,
    section,
    assignment,
    submission,
    school
};
std::string_view wire_name(Kind kind);

struct ReportParameter {
    std::string name;
    Kind kind; // integer, day or an id
    bool required;
    std::string about;
};
struct ReportColumn {
    std::string name;
    Kind kind;
    std::string about;
};

struct Report {
    std::string id, title, about;
    tenancy::Roles readers;
    bool from_rollups; // quick, whatever the store's size; else it reads rows
    std::string group; // the column that says how many people a line is about; empty: lines are not
                       // suppressed
    std::vector<ReportParameter> parameters;
    std::vector<ReportColumn> columns;
    std::string sql; // parameters are $1.. in their order
};

/// Below so many people a line that crosses classes shows no figures.
constexpr std::int64_t small_group = 5;

/// `internal`, with the line that is wrong.
Result<Report> parse_report(std::string_view id, std::string_view text);

/// All, by id; parsed once. A report that cannot be read is a bug.
std::span<const Report> catalogue();
const Report* find_report(std::string_view id);

} // namespace bw::reporting
