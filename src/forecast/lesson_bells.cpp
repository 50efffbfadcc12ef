#include "forecast/lesson_bells.hpp"

#include <algorithm>
#include <unordered_map>

#include "forecast/forecast_sql.hpp"
#include "timetable/occurrences.hpp"

namespace bw::forecast {

Result<std::vector<Bell>> lesson_bells(tenancy::TenantTx& tx, const timetable::Plan& plan,
                                       Instant from, Instant until) {
    const pg::Rows rows = TRY(tx.run(sql::section_sizes));
    std::unordered_map<SectionId, std::uint32_t> students;
    for (int row = 0; row < rows.count(); ++row)
        students.emplace(rows.id<SectionId>(row, 0), static_cast<std::uint32_t>(rows.int8(row, 1)));
    std::vector<Bell> out;
    for (const timetable::Occurrence& one : timetable::occurrences(plan, from, until)) {
        const auto size = students.find(plan.timetable().lessons[one.lesson].section);
        if (size == students.end())
            continue;
        if (out.empty() || out.back().at != one.begin)
            out.push_back({.at = one.begin});
        out.back().people += size->second;
    }
    return out;
}

std::vector<Bell> not_of_lessons(std::vector<Bell> bells, const timetable::Plan& plan, Instant from,
                                 Instant until) {
    const auto lessons = timetable::occurrences(plan, from, until); // in order
    std::erase_if(bells, [&](const Bell& bell) {
        return std::ranges::binary_search(lessons, bell.at, {}, &timetable::Occurrence::begin);
    });
    return bells;
}

std::vector<Bell> with_declared(std::vector<Bell> lessons, const std::vector<Bell>& declared) {
    for (const Bell& bell : declared)
        if (!std::ranges::binary_search(lessons, bell.at, {}, &Bell::at))
            lessons.insert(std::ranges::lower_bound(lessons, bell.at, {}, &Bell::at), bell);
    return lessons;
}

} // namespace bw::forecast
