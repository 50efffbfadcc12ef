// Bodies that are passed on as they come, and answers that are sent as their source gives them.
#include <thread>

#include "net/server_fixture.hpp"

namespace bw::net {
namespace {

/// Keeps what comes; gives back when it is told to, or at once.
struct Basket final : BodySink {
    void piece(std::string bytes) override {
        std::lock_guard lock(mutex);
        pending += bytes.size();
        largest_pending = std::max(largest_pending, pending);
        got += bytes;
        if (gives_back && flow) {
            flow->taken(pending);
            pending = 0;
        }
    }
    void ended(BodyEnd how) override {
        std::lock_guard lock(mutex);
        end = how;
        if (how == BodyEnd::whole && responder)
            (*std::exchange(responder, {}))(
                Response{200, "text/plain", std::to_string(got.size())});
    }
    std::size_t size() {
        std::lock_guard lock(mutex);
        return got.size();
    }
    std::optional<BodyEnd> how() {
        std::lock_guard lock(mutex);
        return end;
    }

    std::mutex mutex;
    std::string got;
    std::size_t pending = 0, largest_pending = 0;
    bool gives_back = true;
    std::optional<BodyEnd> end;
    std::optional<Responder::BodyFlow> flow;
    std::optional<Responder> responder;
};

void attach(const std::shared_ptr<Basket>& basket, Responder responder) {
    Responder::BodyFlow flow = responder.body();
    {
        std::lock_guard lock(basket->mutex);
        basket->flow.emplace(flow);
        basket->responder.emplace(std::move(responder));
    }
    flow.receive(basket);
}

class BodyTest : public ServerTest {
protected:
    BodyTest() {
        auto add = [&](const char* path, Handler handler, std::size_t limit) {
            Route route{Method::post, path, path, "", std::move(handler), limit, 5s};
            route.streams_body = true;
            routes_.add(std::move(route));
        };
        add(
            "/take", [this](const Request&, Responder r) { attach(basket_, std::move(r)); },
            64 << 20);
        add("/ten", [this](const Request&, Responder r) { attach(basket_, std::move(r)); }, 10);
        add(
            "/later", [this](const Request& q, Responder r) { shelf_.keep(q, std::move(r)); },
            64 << 20);
        add(
            "/refuse", [](const Request&, Responder r) { r(fail(Code::conflict, "no")); },
            64 << 20);
        routes_.add(Route{Method::get, "/source", "/source", "",
                          [this](const Request&, Responder r) { r(sourced()); }, 0, 5s});
    }
    ~BodyTest() override { server_.reset(); }

    static std::string head(const char* path, std::size_t bytes, const char* more = "") {
        return std::string("POST ") + path +
               " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) + "\r\n" + more +
               "\r\n";
    }

    struct Source final : BodySource {
        explicit Source(BodyTest& test) : test_(test) {}
        void pull(Give give) override {
            if (test_.drops_give_)
                return;
            std::string piece = test_.content_.substr(at_, test_.piece_bytes_);
            at_ += piece.size();
            if (piece.empty())
                return give(fail(Code::unavailable, "no more"));
            give(std::move(piece));
        }
        BodyTest& test_;
        std::size_t at_ = 0;
    };
    Response sourced() {
        Response response{200, "application/octet-stream", "", {}};
        response.source = std::make_shared<Source>(*this);
        response.source_bytes = announced_ ? announced_ : content_.size();
        return response;
    }

    std::shared_ptr<Basket> basket_ = std::make_shared<Basket>();
    std::string content_;
    std::size_t piece_bytes_ = 100'000, announced_ = 0;
    bool drops_give_ = false;
};

TEST_F(BodyTest, ComesAsItIsSent) {
    Raw client(start());
    client.send(head("/take", 10) + "01234");
    EXPECT_TRUE(soon([&] { return basket_->size() == 5; }))
        << "half of it is there before the rest";
    EXPECT_FALSE(basket_->how());
    client.send("56789");
    EXPECT_TRUE(client.answer().ends_with("\r\n\r\n10"));
    EXPECT_EQ(basket_->got, "0123456789");
    EXPECT_EQ(basket_->how(), BodyEnd::whole);
    client.send(get_hello);
    EXPECT_TRUE(client.answer().ends_with("hello")) << "the connection goes on";
}

TEST_F(BodyTest, MayBeLargerThanTheServersLimitAndChunked) {
    Raw client(start({.body_bytes_limit = 1000}));
    const std::string big(3 << 20, 'x');
    client.send(head("/take", big.size()) + big);
    EXPECT_TRUE(client.answer().ends_with(std::to_string(big.size())));
    EXPECT_EQ(basket_->got, big);
    basket_ = std::make_shared<Basket>();
    client.send("POST /take HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" +
                get_hello);
    EXPECT_TRUE(client.answer().ends_with("11"));
    EXPECT_EQ(basket_->got, "hello world");
    EXPECT_TRUE(client.answer().ends_with("hello")) << "what follows is the next request";
}

TEST_F(BodyTest, IsNotReadFasterThanItIsTaken) {
    basket_->gives_back = false;
    Raw client(start());
    const std::string big(16 << 20, 'x');
    std::jthread sender([&] { client.send(head("/take", big.size()) + big); });
    EXPECT_TRUE(soon([&] { return basket_->size() >= body_window_bytes; }));
    for (int i = 0; i < 20; ++i) { // as long as it does not give back, nothing more comes
        ::poll(nullptr, 0, 1);
        EXPECT_LE(basket_->size(), body_window_bytes + (256 << 10));
    }
    {
        std::lock_guard lock(basket_->mutex);
        basket_->gives_back = true;
        basket_->flow->taken(std::exchange(basket_->pending, 0));
    }
    EXPECT_TRUE(client.answer().ends_with(std::to_string(big.size())));
    EXPECT_LE(basket_->largest_pending, body_window_bytes + (256 << 10));
}

TEST_F(BodyTest, KeepsWhatCameWhenTheClientGoes) {
    const std::uint16_t port = start();
    {
        Raw client(port);
        client.send(head("/take", 1000) + "what came");
        EXPECT_TRUE(soon([&] { return basket_->size() == 9; }));
    }
    EXPECT_TRUE(soon([&] { return basket_->how() == BodyEnd::cut; }));
    EXPECT_EQ(basket_->got, "what came");
}

TEST_F(BodyTest, MayBeSlowButNotStandStill) {
    ManualClock clock(Instant{1'000'000});
    Raw client(start({.body_timeout = 30s}, clock));
    client.send(head("/take", 1 << 20));
    const std::string some(5000, 'x'); // in 25 s: 1.6 kbit/s
    for (std::size_t i = 1; i <= 20; ++i) {
        client.send(some);
        ASSERT_TRUE(soon([&] { return basket_->size() == i * some.size(); }));
        clock.advance(25s);
    }
    EXPECT_FALSE(basket_->how()) << "500 s after it began";
    client.send("a few bytes do not count as progress");
    ASSERT_TRUE(soon([&] { return basket_->size() > 20 * some.size(); }));
    clock.advance(6s);
    EXPECT_TRUE(soon([&] { return basket_->how() == BodyEnd::cut; }));
    EXPECT_TRUE(client.answer().starts_with("HTTP/1.1 408 "));
}

TEST_F(BodyTest, TimeIsNotTheClientsWhileTheServerIsBehind) {
    ManualClock clock(Instant{1'000'000});
    basket_->gives_back = false;
    Raw client(start({.body_timeout = 30s}, clock));
    const std::string big(4 << 20, 'x');
    std::jthread sender([&] { client.send(head("/take", big.size()) + big); });
    EXPECT_TRUE(soon([&] { return basket_->size() >= body_window_bytes; }));
    clock.advance(120s);
    ::poll(nullptr, 0, 50); // sweeps
    EXPECT_FALSE(basket_->how());
    {
        std::lock_guard lock(basket_->mutex);
        basket_->gives_back = true;
        basket_->flow->taken(std::exchange(basket_->pending, 0));
    }
    EXPECT_TRUE(client.answer().ends_with(std::to_string(big.size())));
}

TEST_F(BodyTest, WaitsForASinkThatComesLater) {
    Raw client(start());
    client.send(head("/later", 5, "Expect: 100-continue\r\n"));
    auto [request, responder] = shelf_.take();
    EXPECT_EQ(request->path, "/later");
    EXPECT_EQ(basket_->size(), 0U);
    attach(basket_, std::move(responder));
    EXPECT_EQ(client.head(), "HTTP/1.1 100 Continue\r\n\r\n") << "when it is wanted";
    client.send("hello");
    EXPECT_TRUE(client.answer().ends_with("5"));
}

TEST_F(BodyTest, RefusedBeforeItCameEndsTheConnection) {
    Raw client(start());
    client.send(head("/refuse", 1000, "Expect: 100-continue\r\n"));
    const std::string answer = client.rest();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 409 ")) << answer;
    EXPECT_TRUE(answer.contains("Connection: close"));
    Raw bodiless(start());
    bodiless.send("POST /refuse HTTP/1.1\r\nHost: h\r\n\r\n" + get_hello);
    EXPECT_TRUE(bodiless.answer().starts_with("HTTP/1.1 409 "));
    EXPECT_TRUE(bodiless.answer().ends_with("hello")) << "without a body nothing is in doubt";
}

TEST_F(BodyTest, LargerThanTheRouteAllowsIsRefused) {
    Raw announced(start());
    announced.send(head("/ten", 11) + "01234567890");
    EXPECT_TRUE(announced.rest().starts_with("HTTP/1.1 413 "));
    EXPECT_EQ(basket_->size(), 0U);
    Raw chunked(server_->port());
    chunked.send("POST /ten HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    EXPECT_TRUE(chunked.rest().starts_with("HTTP/1.1 413 "));
    EXPECT_EQ(basket_->how(), BodyEnd::cut);
}

TEST_F(BodyTest, AStopCutsItAndKeepsWhatCame) {
    Raw client(start());
    client.send(head("/take", 1000) + "what came");
    EXPECT_TRUE(soon([&] { return basket_->size() == 9; }));
    server_->drain(Deadline::in(clock_, 5s));
    EXPECT_EQ(client.rest(), "");
    EXPECT_TRUE(soon([&] { return basket_->how() == BodyEnd::cut; }));
}

// ---- answers ----

TEST_F(BodyTest, AnAnswerComesFromItsSource) {
    for (std::size_t i = 0; i < 5'000'000; ++i)
        content_ += static_cast<char>('a' + i % 23);
    Raw client(start());
    client.send("GET /source HTTP/1.1\r\nHost: h\r\n\r\n" + get_hello);
    const std::string answer = client.answer();
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), content_);
    EXPECT_TRUE(client.answer().ends_with("hello")) << "the connection goes on";
    client.send("HEAD /source HTTP/1.1\r\nHost: h\r\n\r\n" + get_hello);
    EXPECT_TRUE(client.head().contains("Content-Length: 5000000"));
    EXPECT_TRUE(client.answer().ends_with("hello"));
}

TEST_F(BodyTest, ASourceThatFailsCutsTheConnection) {
    content_ = std::string(300'000, 'x');
    announced_ = 400'000;
    Raw client(start());
    client.send("GET /source HTTP/1.1\r\nHost: h\r\n\r\n" + get_hello);
    const std::string shorter = client.rest();
    EXPECT_TRUE(shorter.contains("Content-Length: 400000"));
    EXPECT_FALSE(shorter.contains("hello")) << "nobody may take the next answer for the rest of it";
    announced_ = 200'000; // more than it said
    piece_bytes_ = 300'000;
    Raw other(server_->port());
    other.send("GET /source HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_LT(other.rest().size(), 10'000U);
    drops_give_ = true;
    Raw third(server_->port());
    third.send("GET /source HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_LT(third.rest().size(), 10'000U);
}

} // namespace
} // namespace bw::net
