#include "front/front.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace bw::test {

namespace {

namespace fs = std::filesystem;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

/// Another process may take it before nginx does: then nginx ends, and is started again elsewhere.
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

Seen read_answer(const std::string& output) {
    Seen seen;
    std::istringstream in(output);
    std::string line;
    while (std::getline(in, line) && line != "\r") {
        line.pop_back();
        const std::size_t colon = line.find(": ");
        if (line.starts_with("HTTP/")) {
            const std::size_t blank = line.find(' ');
            seen.http = line.substr(5, blank - 5);
            seen.status = std::stoi(line.substr(blank + 1));
        } else if (colon != std::string::npos) {
            std::string name = line.substr(0, colon);
            std::ranges::transform(name, name.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            });
            seen.headers[name] = line.substr(colon + 2);
        }
    }
    if (seen.status != 0)
        seen.body = output.substr(static_cast<std::size_t>(in.tellg()));
    return seen;
}

} // namespace

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

// ---- Front ----

Front::Front(const std::vector<std::string>& servers)
    : authority_(directory_.path()),
      certificate_(authority_.issue("school.test", {.alt_names = "DNS:school.test,IP:127.0.0.1"})) {
    for (int attempt = 0; attempt < 5; ++attempt)
        if (start(servers))
            return;
    ENSURE(false, "nginx does not start; its last lines stand above");
}

bool Front::start(const std::vector<std::string>& servers) {
    tls_port_ = free_port();
    plain_port_ = free_port();
    const fs::path at = directory_.path();
    const std::string listen = "127.0.0.1:";
    std::vector<std::string> render{BW_RENDER,
                                    "--certificate",
                                    certificate_,
                                    "--key",
                                    certificate_,
                                    "--names",
                                    "school.test",
                                    "--listen-tls",
                                    listen + std::to_string(tls_port_),
                                    "--listen-plain",
                                    listen + std::to_string(plain_port_)};
    render.insert(render.end(), servers.begin(), servers.end());
    std::ofstream(at / "bellwether.conf") << Reader(render).rest();
    // Workers of a root's nginx run as nobody, which this directory lets pass.
    std::ofstream(at / "nginx.conf")
        << (::geteuid() == 0 ? "user nobody nogroup;\n" : "")
        << "daemon off;\nworker_processes 1;\npid pid;\nerror_log stderr crit;\n"
           "events { worker_connections 512; }\nhttp {\n  access_log off;\n"
           "  client_body_temp_path tmp_body; proxy_temp_path tmp_proxy;\n"
           "  fastcgi_temp_path tmp_f; uwsgi_temp_path tmp_u; scgi_temp_path tmp_s;\n"
           "  include bellwether.conf;\n}\n";
    nginx_ = spawn({"/usr/sbin/nginx", "-p", at.string() + "/", "-c", "nginx.conf", "-e", "stderr"},
                   -1, -1);
    while (!listens(tls_port_)) {
        if (::waitpid(nginx_, nullptr, WNOHANG) == nginx_) {
            nginx_ = 0;
            return false;
        }
        ::poll(nullptr, 0, 5);
    }
    return true;
}

Front::~Front() {
    if (nginx_ == 0)
        return;
    ::kill(nginx_, SIGTERM);
    ::waitpid(nginx_, nullptr, 0);
}

std::string Front::url(const std::string& path) const {
    return "https://school.test:" + std::to_string(tls_port_) + path;
}

std::vector<std::string> Front::curl() const {
    return {"curl",         "--silent",
            "--show-error", "--no-buffer",
            "--max-time",   "30",
            "--cacert",     authority_.file(),
            "--resolve",    "school.test:" + std::to_string(tls_port_) + ":127.0.0.1"};
}

Seen Front::ask(const std::string& path, const std::vector<std::string>& curl_arguments) const {
    std::vector<std::string> arguments = curl();
    arguments.insert(arguments.end(), {"--http2", "--include"});
    arguments.insert(arguments.end(), curl_arguments.begin(), curl_arguments.end());
    arguments.push_back(url(path));
    return read_answer(Reader(arguments).rest());
}

} // namespace bw::test
