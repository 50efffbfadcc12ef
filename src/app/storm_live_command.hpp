// `bellwether storm live`.
#pragma once

#include <CLI/App.hpp>

#include <functional>

#include "base/result.hpp"

namespace bw::app {

void add_storm_live(CLI::App& storms, std::function<Result<void>()>& chosen);

} // namespace bw::app
