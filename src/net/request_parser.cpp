#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <cstring>

#include "base/ensure.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace http = boost::beast::http;
using BeastError = boost::beast::error_code;
using BeastView = boost::beast::string_view;

namespace {

std::string_view std_view(BeastView text) {
    return {text.data(), text.size()};
}

std::optional<Method> method_of(http::verb verb) {
    switch (verb) {
    case http::verb::get:
        return Method::get;
    case http::verb::head:
        return Method::head;
    case http::verb::post:
        return Method::post;
    case http::verb::put:
        return Method::put;
    case http::verb::patch:
        return Method::patch;
    case http::verb::delete_:
        return Method::del;
    case http::verb::options:
        return Method::options;
    default:
        return std::nullopt;
    }
}

bool is_target_char(char c) {
    auto u = static_cast<unsigned char>(c);
    return u > 0x20 && u < 0x7f && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
}

/// reg-name, IPv4 or [IPv6], with a port or without.
bool is_host(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_target_char(c) && std::string_view("/?@,{}^`|").find(c) == std::string_view::npos;
    });
}

} // namespace

/// Beast's parser over one whole head. Our own rules refuse what Beast forgives and this server
/// cannot afford: whatever lets two readers of the same bytes disagree about where a request ends.
class RequestParser::HeadReader final : public http::basic_parser<true> {
public:
    HeadReader(RequestHead& head, const RequestLimits& limits, const char* base)
        : head_(head), limits_(limits), base_(base) {
        skip(true); // the body is ours
        header_limit(
            static_cast<std::uint32_t>(std::min<std::size_t>(limits.head_bytes, 0x7fff'ffff)));
    }

    std::optional<Error> read(std::string_view text) {
        BeastError ec;
        put({text.data(), text.size()}, ec);
        if (refusal_)
            return refusal_;
        if (ec)
            return fail(Code::bad_request, explain(ec));
        if (!is_header_done())
            return fail(Code::bad_request, "The head is not complete.");
        return check_whole();
    }

private:
    std::optional<Error> check_whole() {
        if (hosts_ > 1 || (hosts_ == 0 && head_.http_1_1))
            return fail(Code::bad_request, "Exactly one Host header is required.", "Host");
        if (lengths_ > 0 && head_.chunked)
            return fail(Code::bad_request,
                        "Content-Length and Transfer-Encoding exclude each other.",
                        "Content-Length");
        if (head_.chunked && !head_.http_1_1)
            return fail(Code::bad_request, "HTTP/1.0 knows no Transfer-Encoding.",
                        "Transfer-Encoding");
        head_.keep_alive = keep_alive();
        head_.expects_continue = head_.expects_continue && head_.http_1_1 && head_.has_body();
        return std::nullopt;
    }

    void refuse(Code code, std::string_view detail, std::string_view field, BeastError& ec) {
        if (!refusal_)
            refusal_ = fail(code, std::string(detail), std::string(field));
        ec = http::error::bad_value; // any error stops Beast
    }

    void on_request_impl(http::verb verb, BeastView, BeastView target, int version,
                         BeastError& ec) override {
        std::optional<Method> method = method_of(verb);
        if (!method)
            return refuse(Code::not_implemented, "This method is not known here.", "", ec);
        std::string_view text = std_view(target);
        bool asterisk = text == "*" && *method == Method::options;
        if (!asterisk && text[0] != '/')
            return refuse(Code::bad_request, "The target must be a path; this is no proxy.", "",
                          ec);
        if (!std::ranges::all_of(text, is_target_char))
            return refuse(Code::bad_request,
                          "The target has a character that must be percent-encoded.", "", ec);
        head_.method = *method;
        head_.http_1_1 = version == 11;
        head_.target = span(text);
    }

    void on_field_impl(http::field field, BeastView name, BeastView value,
                       BeastError& ec) override {
        std::string_view text = std_view(value);
        if (head_.headers.size() >= limits_.headers)
            return refuse(Code::head_too_large, "Too many headers.", "", ec);
        switch (field) {
        case http::field::host:
            ++hosts_;
            if (!is_host(text))
                return refuse(Code::bad_request, "The Host header is not a host.", "Host", ec);
            break;
        case http::field::content_length: {
            // "5, 5" and a second header of the same value are legal and refused: nothing honest
            // sends them.
            const char* end = text.data() + text.size();
            auto [stop, error] = std::from_chars(text.data(), end, head_.content_length);
            bool digits = !text.empty() &&
                          std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
            if (++lengths_ > 1 || !digits || error != std::errc() || stop != end)
                return refuse(Code::bad_request, "Content-Length must be one number.",
                              "Content-Length", ec);
            break;
        }
        case http::field::transfer_encoding:
            if (head_.chunked || !same_name(text, "chunked"))
                return refuse(Code::bad_request, "The only Transfer-Encoding here is chunked.",
                              "Transfer-Encoding", ec);
            head_.chunked = true;
            break;
        case http::field::expect:
            if (!same_name(text, "100-continue"))
                return refuse(Code::bad_request, "The only expectation here is 100-continue.",
                              "Expect", ec);
            head_.expects_continue = true;
            break;
        case http::field::unknown: // to Beast
            if (same_name(std_view(name), "traceparent")) {
                ++head_.traceparents;
                head_.traceparent = span(text);
            }
            break;
        default:
            break;
        }
        head_.headers.emplace_back(span(std_view(name)), span(text));
    }

    static std::string explain(BeastError ec) {
        if (ec == http::error::bad_version)
            return "This server speaks HTTP/1.1 and HTTP/1.0.";
        if (ec == http::error::bad_method || ec == http::error::bad_target)
            return "The request line is malformed.";
        if (ec == http::error::bad_field)
            return "A header name is malformed.";
        if (ec == http::error::multiple_content_length || ec == http::error::bad_content_length)
            return "Content-Length must be one number.";
        if (ec == http::error::bad_transfer_encoding)
            return "Content-Length and Transfer-Encoding exclude each other, and neither may stand "
                   "twice.";
        return "The head is malformed.";
    }

    Span span(std::string_view text) const {
        if (text.empty())
            return {};
        return {static_cast<std::uint32_t>(text.data() - base_),
                static_cast<std::uint32_t>(text.size())};
    }

    // Not ours, or not reached since the body is skipped.
    void on_response_impl(int, BeastView, int, BeastError&) override {}
    void on_header_impl(BeastError&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastError&) override {}
    std::size_t on_body_impl(BeastView, BeastError&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, BeastView, BeastError&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, BeastView, BeastError&) override { return 0; }
    void on_finish_impl(BeastError&) override {}

    RequestHead& head_;
    const RequestLimits& limits_;
    const char* base_;
    std::optional<Error> refusal_;
    int hosts_ = 0, lengths_ = 0;
};

void RequestParser::restart() {
    auto headers = std::move(head_.headers); // keep the memory
    headers.clear();
    head_ = RequestHead{};
    head_.headers = std::move(headers);
    scanned_ = line_start_ = start_ = head_bytes_ = body_bytes_ = 0;
    before_piece_ = 0;
    in_request_line_ = true;
    chunks_.reset();
}

RequestParser::Step RequestParser::parse_head(std::string_view buffer) {
    Step step = find_head_end(buffer);
    return step == Step::done ? read_head(buffer) : step;
}

// Line by line, in the order of the bytes, so that the first fault decides wherever the network cut
// them. Beast sees a head only when it is whole and every line of it ends in CRLF.
RequestParser::Step RequestParser::find_head_end(std::string_view buffer) {
    for (;;) {
        if (in_request_line_ && buffer.size() > start_ && !may_begin(buffer[start_]))
            return reject(Code::bad_request,
                          "This is not HTTP."); // such as TLS on a plain port: say so at once
        const void* at = scanned_ < buffer.size()
                             ? std::memchr(buffer.data() + scanned_, '\n', buffer.size() - scanned_)
                             : nullptr;
        std::size_t lf = at ? static_cast<std::size_t>(static_cast<const char*>(at) - buffer.data())
                            : buffer.size();
        if (in_request_line_ && lf - line_start_ > limits_.target_bytes + 32)
            return reject(Code::uri_too_long, "The request line is too long.");
        if (lf >= limits_.head_bytes)
            return reject(Code::head_too_large, "The head is too large.");
        if (!at) {
            scanned_ = buffer.size();
            return Step::need_more;
        }
        if (lf == line_start_ || buffer[lf - 1] != '\r')
            return reject(Code::bad_request, "Lines must end in CRLF.");
        bool empty = lf - 1 == line_start_;
        bool folded = !empty && !in_request_line_ &&
                      (buffer[line_start_] == ' ' || buffer[line_start_] == '\t');
        if (folded)
            return reject(Code::bad_request, "Folded header lines are not accepted.");
        scanned_ = line_start_ = lf + 1;
        if (empty && in_request_line_ && start_ == 0) {
            start_ = lf + 1; // RFC 9112 2.2: one empty line in front is forgiven
            continue;
        }
        if (empty) {
            head_bytes_ = lf + 1;
            return Step::done;
        }
        in_request_line_ = false;
    }
}

bool RequestParser::may_begin(char c) const {
    return is_token_char(c) || (start_ == 0 && (c == '\r' || c == '\n'));
}

RequestParser::Step RequestParser::read_head(std::string_view buffer) {
    HeadReader reader(head_, limits_, buffer.data());
    std::optional<Error> refused = reader.read(buffer.substr(start_, head_bytes_ - start_));
    if (!refused)
        return Step::done;
    error_ = *std::move(refused);
    return Step::failed;
}

RequestParser::Step RequestParser::limit_body(std::size_t body_bytes) {
    if (head_.chunked)
        chunks_.emplace(ChunkDecoder::Limits{body_bytes, limits_.head_bytes});
    else if (head_.content_length > body_bytes)
        return reject(Code::payload_too_large, "The body is larger than allowed here.");
    return Step::done;
}

RequestParser::Step RequestParser::parse_body(char* data, std::size_t& size) {
    if (!head_.chunked) {
        body_bytes_ = static_cast<std::size_t>(head_.content_length);
        return size >= head_bytes_ + body_bytes_ ? Step::done : Step::need_more;
    }
    return decode_chunks(data, size);
}

RequestParser::Step RequestParser::parse_piece(char* data, std::size_t& size) {
    if (head_.chunked)
        return decode_chunks(data, size);
    const std::uint64_t left = head_.content_length - before_piece_;
    body_bytes_ = static_cast<std::size_t>(std::min<std::uint64_t>(left, size));
    before_piece_ += body_bytes_;
    return body_bytes_ == left ? Step::done : Step::need_more;
}

RequestParser::Step RequestParser::decode_chunks(char* data, std::size_t& size) {
    ENSURE(chunks_, "limit_body comes first");
    char* out = data + bytes();
    const char* in =
        out; // each feed closes the gap behind it, so unread bytes always follow the decoded ones
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
        return reject(Code::payload_too_large, "The body is larger than allowed here.");
    case ChunkDecoder::Step::malformed:
        break;
    }
    return reject(Code::bad_request, "The chunked body is malformed.");
}

RequestParser::Step RequestParser::reject(Code code, std::string_view detail) {
    error_ = fail(code, std::string(detail));
    return Step::failed;
}

} // namespace bw::net
