// Which processors threads may use. Linux.
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bw::lane {

/// Numbers of processors, sorted, none twice.
using Cores = std::vector<int>;

/// "1", "0,2-3". invalid_field, of `option`.
Result<Cores> parse_cores(std::string_view text, const char* option);

/// Those that this process may use.
Cores allowed_cores();

/// 0: the calling thread; threads that it starts afterwards keep to them too. bad_request: this
/// machine, or this process's cgroup, has none of them.
Result<void> keep_thread_to(pid_t thread, const Cores& cores);

/// The calling thread, and those that it starts, give way to others: 0 (as usual) to 19. What they
/// read and write gives way likewise, since nothing else was said of that (ioprio_set(2)).
Result<void> give_way(int nice);

} // namespace bw::lane
