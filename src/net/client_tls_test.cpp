// The client's TLS against servers that are real: openssl s_server for whom it trusts, and a server
// on OpenSSL in this process for what s_server cannot be told to do.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "net/certificate_for_test.hpp"
#include "net/client.hpp"
#include "support/temporary_directory.hpp"

namespace bw::net {
namespace {

using ::testing::HasSubstr;
using Wanted = TestAuthority::Wanted;

/// `openssl s_server -HTTP`: a path names a file that holds the whole answer.
class OpensslServer {
public:
    OpensslServer(const std::filesystem::path& certificate, const std::filesystem::path& files) {
        int out[2];
        ENSURE(::pipe2(out, O_CLOEXEC) == 0, "no pipe");
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addchdir_np(&actions, files.c_str());
        const char* arguments[] = {"openssl", "s_server", "-accept",           "127.0.0.1:0",
                                   "-HTTP",   "-cert",    certificate.c_str(), nullptr};
        ENSURE(::posix_spawnp(&child_, "openssl", &actions, nullptr, const_cast<char**>(arguments),
                              environ) == 0,
               "openssl does not start");
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(out[1]);
        out_ = out[0];
        const std::string address = "ACCEPT 127.0.0.1:";
        for (std::string said; port == 0;) { // it says its port once it listens
            char c;
            ENSURE(::read(out_, &c, 1) == 1, "openssl s_server ended");
            if (c == '\n' && said.starts_with(address))
                port = static_cast<std::uint16_t>(std::stoi(said.substr(address.size())));
            c == '\n' ? said.clear() : said.push_back(c);
        }
    }
    ~OpensslServer() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        ::close(out_);
    }
    OpensslServer(const OpensslServer&) = delete;
    OpensslServer& operator=(const OpensslServer&) = delete;
    std::uint16_t port = 0;

private:
    pid_t child_ = 0;
    int out_ = -1;
};

/// A listener on 127.0.0.1 that a thread serves, one connection after the other.
class Listener {
public:
    Listener() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        ENSURE(::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0, "no port");
        ENSURE(::listen(fd, 16) == 0, "no listener");
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
        port = ntohs(at.sin_port);
    }
    ~Listener() { ::close(fd); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    int fd;
    std::uint16_t port = 0;
};

/// Accepts one connection, and for each request sends `answer`; then ends the connection, in order
/// or by closing the socket under it.
class TlsPeer {
public:
    TlsPeer(const std::filesystem::path& certificate, std::string answer, int requests,
            bool in_order)
        : context_(::SSL_CTX_new(::TLS_server_method())) {
        ::SSL_CTX_use_certificate_file(context_, certificate.c_str(), SSL_FILETYPE_PEM);
        ::SSL_CTX_use_PrivateKey_file(context_, certificate.c_str(), SSL_FILETYPE_PEM);
        thread_ = std::thread([this, answer = std::move(answer), requests, in_order] {
            serve(answer, requests, in_order);
        });
    }
    ~TlsPeer() {
        thread_.join();
        ::SSL_CTX_free(context_);
    }
    std::uint16_t port() const { return listener_.port; }
    /// After its end.
    std::string server_name, protocol;
    std::size_t received_bytes = 0;
    void join() {
        if (thread_.joinable())
            thread_.join();
        thread_ = std::thread([] {});
    }

private:
    void serve(const std::string& answer, int requests, bool in_order) {
        int fd = ::accept4(listener_.fd, nullptr, nullptr, SOCK_CLOEXEC);
        SSL* ssl = ::SSL_new(context_);
        ::SSL_set_fd(ssl, fd);
        if (::SSL_accept(ssl) == 1) {
            const char* name = ::SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
            server_name = name ? name : "";
            protocol = ::SSL_get_version(ssl);
            while (requests-- > 0 && read_request(ssl))
                ::SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
            if (in_order)
                ::SSL_shutdown(ssl);
        }
        ::shutdown(fd, SHUT_WR);
        for (char byte; ::recv(fd, &byte, 1, 0) > 0;) {
        }
        ::SSL_free(ssl);
        ::close(fd);
    }
    bool read_request(SSL* ssl) {
        std::string in;
        std::size_t whole = std::string::npos;
        while (in.size() < whole || whole == std::string::npos) {
            char bytes[16 * 1024];
            int n = ::SSL_read(ssl, bytes, sizeof bytes);
            if (n <= 0)
                return false;
            in.append(bytes, static_cast<std::size_t>(n));
            std::size_t end = in.find("\r\n\r\n"), length = in.find("Content-Length: ");
            if (end != std::string::npos)
                whole = end + 4 + (length < end ? std::stoul(in.substr(length + 16, 10)) : 0);
        }
        received_bytes += in.size();
        return in.size() == whole;
    }

    Listener listener_;
    SSL_CTX* context_;
    std::thread thread_;
};

class ClientTlsTest : public ::testing::Test {
protected:
    ClientTlsTest() {
        answer_file("ok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        answer_file("moved", "HTTP/1.1 302 Found\r\nLocation: https://localhost/ok\r\n"
                             "Content-Length: 0\r\n\r\n");
        answer_file("to_the_end", "HTTP/1.1 200 OK\r\n\r\nall of it");
        answer_file("large", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" +
                                 std::string(1'000'000, 'x'));
    }
    void answer_file(const std::string& name, const std::string& bytes) {
        std::ofstream(directory_.path() / name, std::ios::binary) << bytes;
    }
    Result<ClientResponse> fetch(ClientOptions options, ClientRequest request = {.target = "/ok"},
                                 Duration patience = 20s) {
        auto client = Client::make(std::move(options), clock_);
        return client->fetch(std::move(request), Deadline::in(clock_, patience));
    }
    ClientOptions trusting(std::uint16_t port, std::string address = "localhost") {
        return {.address = std::move(address),
                .port = port,
                .tls = ClientTlsOptions{.authorities_file = authority_.file()}};
    }
    static std::string outcome(const Result<ClientResponse>& result) {
        return result ? std::to_string(result->status) + " " + result->body.substr(0, 20)
                      : result.error().text();
    }

    SystemClock clock_;
    test::TemporaryDirectory directory_;
    TestAuthority authority_{directory_.path()};
};

TEST_F(ClientTlsTest, TrustsWhomItShould) {
    struct Case {
        const char* name;
        Wanted wanted;
        const char* address;
        const char* host; // to check; empty: the address
        const char* outcome;
    };
    const Case cases[] = {
        {"by name", {}, "localhost", "", "200 ok"},
        {"by address", {}, "127.0.0.1", "", "200 ok"},
        {"another name than it is reached by",
         {"DNS:school.test"},
         "127.0.0.1",
         "school.test",
         "200 ok"},
        {"a wildcard", {"DNS:*.school.test"}, "127.0.0.1", "a.school.test", "200 ok"},
        {"a wildcard two labels deep",
         {"DNS:*.school.test"},
         "127.0.0.1",
         "a.b.school.test",
         "hostname mismatch"},
        {"half a wildcard",
         {"DNS:a*.school.test"},
         "127.0.0.1",
         "ab.school.test",
         "hostname mismatch"},
        {"the wrong name", {"DNS:other.test"}, "localhost", "", "hostname mismatch"},
        {"the wrong address", {"IP:127.0.0.2"}, "127.0.0.1", "", "IP address mismatch"},
        {"a name where an address is asked for",
         {"DNS:127.0.0.1"},
         "127.0.0.1",
         "",
         "IP address mismatch"},
        {"the name in the subject alone",
         {"DNS:other.test"},
         "127.0.0.1",
         "the name in the subject alone",
         "hostname mismatch"},
        {"expired",
         {.from_seconds = -7200, .to_seconds = -3600},
         "localhost",
         "",
         "certificate has expired"},
        {"not yet valid",
         {.from_seconds = 3600, .to_seconds = 7200},
         "localhost",
         "",
         "certificate is not yet valid"},
        {"self-signed", {.self_signed = true}, "localhost", "", "self-signed certificate"},
    };
    for (const Case& c : cases) {
        OpensslServer server(authority_.issue(c.name, c.wanted), directory_.path());
        ClientOptions options = trusting(server.port, c.address);
        options.tls->host = c.host;
        auto result = fetch(options);
        EXPECT_THAT(outcome(result), HasSubstr(c.outcome)) << c.name;
        if (!result) {
            EXPECT_EQ(result.error().code, Code::unavailable) << c.name;
            EXPECT_THAT(result.error().detail, HasSubstr("Nothing was sent")) << c.name;
        }
        options.tls->authorities_file.clear(); // the system's do not know the test's authority
        EXPECT_THAT(outcome(fetch(options)), HasSubstr("certificate was refused")) << c.name;
    }
}

TEST_F(ClientTlsTest, GivesAnswersAsTheyAre) {
    OpensslServer server(authority_.issue("server", {}), directory_.path());
    const std::pair<ClientRequest, const char*> cases[] = {
        {{.target = "/to_the_end"}, "200 all of it"},
        {{.target = "/large"}, "200 xxxxxxxxxxxxxxxxxxxx"},
        {{.target = "/moved"}, "302 "}, // never followed
    };
    for (const auto& [request, expected] : cases)
        EXPECT_EQ(outcome(fetch(trusting(server.port), request)), expected) << request.target;
    ClientOptions small = trusting(server.port);
    small.body_bytes_limit = 999'999;
    EXPECT_THAT(outcome(fetch(small, {.target = "/large"})), HasSubstr("larger than allowed"));
}

TEST_F(ClientTlsTest, SendsNothingWithoutAuthorities) {
    OpensslServer server(authority_.issue("server", {}), directory_.path());
    ClientOptions options = trusting(server.port);
    options.tls->authorities_file = directory_.path() / "absent.pem";
    EXPECT_THAT(outcome(fetch(options)), HasSubstr("cannot load certificate authorities"));
}

TEST_F(ClientTlsTest, TellsTheDeadFromTheSilent) {
    std::uint16_t dead = Listener().port;
    EXPECT_THAT(outcome(fetch(trusting(dead, "127.0.0.1"))), HasSubstr("Connection refused"));
    Listener black_hole; // the system takes the connection; nobody ever answers
    auto silent = fetch(trusting(black_hole.port, "127.0.0.1"), {}, 200ms);
    EXPECT_THAT(outcome(silent), HasSubstr("unavailable: Nothing was sent"));
    Listener plain;
    std::thread speaks_http([&] {
        int fd = ::accept4(plain.fd, nullptr, nullptr, SOCK_CLOEXEC);
        const std::string answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        ::shutdown(fd, SHUT_WR);
        for (char byte; ::recv(fd, &byte, 1, 0) > 0;) {
        }
        ::close(fd);
    });
    EXPECT_THAT(outcome(fetch(trusting(plain.port, "127.0.0.1"))), HasSubstr("TLS failed"));
    speaks_http.join();
}

TEST_F(ClientTlsTest, AnAnswerCutShortIsNone) {
    const auto certificate = authority_.issue("server", {});
    const std::string to_the_end = "HTTP/1.1 200 OK\r\n\r\nall of it";
    {
        TlsPeer peer(certificate, to_the_end, 1, true);
        EXPECT_EQ(outcome(fetch(trusting(peer.port(), "127.0.0.1"))), "200 all of it");
    }
    TlsPeer peer(certificate, to_the_end, 1, false);
    auto cut = fetch(trusting(peer.port(), "127.0.0.1"));
    EXPECT_THAT(outcome(cut), HasSubstr("outcome_unknown"));
}

TEST_F(ClientTlsTest, KeepsConnectionsAndCarriesLargeBodies) {
    TlsPeer peer(authority_.issue("server", {}), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                 3, true);
    {
        auto client = Client::make(trusting(peer.port()), clock_);
        for (std::size_t size : {0UZ, 3'000'000UZ, 100'000UZ}) // it accepts one connection only
            EXPECT_EQ(
                outcome(client->fetch({.method = Method::post, .body = std::string(size, 'x')},
                                      Deadline::in(clock_, 20s))),
                "200 ok");
    }
    peer.join();
    EXPECT_EQ(peer.server_name, "localhost");
    EXPECT_EQ(peer.protocol, "TLSv1.3");
    EXPECT_GT(peer.received_bytes, 3'100'000U);
}

} // namespace
} // namespace bw::net
