// Runs WebSocketReader over bytes that arrive in pieces, and makes a client's frames; for the
// tests and the fuzzer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "net/websocket_frames.hpp"

namespace bw::net {

/// What became of the bytes: "text[hi] ping[] close 1000[bye]" or "failed 1002".
template <class NextPiece>
std::string websocket_frames_of(std::string_view bytes, std::size_t limit, NextPiece next_piece) {
    WebSocketReader reader(limit);
    std::string out;
    for (std::size_t fed = 0; fed < bytes.size();) {
        std::size_t piece = std::clamp<std::size_t>(next_piece(), 1, bytes.size() - fed);
        const std::string copy(bytes.substr(fed, piece)); // so that a byte too far is seen
        fed += piece;
        const char* at = copy.data();
        const char* end = at + copy.size();
        for (bool more = true; more;) {
            switch (reader.feed(at, end)) {
            case WebSocketReader::Step::need_more:
                more = false;
                break;
            case WebSocketReader::Step::message:
                out.append(reader.is_text() ? "text[" : "binary[")
                    .append(reader.message())
                    .append("] ");
                break;
            case WebSocketReader::Step::ping:
                out.append("ping[").append(reader.control()).append("] ");
                break;
            case WebSocketReader::Step::pong:
                out.append("pong[").append(reader.control()).append("] ");
                break;
            case WebSocketReader::Step::close:
                return out + "close " + std::to_string(reader.code());
            case WebSocketReader::Step::failed:
                return out + "failed " + std::to_string(reader.code());
            }
        }
    }
    return out;
}

/// A frame as a client sends it. `first` is FIN, RSV and opcode: 0x81 is a whole text.
inline std::string client_frame(int first, std::string_view payload, bool masked = true) {
    std::string out(1, static_cast<char>(first));
    std::size_t size = payload.size();
    int length_bytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
    out += static_cast<char>((masked ? 0x80U : 0U) | (length_bytes == 0   ? size
                                                      : length_bytes == 2 ? 126U
                                                                          : 127U));
    for (int i = length_bytes - 1; i >= 0; --i)
        out += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * i));
    if (!masked)
        return out.append(payload);
    constexpr std::string_view mask = "\x37\xfa\x21\x3d";
    out += mask;
    for (std::size_t i = 0; i < size; ++i)
        out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

} // namespace bw::net
