// test_cluster start|stop FILE: the cluster that a whole CTest run shares. FILE gets the name of
// its directory, which is under /tmp because a socket's path has 107 bytes at most and a build
// directory may be deep.
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "pg/connection.hpp"
#include "pg/private_cluster.hpp"

namespace fs = std::filesystem;
using namespace bw;

namespace {

std::string read_line(const fs::path& file) {
    std::string line;
    std::ifstream in(file);
    std::getline(in, line);
    return line;
}

Result<void> stop(const fs::path& file, const Clock& clock) {
    std::string directory = read_line(file);
    std::error_code ec;
    if (!directory.starts_with("/tmp/bwpg") || !fs::exists(directory, ec))
        return {};
    CHECK_OK(pg::stop_running(directory, clock, Deadline::in(clock, 30s)));
    fs::remove_all(directory, ec);
    fs::remove(file, ec);
    return {};
}

Result<void> start(const fs::path& file, const Clock& clock) {
    CHECK_OK(stop(file, clock)); // left by a run that was cut short
    std::string directory = "/tmp/bwpgXXXXXX";
    if (::mkdtemp(directory.data()) == nullptr)
        return fail(Code::unavailable, "mkdtemp failed", directory);
    std::ofstream(file) << directory << "\n"; // first, so that stop finds it whatever happens next
    pg::PrivateClusterOptions options{
        .directory = directory, .max_connections = 200, .durable = false, .outlive_us = true};
    const auto cluster = TRY(pg::PrivateCluster::start(options, clock, Deadline::in(clock, 60s)));
    // What one test writes must not cost another its replication slot.
    auto connection = TRY(pg::Connection::open({.conninfo = cluster.superuser_conninfo("postgres")},
                                               clock, Deadline::in(clock, 10s)));
    CHECK_OK(connection->script("alter system set max_slot_wal_keep_size = '4GB'",
                                Deadline::in(clock, 10s)));
    return connection->script("select pg_reload_conf()", Deadline::in(clock, 10s));
}

} // namespace

int main(int argc, char** argv) {
    std::string_view verb = argc == 3 ? argv[1] : "";
    if (verb != "start" && verb != "stop") {
        std::fprintf(stderr, "usage: test_cluster start|stop FILE\n");
        return 2;
    }
    SystemClock clock;
    auto done = verb == "start" ? start(argv[2], clock) : stop(argv[2], clock);
    if (!done)
        std::fprintf(stderr, "test_cluster: %s\n", done.error().text().c_str());
    return done ? 0 : 1;
}
