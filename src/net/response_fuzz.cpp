// Whatever another server answers, a report's process or an S3 server: how the bytes are cut
// changes nothing, a body is no longer than its limit, and what is read lies within the bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/ensure.hpp"
#include "net/response_parser.hpp"

namespace {

constexpr std::size_t body_limit = 64;

/// What became of the bytes: the answer, or why there is none.
template <class NextPiece>
std::string answer_of(std::string_view bytes, bool to_head, NextPiece next_piece) {
    using bw::net::ResponseParser;
    using Step = ResponseParser::Step;
    ResponseParser parser(body_limit);
    parser.restart(to_head);
    std::string buffer;
    Step step = Step::need_more;
    for (std::size_t fed = 0; step == Step::need_more && fed < bytes.size();) {
        const std::size_t piece = std::clamp<std::size_t>(next_piece(), 1, bytes.size() - fed);
        buffer.append(bytes.substr(fed, piece));
        fed += piece;
        std::size_t size = buffer.size();
        step = parser.parse(buffer.data(), size);
        ENSURE(size <= buffer.size(), "nothing is added");
        buffer.resize(size);
    }
    if (step == Step::need_more)
        step = parser.at_eof(buffer.size());
    if (step != Step::done)
        return step == Step::too_large ? "too large" : "malformed";
    ENSURE(parser.bytes() <= buffer.size(), "within what came");
    const std::string_view body = parser.body(buffer.data());
    ENSURE(body.size() <= body_limit, "within its limit");
    std::string out = std::to_string(parser.status()) + (parser.keep_alive() ? " " : " close ");
    for (const auto& [name, value] : parser.take_headers())
        out.append(name).append("=").append(value).append(",");
    return out.append(body);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2)
        return 0;
    const std::size_t cut = data[0] + 1U, step = data[1] % 7U + 1U;
    const bool to_head = data[1] >= 0x80;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    bool first = true;
    const std::string whole = answer_of(bytes, to_head, [&] { return bytes.size(); });
    const std::string halves =
        answer_of(bytes, to_head, [&] { return std::exchange(first, false) ? cut : bytes.size(); });
    const std::string crumbs = answer_of(bytes, to_head, [&] { return step; });
    if (whole != halves || whole != crumbs)
        std::abort();
    return 0;
}
