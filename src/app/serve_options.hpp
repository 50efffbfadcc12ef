// The command line of `serve`, read and written: `up` has the same options and hands them to the
// `serve` that it starts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/serve.hpp"

namespace CLI {
class App;
}

namespace bw::app {

/// `options` outlives the command.
void add_serve_options(CLI::App& command, ServeOptions& options);

/// What the command reads as these options, the program's name first.
std::vector<std::string> serve_arguments(const std::filesystem::path& data,
                                         const ServeOptions& options);

} // namespace bw::app
