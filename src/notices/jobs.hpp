// The job that forgets notices of long ago, for each institution once a day.
#pragma once

#include <vector>

#include "jobs/handler.hpp"

namespace bw::notices {

constexpr Duration notices_kept = 180 * 24h;

std::vector<bw::jobs::Kind> notice_kinds(const Clock& clock);

} // namespace bw::notices
