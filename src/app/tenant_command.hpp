// `bellwether tenant ..` beyond `create`, and `bellwether operator-token ..`, on the command line:
// what the operator API does, for whoever has the data directory at hand.
#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <string>

#include "base/result.hpp"

namespace bw::app {

/// `data` is the data directory as the command line gives it; it outlives `chosen`.
void add_tenant_commands(CLI::App& program, CLI::App& tenant, std::string& data,
                         std::function<Result<void>()>& chosen);

} // namespace bw::app
