// A tool run on bytes from outside, in a child process that has nothing but them: no network, no
// other process, no file but the system's libraries and data to read, bounded time, memory and
// output.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pipeline {

struct ToolLimits {
    Duration time = 20s;                    // on the clock, and of the processor
    std::size_t memory_bytes = 512UL << 20; // of address space; not under AddressSanitizer
    std::size_t output_bytes = 4UL << 20;
};

struct Tool {
    std::vector<std::string> arguments; // the first is the program's path
    ToolLimits limits = {};
    /// What it writes, as it comes, instead of ToolRun::output; false: it is stopped.
    std::function<bool(ByteView)> take = {};
    int nice = 0;
};

enum class ToolEnd : std::uint8_t {
    well,            // status 0
    failed,          // another status, or a signal: a crash, no memory left
    out_of_time,     // killed
    too_much_output, // killed
    stopped,         // killed, because the caller asked for it
};
struct ToolRun {
    ToolEnd end = ToolEnd::failed;
    int status = -1; // of its exit; -1: it has none
    Bytes output;    // what it wrote to standard output
};

/// The tool reads `input` from standard input, which can be sought in. Its group is killed when its
/// time is over, the deadline passes or a stop is asked for, and dies with the calling thread.
/// Thread-safe. unavailable: the child could not be made or confined; nothing ran then.
///
/// Confined by Landlock (files: below /usr, and the tool itself; nothing is written), by seccomp (a
/// list of system calls, without those that make sockets, processes or files) and by resource
/// limits; as root also by being user 65534 without capabilities.
Result<ToolRun> run_sandboxed(const Tool& tool, ByteView input, const Clock& clock,
                              Deadline deadline, const std::stop_token& stop = {});

/// The same, of a file, which it may also open as /proc/self/fd/0, over and over.
Result<ToolRun> run_sandboxed_on(const Tool& tool, const std::filesystem::path& input,
                                 const Clock& clock, Deadline deadline,
                                 const std::stop_token& stop = {});

/// What this machine lacks for it; nullopt: nothing.
std::optional<std::string> sandbox_lacks();

} // namespace bw::pipeline
