// The journal's follower over HTTP: `bellwether follow` on another node.
#pragma once

#include "journal/follower.hpp"

namespace bw::app {

/// `secret`: what the follower's data directory holds as secrets/follower.password.
Result<std::shared_ptr<journal::Follower>> http_follower(const std::string& url, std::string secret,
                                                         const Clock& clock);

// What goes over the wire, for both ends.
inline constexpr std::size_t message_bytes_limit = 32 * 1024 * 1024; // of one request

/// Each message behind its length in 4 bytes, little-endian.
Bytes join_messages(std::span<const Bytes> messages);
/// bad_request if the lengths do not add up. Views into `body`.
Result<std::vector<ByteView>> split_messages(ByteView body);

} // namespace bw::app
