#include "base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace bw {

void ensure_failed(const char* condition, const char* why, std::source_location where) {
    std::fprintf(stderr, "bellwether: a bug: %s (%s) at %s:%u\n", why, condition, where.file_name(),
                 static_cast<unsigned>(where.line()));
    std::abort();
}

} // namespace bw
