// For tests: a FakeSchool behind a real HTTP server. What it answers can be spoiled on purpose.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "base/json_object.hpp"
#include "net/server.hpp"
#include "storm/fake_school.hpp"

namespace bw::storm {

class FakeSchoolServer {
protected:
    using Rows = std::vector<RecordedRow>;

    FakeSchoolServer() {
        const std::string assignment = "/v1/assignments/{assignment_id}";
        routes.add({net::Method::get, "/.well-known/receipt-keys.json", "keys", "",
                    [this](const net::Request&, net::Responder respond) {
                        JsonWriter json;
                        json.object()
                            .key("keys")
                            .array()
                            .object()
                            .member("kty", "OKP")
                            .member("crv", "Ed25519");
                        json.member("x", to_base64url(view(school.key()))).end().end().end();
                        respond(net::Response::json(200, json.take()));
                    }});
        routes.add({net::Method::get, assignment, "get", "",
                    [](const net::Request&, net::Responder respond) {
                        net::Response response = net::Response::json(
                            200, R"({"section_id":"sec_00000000000000000000000000000001"})");
                        response.headers.emplace_back("ETag", "\"4\"");
                        respond(std::move(response));
                    }});
        routes.add({net::Method::patch, assignment, "patch", "",
                    [this](const net::Request& request, net::Responder respond) {
                        if (request.header("If-Match") != "\"4\"" ||
                            request.header("Authorization") != "Bearer teacher")
                            return respond(fail(Code::precondition_failed, "read it first"));
                        const auto body = *JsonObject::parse(request.body, {"due_at", "title"});
                        if (body.has("due_at"))
                            school.set_due(*from_rfc3339(*body.string("due_at", 64)));
                        if (body.has("title"))
                            school.set_title(*body.string("title", 255));
                        respond(net::Response::json(200, std::string(request.body)));
                    },
                    4096});
        routes.add({net::Method::get, assignment + "/submissions", "list", "",
                    [this](const net::Request& request, net::Responder respond) {
                        respond(page(request));
                    }});
        routes.add({net::Method::post, "/v1/submissions", "submit", "",
                    [this](const net::Request& request, net::Responder respond) {
                        respond(submit(request));
                    },
                    1024 * 1024});
        routes.add({net::Method::get, "/.well-known/journal-heads.json", "heads", "",
                    [this](const net::Request&, net::Responder respond) {
                        respond(net::Response::json(200, school.heads()));
                    }});
        routes.add({net::Method::get, "/v1/journals/{epoch}/consistency", "prove", "",
                    [this](const net::Request& request, net::Responder respond) {
                        const auto size = std::stoul(request.query_param("from_size").value_or(""));
                        respond(net::Response::json(200, school.consistency_from(size)));
                    }});
    }
    ~FakeSchoolServer() = default;
    /// When all routes are there.
    void start() {
        auto started = net::Server::start({}, routes, clock, rng);
        ASSERT_TRUE(started) << started.error().text();
        server = *std::move(started);
    }

    net::Response submit(const net::Request& request) {
        if (sheds.fetch_sub(1) > 0)
            return net::problem({Code::overloaded, "busy", {}, 0ms}, request.request_id, 0);
        const std::string text =
            *JsonObject::parse(request.body, {"assignment_id", "text"})->string("text", 4096);
        auto answer = school.submit(*request.header("Authorization"),
                                    *request.header("Idempotency-Key"), text, request.received_at);
        net::Response response = net::Response::json(202, std::move(answer.body));
        if (answer.replayed)
            response.headers.emplace_back("Idempotency-Replayed", "true");
        return response;
    }
    /// Pages of 40, so that cursors matter.
    net::Response page(const net::Request& request) {
        Rows rows = school.rows();
        spoil(rows);
        const std::size_t from = std::min<std::size_t>(
            std::stoul(request.query_param("cursor").value_or("0")), rows.size());
        const std::size_t to = std::min(from + 40, rows.size());
        JsonWriter json;
        json.object().key("data").array();
        for (std::size_t i = from; i < to; ++i)
            json.object()
                .member("submission_id", rows[i].id.text())
                .member("assignment_id", rows[i].assignment.text())
                .member("user_id", rows[i].user.text())
                .member("state", rows[i].state)
                .member("received_at", to_rfc3339(rows[i].received_at))
                .member("late", rows[i].late)
                .member("content_sha256", to_hex(view(rows[i].content_sha256)))
                .end();
        json.end().key("next");
        to < rows.size() ? json.value(std::to_string(to)) : json.null();
        json.end();
        return net::Response::json(200, json.take());
    }

    SystemClock clock;
    SystemRng rng;
    FakeSchool school{40};
    std::atomic<int> sheds = 0;
    std::function<void(Rows&)> spoil = [](Rows&) {};
    net::RouteTable routes;
    std::unique_ptr<net::Server> server;
};

} // namespace bw::storm
