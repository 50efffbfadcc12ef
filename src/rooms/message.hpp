// A message of the room's WebSocket: a JSON object with `type`, and what its refusal looks like.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bw::rooms {

constexpr std::size_t message_bytes_limit = 32 * 1024; // a picture's offer with candidates is 8
constexpr std::size_t type_bytes_limit = 32;

/// The `type` of a message; its other members are whoever's who handles the type, by JsonObject.
Result<std::string> type_of(std::string_view message);

/// {"type":"refused","of":...,"code":...,"detail":...,"retry_after_ms":...}
std::string refusal(std::string_view of, const Error& error);

} // namespace bw::rooms
