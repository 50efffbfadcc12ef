// Requests that hold a lane's thread for long and can wait a minute: similarity, exports, imports,
// what is computed over weeks. At a peak that was forecast they get a part of the api lane's
// threads, and the others are told to come again; without a hint that holds they are as all others.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace bw::app {

/// How many of them may be in work at once; never none.
int long_work_at_once(bool peak, int api_threads);

/// Their operations.
const std::vector<std::string_view>& long_operations();

/// The same routes; these operations are held to long_work_at_once() together. A refusal is
/// `overloaded`, with a Retry-After, and nothing of it was begun.
net::RouteTable with_room_at_peaks(const net::RouteTable& routes, std::function<bool()> at_peak,
                                   int api_threads);

} // namespace bw::app
