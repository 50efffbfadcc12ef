// When a serving process ends: with a stop signal, or when it must not go on.
#pragma once

#include <functional>

#include "app/directory_refresher.hpp"
#include "journal/journal.hpp"
#include "net/server.hpp"

namespace bw::app {

/// Every thread made from here on inherits it; wait_for_end() takes them.
void block_stop_signals();

/// Ends well with a stop signal; ends with an error when the journal was sealed, because only a new
/// process, after its recovery, may take submissions in again. Whoever supervises us starts it.
/// `each_second` must not block for long; `journal` may be null.
Result<void> wait_for_end(const journal::Journal* journal, const DirectoryRefresher& refresher,
                          net::Server& server, const std::function<void()>& each_second);

} // namespace bw::app
