// Writes an answer as the one contiguous run of bytes that goes to the socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "net/http.hpp"

namespace bw::net {

struct AnswerFrame {
    std::string_view date; // "Mon, 23 Nov 2026 08:59:00 GMT"
    std::string_view request_id;
    bool http_1_1 = true;
    bool keep_alive = true;
    bool head_only = false; // to HEAD: the body's length without the body
};

/// Appends to `out`. A CR, LF or NUL in a header's value, or a header that is the server's to set,
/// is a bug.
void append_answer(std::string& out, const Response& response, const AnswerFrame& frame);

/// RFC 9110 IMF-fixdate.
std::string http_date(Instant now);

} // namespace bw::net
