#include "tenancy/position.hpp"

#include <charconv>
#include <cstdio>

namespace bw::tenancy {

std::string CommitPosition::text() const {
    char out[25];
    std::snprintf(out, sizeof out, "%08x%016llx", timeline, static_cast<unsigned long long>(lsn));
    return out;
}

std::optional<CommitPosition> CommitPosition::parse(std::string_view text) {
    if (text.size() != 24 || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return std::nullopt;
    CommitPosition out;
    std::from_chars(text.data(), text.data() + 8, out.timeline, 16);
    std::from_chars(text.data() + 8, text.data() + 24, out.lsn, 16);
    return out;
}

} // namespace bw::tenancy
