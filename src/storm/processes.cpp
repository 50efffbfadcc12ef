#include "storm/processes.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace bw::storm {

namespace {

namespace fs = std::filesystem;

std::optional<pid_t> number(const std::string& text) {
    pid_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

/// proc(5): the fields of `stat` after the name, which may hold anything; the first is the state.
struct Stat {
    pid_t parent = 0;
    long long ticks = 0;
};
std::optional<Stat> stat_of(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(in, line) || line.rfind(')') == std::string::npos)
        return std::nullopt;
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string state, skipped;
    Stat out;
    fields >> state >> out.parent;
    for (int i = 0; i < 9; ++i) // pgrp to cmajflt
        fields >> skipped;
    for (int i = 0; i < 4; ++i) { // utime, stime, cutime, cstime
        long long ticks = 0;
        fields >> ticks;
        out.ticks += ticks;
    }
    return fields ? std::optional(out) : std::nullopt;
}

/// The numbers that name entries of it; what goes away meanwhile is left out.
std::vector<pid_t> numbers_in(const fs::path& directory) {
    std::vector<pid_t> out;
    std::error_code ec;
    for (fs::directory_iterator at(directory, ec), end; !ec && at != end; at.increment(ec))
        if (const auto pid = number(at->path().filename()))
            out.push_back(*pid);
    return out;
}

} // namespace

std::vector<pid_t> family_of(pid_t root) {
    std::multimap<pid_t, pid_t> children;
    bool lives = false;
    for (const pid_t pid : numbers_in("/proc"))
        if (const auto stat = stat_of(pid)) {
            children.emplace(stat->parent, pid);
            lives = lives || pid == root;
        }
    std::vector<pid_t> out;
    if (lives)
        out.push_back(root);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto [first, last] = children.equal_range(out[i]);
        for (auto child = first; child != last; ++child)
            out.push_back(child->second);
    }
    return out;
}

Result<void> keep_family_to(pid_t root, const lane::Cores& cores) {
    // Who starts another while this looks may do so before it is kept itself: until none is new.
    std::set<pid_t> kept;
    for (bool more = true; more;) {
        more = false;
        const auto family = family_of(root);
        if (family.empty())
            return fail(Code::not_found, "there is no process " + std::to_string(root));
        for (const pid_t pid : family)
            for (const pid_t thread : numbers_in("/proc/" + std::to_string(pid) + "/task")) {
                if (!kept.insert(thread).second)
                    continue;
                more = true;
                const auto done = lane::keep_thread_to(thread, cores);
                if (!done && done.error().code != Code::not_found) // it has ended
                    return done;
            }
    }
    return {};
}

Duration processor_time(pid_t root) {
    static const long per_second = ::sysconf(_SC_CLK_TCK);
    long long ticks = 0;
    for (const pid_t pid : family_of(root))
        if (const auto stat = stat_of(pid))
            ticks += stat->ticks;
    return Duration(1s) * ticks / per_second;
}

} // namespace bw::storm
