#include "base/strict_json.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bw::strict_json {

Result<Element> document_in(simdjson::dom::parser& parser, std::string_view body) {
    Element document;
    if (parser.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS)
        return fail(Code::bad_request, "the body is not valid JSON");
    return document;
}

Result<std::vector<Element>> items_in(Element in, std::size_t limit, const std::string& pointer) {
    simdjson::dom::array array;
    if (in.get(array) != simdjson::SUCCESS || array.size() > limit)
        return fail(Code::invalid_field, fmt::format("expected a list of at most {}", limit),
                    pointer);
    std::vector<Element> items;
    for (Element item : array)
        items.push_back(item);
    return items;
}

Result<void> check_members(Element in, std::initializer_list<std::string_view> members,
                           const std::string& pointer) {
    simdjson::dom::object object;
    if (in.get(object) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "must be an object", pointer);
    std::vector<std::string_view> seen;
    for (auto [name, value] : object) {
        if (std::ranges::find(members, name) == members.end())
            return fail(
                Code::invalid_field,
                fmt::format("may have the members {} and no other", fmt::join(members, ", ")),
                pointer);
        if (std::ranges::find(seen, name) != seen.end())
            return fail(Code::invalid_field, "has a member twice", pointer);
        seen.push_back(name);
    }
    return {};
}

Result<std::optional<std::string>> text_in(Element in, const char* name, std::size_t bytes_limit,
                                           const std::string& pointer) {
    Element value;
    if (in[name].get(value) != simdjson::SUCCESS)
        return std::optional<std::string>();
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS || text.size() > bytes_limit ||
        text.find('\0') != std::string_view::npos) // PostgreSQL keeps none
        return fail(Code::invalid_field,
                    fmt::format("expected a string of at most {} bytes, without NUL", bytes_limit),
                    pointer + "/" + name);
    return std::optional(std::string(text));
}

Result<std::string> required_text_in(Element in, const char* name, std::size_t bytes_limit,
                                     const std::string& pointer) {
    auto text = TRY(text_in(in, name, bytes_limit, pointer));
    if (!text || text->empty())
        return fail(Code::invalid_field, "must be there and not empty", pointer + "/" + name);
    return *std::move(text);
}

Result<std::optional<double>> number_in(Element in, const char* name, const std::string& pointer) {
    Element value;
    if (in[name].get(value) != simdjson::SUCCESS)
        return std::optional<double>();
    double number = 0;
    if (value.get(number) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "must be a number", pointer + "/" + name);
    return std::optional(number);
}

Result<bool> boolean_in(Element in, const char* name, bool otherwise, const std::string& pointer) {
    Element value;
    if (in[name].get(value) != simdjson::SUCCESS)
        return otherwise;
    bool truth = false;
    if (value.get(truth) != simdjson::SUCCESS)
        return fail(Code::invalid_field, "must be true or false", pointer + "/" + name);
    return truth;
}

} // namespace bw::strict_json
