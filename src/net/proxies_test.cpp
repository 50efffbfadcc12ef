// Whose word is taken about the client: the list's syntax, and forgeries as a table.
#include "net/proxies.hpp"

#include <gmock/gmock.h>

#include "net/server_fixture.hpp"

namespace bw::net {
namespace {

using ::testing::HasSubstr;
using Kind = TrustedProxies::Headers;
using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

TrustedProxies proxies(std::vector<std::string> networks, Kind kind = Kind::x_forwarded) {
    auto parsed = TrustedProxies::parse(networks, kind);
    EXPECT_TRUE(parsed) << parsed.error().text();
    return parsed ? *std::move(parsed) : TrustedProxies();
}

TEST(TrustedProxies, NetworksAreReadStrictly) {
    struct Case {
        const char* network;
        const char* problem; // in the error's text; empty: fine
    };
    const Case cases[] = {
        {"10.0.0.0/8", ""},
        {"127.0.0.1", ""},
        {"127.0.0.1/32", ""},
        {"0.0.0.0/0", ""},
        {"::1", ""},
        {"2001:db8::/32", ""},
        {"::/0", ""},
        {"", "no IPv4 or IPv6 address"},
        {"localhost", "no IPv4 or IPv6 address"},
        {"10.0.0/8", "no IPv4 or IPv6 address"},
        {"10.0.0.256", "no IPv4 or IPv6 address"},
        {"10.0.0.01", "no IPv4 or IPv6 address"},
        {" 10.0.0.1", "no IPv4 or IPv6 address"},
        {"[::1]", "no IPv4 or IPv6 address"},
        {"fe80::1%eth0", "no IPv4 or IPv6 address"},
        {"10.0.0.1/33", "from 0 to 32"},
        {"::1/129", "from 0 to 128"},
        {"10.0.0.0/", "from 0 to 32"},
        {"10.0.0.0/08", "from 0 to 32"},
        {"10.0.0.0/-1", "from 0 to 32"},
        {"10.0.0.0/8/8", "from 0 to 32"},
        {"10.0.0.0/255.0.0.0", "from 0 to 32"},
        {"10.0.0.1/8", "did you mean 10.0.0.0/8?"},
        {"2001:db8::1/32", "did you mean 2001:db8::/32?"},
        {"::ffff:10.0.0.1", "without ::ffff:"},
    };
    for (const Case& c : cases) {
        const std::vector<std::string> list{"192.0.2.1", c.network};
        auto parsed = TrustedProxies::parse(list);
        EXPECT_EQ(parsed.has_value(), std::string_view(c.problem).empty()) << c.network;
        if (!parsed) {
            EXPECT_EQ(parsed.error().code, Code::invalid_field);
            EXPECT_THAT(parsed.error().detail, HasSubstr(std::string("'") + c.network + "'"));
            EXPECT_THAT(parsed.error().detail, HasSubstr(c.problem));
        }
    }
}

TEST(TrustedProxies, ContainsByPrefix) {
    struct Case {
        const char *network, *address;
        bool trusted;
    };
    const Case cases[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", true}, // IPv4 over an IPv6 socket
        {"10.1.2.128/25", "10.1.2.127", false},
        {"10.1.2.128/25", "10.1.2.129", true},
        {"10.1.2.0/31", "10.1.2.1", true},
        {"10.1.2.0/31", "10.1.2.2", false},
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1", "::1", true},
        {"::1", "nonsense", false},
    };
    for (const Case& c : cases)
        EXPECT_EQ(proxies({c.network}).trusts(c.address), c.trusted) << c.network << c.address;
    EXPECT_FALSE(TrustedProxies().trusts("127.0.0.1"));
}

TEST(TrustedProxies, BelievesTheRightmostStranger) {
    constexpr auto xff = Kind::x_forwarded, fwd = Kind::forwarded;
    struct Case {
        const char* name;
        Kind kind;
        Headers headers;
        const char* client;
        bool secure = false;
        const char* request_id = "ours";
    };
    // The connection comes from 10.0.0.1; 10.0.0.0/8 and 2001:db8:1::/48 are trusted.
    const Case cases[] = {
        {"nothing passed on", xff, {}, "10.0.0.1"},
        {"one proxy", xff, {{"X-Forwarded-For", "203.0.113.9"}}, "203.0.113.9"},
        {"two proxies", xff, {{"x-forwarded-for", "203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
        {"a forged front", xff, {{"X-Forwarded-For", "1.1.1.1, 203.0.113.9"}}, "203.0.113.9"},
        {"a forged trusted front",
         xff,
         {{"X-Forwarded-For", "10.9.9.9, 203.0.113.9"}},
         "203.0.113.9"},
        {"forged in a header of its own",
         xff,
         {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "203.0.113.9"}},
         "203.0.113.9"},
        {"a forged front behind two proxies",
         xff,
         {{"X-Forwarded-For", "1.1.1.1, 203.0.113.9, 10.0.0.2"}},
         "203.0.113.9"},
        {"all are proxies", xff, {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
        {"nonsense at the end", xff, {{"X-Forwarded-For", "1.1.1.1, unknown"}}, "10.0.0.1"},
        {"nonsense before a proxy", xff, {{"X-Forwarded-For", "1.1.1.1, x, 10.0.0.2"}}, "10.0.0.2"},
        {"nonsense in front", xff, {{"X-Forwarded-For", "<script>, 203.0.113.9"}}, "203.0.113.9"},
        {"empty", xff, {{"X-Forwarded-For", ""}}, "10.0.0.1"},
        {"an empty end", xff, {{"X-Forwarded-For", "1.1.1.1, ,"}}, "10.0.0.1"},
        {"with a port", xff, {{"X-Forwarded-For", "203.0.113.9:4711"}}, "203.0.113.9"},
        {"IPv6", xff, {{"X-Forwarded-For", "2001:DB8::0001"}}, "2001:db8::1"},
        {"IPv6 with a port", xff, {{"X-Forwarded-For", "[2001:db8::1]:4711"}}, "2001:db8::1"},
        {"IPv6 proxies", xff, {{"X-Forwarded-For", "203.0.113.9, 2001:db8:1::7"}}, "203.0.113.9"},
        {"IPv4 as IPv6", xff, {{"X-Forwarded-For", "::ffff:203.0.113.9"}}, "203.0.113.9"},
        {"the other kind is ignored", xff, {{"Forwarded", "for=1.1.1.1;proto=https"}}, "10.0.0.1"},
        {"https",
         xff,
         {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-Proto", "https"}},
         "203.0.113.9",
         true},
        {"the nearest proxy's scheme", xff, {{"X-Forwarded-Proto", "https, http"}}, "10.0.0.1"},
        {"a scheme that is none", xff, {{"X-Forwarded-Proto", "wss"}}, "10.0.0.1"},
        {"a request id",
         xff,
         {{"X-Request-Id", "0123456789abcdef0123456789abcdef"}},
         "10.0.0.1",
         false,
         "0123456789abcdef0123456789abcdef"},
        {"a short request id", xff, {{"X-Request-Id", "1234567"}}, "10.0.0.1"},
        {"a long request id",
         xff,
         {{"X-Request-Id", "12345678901234567890123456789012345678901234567890123456789012345"}},
         "10.0.0.1"},
        {"a request id with a blank", xff, {{"X-Request-Id", "0123 4567"}}, "10.0.0.1"},
        {"two request ids",
         xff,
         {{"X-Request-Id", "01234567"}, {"X-Request-Id", "01234567"}},
         "10.0.0.1"},
        {"Forwarded",
         fwd,
         {{"Forwarded", "for=203.0.113.9;proto=https;by=10.0.0.1"}},
         "203.0.113.9",
         true},
        {"Forwarded, two proxies",
         fwd,
         {{"Forwarded", R"(For="[2001:db8::1]:4711";proto=https, for=10.0.0.2;proto=http)"}},
         "2001:db8::1",
         true},
        {"Forwarded, a forged front",
         fwd,
         {{"Forwarded", "for=1.1.1.1;proto=https"}, {"Forwarded", "for=203.0.113.9;proto=http"}},
         "203.0.113.9"},
        {"Forwarded, a comma in quotes",
         fwd,
         {{"Forwarded", R"(for=203.0.113.9;x="a, for=1.1.1.1")"}},
         "203.0.113.9"},
        {"Forwarded, a quote left open",
         fwd,
         {{"Forwarded", R"(for=1.1.1.1;x=", for=10.0.0.2)"}},
         "1.1.1.1"}, // one element, whose address stands before the quote
        {"Forwarded, obfuscated", fwd, {{"Forwarded", "for=_hidden, for=10.0.0.2"}}, "10.0.0.2"},
        {"Forwarded: the other kind is ignored",
         fwd,
         {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "https"}},
         "10.0.0.1"},
    };
    for (const Case& c : cases) {
        Request request;
        request.headers = c.headers;
        request.peer = "10.0.0.1";
        request.request_id = "ours";
        std::string client;
        proxies({"10.0.0.0/8", "2001:db8:1::/48"}, c.kind).believe(request, client);
        EXPECT_EQ(request.peer, c.client) << c.name;
        EXPECT_EQ(request.secure, c.secure) << c.name;
        EXPECT_EQ(request.request_id, c.request_id) << c.name;
    }
}

class ProxyOverSocket : public ServerTest {
protected:
    std::string seen(std::vector<std::string> trusted) {
        routes_.add({.method = Method::get,
                     .path = "/who",
                     .operation = "who",
                     .handler = [](const Request& request, Responder respond) {
                         respond(Response{200,
                                          "text/plain",
                                          std::string(request.peer) +
                                              (request.secure ? " https " : " http ") +
                                              request.request_id,
                                          {}});
                     }});
        ServerOptions options;
        options.trusted_proxies = proxies(std::move(trusted));
        Raw raw(start(options));
        const std::string told = "Host: h\r\nX-Forwarded-For: 203.0.113.9\r\n"
                                 "X-Forwarded-Proto: https\r\nX-Request-Id: from-the-proxy\r\n";
        raw.send("GET /who HTTP/1.1\r\n" + told + "\r\n");
        std::string answer = raw.answer();
        raw.send("GET /nowhere HTTP/1.1\r\n" + told + "\r\n");
        problem_ = raw.answer();
        raw.send("GET /who HTTP/1.1\r\nHost: h\r\n\r\n"); // nothing of the last request is left
        next_ = raw.answer();
        return answer.substr(answer.find("\r\n\r\n") + 4);
    }
    std::string problem_, next_;
};

TEST_F(ProxyOverSocket, TakesAProxysWord) {
    EXPECT_EQ(seen({"127.0.0.0/8"}), "203.0.113.9 https from-the-proxy");
    EXPECT_THAT(problem_, HasSubstr("\r\nRequest-Id: from-the-proxy\r\n"));
    EXPECT_THAT(problem_, HasSubstr(R"("request_id":"from-the-proxy")"));
    EXPECT_THAT(next_, HasSubstr("127.0.0.1 http "));
    EXPECT_THAT(next_, ::testing::Not(HasSubstr("from-the-proxy")));
}

TEST_F(ProxyOverSocket, IgnoresAnybodyElses) {
    EXPECT_THAT(seen({"10.0.0.0/8"}), ::testing::StartsWith("127.0.0.1 http "));
    EXPECT_THAT(problem_, ::testing::Not(HasSubstr("from-the-proxy")));
}

} // namespace
} // namespace bw::net
