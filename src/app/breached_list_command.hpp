// `bellwether breached-list ..` on the command line.
#pragma once

#include <CLI/App.hpp>

#include <functional>

#include "base/result.hpp"

namespace bw::app {

void add_breached_list_commands(CLI::App& group, std::function<Result<void>()>& chosen);

} // namespace bw::app
