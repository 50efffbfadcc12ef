// What a client sends, read strictly: the body of a request becomes activities, or the first thing
// that is wrong with it is named. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "activity/record.hpp"

namespace bw::activity {

constexpr std::size_t body_bytes_limit = 64 * 1024; // a browser sends no more when its page ends

/// `{"sent_at": ..., "activities": [{"id", "kind", "page" or "subject_id", "occurred_at"}, ...]}`.
/// Both times are the client's clock's, which may be wrong: what counts is how far they are apart.
/// What is said to have occurred after it was sent occurred as it was sent; what is older than
/// age_limit is refused. Errors: bad_request (no JSON object), invalid_field with its pointer.
Result<std::vector<Activity>> read_sent(std::string_view body);

} // namespace bw::activity
