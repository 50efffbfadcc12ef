#include "net/response_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

#include "net/text.hpp"

namespace bw::net {

namespace http = boost::beast::http;
using BeastError = boost::beast::error_code;
using BeastView = boost::beast::string_view;

namespace {
constexpr std::size_t head_bytes_limit = 64 * 1024;
}

class ResponseParser::HeadReader final : public http::basic_parser<false> {
public:
    explicit HeadReader(Headers& headers) : headers_(headers) {
        skip(true);
        header_limit(head_bytes_limit);
    }
    bool read(std::string_view head) {
        BeastError ec;
        put({head.data(), head.size()}, ec);
        return !ec && is_header_done() && sane_;
    }
    int status = 0;
    bool chunked = false;

private:
    void on_response_impl(int code, BeastView, int, BeastError&) override { status = code; }
    void on_field_impl(http::field field, BeastView name, BeastView value, BeastError&) override {
        std::string_view text{value.data(), value.size()};
        if (field == http::field::transfer_encoding) {
            sane_ = sane_ && !chunked && same_name(text, "chunked");
            chunked = true;
        }
        headers_.emplace_back(std::string(name.data(), name.size()), std::string(text));
    }
    void on_request_impl(http::verb, BeastView, BeastView, int, BeastError&) override {}
    void on_header_impl(BeastError&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastError&) override {}
    std::size_t on_body_impl(BeastView, BeastError&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, BeastView, BeastError&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, BeastView, BeastError&) override { return 0; }
    void on_finish_impl(BeastError&) override {}

    Headers& headers_;
    bool sane_ = true;
};

void ResponseParser::restart(bool to_head) {
    *this = ResponseParser(body_bytes_limit_);
    to_head_ = to_head;
}

ResponseParser::Step ResponseParser::parse(char* data, std::size_t& size) {
    while (head_bytes_ == 0) {
        if (Step step = parse_head({data, size}); step != Step::done)
            return step;
        if (status_ >= 200)
            break;
        size -= head_bytes_; // an interim answer: drop it, the real one follows
        std::memmove(data, data + head_bytes_, size);
        restart(to_head_);
    }
    return parse_body(data, size);
}

ResponseParser::Step ResponseParser::parse_head(std::string_view buffer) {
    std::size_t at = buffer.find("\r\n\r\n", scanned_ > 3 ? scanned_ - 3 : 0);
    scanned_ = buffer.size();
    if (at == std::string_view::npos)
        return buffer.size() >= head_bytes_limit ? Step::too_large : Step::need_more;
    HeadReader reader(headers_);
    if (!reader.read(buffer.substr(0, at + 4)) || reader.status < 100)
        return Step::malformed;
    head_bytes_ = at + 4;
    status_ = reader.status;
    keep_alive_ = reader.keep_alive();
    if (to_head_ || status_ < 200 || status_ == 204 || status_ == 304)
        return Step::done;
    if (reader.chunked)
        chunks_.emplace(ChunkDecoder::Limits{body_bytes_limit_, head_bytes_limit});
    else if (auto length = reader.content_length())
        length_ = static_cast<std::size_t>(std::min<std::uint64_t>(*length, SIZE_MAX / 2));
    else
        until_eof_ = true;
    keep_alive_ = keep_alive_ && !until_eof_;
    return length_ > body_bytes_limit_ ? Step::too_large : Step::done;
}

ResponseParser::Step ResponseParser::parse_body(char* data, std::size_t& size) {
    if (chunks_) {
        char* out = data + bytes();
        const char* in = out;
        const char* end = data + size;
        ChunkDecoder::Step step = chunks_->feed(in, end, out);
        body_bytes_ = static_cast<std::size_t>(out - data) - head_bytes_;
        std::memmove(out, in, static_cast<std::size_t>(end - in));
        size -= static_cast<std::size_t>(in - out);
        switch (step) {
        case ChunkDecoder::Step::need_more:
            return Step::need_more;
        case ChunkDecoder::Step::done:
            return Step::done;
        case ChunkDecoder::Step::too_large:
            return Step::too_large;
        case ChunkDecoder::Step::malformed:
            break;
        }
        return Step::malformed;
    }
    if (until_eof_) {
        body_bytes_ = size - head_bytes_;
        return body_bytes_ > body_bytes_limit_ ? Step::too_large : Step::need_more;
    }
    body_bytes_ = length_;
    return size >= bytes() ? Step::done : Step::need_more;
}

ResponseParser::Step ResponseParser::at_eof(std::size_t size) {
    if (head_bytes_ == 0 || !until_eof_)
        return Step::malformed;
    body_bytes_ = size - head_bytes_;
    return Step::done;
}

} // namespace bw::net
