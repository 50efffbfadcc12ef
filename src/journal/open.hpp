// Opens a journal on any Directory: how the tests put a failing or simulated disk under the whole
// of it. Internal.
#pragma once

#include "journal/file.hpp"
#include "journal/journal.hpp"

namespace bw::journal {

Result<std::unique_ptr<Journal>> open_in(std::unique_ptr<Directory> directory,
                                         JournalOptions options, Journal::Sign sign,
                                         const Clock& clock, Rng& rng);

} // namespace bw::journal
