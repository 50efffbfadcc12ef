// A provider's web server as a test wants it: each path answers, or misbehaves, as the test says.
// For tests alone.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bw::federation::test {

class ScriptedServer {
public:
    /// The bytes of an answer to a request's head and body; "hang", "drip" and "huge" misbehave.
    using Script = std::function<std::string(const std::string& request)>;

    explicit ScriptedServer(Script script) : script_(std::move(script)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof at;
        bind(listener_, reinterpret_cast<sockaddr*>(&at), size);
        listen(listener_, 64);
        getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        acceptor_ = std::jthread([this] { accept_all(); });
    }
    ~ScriptedServer() { stop(); }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    void stop() {
        if (stopping_.exchange(true))
            return;
        shutdown(listener_, SHUT_RDWR);
        {
            std::lock_guard lock(mutex_);
            for (int fd : open_)
                shutdown(fd, SHUT_RDWR);
        }
        acceptor_.join();
        workers_.clear(); // joins
        close(listener_);
    }

    std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }
    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }
    int requests() const { return requests_; }

    static std::string ok(const std::string& body, const std::string& more_headers = {}) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" + body;
    }
    static std::string status(const std::string& line, const std::string& more_headers = {}) {
        return "HTTP/1.1 " + line + "\r\nContent-Length: 0\r\n" + more_headers + "\r\n";
    }

private:
    void accept_all() {
        for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            ++connections_;
            std::lock_guard lock(mutex_);
            open_.push_back(fd);
            workers_.emplace_back([this, fd] { serve(fd); });
        }
    }
    void serve(int fd) {
        std::string in;
        while (!stopping_) {
            const std::size_t head = in.find("\r\n\r\n");
            std::size_t length = 0;
            if (const std::size_t at = in.find("Content-Length: "); head != std::string::npos) {
                if (at < head)
                    length = std::stoul(in.substr(at + 16));
                if (in.size() >= head + 4 + length) {
                    ++requests_;
                    if (!answer(fd, script_(in.substr(0, head + 4 + length))))
                        break;
                    in.erase(0, head + 4 + length);
                    continue;
                }
            }
            char buffer[4096];
            const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
            if (n <= 0)
                break;
            in.append(buffer, static_cast<std::size_t>(n));
        }
        std::lock_guard lock(mutex_);
        std::erase(open_, fd);
        close(fd);
    }
    bool send_all(int fd, std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    bool answer(int fd, const std::string& what) {
        const std::string endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        if (what == "hang" || what == "drip") {
            if (what == "drip")
                send_all(fd, endless);
            // Until the other end goes; a byte now and then where it drips.
            for (char buffer[64];;) {
                timeval patience{0, 20'000};
                setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
                const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
                if (n == 0 || stopping_ || (what == "drip" && !send_all(fd, "1\r\nx\r\n")))
                    return false;
            }
        }
        if (what == "huge") {
            send_all(fd, endless);
            const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
            while (send_all(fd, chunk)) {
            }
            return false;
        }
        return !what.empty() && send_all(fd, what);
    }

    const Script script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0, requests_ = 0;
    std::mutex mutex_;
    std::vector<int> open_;             // by mutex_
    std::vector<std::jthread> workers_; // added by the acceptor, cleared after it
    std::jthread acceptor_;
};

} // namespace bw::federation::test
