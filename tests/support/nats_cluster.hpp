// A real JetStream cluster of three nodes, for tests: nodes are killed, stopped and started again.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/time.hpp"
#include "support/temporary_directory.hpp"

namespace bw::test {

class NatsCluster {
public:
    static constexpr int node_count = 3;

    static bool installed() {
        return access("/usr/sbin/nats-server", X_OK) == 0 ||
               access("/usr/bin/nats-server", X_OK) == 0;
    }

    /// A port that was free when it was chosen may be taken before its node listens; then all are
    /// chosen anew.
    NatsCluster() {
        for (int attempt = 0; attempt < 5; ++attempt) {
            for (int& port : ports_)
                port = free_port();
            for (int i = 0; i < node_count; ++i)
                write_configuration(i);
            for (int i = 0; i < node_count; ++i)
                start(i);
            if (all_listen())
                return;
            for (int i = 0; i < node_count; ++i)
                kill(i);
        }
        ADD_FAILURE() << "three nodes of nats-server did not start";
    }
    ~NatsCluster() {
        for (int i = 0; i < node_count; ++i)
            kill(i);
    }

    std::vector<std::string> servers() const {
        std::vector<std::string> out;
        for (int i = 0; i < node_count; ++i)
            out.push_back(fmt::format("nats://127.0.0.1:{}", client_port(i)));
        return out;
    }

    void start(int node) {
        const std::string configuration = file(node);
        const std::string log = (directory_.path() / fmt::format("n{}.log", node)).string();
        const pid_t parent = getpid();
        const pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != parent)
                _exit(1);
            const int out = ::open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
            dup2(out, 1);
            dup2(out, 2);
            execlp("nats-server", "nats-server", "-c", configuration.c_str(), nullptr);
            _exit(127);
        }
        pids_[static_cast<std::size_t>(node)] = child;
    }
    /// Until it says that it has caught up with the others: before that, losing another one is
    /// losing the quorum.
    void await_healthy(int node) const {
        const SystemClock clock;
        const Deadline deadline = Deadline::in(clock, std::chrono::seconds(60));
        while (!deadline.expired(clock)) {
            if (get(monitor_port(node), "/healthz").find("\"ok\"") != std::string::npos)
                return;
            std::this_thread::yield();
        }
        ADD_FAILURE() << "node " << node << " has not caught up in a minute";
    }
    /// SIGKILL: what it has not written is lost with it.
    void kill(int node) {
        pid_t& pid = pids_[static_cast<std::size_t>(node)];
        if (pid <= 0)
            return;
        ::kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        pid = 0;
    }
    void freeze(int node) { ::kill(pids_[static_cast<std::size_t>(node)], SIGSTOP); }
    void thaw(int node) { ::kill(pids_[static_cast<std::size_t>(node)], SIGCONT); }

private:
    /// Below those that the system gives to connections of tests that run at the same time.
    static int free_port() {
        std::random_device chance;
        for (;;) {
            const int port = std::uniform_int_distribution(20'000, 31'999)(chance);
            const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            address.sin_port = htons(static_cast<std::uint16_t>(port));
            const bool free = bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
            close(s);
            if (free)
                return port;
        }
    }
    /// False if one has ended, or says nothing in half a minute.
    bool all_listen() {
        const SystemClock clock;
        const Deadline deadline = Deadline::in(clock, std::chrono::seconds(30));
        for (int node = 0; node < node_count;) {
            pid_t& pid = pids_[static_cast<std::size_t>(node)];
            if (deadline.expired(clock))
                return false;
            if (waitpid(pid, nullptr, WNOHANG) == pid) {
                pid = 0;
                return false;
            }
            if (get(monitor_port(node), "/varz").find("\"server_id\"") != std::string::npos)
                ++node;
            else
                std::this_thread::yield();
        }
        return true;
    }
    int client_port(int node) const { return ports_[static_cast<std::size_t>(node)]; }
    int monitor_port(int node) const {
        return ports_[static_cast<std::size_t>(2 * node_count + node)];
    }
    static std::string get(int port, const std::string& target) {
        const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        const timeval limit{2, 0};
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        std::string out;
        const std::string request =
            "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        if (connect(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
            write(s, request.data(), request.size()) > 0)
            for (char block[4096];;) {
                const ssize_t got = ::read(s, block, sizeof block);
                if (got <= 0)
                    break;
                out.append(block, static_cast<std::size_t>(got));
            }
        close(s);
        return out;
    }
    int route_port(int node) const { return ports_[static_cast<std::size_t>(node_count + node)]; }
    std::string file(int node) const {
        return (directory_.path() / fmt::format("n{}.conf", node)).string();
    }
    void write_configuration(int node) const {
        std::string routes;
        for (int i = 0; i < node_count; ++i)
            routes +=
                fmt::format("{}\"nats://route:rpw@127.0.0.1:{}\"", i ? ", " : "", route_port(i));
        std::ofstream(file(node)) << fmt::format(
            "server_name: n{0}\nlisten: 127.0.0.1:{1}\nhttp: 127.0.0.1:{5}\nmax_payload: 4MB\n"
            "jetstream {{ store_dir: \"{2}/js{0}\", max_mem: 64MB, max_file: 1GB }}\n"
            "cluster {{ name: bw, listen: 127.0.0.1:{3}, no_advertise: true\n"
            "  authorization {{ user: route, password: rpw, timeout: 2 }}\n"
            "  routes: [ {4} ] }}\n",
            node, client_port(node), directory_.path().string(), route_port(node), routes,
            monitor_port(node));
    }

    TemporaryDirectory directory_;
    std::array<int, 3 * node_count> ports_{}; // of clients, routes, monitors
    std::array<pid_t, node_count> pids_{};
};

} // namespace bw::test
