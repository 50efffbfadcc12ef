// ServerTest: a running server and its routes, for the tests of the server.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <functional>
#include <mutex>

#include "net/raw_client.hpp"
#include "net/server.hpp"

namespace bw::net {

inline const std::string get_hello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

/// Keeps a Responder until the test lets it go.
struct Shelf {
    std::mutex mutex;
    std::condition_variable come;
    std::vector<std::pair<const Request*, Responder>> kept;

    void keep(const Request& request, Responder responder) {
        std::lock_guard lock(mutex);
        kept.emplace_back(&request, std::move(responder));
        come.notify_all();
    }
    std::pair<const Request*, Responder> take() {
        std::unique_lock lock(mutex);
        come.wait(lock, [&] { return !kept.empty(); });
        auto out = std::move(kept.front());
        kept.erase(kept.begin());
        return out;
    }
};

/// A server with a route for each way of answering.
class ServerTest : public ::testing::Test {
protected:
    ServerTest() {
        auto add = [&](Method method, const char* path, Handler handler, std::size_t body = 0) {
            routes_.add(Route{method, path, path, "", std::move(handler), body, 5s});
        };
        add(Method::get, "/hello",
            [](const Request&, Responder r) { r(Response{200, "text/plain", "hello", {}}); });
        add(
            Method::post, "/echo/{id}",
            [](const Request& q, Responder r) {
                r(Response{200,
                           "text/plain",
                           std::string(q.path_param("id")) + ":" + std::string(q.body),
                           {}});
            },
            200'000);
        add(
            Method::post, "/small",
            [](const Request& q, Responder r) {
                r(Response{200, "text/plain", std::string(q.body), {}});
            },
            10);
        add(Method::get, "/drop", [](const Request&, Responder) {});
        add(Method::get, "/throw",
            [](const Request&, Responder) { throw std::runtime_error("secret"); });
        add(Method::get, "/throw_late", [](const Request&, Responder r) {
            r.on_loop([]() -> Response { throw std::runtime_error("secret"); });
        });
        add(Method::get, "/internal",
            [](const Request&, Responder r) { r(fail(Code::internal, "secret")); });
        add(Method::get, "/busy",
            [](const Request&, Responder r) { r(Error{Code::overloaded, "later", "", 3000ms}); });
        add(Method::get, "/shelf",
            [this](const Request& q, Responder r) { shelf_.keep(q, std::move(r)); });
        add(Method::get, "/big", [](const Request&, Responder r) {
            r(Response{200, "text/plain", std::string(8 << 20, 'b'), {}});
        });
    }
    ~ServerTest() override { server_.reset(); }

    std::uint16_t start(ServerOptions options = {}) { return start(std::move(options), clock_); }
    std::uint16_t start(ServerOptions options, const Clock& clock) {
        auto started = Server::start(std::move(options), routes_, clock, rng_);
        if (!started) {
            ADD_FAILURE() << started.error().text();
            return 0;
        }
        server_ = *std::move(started);
        return server_->port();
    }
    /// Waits until `condition`, checked again and again; false after 20 s.
    static bool soon(const std::function<bool()>& condition) {
        SystemClock clock;
        for (Deadline deadline = Deadline::in(clock, 20s); !deadline.expired(clock);
             ::poll(nullptr, 0, 1))
            if (condition())
                return true;
        return false;
    }

    SystemClock clock_;
    SystemRng rng_;
    RouteTable routes_;
    Shelf shelf_;
    std::unique_ptr<Server> server_;
};

} // namespace bw::net
