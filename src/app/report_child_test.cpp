// The ports of the process that keeps reports stay its own while it is dead.
#include "app/report_child.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace bw::app {
namespace {

/// A socket bound there; the error of bind otherwise.
struct Bound {
    Bound(std::uint16_t port, bool shared) : socket(::socket(AF_INET, SOCK_STREAM, 0)) {
        const int on = 1;
        if (shared)
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        error = ::bind(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 ? 0 : errno;
    }
    ~Bound() { ::close(socket); }
    bool listens() const { return ::listen(socket, 1) == 0; }
    /// Does somebody answer there?
    bool answered() const {
        const int client = ::socket(AF_INET, SOCK_STREAM, 0);
        const bool there =
            ::connect(client, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
        ::close(client);
        return there;
    }

    const int socket;
    sockaddr_in at{};
    int error;
};

std::uint16_t port_of(const HeldPort& held) {
    return static_cast<std::uint16_t>(
        std::stoi(held.address().substr(held.address().rfind(':') + 1)));
}

TEST(HeldPort, IsForWhoeverAsksForItAlone) {
    auto held = HeldPort::hold("127.0.0.1", 0);
    ASSERT_TRUE(held) << held.error().text();
    const std::uint16_t port = port_of(*held);
    EXPECT_EQ(Bound(port, false).error, EADDRINUSE) << "another program";
    for (int start = 0; start < 2; ++start) { // and when it is started again
        const Bound child(port, true);
        ASSERT_EQ(child.error, 0);
        EXPECT_FALSE(child.answered()) << "who holds it does not listen";
        ASSERT_TRUE(child.listens());
        EXPECT_TRUE(child.answered());
        EXPECT_FALSE(HeldPort::hold("127.0.0.1", port)) << "somebody serves there";
    }
    {
        const HeldPort moved = *std::move(held);
    }
    EXPECT_EQ(Bound(port, false).error, 0) << "given back";
}

} // namespace
} // namespace bw::app
