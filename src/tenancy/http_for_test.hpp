// Handlers called without a server: a request made by hand, its answer awaited. For tests.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http.hpp"

namespace bw::tenancy::test {

struct Call {
    net::Method method = net::Method::get;
    std::string target = "/";
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    Monotonic received = {};
};

class Heard : public net::Responder::Target {
public:
    void answer(std::move_only_function<net::Response()> make) override {
        promise_.set_value(make());
    }
    std::future<net::Response> future() { return promise_.get_future(); }

private:
    std::promise<net::Response> promise_;
};

inline net::Response call(const net::Handler& handler, const Call& with, const Clock& clock,
                          std::vector<std::pair<std::string_view, std::string_view>> params = {}) {
    net::Request request;
    request.method = with.method;
    request.target = with.target;
    request.path = request.target.substr(0, request.target.find('?'));
    if (request.path.size() < request.target.size())
        request.query = request.target.substr(request.path.size() + 1);
    for (const auto& [name, value] : with.headers)
        request.headers.emplace_back(name, value);
    request.body = with.body;
    request.received_at = clock.now();
    request.received = with.received;
    request.deadline = Deadline::in(clock, 20s);
    request.request_id = "0123456789abcdef";
    request.path_params = std::move(params);
    auto heard = std::make_shared<Heard>();
    auto answer = heard->future();
    handler(request, net::Responder(heard));
    return answer.get();
}

inline net::Response call(const net::RouteTable& routes, const Call& with, const Clock& clock) {
    const std::string path = with.target.substr(0, with.target.find('?'));
    auto match = routes.match(with.method, path);
    if (!match.route)
        return {404, "text/plain", "no route", {}};
    return call(match.route->handler, with, clock, match.params);
}

inline std::string header(const net::Response& response, std::string_view name) {
    for (const auto& [known, value] : response.headers)
        if (known == name)
            return value;
    return {};
}

} // namespace bw::tenancy::test
