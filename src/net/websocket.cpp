// WebSocket's opening handshake (RFC 6455 section 4.2), and its handle. Frames are
// websocket_frames', the socket is connection_stream's.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/ensure.hpp"
#include "net/stream_queue.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace {

/// Is `token` in the comma-separated lists of all headers of that name?
bool lists(const Request& request, std::string_view header, std::string_view token) {
    for (const auto& [name, value] : request.headers) {
        if (!same_name(name, header))
            continue;
        for (std::string_view rest = value; !rest.empty();) {
            std::string_view item = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), item.size() + 1));
            while (!item.empty() && (item.front() == ' ' || item.front() == '\t'))
                item.remove_prefix(1);
            while (!item.empty() && (item.back() == ' ' || item.back() == '\t'))
                item.remove_suffix(1);
            if (same_name(item, token))
                return true;
        }
    }
    return false;
}

/// The base64 of 16 bytes: 22 digits, the last of which has four bits to spare, and "==".
bool is_key(std::string_view key) {
    auto is_digit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") &&
           std::ranges::all_of(key.substr(0, 22), is_digit) &&
           std::string_view("AQgw").contains(key[21]);
}

std::string accept_key_of(std::string_view key) {
    std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest{};
    std::size_t size = digest.size();
    ENSURE(EVP_Q_digest(nullptr, "SHA1", nullptr, text.data(), text.size(), digest.data(), &size),
           "SHA-1 failed");
    std::array<unsigned char, 29> base64{}; // 28 and a NUL
    EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return {reinterpret_cast<const char*>(base64.data()), 28};
}

bool is_own_origin(const Request& request, std::string_view origin) {
    std::size_t scheme = origin.find("://");
    return scheme != std::string_view::npos &&
           same_name(origin.substr(scheme + 3), request.header("Host").value_or(""));
}

std::optional<Response> refusal(const Request& request, const WebSocket::Options& options) {
    if (request.method != Method::get)
        return upgrade_required("A WebSocket begins with GET.", request.request_id);
    if (!lists(request, "Upgrade", "websocket") || !lists(request, "Connection", "Upgrade"))
        return upgrade_required(
            "Send 'Upgrade: websocket' and 'Connection: Upgrade' to open a WebSocket.",
            request.request_id);
    if (request.header_count("Sec-WebSocket-Version") != 1 ||
        request.header("Sec-WebSocket-Version") != "13")
        return upgrade_required("Sec-WebSocket-Version must be 13.", request.request_id);
    if (request.header_count("Sec-WebSocket-Key") != 1 ||
        !is_key(*request.header("Sec-WebSocket-Key")))
        return problem(fail(Code::bad_request, "Sec-WebSocket-Key must be one base64 of 16 bytes.",
                            "Sec-WebSocket-Key"),
                       request.request_id, 0.0);
    std::size_t origins = request.header_count("Origin");
    if (origins == 0) // no browser, so nobody's cookies are at stake
        return std::nullopt;
    std::string_view origin = *request.header("Origin");
    bool allowed = origins == 1 && (options.allows_origin ? options.allows_origin(origin)
                                                          : is_own_origin(request, origin));
    if (!allowed)
        return problem(
            fail(Code::forbidden, "Pages of this origin may not open this WebSocket.", "Origin"),
            request.request_id, 0.0);
    return std::nullopt;
}

} // namespace

std::optional<WebSocket> WebSocket::accept(const Request& request, Responder responder,
                                           Options options, OnMessage on_message,
                                           OnStreamClosed on_closed) {
    if (std::optional<Response> refused = refusal(request, options)) {
        responder(*std::move(refused));
        return std::nullopt;
    }
    auto input = std::make_unique<WebSocketInput>(
        WebSocketInput{.accept_key = accept_key_of(*request.header("Sec-WebSocket-Key")),
                       .reader = WebSocketReader(options.message_bytes_limit),
                       .on_message = std::move(on_message)});
    auto stream = std::make_shared<Stream>(options.limits, std::move(on_closed), std::move(input));
    stream->open(responder.stream());
    return WebSocket(std::move(stream));
}

WebSocket& WebSocket::operator=(WebSocket&& other) noexcept {
    WebSocket replaced(std::exchange(stream_, std::move(other.stream_)));
    return *this;
}

WebSocket::~WebSocket() {
    if (stream_)
        close();
}

bool WebSocket::send_text(std::string_view text) {
    ENSURE(stream_, "this handle was moved from");
    ENSURE(is_utf8(text), "text that is not UTF-8");
    std::string frame;
    append_frame(frame, Opcode::text, text);
    return stream_->push(frame);
}

bool WebSocket::send_binary(std::string_view bytes) {
    ENSURE(stream_, "this handle was moved from");
    std::string frame;
    append_frame(frame, Opcode::binary, bytes);
    return stream_->push(frame);
}

void WebSocket::close(std::uint16_t code, std::string_view reason) {
    ENSURE(stream_, "this handle was moved from");
    ENSURE(code == close_code::normal || (code >= 3000 && code <= 4999), "not ours to send");
    stream_->finish(close_frame(code, reason), StreamEnd::by_us);
}

} // namespace bw::net
