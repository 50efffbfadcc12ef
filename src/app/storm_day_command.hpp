// `bellwether storm day`, and what holds days' reports against each other.
#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::app {

/// "20", "20s", "1.5s": seconds. invalid_field, of `option`.
Result<Duration> seconds_of(std::string text, const char* option);

void add_storm_day(CLI::App& storms, std::function<Result<void>()>& chosen);

} // namespace bw::app
