// A black hole: packets to PostgreSQL vanish, and nobody says so. In a network namespace of this
// process's own, so the machine's network is not touched; needs root for that.
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "load.hpp"

namespace bw::chaos {
namespace {

/// From here on this thread, its children and its new threads see a loopback and nothing else.
bool enter_namespace() {
    if (::unshare(CLONE_NEWNET) != 0)
        return false;
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
    const bool up = ::ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
                    (request.ifr_flags |= IFF_UP, ::ioctl(fd, SIOCSIFFLAGS, &request) == 0);
    ::close(fd);
    return up;
}

bool nft(const std::string& commands) {
    std::FILE* pipe = ::popen("nft -f -", "w");
    if (pipe == nullptr)
        return false;
    std::fputs(commands.c_str(), pipe);
    return ::pclose(pipe) == 0;
}

const std::string black_hole = "table inet fault {\n chain in {\n"
                               "  type filter hook input priority 0; policy accept;\n"
                               "  tcp dport 5432 counter drop;\n }\n}\n";
const std::string healed = "delete table inet fault\n";

/// The cluster also listens on TCP, and the server reaches it there.
void go_over_tcp(Stage& stage) {
    const std::filesystem::path data = stage.cluster_directory() / "data";
    ASSERT_TRUE(stage.cluster().stop(stage.soon()));
    // Ours is rewritten at each start; a file beside it is not.
    std::ofstream rules(data / "hba_tcp.conf");
    rules << "local all bw peer map=own\n"
             "local all all scram-sha-256\n"
             "host all all 127.0.0.1/32 scram-sha-256\n";
    rules.close();
    std::filesystem::permissions(data / "hba_tcp.conf", std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    std::ofstream(data / "postgresql.conf", std::ios::app)
        << "listen_addresses = '127.0.0.1'\nhba_file = '" << (data / "hba_tcp.conf").string()
        << "'\n";
    auto again = stage.cluster().restart_primary(stage.soon());
    ASSERT_TRUE(again) << again.error().text();
    auto conninfo = stage.installation().conninfo("bw_app");
    ASSERT_TRUE(conninfo);
    const std::size_t host = conninfo->find("host='"), end = conninfo->find('\'', host + 6) + 1;
    conninfo->replace(host, end - host, "hostaddr='127.0.0.1'");
    ASSERT_TRUE(stage.installation().set_conninfo("bw_app", *conninfo, {}));
}

TEST(NetworkChaos, ABlackHoleBetweenServerAndDatabase) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "SKIPPED: a network namespace needs root";
    ASSERT_TRUE(enter_namespace());
    if (!nft("table inet probe {\n}\n"))
        GTEST_SKIP() << "SKIPPED: nft does not work here; it is in the package nftables";
    Stage stage;
    ASSERT_NO_FATAL_FAILURE(go_over_tcp(stage));
    stage.serve();
    Load load(stage);
    ASSERT_TRUE(load.good_in_a_row(10)) << load.summary() << stage.log();
    ASSERT_EQ(stage.superuser().value("select count(*) > 0 from pg_stat_activity where usename = "
                                      "'bw_app' and client_addr = '127.0.0.1'"),
              "t");

    ASSERT_TRUE(nft(black_hole));
    // Each call ends at its deadline (the load counts a late answer as wrong), and the next is
    // taken.
    ASSERT_TRUE(load.refused(Kind::sign_in)) << load.summary() << stage.log();
    ASSERT_TRUE(load.refused(Kind::read)) << load.summary() << stage.log();
    ASSERT_TRUE(load.acknowledged(20)) << load.summary();
    ASSERT_TRUE(nft(healed));
    ASSERT_TRUE(load.good_in_a_row(25)) << load.summary() << stage.log();
    ASSERT_TRUE(load.all_good_from_now(50)) << load.summary() << stage.log();
    load.finish();
}

} // namespace
} // namespace bw::chaos
