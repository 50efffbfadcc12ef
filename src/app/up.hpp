// `bellwether up`: a whole installation on one machine. Starts the private cluster, migrates, loads
// the demo into an empty installation, runs `serve` as a child and starts it again when it dies.
// Ends with SIGTERM or SIGINT.
#pragma once

#include <filesystem>

#include "app/installation.hpp"
#include "app/serve.hpp"

namespace bw::app {

struct UpOptions {
    std::filesystem::path data;
    ServeOptions serve;
    bool demo = true;
};

Result<void> up(const UpOptions& options);

} // namespace bw::app
