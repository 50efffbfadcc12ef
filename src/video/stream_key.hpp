// What all adapters hold to: what keys and refs of streams look like, how long a playback lasts.
// Pure functions.
#pragma once

#include <algorithm>
#include <string_view>

#include "video/provider.hpp"

namespace bw::video {

/// Letters, digits, - and _: what may stand in a path, a file name and nginx's regular expressions.
inline bool is_plain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

/// Two plain parts with `between` between them, at most 100 bytes together.
inline bool is_pair(std::string_view text, char between = '/') {
    const std::size_t at = text.find(between);
    return at != std::string_view::npos && text.size() <= 100 && is_plain(text.substr(0, at)) &&
           is_plain(text.substr(at + 1));
}

inline Result<void> check_key(std::string_view key) {
    if (!is_pair(key))
        return fail(Code::invalid_field,
                    "a stream's key is TENANT/CLASS, of letters, digits, - and _", "key");
    return {};
}

/// When a playback ends and when it is to be renewed, in whole seconds: the same for all who ask in
/// one second.
struct Term {
    Instant expires, renew_at;
};
inline Term term_of(Instant now, seconds lifetime, seconds limit) {
    lifetime = std::clamp(lifetime, seconds(1), limit);
    const Instant begin{now.ms / 1'000 * 1'000};
    return {begin + lifetime, begin + lifetime / 2};
}

inline Error foreign_ref(std::string_view provider) {
    return fail(Code::invalid_field, std::string(provider) + " never gave this ref", "ref");
}

} // namespace bw::video
