#include "front/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "base/ensure.hpp"

namespace bw::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

} // namespace

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = loopback(0);
    socklen_t size = sizeof at;
    ENSURE(::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0, "no free port");
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    ::close(fd);
    return ntohs(at.sin_port);
}

bool listens(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = loopback(port);
    const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    ::close(fd);
    return connected;
}

pid_t spawn(const std::vector<std::string>& arguments, int in, int out) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (in >= 0)
        ::posix_spawn_file_actions_adddup2(&actions, in, 0);
    else
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (out >= 0)
        ::posix_spawn_file_actions_adddup2(&actions, out, 1);
    // Or a listener would stay open in the child when its server has closed it.
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    ENSURE(error == 0, "a program that the test needs does not start: is it installed?");
    ::posix_spawn_file_actions_destroy(&actions);
    return child;
}

// ---- Reader ----

Reader::Reader(const std::vector<std::string>& arguments) {
    int in[2], out[2];
    ENSURE(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0, "no pipe");
    child_ = spawn(arguments, in[0], out[1]);
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
}

Reader::~Reader() {
    ::close(in_);
    ::close(out_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

void Reader::write(const std::string& bytes) {
    ENSURE(::write(in_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
           "a test's program does not read");
}

bool Reader::more() {
    pollfd wait{out_, POLLIN, 0};
    if (::poll(&wait, 1, 20'000) <= 0)
        return false;
    char bytes[16 * 1024];
    const ssize_t n = ::read(out_, bytes, sizeof bytes);
    if (n > 0)
        buffer_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
}

std::string Reader::until(const std::string& end) {
    std::size_t at = buffer_.find(end);
    while (at == std::string::npos && more())
        at = buffer_.find(end);
    std::string out = buffer_.substr(0, at == std::string::npos ? at : at + end.size());
    buffer_.erase(0, out.size());
    return out;
}

std::string Reader::rest() {
    while (more()) {
    }
    return std::exchange(buffer_, {});
}

} // namespace bw::test
