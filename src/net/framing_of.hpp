// Runs RequestParser over bytes that arrive in pieces, for its test and its fuzzer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "net/request_parser.hpp"

namespace bw::net {

/// What became of the bytes: "GET /x [body]; Host=h," for each request, then "need_more" or the
/// code of the refusal. `next_piece` says how many bytes come next (at least 1).
template <class NextPiece>
std::string framing_of(std::string_view bytes, std::size_t body_limit, NextPiece next_piece,
                       bool with_headers = true) {
    RequestParser parser({.head_bytes = 512, .target_bytes = 100, .headers = 10});
    std::string buffer, out;
    bool in_body = false;
    for (std::size_t fed = 0;;) {
        auto step = RequestParser::Step::need_more;
        if (!in_body && !buffer.empty()) {
            step = parser.parse_head(buffer);
            if (step == RequestParser::Step::done) {
                in_body = true;
                step = parser.limit_body(body_limit);
            }
        }
        if (in_body && step != RequestParser::Step::failed) {
            std::size_t size = buffer.size();
            step = parser.parse_body(buffer.data(), size);
            buffer.resize(size);
        }
        if (step == RequestParser::Step::failed)
            return out + std::string(wire_name(parser.error().code));
        if (step == RequestParser::Step::done) {
            const RequestHead& head = parser.head();
            out.append(to_text(head.method))
                .append(" ")
                .append(head.target.in(buffer.data()))
                .append(" [");
            out.append(parser.body().in(buffer.data()))
                .append("]")
                .append(head.keep_alive ? "; " : " close; ");
            for (const auto& [name, value] : head.headers)
                if (with_headers)
                    out.append(name.in(buffer.data()))
                        .append("=")
                        .append(value.in(buffer.data()))
                        .append(",");
            buffer.erase(0, parser.bytes());
            parser.restart();
            in_body = false;
            continue;
        }
        if (fed == bytes.size())
            return out + "need_more";
        std::size_t piece = std::clamp<std::size_t>(next_piece(), 1, bytes.size() - fed);
        buffer.append(bytes.substr(fed, piece));
        fed += piece;
    }
}

} // namespace bw::net
