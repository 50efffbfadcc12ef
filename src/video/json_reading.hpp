// Reading a provider's JSON: what is asked for by JSON pointer (RFC 6901), whatever else stands
// there. Providers add members without notice; what we rely on is named where it is read.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bw::video {

/// The element lives as long as `parser` is not used again.
inline std::optional<simdjson::dom::element> json_in(simdjson::dom::parser& parser,
                                                     std::string_view text) {
    simdjson::dom::element out;
    if (parser.parse(text.data(), text.size()).get(out) != simdjson::SUCCESS || !out.is_object())
        return std::nullopt;
    return out;
}

inline std::optional<std::string> text_at(simdjson::dom::element in, std::string_view pointer) {
    std::string_view out;
    if (in.at_pointer(pointer).get(out) != simdjson::SUCCESS || out.empty())
        return std::nullopt;
    return std::string(out);
}

inline std::optional<std::int64_t> number_at(simdjson::dom::element in, std::string_view pointer) {
    std::int64_t out = 0;
    if (in.at_pointer(pointer).get(out) != simdjson::SUCCESS)
        return std::nullopt;
    return out;
}

/// Empty where there is no list.
inline std::vector<simdjson::dom::element> list_at(simdjson::dom::element in,
                                                   std::string_view pointer) {
    simdjson::dom::array list;
    if (in.at_pointer(pointer).get(list) != simdjson::SUCCESS)
        return {};
    return {list.begin(), list.end()};
}

/// What a provider's answer lacks.
inline Error not_understood(std::string_view provider) {
    return fail(Code::outcome_unknown, std::string(provider) + " answered what is not understood");
}

} // namespace bw::video
