// ResponseParser: reads one answer out of a client connection's bytes. No socket here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/chunks.hpp"

namespace bw::net {

class ResponseParser {
public:
    enum class Step : std::uint8_t { need_more, done, malformed, too_large };
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit ResponseParser(std::size_t body_bytes_limit) : body_bytes_limit_(body_bytes_limit) {}
    /// For the answer that begins at the buffer's first byte. An answer to HEAD has no body.
    void restart(bool to_head);
    /// `data` is everything since then, and may be moved together: interim answers (1xx) are
    /// dropped, chunks decoded.
    Step parse(char* data, std::size_t& size);
    /// The other end closed: done if that was how the body ends.
    Step at_eof(std::size_t size);

    int status() const { return status_; }
    bool keep_alive() const { return keep_alive_; }
    Headers take_headers() { return std::move(headers_); }
    std::string_view body(const char* data) const { return {data + head_bytes_, body_bytes_}; }
    std::size_t bytes() const { return head_bytes_ + body_bytes_; }

private:
    class HeadReader;
    Step parse_head(std::string_view buffer);
    Step parse_body(char* data, std::size_t& size);

    std::size_t body_bytes_limit_;
    bool to_head_ = false;
    int status_ = 0;
    bool keep_alive_ = false;
    bool until_eof_ = false;
    Headers headers_;
    std::size_t scanned_ = 0;
    std::size_t head_bytes_ = 0; // 0: the head is not complete
    std::size_t body_bytes_ = 0; // decoded so far, if chunked
    std::size_t length_ = 0;     // by Content-Length
    std::optional<ChunkDecoder> chunks_;
};

} // namespace bw::net
