#include "blob/store.hpp"

#include <algorithm>

namespace bw::blob {

bool is_key(std::string_view key) {
    if (key.empty() || key.size() > 200)
        return false;
    auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    for (std::string_view rest = key;;) {
        const std::string_view piece = rest.substr(0, rest.find('/'));
        if (!std::ranges::all_of(piece, letter) ||
            std::ranges::all_of(piece, [](char c) { return c == '.'; }))
            return false; // all_of nothing holds: an empty piece too
        if (piece.size() == rest.size())
            return true;
        rest.remove_prefix(piece.size() + 1);
    }
}

} // namespace bw::blob
