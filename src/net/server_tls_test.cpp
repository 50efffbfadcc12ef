// The server under TLS: handshakes, certificates that change, tickets that outlive a process.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <thread>

#include "net/server_fixture.hpp"
#include "net/tls_for_test.hpp"

namespace bw::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class TlsTest : public ServerTest {
protected:
    TlsTest()
        : dir_(std::filesystem::temp_directory_path() / ("bw-tls-" + std::to_string(rng_.u64()))) {
        std::filesystem::create_directory(dir_);
        write("secret", std::string(32, 's'));
        give("one");
    }
    ~TlsTest() override {
        server_.reset();
        std::filesystem::remove_all(dir_);
    }

    std::string path(const std::string& name) const { return dir_ / name; }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(path(name), std::ios::binary) << text;
    }
    /// A fresh key and certificate in the files of options().
    void give(const std::string& name) {
        TestKey key = make_key();
        write("key", pem_of(key.get()));
        write("certificate", make_certificate(key.get(), name));
    }
    ServerOptions options(const std::string& secret = "secret") {
        ServerOptions out;
        out.tls = TlsOptions{.certificate_file = path("certificate"),
                             .key_file = path("key"),
                             .ticket_secret_file = path(secret),
                             .ticket_steps_kept = 2};
        return out;
    }

    std::filesystem::path dir_;
    ManualClock hand_{SystemClock().now()};
};

TEST_F(TlsTest, SpeaksBothVersionsAndNothingOlder) {
    std::uint16_t port = start(options());
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(port, {.version = version});
        ASSERT_TRUE(client.connected()) << version;
        const unsigned char* protocol = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(client.ssl(), &protocol, &size);
        EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(protocol), size), "http/1.1");
        EXPECT_THAT(client.send(get_hello).answer(), EndsWith("hello"));
        std::string request = "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        EXPECT_THAT(client.send(request).rest(), EndsWith("hello"));
    }
    EXPECT_FALSE(TlsClient(port, {.version = TLS1_1_VERSION}).connected());
    EXPECT_FALSE(TlsClient(port, {.alpn = "\x02h2"}).connected());
    EXPECT_TRUE(TlsClient(port, {.alpn = ""}).connected());
    EXPECT_TRUE(TlsClient(port, {.alpn = "\x02h2\x08http/1.1"}).connected());
}

TEST_F(TlsTest, CarriesWhatThePlainSocketCarries) {
    std::uint16_t port = start(options());
    TlsClient client(port);
    const std::string body(150'000, 'x');
    client.send("POST /echo/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 150000\r\n\r\n" + body);
    EXPECT_THAT(client.answer(), EndsWith("\r\n\r\n1:" + body));
    for (char c : get_hello) // a record each
        client.send({&c, 1});
    EXPECT_THAT(client.answer(), EndsWith("hello"));
    std::string burst;
    for (int i = 0; i < 300; ++i)
        burst += "POST /echo/" + std::to_string(i) +
                 " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
    client.send(burst);
    for (int i = 0; i < 300; ++i)
        ASSERT_THAT(client.answer(), EndsWith("\r\n\r\n" + std::to_string(i) + ":x"));
    // The socket is full; the next answer waits behind it.
    client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    std::thread reader([&] {
        EXPECT_GT(client.answer().size(), 8U << 20);
        EXPECT_THAT(client.answer(), EndsWith("after"));
    });
    shelf_.take().second(Response{200, "text/plain", "after", {}});
    reader.join();
    client.send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
    client.send(std::string(100'000, 'x'));
    EXPECT_THAT(client.rest(), HasSubstr("payload_too_large"));
}

TEST_F(TlsTest, AHandshakeThatDoesNotComeIsCutOff) {
    ServerOptions slow = options();
    slow.head_timeout = 300ms;
    std::uint16_t port = start(slow);
    auto cpu = [] {
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    };
    auto before = cpu();
    Raw silent(port), half(port);
    half.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6)); // a record's head, and a byte
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(half.rest(), "");
    EXPECT_LT(cpu() - before, 150ms); // nobody asked the half record again and again
    EXPECT_TRUE(soon([&] { return server_->status().connections == 0; }));
}

TEST_F(TlsTest, PlainHttpIsClosedWithoutAReset) {
    std::uint16_t port = start(options());
    for (const std::string& said : {get_hello, std::string(100'000, '\x15'), std::string("\x80")}) {
        Raw raw(port);
        raw.send(said).half_close();
        std::string seen = raw.rest();
        EXPECT_THAT(seen, Not(HasSubstr("<reset>")));
        EXPECT_THAT(seen, Not(HasSubstr("HTTP")));
    }
    EXPECT_THAT(TlsClient(port).send(get_hello).answer(), EndsWith("hello"));
    EXPECT_TRUE(soon([&] { return server_->status().connections == 0; }));
}

TEST_F(TlsTest, ANewCertificateIsForNewHandshakes) {
    std::uint16_t port = start(options());
    TlsClient early(port);
    EXPECT_EQ(early.server_name(), "one");
    give("two");
    EXPECT_EQ(TlsClient(port).server_name(), "one"); // not before it is asked to
    ASSERT_TRUE(server_->reload_tls());
    EXPECT_EQ(TlsClient(port).server_name(), "two");
    EXPECT_THAT(early.send(get_hello).answer(), EndsWith("hello"));
}

TEST_F(TlsTest, ABadPairIsRefusedWithItsReasonAndTheOldOneStays) {
    std::uint16_t port = start(options());
    TestKey key = make_key(), other = make_key();
    const std::string good = make_certificate(key.get(), "new"), good_key = pem_of(key.get());
    struct Case {
        std::string certificate, key, secret;
        std::string file, says;
    };
    const std::string secret(32, 's');
    const Case cases[] = {
        {good, pem_of(other.get()), secret, "key", "does not belong to the certificate"},
        {good, pem_of(key.get(), "password"), secret, "key", "unencrypted"},
        {good, "", secret, "key", "no unencrypted PEM private key"},
        {"rubbish", good_key, secret, "certificate", "no PEM certificate chain"},
        {good_key, good_key, secret, "certificate", "no PEM certificate chain"},
        {make_certificate(key.get(), "old", -100, -10), good_key, secret, "certificate",
         "has expired"},
        {make_certificate(key.get(), "early", 1000, 2000), good_key, secret, "certificate",
         "not valid yet"},
        {good, good_key, "short", "secret", "fewer than 32 bytes"},
    };
    for (const Case& c : cases) {
        write("certificate", c.certificate);
        write("key", c.key);
        write("secret", c.secret);
        Result<void> reloaded = server_->reload_tls();
        ASSERT_FALSE(reloaded) << c.says;
        EXPECT_EQ(reloaded.error().code, Code::bad_request);
        EXPECT_THAT(reloaded.error().detail, HasSubstr(c.says));
        EXPECT_EQ(reloaded.error().field, path(c.file));
        EXPECT_EQ(TlsClient(port).server_name(), "one");
        EXPECT_FALSE(Server::start(options(), routes_, clock_, rng_));
    }
    for (const char* file : {"certificate", "key", "secret"}) {
        write("certificate", good);
        write("key", good_key);
        write("secret", secret);
        std::filesystem::remove(path(file));
        Result<void> reloaded = server_->reload_tls();
        ASSERT_FALSE(reloaded);
        EXPECT_THAT(reloaded.error().detail, HasSubstr("cannot read " + path(file) + ": No such"));
    }
    write("secret", secret);
    EXPECT_TRUE(server_->reload_tls());
    start();
    EXPECT_FALSE(server_->reload_tls()); // plain
}

TEST_F(TlsTest, SessionsAreResumedUnderTheSameSecretWhileItsKeysAreKept) {
    write("other", std::string(32, 'o'));
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto talk = [&](std::uint16_t port, SSL_SESSION* session) {
            TlsClient client(port, {.version = version, .session = session});
            EXPECT_THAT(client.send(get_hello).answer(), EndsWith("hello"));
            return std::pair(client.resumed(), client.session());
        };
        std::uint16_t port = start(options(), hand_);
        auto [first, session] = talk(port, nullptr);
        EXPECT_FALSE(first);
        EXPECT_TRUE(talk(port, session.get()).first);
        port = start(options(), hand_); // restarted
        EXPECT_TRUE(talk(port, session.get()).first);
        EXPECT_FALSE(talk(start(options("other"), hand_), session.get()).first);
        port = start(options(), hand_);
        hand_.advance(2h);
        auto [still, renewed] = talk(port, session.get());
        EXPECT_TRUE(still); // two steps are kept
        hand_.advance(1h);
        EXPECT_FALSE(talk(port, session.get()).first);
        EXPECT_TRUE(talk(port, renewed.get()).first); // what was resumed got a ticket of its time
    }
}

TEST_F(TlsTest, DrainEndsHandshakesAndIdleConnections) {
    std::uint16_t port = start(options());
    Raw silent(port);
    TlsClient idle(port), busy(port);
    EXPECT_THAT(idle.send(get_hello).answer(), EndsWith("hello"));
    busy.send("GET /shelf HTTP/1.1\r\nHost: h\r\n\r\n");
    auto kept = shelf_.take();
    std::thread drainer([&] { server_->drain(Deadline::in(clock_, 20s)); });
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(idle.rest(), "");
    kept.second(Response{200, "text/plain", "last", {}});
    EXPECT_THAT(busy.rest(), EndsWith("last"));
    drainer.join();
    EXPECT_EQ(server_->status().connections, 0U);
}

} // namespace
} // namespace bw::net
