#include "net/websocket_frames.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/ensure.hpp"

namespace bw::net {

namespace {

constexpr std::size_t control_bytes_max = 125;

} // namespace

bool is_sendable_close_code(std::uint16_t code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

WebSocketReader::Step WebSocketReader::feed(const char*& in, const char* end) {
    if (message_given_) {
        message_ = std::string(); // large ones are rare, and idle sockets are many
        message_given_ = false;
    }
    while (in != end) {
        if (!in_payload_) {
            if (Step step = head_byte(*in++); step != Step::need_more)
                return step;
            continue;
        }
        std::size_t n = std::min(payload_size_ - payload_read_, static_cast<std::size_t>(end - in));
        std::string& to = is_control() ? control_ : message_;
        for (std::size_t i = 0; i < n; ++i)
            to += static_cast<char>(in[i] ^ static_cast<char>(mask_[(payload_read_ + i) % 4]));
        in += n;
        payload_read_ += n;
        if (payload_read_ < payload_size_)
            continue;
        if (Step step = end_frame(); step != Step::need_more)
            return step;
    }
    return Step::need_more;
}

/// Each rule is checked at the first byte that can break it.
WebSocketReader::Step WebSocketReader::head_byte(char c) {
    head_[head_size_++] = static_cast<std::uint8_t>(c);
    if (head_size_ == 1) {
        final_ = (head_[0] & 0x80) != 0;
        opcode_ = static_cast<Opcode>(head_[0] & 0x0f);
        if ((head_[0] & 0x70) != 0)
            return fail_with(close_code::protocol_error, "no extension was agreed on");
        if (opcode_ > Opcode::pong || (opcode_ > Opcode::binary && opcode_ < Opcode::close))
            return fail_with(close_code::protocol_error, "an opcode that does not exist");
        if (is_control() && !final_)
            return fail_with(close_code::protocol_error, "a control frame in fragments");
        if (!is_control() && (opcode_ == Opcode::continuation) != in_message_)
            return fail_with(close_code::protocol_error, in_message_ ? "a message within another"
                                                                     : "a continuation of nothing");
        return Step::need_more;
    }
    if (head_size_ == 2) {
        std::uint8_t size = head_[1] & 0x7f;
        if ((head_[1] & 0x80) == 0)
            return fail_with(close_code::protocol_error, "a client's frames are masked");
        if (is_control() && size > control_bytes_max)
            return fail_with(close_code::protocol_error, "a control frame of more than 125 bytes");
        head_wanted_ = 6U + (size == 126 ? 2U : size == 127 ? 8U : 0U);
    }
    return head_size_ == head_wanted_ ? begin_frame() : Step::need_more;
}

WebSocketReader::Step WebSocketReader::begin_frame() {
    std::uint64_t size = head_[1] & 0x7f;
    std::size_t long_bytes = head_wanted_ - 6;
    if (long_bytes > 0) {
        size = 0;
        for (std::size_t i = 0; i < long_bytes; ++i)
            size = size << 8 | head_[2 + i];
        bool minimal = long_bytes == 2 ? size > 125 : size > 0xffff;
        if (!minimal || size >> 63 != 0)
            return fail_with(close_code::protocol_error, "a length not in its shortest form");
    }
    if (!is_control() && size > limit_ - message_.size())
        return fail_with(close_code::too_big, "the message is larger than allowed here");
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(2 + long_bytes), 4, mask_.begin());
    payload_size_ = static_cast<std::size_t>(size);
    payload_read_ = head_size_ = 0;
    head_wanted_ = 2;
    if (is_control()) {
        control_.clear();
    } else if (opcode_ != Opcode::continuation) {
        text_ = opcode_ == Opcode::text;
        checked_ = 0;
    }
    in_payload_ = true;
    return payload_size_ == 0 ? end_frame() : Step::need_more;
}

WebSocketReader::Step WebSocketReader::end_frame() {
    in_payload_ = false;
    switch (opcode_) {
    case Opcode::ping:
        return Step::ping;
    case Opcode::pong:
        return Step::pong;
    case Opcode::close:
        return end_close();
    default:
        break;
    }
    in_message_ = !final_;
    if (text_ && !text_so_far_is_good())
        return fail_with(close_code::bad_text, "text that is not UTF-8");
    message_given_ = final_;
    return final_ ? Step::message : Step::need_more;
}

/// A fragment may end within a character, a message may not.
bool WebSocketReader::text_so_far_is_good() {
    checked_ += utf8_prefix(std::string_view(message_).substr(checked_));
    return message_.size() - checked_ < (final_ ? 1U : 4U);
}

WebSocketReader::Step WebSocketReader::end_close() {
    code_ = close_code::no_code;
    if (control_.empty())
        return Step::close;
    if (control_.size() == 1)
        return fail_with(close_code::protocol_error, "half a close code");
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(control_[i]); };
    auto code = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
    if (!is_sendable_close_code(code))
        return fail_with(close_code::protocol_error, "a close code that is never sent");
    if (!is_utf8(std::string_view(control_).substr(2)))
        return fail_with(close_code::bad_text, "a reason that is not UTF-8");
    code_ = code;
    return Step::close;
}

WebSocketReader::Step WebSocketReader::fail_with(std::uint16_t code, std::string_view why) {
    code_ = code;
    why_ = why;
    return Step::failed;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
    out += static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));
    std::size_t size = payload.size();
    int length_bytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
    out += static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126U : 127U);
    for (int i = length_bytes - 1; i >= 0; --i)
        out += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * i));
    out += payload;
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
    std::string payload;
    if (code != close_code::no_code) {
        ENSURE(is_sendable_close_code(code), "a close code that is never sent");
        payload += static_cast<char>(code >> 8);
        payload += static_cast<char>(code & 0xff);
        payload += reason.substr(0, utf8_prefix(reason.substr(0, control_bytes_max - 2)));
    }
    std::string out;
    append_frame(out, Opcode::close, payload);
    return out;
}

} // namespace bw::net
