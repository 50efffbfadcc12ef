// Reading what stands inside a body's lists and objects, strictly: no member that nobody asked for,
// none twice, limits in bytes, each fault named by JSON pointer. The body's own members are
// JsonObject's.
#pragma once

#include <simdjson.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bw::strict_json {

using Element = simdjson::dom::element;

/// What JsonObject has found to be an object, for what it does not read.
Result<Element> document_in(simdjson::dom::parser& parser, std::string_view body);
/// The elements of a list of at most `limit`. They live as long as `in`'s parser is not used again.
Result<std::vector<Element>> items_in(Element in, std::size_t limit, const std::string& pointer);
/// It is an object with these members at most, none of them twice.
Result<void> check_members(Element in, std::initializer_list<std::string_view> members,
                           const std::string& pointer);
/// nullopt: there is no such member.
Result<std::optional<std::string>> text_in(Element in, const char* name, std::size_t bytes_limit,
                                           const std::string& pointer);
/// Not empty, and there.
Result<std::string> required_text_in(Element in, const char* name, std::size_t bytes_limit,
                                     const std::string& pointer);
Result<std::optional<double>> number_in(Element in, const char* name, const std::string& pointer);
Result<bool> boolean_in(Element in, const char* name, bool otherwise, const std::string& pointer);

} // namespace bw::strict_json
