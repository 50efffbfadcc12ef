// What somebody would send by an offer (SDP, RFC 8866, as browsers write it): enough to refuse it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bw::rooms {

constexpr std::size_t sdp_bytes_limit = 24 * 1024;

struct Offered {
    std::vector<std::string> audio, video; // the mids of what is sent
};

/// invalid_field: not an offer of sound and picture alone.
Result<Offered> inspect_offer(std::string_view sdp);

} // namespace bw::rooms
