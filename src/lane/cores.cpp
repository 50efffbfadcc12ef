#include "lane/cores.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

namespace bw::lane {

namespace {

std::optional<int> number(std::string_view text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 ||
        value >= CPU_SETSIZE)
        return std::nullopt;
    return value;
}

} // namespace

Result<Cores> parse_cores(std::string_view text, const char* option) {
    Cores cores;
    for (std::string_view rest = text;;) {
        const std::size_t comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        const std::size_t dash = part.find('-');
        const auto first = number(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
        if (!first || !last || *last < *first)
            return fail(Code::invalid_field,
                        "expected numbers of processors such as 1 or 0,2-3, not '" +
                            std::string(text) + "'",
                        option);
        for (int core = *first; core <= *last; ++core)
            cores.push_back(core);
        if (comma == std::string_view::npos)
            break;
        rest.remove_prefix(comma + 1);
    }
    std::ranges::sort(cores);
    const auto twice = std::ranges::unique(cores);
    cores.erase(twice.begin(), twice.end());
    return cores;
}

Cores allowed_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    Cores cores;
    if (::sched_getaffinity(0, sizeof set, &set) == 0)
        for (int core = 0; core < CPU_SETSIZE; ++core)
            if (CPU_ISSET(core, &set))
                cores.push_back(core);
    return cores;
}

Result<void> keep_thread_to(pid_t thread, const Cores& cores) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores)
        CPU_SET(static_cast<std::size_t>(core), &set);
    if (::sched_setaffinity(thread, sizeof set, &set) != 0)
        return fail(errno == ESRCH    ? Code::not_found
                    : errno == EINVAL ? Code::bad_request
                                      : Code::forbidden,
                    "thread " + std::to_string(thread) +
                        " cannot be kept to these processors: " + std::strerror(errno));
    return {};
}

Result<void> give_way(int nice) {
    if (::setpriority(PRIO_PROCESS, 0, nice) != 0) // on Linux: of the calling thread
        return fail(Code::forbidden, std::string("priority: ") + std::strerror(errno));
    return {};
}

} // namespace bw::lane
