// The numbers of a school day that are held against another run's, and the table of two kinds of
// runs beside each other. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storm/day_report.hpp"
#include "storm/server_watch.hpp"

namespace bw::storm {

/// What the server's forecast has counted since the first of the samples; nullopt: they do not say.
std::optional<Came> counted_in(const Samples& samples);

/// Adds the figures of the day to its report.
void add_figures(DayReport& report, const Samples& samples, Instant first_bell, Instant deadline);

/// Days that were held with one label, in their order; names hold their units.
struct LabelledDays {
    std::string label;
    std::vector<std::vector<Figure>> days;
};
/// Of reports as JSON, in the order in which their labels are first met. corrupt: `name` of it is
/// no day's report.
Result<std::vector<LabelledDays>>
labelled(const std::vector<std::pair<std::string, std::string>>& reports);
/// Medians, with the smallest and largest, a column for each label; the first is compared with.
std::string comparison(const std::vector<LabelledDays>& days);

} // namespace bw::storm
