#include "front/edge.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "front/process.hpp"
#include "video/self_hosted.hpp"

namespace bw::test {

// ---- Origin ----

Origin::Origin() {
    for (const char* path : {"/{tenant}/{class}/{name}", "/{tenant}/{class}/{rung}/{name}"})
        routes_.add({.method = net::Method::get,
                     .path = path,
                     .operation = path,
                     .handler = [this](const net::Request& request, net::Responder respond) {
                         take(request, std::move(respond));
                     }});
    start();
}

Origin::~Origin() {
    release();
    server_.reset();
}

void Origin::start() {
    net::ServerOptions options;
    options.port = port_;
    server_ = *net::Server::start(options, routes_, clock_, rng_);
    port_ = server_->port();
}

void Origin::take(const net::Request& request, net::Responder respond) {
    std::lock_guard lock(mutex_);
    const std::string path(request.path);
    const std::string range(request.header("Range").value_or(""));
    ++asked_[path];
    net::Response response{.status = status_,
                           .content_type = "application/octet-stream",
                           .body = path + " " + std::to_string(++number_),
                           .headers = {{"Cache-Control", "no-store"},
                                       {"Set-Cookie", "who=first"},
                                       {"Vary", "Cookie"}}};
    if (const auto served = served_.find(path); served != served_.end() && status_ == 200) {
        response.body = served->second;
        response.status = response.body.empty() ? 404 : 200;
    }
    if (range.starts_with("bytes=") && status_ == 200) { // of a file of three and a half pieces
        const std::size_t total = 3'500'000, first = std::stoul(range.substr(6));
        const std::size_t last = std::min(total - 1, std::stoul(range.substr(range.find('-') + 1)));
        response.status = 206;
        response.body.assign(last - first + 1, static_cast<char>('a' + first % 26));
        response.headers.emplace_back("Content-Range", "bytes " + std::to_string(first) + "-" +
                                                           std::to_string(last) + "/" +
                                                           std::to_string(total));
    }
    if (!holds_)
        return respond(std::move(response));
    held_.emplace_back(std::move(response), std::move(respond));
    most_held_ = std::max(most_held_, held_.size());
    come_.notify_all();
}

int Origin::asked(const std::string& path) const {
    std::lock_guard lock(mutex_);
    const auto at = asked_.find(path);
    return at == asked_.end() ? 0 : at->second;
}

void Origin::await_held(std::size_t requests) {
    std::unique_lock lock(mutex_);
    ENSURE(come_.wait_for(lock, 20s, [&] { return held_.size() >= requests; }),
           "the origin was not asked");
}

std::size_t Origin::most_held() const {
    std::lock_guard lock(mutex_);
    return most_held_;
}

void Origin::hold() {
    std::lock_guard lock(mutex_);
    holds_ = true;
}

void Origin::release() {
    std::lock_guard lock(mutex_);
    holds_ = false;
    for (auto& [response, respond] : held_)
        respond(std::move(response));
    held_.clear();
}

void Origin::answer_with(int status) {
    std::lock_guard lock(mutex_);
    status_ = status;
}

void Origin::serve(const std::string& path, std::string body) {
    std::lock_guard lock(mutex_);
    served_[path] = std::move(body);
}

void Origin::go_away() {
    server_.reset();
}
void Origin::come_back() {
    start();
}

// ---- Edge ----

Edge::Edge(const std::string& origin, const std::vector<std::string>& options) {
    for (int attempt = 0; attempt < 5; ++attempt)
        if (start(origin, options)) {
            client_ = net::Client::make({.port = port_}, clock_);
            return;
        }
    ENSURE(false, "nginx does not start; its last lines stand above");
}

bool Edge::start(const std::string& origin, const std::vector<std::string>& options) {
    port_ = free_port();
    const std::string at = directory_.path().string() + "/";
    std::ofstream(at + "secret") << secret << "\n";
    std::vector<std::string> render{BW_RENDER_EDGE,
                                    "--origin",
                                    origin,
                                    "--secret-file",
                                    at + "secret",
                                    "--listen",
                                    "127.0.0.1:" + std::to_string(port_),
                                    "--cache",
                                    at + "cache",
                                    "--access-log",
                                    at + "access",
                                    "--error-log",
                                    at + "errors",
                                    "--drain-file",
                                    at + "drain",
                                    "--cache-size",
                                    "64m"};
    render.insert(render.end(), options.begin(), options.end());
    std::ofstream(at + "edge.conf") << Reader(render).rest();
    // Workers of a root's nginx run as nobody: the cache is theirs.
    std::filesystem::create_directory(at + "cache");
    std::filesystem::permissions(at + "cache", std::filesystem::perms::all);
    std::ofstream(at + "nginx.conf")
        << (::geteuid() == 0 ? "user nobody nogroup;\n" : "")
        << "daemon off;\nworker_processes 1;\npid pid;\nerror_log stderr crit;\n"
           "events { worker_connections 1024; }\nhttp {\n  access_log off;\n"
           "  client_body_temp_path tmp_body; proxy_temp_path tmp_proxy;\n"
           "  fastcgi_temp_path tmp_f; uwsgi_temp_path tmp_u; scgi_temp_path tmp_s;\n"
           "  include edge.conf;\n}\n";
    // A test program that aborts must not leave it behind.
    nginx_ = spawn({"setpriv", "--pdeathsig", "TERM", "/usr/sbin/nginx", "-p", at, "-c",
                    "nginx.conf", "-e", "stderr"});
    while (!listens(port_)) {
        if (::waitpid(nginx_, nullptr, WNOHANG) == nginx_) {
            nginx_ = 0;
            return false;
        }
        ::poll(nullptr, 0, 5);
    }
    return true;
}

Edge::~Edge() {
    client_.reset();
    kill();
}

void Edge::kill() {
    if (nginx_ == 0)
        return;
    ::kill(nginx_, SIGTERM);
    ::waitpid(std::exchange(nginx_, 0), nullptr, 0);
}

net::ClientResponse Edge::get(const std::string& target) {
    auto response = client_->fetch({.target = target, .headers = {{"Connection", "close"}}},
                                   Deadline::in(clock_, 20s));
    if (response)
        return *std::move(response);
    ADD_FAILURE() << target << ": " << response.error().detail;
    return {};
}

std::vector<net::ClientResponse> Edge::get_at_once(const std::string& target, std::size_t times,
                                                   const std::function<void()>& sent) {
    std::mutex mutex;
    std::condition_variable come;
    std::vector<net::ClientResponse> out;
    std::size_t over = 0;
    for (std::size_t i = 0; i < times; ++i)
        client_->send({.target = target}, Deadline::in(clock_, 40s),
                      [&](Result<net::ClientResponse> response) {
                          std::lock_guard lock(mutex);
                          if (response)
                              out.push_back(*std::move(response));
                          ++over;
                          come.notify_all();
                      });
    sent();
    std::unique_lock lock(mutex);
    come.wait(lock, [&] { return over == times; });
    EXPECT_EQ(out.size(), times) << "some had no answer";
    return out;
}

std::string Edge::access_log(std::size_t lines) const {
    for (Deadline end = Deadline::in(clock_, 20s);; ::poll(nullptr, 0, 20)) {
        std::ostringstream text;
        text << std::ifstream(directory_.path() / "access").rdbuf();
        const std::string log = text.str();
        if (static_cast<std::size_t>(std::ranges::count(log, '\n')) >= lines || end.expired(clock_))
            return log;
    }
}

std::string signed_for(const std::string& tenant, const std::string& of_class,
                       const std::string& secret, std::chrono::seconds good_for) {
    SystemClock clock;
    video::SelfHostedOptions options;
    options.edge_secret = SecretText(secret);
    options.ingest_secret = SecretText(std::string(40, 'i'));
    options.ingest_url = "rtmp://127.0.0.1/live";
    options.origin_url = "http://127.0.0.1:9";
    const auto provider = video::SelfHosted::make(std::move(options), clock);
    ENSURE(provider.has_value(), "the provider's options do not hold");
    const std::chrono::seconds lifetime = 60s;
    const std::string url =
        (*provider)
            ->sign(tenant + "/" + of_class, clock.now() - lifetime + good_for, lifetime)
            ->url;
    return url.substr(0, url.rfind('/') + 1);
}

std::string cache_of(const net::ClientResponse& response) {
    return std::string(response.header("X-Cache").value_or(""));
}

} // namespace bw::test
