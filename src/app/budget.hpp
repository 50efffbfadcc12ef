// The budget check: what this process was told to use against what there is, before it takes work.
// A pure function; looking is apart from judging.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/serve.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::app {

/// What a process will use at most.
struct Demand {
    std::uint64_t threads = 0;
    std::uint64_t hashing_threads = 0; // of `threads`: busy all the time during a storm
    std::uint64_t connections = 0;     // to the database
    std::uint64_t memory_bytes = 0;
};
Demand demand_of(const ServeOptions& options);

/// What there is; nullopt: no limit, or not known.
struct Supply {
    std::uint64_t cores = 1;
    std::optional<std::uint64_t> threads;     // this machine or control group may still start
    std::optional<std::uint64_t> connections; // max_connections - reserved - in use by others
    std::optional<std::uint64_t> memory_bytes;
};
/// The machine's part: cores, threads and memory, from /proc and the control group.
Supply look_at_machine();
/// Connections that the server still has for us, ours not counted.
Result<std::uint64_t> look_at_database(const std::string& conninfo, const Clock& clock,
                                       Deadline deadline);

/// What is close to a limit (above 80 %). unavailable when a budget does not fit: says which, by
/// how much, and which option to change.
Result<std::vector<std::string>> check_budget(const Demand& demand, const Supply& supply);

/// Refuses to start with what cannot hold; logs what is close, and the figures. A database that is
/// away is not looked at.
Result<void> check_budget(const ServeOptions& options, const std::string& conninfo,
                          const Clock& clock);

} // namespace bw::app
