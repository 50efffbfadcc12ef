// `bellwether up`: a whole installation on one machine. Starts the private cluster, migrates, loads
// the demo into an empty installation, runs `serve` as a child and starts it again when it dies,
// runs reports in a child of their own, and keeps the cluster's replica. Ends with SIGTERM or
// SIGINT. SIGUSR1 is the drill: the replica is promoted, and `serve` follows it.
#pragma once

#include <filesystem>

#include "app/installation.hpp"
#include "app/serve.hpp"

namespace bw::app {

struct UpOptions {
    std::filesystem::path data;
    ServeOptions serve;
    bool demo = true, demo_timetable = true;
    bool replica = true;
    bool reports = true; // in a process of their own
};

Result<void> up(const UpOptions& options);

} // namespace bw::app
