#include "net/request_parser.hpp"

#include <gtest/gtest.h>

#include "net/framing_of.hpp"

namespace bw::net {
namespace {

const std::string host = "Host: h\r\n";

struct Case {
    std::string bytes;
    std::string outcome; // as framing_of says it, headers left out
};

std::string request(const std::string& line, const std::string& headers = "",
                    const std::string& body = "") {
    return line + "\r\n" + host + headers + "\r\n" + body;
}

const std::vector<Case>& cases() {
    static const std::vector<Case> table = {
        // What is served.
        {request("GET / HTTP/1.1"), "GET / []; need_more"},
        {"\r\n" + request("GET / HTTP/1.1"), "GET / []; need_more"},
        {"GET / HTTP/1.0\r\n\r\n", "GET / [] close; need_more"},
        {request("GET / HTTP/1.0", "Connection: Keep-Alive\r\n"), "GET / []; need_more"},
        {request("GET / HTTP/1.1", "Connection: foo, Close\r\n"), "GET / [] close; need_more"},
        {request("OPTIONS * HTTP/1.1"), "OPTIONS * []; need_more"},
        {request("POST /a?b=c HTTP/1.1", "Content-Length: 5\r\n", "hello"),
         "POST /a?b=c [hello]; need_more"},
        {request("POST /a HTTP/1.1", "Content-Length: 5\r\n", "hell"), "need_more"},
        {request("POST /a HTTP/1.1", "Content-Length: 0\r\n") + request("GET /b HTTP/1.1"),
         "POST /a []; GET /b []; need_more"},
        {request("POST /a HTTP/1.1", "Transfer-Encoding: chunked\r\n",
                 "5;x=\"y\"\r\nhello\r\n00a\r\n0123456789\r\n0\r\nT: v\r\n\r\n") +
             request("GET /b HTTP/1.1"),
         "POST /a [hello0123456789]; GET /b []; need_more"},
        {request("PUT /a HTTP/1.1", "Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"),
         "PUT /a []; need_more"},
        // The start line.
        {"\x16\x03\x01", "bad_request"},
        {"\r\n\r\n", "bad_request"},
        {"\nGET", "bad_request"},
        {" GET", "bad_request"},
        {request("GET  / HTTP/1.1"), "bad_request"},
        {request("GET /\tx HTTP/1.1"), "bad_request"},
        {request("GET / HTTP/1.1 "), "bad_request"},
        {request("GET /a b HTTP/1.1"), "bad_request"},
        {request("GET / HTTP/2.0"), "bad_request"},
        {request("GET / HTTP/1.2"), "bad_request"},
        {request("GET / HTTP/0.9"), "bad_request"},
        {request("GET / http/1.1"), "bad_request"},
        {"GET /\r\n\r\n", "bad_request"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "bad_request"},
        {request("TRACE / HTTP/1.1"), "not_implemented"},
        {request("get / HTTP/1.1"), "not_implemented"},
        {request("BREW / HTTP/1.1"), "not_implemented"},
        {request("CONNECT h:80 HTTP/1.1"), "not_implemented"},
        {request("GET http://h/ HTTP/1.1"), "bad_request"},
        {request("GET * HTTP/1.1"), "bad_request"},
        {request("GET /a#b HTTP/1.1"), "bad_request"},
        {request("GET /\xc3\xa4 HTTP/1.1"), "bad_request"},
        {"GET /" + std::string(200, 'a'), "uri_too_long"},
        {request("GET /" + std::string(200, 'a') + " HTTP/1.1"), "uri_too_long"},
        // Lines.
        {"GET / HTTP/1.1\nHost: h\n\n", "bad_request"},
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", "bad_request"},
        {"GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", "bad_request"},
        {"GET / HTTP/1.1\rHost: h\r\n\r\n", "bad_request"},
        {request("GET / HTTP/1.1", "A: b\r\n c\r\n"), "bad_request"},
        {request("GET / HTTP/1.1", "A: b\r\n\tc\r\n"), "bad_request"},
        {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", "bad_request"},
        {request("GET / HTTP/1.1", "A: " + std::string(600, 'a')), "head_too_large"},
        {"GET / HTTP/1.1\r\n" + std::string(600, 'a'), "head_too_large"},
        {request("GET / HTTP/1.1",
                 "A:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\n"),
         "head_too_large"},
        // Header names and values.
        {request("GET / HTTP/1.1", "A : b\r\n"), "bad_request"},
        {request("GET / HTTP/1.1", ": b\r\n"), "bad_request"},
        {request("GET / HTTP/1.1", "A\r\n"), "bad_request"},
        {request("GET / HTTP/1.1", "A(: b\r\n"), "bad_request"},
        {request("GET / HTTP/1.1", std::string("A: \0b\r\n", 7)), "bad_request"},
        {request("GET / HTTP/1.1", "A: \x01\r\n"), "bad_request"},
        {request("GET / HTTP/1.1", "A: \x7f\r\n"), "bad_request"},
        // Host.
        {"GET / HTTP/1.1\r\n\r\n", "bad_request"},
        {request("GET / HTTP/1.1", host), "bad_request"},
        {request("GET / HTTP/1.0", host), "bad_request"},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "bad_request"},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad_request"},
        {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "bad_request"},
        {"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", "bad_request"},
        // Where the body ends: nothing that two readers could disagree on.
        {request("POST / HTTP/1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                 "0\r\n\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                 "0\r\n\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: 5, 5\r\n", "hello"), "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: +5\r\n", "hello"), "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: -5\r\n", "hello"), "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: 0x5\r\n", "hello"), "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: \r\n", "hello"), "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: 5 5\r\n", "hello"), "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: 18446744073709551616\r\n", "hello"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Content-Length: 18446744073709551615\r\n", "hello"),
         "payload_too_large"},
        {request("POST / HTTP/1.1", "Content-Length: 101\r\n"), "payload_too_large"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: identity\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked, identity\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: xchunked\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: \x0b"
                                    "chunked\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding:\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1",
                 "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Expect: 200-ok\r\n"), "bad_request"},
        // Chunks.
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "g\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "0x5\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "-1\r\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "5 \r\nhello"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "5\nhello"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "5;a\nb\r\nhello"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "5\rxhello"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "5\r\nhello0\r\n\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "5\r\nhello\n0\r\n\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "0\r\n\n"), "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "0\r\n folded: x\r\n\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "0\r\nA b\r\n\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "0\r\nA: b\n\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "65\r\n"),
         "payload_too_large"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n64\r\n"),
         "payload_too_large"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n"),
         "payload_too_large"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n",
                 "1\r\na\r\nffffffffffffffff\r\n"),
         "payload_too_large"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "00000000000000001\r\n"),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "1;" + std::string(600, 'x')),
         "bad_request"},
        {request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n",
                 "0\r\nA: " + std::string(600, 'x')),
         "bad_request"},
    };
    return table;
}

TEST(RequestParser, FramesOrRefuses) {
    for (const Case& c : cases())
        EXPECT_EQ(framing_of(
                      c.bytes, 100, [&] { return c.bytes.size(); }, false),
                  c.outcome)
            << c.bytes;
}

TEST(RequestParser, CutsChangeNothing) {
    for (const Case& c : cases()) {
        std::string whole = framing_of(c.bytes, 100, [&] { return c.bytes.size(); });
        EXPECT_EQ(framing_of(c.bytes, 100, [] { return 1; }), whole) << c.bytes;
        for (std::size_t cut = 1; cut < c.bytes.size(); ++cut) {
            bool first = true;
            EXPECT_EQ(
                framing_of(c.bytes, 100,
                           [&] { return std::exchange(first, false) ? cut : c.bytes.size(); }),
                whole)
                << c.bytes << " cut at " << cut;
        }
    }
}

TEST(RequestParser, ReadsHeaders) {
    std::string bytes = "GET /x HTTP/1.1\r\nhOST:  a.example:80 \r\nEmpty:\r\nX-Y: \tb c\t\r\n\r\n";
    EXPECT_EQ(framing_of(bytes, 0, [&] { return bytes.size(); }),
              "GET /x []; hOST=a.example:80,Empty=,X-Y=b c,need_more");
}

} // namespace
} // namespace bw::net
