// The shipped edge in a real nginx, and an origin behind it that can be held, spoiled, and taken
// away. For test programs only.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "net/server.hpp"
#include "support/temporary_directory.hpp"

namespace bw::test {

/// Answers every path with its name and a number that grows; counts what it is asked for.
class Origin {
public:
    Origin();
    ~Origin();
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    int asked(const std::string& path) const;
    /// By requests that have come and are not answered.
    void await_held(std::size_t requests);
    std::size_t most_held() const;
    void hold();
    void release();
    void answer_with(int status);
    /// At a path, instead of its name and number; empty: 404.
    void serve(const std::string& path, std::string body);
    /// Nobody listens at the address until `come_back`.
    void go_away();
    void come_back();

private:
    void take(const net::Request& request, net::Responder respond);
    void start();

    mutable std::mutex mutex_;
    std::condition_variable come_;
    std::map<std::string, int> asked_;
    std::map<std::string, std::string> served_;
    std::vector<std::pair<net::Response, net::Responder>> held_;
    std::size_t most_held_ = 0;
    bool holds_ = false;
    int status_ = 200, number_ = 0;
    SystemClock clock_;
    SystemRng rng_;
    net::RouteTable routes_;
    std::unique_ptr<net::Server> server_;
    std::uint16_t port_ = 0;
};

/// Starts when made, and answers then; stops when it ends. Any failure of its own ends the test
/// program.
class Edge {
public:
    static constexpr const char* secret = "a-secret-of-letters-for-tests-0123456789";

    /// `options`: further arguments of deploy/nginx/render-edge.
    explicit Edge(const Origin& origin, const std::vector<std::string>& options = {})
        : Edge(origin.address(), options) {}
    /// Of an origin at that address.
    explicit Edge(const std::string& origin, const std::vector<std::string>& options = {});
    ~Edge();
    Edge(const Edge&) = delete;
    Edge& operator=(const Edge&) = delete;

    /// Over a connection of its own: on one that made nginx ask anew, the next answer waits for
    /// that.
    net::ClientResponse get(const std::string& target);
    /// Many at once, each over a connection of its own; returns when `sent` has been called and all
    /// are answered.
    std::vector<net::ClientResponse> get_at_once(const std::string& target, std::size_t times,
                                                 const std::function<void()>& sent);
    net::Client& client() { return *client_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    std::filesystem::path directory() const { return directory_.path(); }
    /// Once nginx has written it all.
    std::string access_log(std::size_t lines) const;

    /// At once, with its workers.
    void kill();

private:
    bool start(const std::string& origin, const std::vector<std::string>& options);

    TemporaryDirectory directory_;
    SystemClock clock_;
    std::uint16_t port_ = 0;
    pid_t nginx_ = 0;
    std::unique_ptr<net::Client> client_;
};

/// "/live/{expires}/{signature}/{tenant}/{class}/", as our own provider signs it.
std::string signed_for(const std::string& tenant, const std::string& of_class,
                       const std::string& secret = Edge::secret,
                       std::chrono::seconds good_for = 60s);

/// What the edge said of its cache.
std::string cache_of(const net::ClientResponse& response);

} // namespace bw::test
