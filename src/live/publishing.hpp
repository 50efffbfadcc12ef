// Who may send the picture of a class to our own ingest: whoever has its stream key, while the
// class is on. An encoder cannot be told to come later, so it is a yes or a no.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "live/audience.hpp"

namespace bw::live {

/// The ref of the stream whose key it is; forbidden, token_expired. No I/O.
using KeyReader = std::function<Result<std::string>(std::string_view form, Instant now)>;

/// By the form that nginx-rtmp sends: forbidden for a key that is not ours or of an earlier round
/// of the class; token_expired; conflict while the class does not take pictures (it was cancelled,
/// it is over, it has moved away); unavailable while nothing is known of classes.
Result<void> may_publish(const Audience& audience, const KeyReader& read_key, std::string_view form,
                         Instant now);

} // namespace bw::live
