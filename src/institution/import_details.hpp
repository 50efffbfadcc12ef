// What is shown of an import beside its counts, as JSON that is kept with it: what the package's
// manifest leaves open, samples of what changes, what trips the guard, and what is wrong.
#pragma once

#include <string>

#include "roster/import.hpp"

namespace bw::institution {

constexpr std::size_t samples_limit = 10; // rows for each entity and kind of change
constexpr std::size_t warnings_limit = 50;

std::string plan_details(const roster::Package& package, const roster::ImportReport& report);
/// `error` is what the import failed with, `errors` what is wrong in the package, if it is that.
std::string failure_details(const Error& error, const roster::ImportErrors& errors);

} // namespace bw::institution
