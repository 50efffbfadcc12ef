// A web server that misbehaves as a test says, at the level of sockets. For tests alone.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bw::video::test {

struct Asked {
    std::string method, path, query, body;
    std::map<std::string, std::string> headers; // names in lower case
};

struct Reply {
    int status = 200;
    std::string body = {};
    std::string headers = {}; // whole lines
};

enum class Misdeed : std::uint8_t {
    none,
    busy,        // 429, and nothing was done
    broken,      // 500, and nothing was done
    half_broken, // 500, and it was done
    lost,        // done, and the connection is cut
    silent,      // done, and no answer ever comes
};

class WebServer {
public:
    using Handler = std::function<Reply(const Asked&)>;

    explicit WebServer(Handler handler) : handler_(std::move(handler)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof at;
        bind(listener_, reinterpret_cast<sockaddr*>(&at), size);
        listen(listener_, 64);
        getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        url = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
        acceptor_ = std::jthread([this] {
            for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
                std::lock_guard lock(mutex_);
                open_.push_back(fd);
                workers_.emplace_back([this, fd] { serve(fd); });
            }
        });
    }
    ~WebServer() {
        shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        for (int fd : open_)
            shutdown(fd, SHUT_RDWR);
        workers_.clear();
        for (int fd : open_)
            close(fd);
        close(listener_);
    }
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    std::string url;
    std::atomic<int> asked{0};

    /// Of the requests that come next, one each; `method`: of those with it alone.
    void misbehave(std::deque<Misdeed> misdeeds, std::string method = {}) {
        std::lock_guard lock(mutex_);
        misdeeds_ = std::move(misdeeds);
        misbehaves_for_ = std::move(method);
    }

private:
    Misdeed next_for(const std::string& method) {
        std::lock_guard lock(mutex_);
        if (misdeeds_.empty() || (!misbehaves_for_.empty() && method != misbehaves_for_))
            return Misdeed::none;
        const Misdeed out = misdeeds_.front();
        misdeeds_.pop_front();
        return out;
    }
    Reply handle(const Asked& it) {
        std::lock_guard lock(handling_);
        return handler_(it);
    }
    static bool say(int fd, const Reply& reply) {
        const std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) +
                                  " X\r\nContent-Length: " + std::to_string(reply.body.size()) +
                                  "\r\n" + reply.headers + "\r\n" + reply.body;
        return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    void serve(int fd) {
        std::string in;
        for (Asked it; read(fd, in, it); it = {}) {
            ++asked;
            const Misdeed misdeed = next_for(it.method);
            bool more = true;
            if (misdeed == Misdeed::busy)
                more = say(fd, {429, "", "Retry-After: 7\r\n"});
            else if (misdeed == Misdeed::broken)
                more = say(fd, {500});
            else if (const Reply reply = handle(it); misdeed == Misdeed::half_broken)
                more = say(fd, {500});
            else if (misdeed == Misdeed::lost)
                more = false;
            else if (misdeed == Misdeed::none)
                more = say(fd, reply);
            if (!more)
                break;
        }
        shutdown(fd, SHUT_RDWR);
    }
    static bool read(int fd, std::string& in, Asked& out) {
        std::size_t head = 0, length = 0;
        while ((head = in.find("\r\n\r\n")) == std::string::npos)
            if (!more(fd, in))
                return false;
        std::string_view lines = std::string_view(in).substr(0, head);
        const std::string_view first = lines.substr(0, lines.find("\r\n"));
        const std::size_t space = first.find(' ');
        out.method = first.substr(0, space);
        const std::string_view target = first.substr(space + 1, first.rfind(' ') - space - 1);
        out.path = target.substr(0, target.find('?'));
        out.query = target.size() > out.path.size() ? target.substr(out.path.size() + 1) : "";
        while (lines.contains("\r\n")) {
            lines.remove_prefix(lines.find("\r\n") + 2);
            const std::string_view line = lines.substr(0, lines.find("\r\n"));
            std::string name(line.substr(0, line.find(':')));
            std::ranges::transform(name, name.begin(), ::tolower);
            out.headers[name] = line.substr(line.find(':') + 2);
        }
        if (const auto at = out.headers.find("content-length"); at != out.headers.end())
            std::from_chars(at->second.data(), at->second.data() + at->second.size(), length);
        while (in.size() < head + 4 + length)
            if (!more(fd, in))
                return false;
        out.body = in.substr(head + 4, length);
        in.erase(0, head + 4 + length);
        return true;
    }
    static bool more(int fd, std::string& in) {
        char bytes[4096];
        const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n > 0)
            in.append(bytes, static_cast<std::size_t>(n));
        return n > 0;
    }

    const Handler handler_;
    int listener_;
    std::mutex mutex_, handling_;
    std::deque<Misdeed> misdeeds_;
    std::string misbehaves_for_;
    std::vector<int> open_;
    std::vector<std::jthread> workers_;
    std::jthread acceptor_;
};

} // namespace bw::video::test
