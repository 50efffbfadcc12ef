// ENSURE: a bug in this program stops it, in release builds too. Never for bad input or a failing
// part: those are Results.
#pragma once

#include <source_location>

namespace bw {

[[noreturn]] void ensure_failed(const char* condition, const char* why,
                                std::source_location where = std::source_location::current());

} // namespace bw

#define ENSURE(condition, why)                                                                     \
    do {                                                                                           \
        if (!(condition)) [[unlikely]]                                                             \
            ::bw::ensure_failed(#condition, why);                                                  \
    } while (false)
