// Child processes under another user: fork, change identity, exec. Private to pg.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pg {

struct Identity {
    uid_t uid;
    gid_t gid;
    std::string name;
};

struct Command {
    std::vector<std::string> arguments; // the first is the program's path
    std::optional<Identity> run_as;     // needs root
    std::filesystem::path log;          // standard output and error are appended; empty: /dev/null
    int signal_when_we_die = 0;         // 0: it outlives us
};

/// Starts a session of its own with a clean environment and no open files but standard ones. Safe
/// in a process with threads.
Result<pid_t> spawn(const Command& command);

/// Runs to its end; the exit status as waitpid() gives it. Killed when the deadline passes.
Result<int> run_to_end(const Command& command, const Clock& clock, Deadline deadline);

} // namespace bw::pg
