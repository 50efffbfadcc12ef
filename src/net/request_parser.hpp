// RequestParser: where one request begins and ends in a connection's bytes, and what its head says.
// All framing rules are here, without a socket; the outcome never depends on how the bytes were
// cut. Routing and limits of routes are the connection's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "net/chunks.hpp"
#include "net/http.hpp"

namespace bw::net {

/// A piece of the request's buffer; the buffer may move between feeds.
struct Span {
    std::uint32_t at = 0, size = 0;
    std::string_view in(const char* base) const { return {base + at, size}; }
};

struct RequestHead {
    Method method = Method::get;
    bool http_1_1 = true;
    bool keep_alive = true;
    bool expects_continue = false;
    bool chunked = false;
    std::uint64_t content_length = 0;
    Span target;
    int traceparents = 0; // how often the header occurs
    Span traceparent;     // the last one
    std::vector<std::pair<Span, Span>> headers;

    bool has_body() const { return chunked || content_length > 0; }
};

struct RequestLimits {
    std::size_t head_bytes = 16 * 1024;
    std::size_t target_bytes = 8 * 1024;
    std::size_t headers = 100;
};

class RequestParser {
public:
    enum class Step : std::uint8_t { need_more, done, failed };

    explicit RequestParser(RequestLimits limits) : limits_(limits) {}
    /// For the next request, which begins at the buffer's first byte.
    void restart();

    /// `buffer` is everything since the request's first byte. Call until it is done.
    Step parse_head(std::string_view buffer);
    /// After the head: more than this is payload_too_large. Call once.
    Step limit_body(std::size_t body_bytes);
    /// After limit_body: `data` is the same buffer, of which a chunked body is decoded in place:
    /// `size` shrinks then.
    Step parse_body(char* data, std::size_t& size);

    // A body in pieces, instead of parse_body. The head has been copied and cut off the buffer:
    // `data` begins with the body, and then with what of it was not dropped.
    /// After limit_body, once: the head is out of the buffer.
    void release_head() { head_bytes_ = 0; }
    /// What has come of the body is then body(), perhaps nothing; done: its last byte is in it.
    Step parse_piece(char* data, std::size_t& size);
    /// The buffer then begins behind the piece, which counts as read.
    void drop_piece() { body_bytes_ = 0; }

    const RequestHead& head() const { return head_; }
    /// After parse_body or parse_piece.
    Span body() const {
        return {static_cast<std::uint32_t>(head_bytes_), static_cast<std::uint32_t>(body_bytes_)};
    }
    /// Bytes of the buffer that belong to this request; what follows is the next one.
    std::size_t bytes() const { return head_bytes_ + body_bytes_; }
    /// How many bytes the buffer must hold before parse_body can go on; at least one more than it
    /// has.
    std::size_t bytes_wanted() const {
        return head_.chunked ? 0 : head_bytes_ + static_cast<std::size_t>(head_.content_length);
    }
    /// After `failed`; framing is in doubt then, so the connection must end.
    const Error& error() const { return error_; }

private:
    class HeadReader;
    Step find_head_end(std::string_view buffer);
    bool may_begin(char c) const;
    Step read_head(std::string_view buffer);
    Step decode_chunks(char* data, std::size_t& size);
    Step reject(Code code, std::string_view detail);

    RequestLimits limits_;
    RequestHead head_;
    Error error_;
    std::size_t scanned_ = 0; // bytes whose line ends have been looked for
    std::size_t line_start_ = 0;
    std::size_t start_ = 0; // of the request line, after at most one empty line
    bool in_request_line_ = true;
    std::size_t head_bytes_ = 0;
    std::size_t body_bytes_ = 0;     // decoded so far, if chunked; in pieces: of this one
    std::uint64_t before_piece_ = 0; // of the body, in pieces
    std::optional<ChunkDecoder> chunks_;
};

} // namespace bw::net
