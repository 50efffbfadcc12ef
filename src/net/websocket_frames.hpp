// WebSocket frames (RFC 6455 section 5), without sockets: a strict reader of what a client sends,
// and the writer of what a server sends. How the bytes were cut never changes the outcome.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bw::net {

/// Close codes (RFC 6455 7.4.1) that this server sends or tells of.
namespace close_code {
inline constexpr std::uint16_t normal = 1000, going_away = 1001, protocol_error = 1002,
                               no_code = 1005, no_close = 1006, // never on the wire
    bad_text = 1007, policy = 1008, too_big = 1009, internal = 1011, try_again_later = 1013;
} // namespace close_code

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

class WebSocketReader {
public:
    enum class Step : std::uint8_t { need_more, message, ping, pong, close, failed };

    explicit WebSocketReader(std::size_t message_bytes_limit) : limit_(message_bytes_limit) {}

    /// Reads [in, end), advancing `in`, to the end of the next frame that means something.
    /// After `close` or `failed` it is not called again.
    Step feed(const char*& in, const char* end);

    /// After `message`, until the next feed.
    std::string_view message() const { return message_; }
    bool is_text() const { return text_; }
    /// After `ping`, `pong` or `close`.
    std::string_view control() const { return control_; }
    /// After `close`: the client's code, or no_code. After `failed`: what to close with.
    std::uint16_t code() const { return code_; }
    /// After `failed`: what was wrong, for people.
    std::string_view why() const { return why_; }
    /// Memory held for a message that is not whole.
    std::size_t buffered_bytes() const { return message_.capacity(); }

private:
    Step head_byte(char c);
    Step begin_frame();
    Step end_frame();
    Step end_close();
    bool text_so_far_is_good();
    Step fail_with(std::uint16_t code, std::string_view why);
    bool is_control() const { return opcode_ >= Opcode::close; }

    std::size_t limit_;
    std::array<std::uint8_t, 14> head_{};
    std::size_t head_size_ = 0, head_wanted_ = 2;
    bool in_payload_ = false;
    bool final_ = false;
    Opcode opcode_ = Opcode::continuation;
    std::array<std::uint8_t, 4> mask_{};
    std::size_t payload_size_ = 0, payload_read_ = 0;

    bool in_message_ = false; // a fragment has come, its end not yet
    bool message_given_ = false;
    bool text_ = false;
    std::string message_;
    std::size_t checked_ = 0; // bytes of message_ that are whole characters
    std::string control_;
    std::uint16_t code_ = 0;
    std::string_view why_;
};

/// One whole frame, unmasked as a server's are.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
/// A close frame; `reason` is cut to what fits. no_code: without either.
std::string close_frame(std::uint16_t code, std::string_view reason);
/// May this code be sent in a close frame?
bool is_sendable_close_code(std::uint16_t code);

} // namespace bw::net
