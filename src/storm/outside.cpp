#include "storm/outside.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>

namespace bw::storm {

std::string signal_named(const std::string& pidfile, int signal) {
    std::ifstream in(pidfile);
    long pid = 0;
    if (!(in >> pid) || pid <= 1)
        return pidfile + " holds no process id";
    if (::kill(static_cast<pid_t>(pid), signal) != 0)
        return "process " + std::to_string(pid) + ": " + std::strerror(errno);
    return "";
}

Result<void> write_report(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::trunc);
    out << text;
    out.close();
    if (!out)
        return fail(Code::unavailable,
                    "the report cannot be written: " + std::string(std::strerror(errno)), path);
    return {};
}

} // namespace bw::storm
