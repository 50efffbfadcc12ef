// A member of an answer's JSON, for tests that look at few of them.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

namespace bw::test {

/// The text at a JSON pointer without its first slash ("second_factor/challenge"); empty: there is
/// none.
inline std::string json_text(std::string_view json, const std::string& pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    std::string_view text;
    if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS ||
        document.at_pointer("/" + pointer).get(text) != simdjson::SUCCESS)
        return "";
    return std::string(text);
}

} // namespace bw::test
