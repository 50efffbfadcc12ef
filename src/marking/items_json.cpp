#include "marking/items_json.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bw::marking {

bool is_item_id(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

Result<std::string> id_in(Element in, const char* name, const std::string& pointer) {
    auto text = TRY(text_in(in, name, 32, pointer));
    if (!text || !is_item_id(*text))
        return fail(Code::invalid_field, "expected 1 to 32 lower-case letters, digits, _ or -",
                    pointer + "/" + name);
    return *std::move(text);
}

Result<std::optional<Points>> points_in(Element in, const char* name, const std::string& pointer) {
    auto number = TRY(number_in(in, name, pointer));
    if (!number)
        return std::optional<Points>();
    auto points = points_from(*number);
    if (!points)
        return fail(Code::invalid_field,
                    fmt::format("expected points from 0 to {}, with two decimals at most",
                                to_text(points_limit)),
                    pointer + "/" + name);
    return points;
}

Result<Points> required_points_in(Element in, const char* name, const std::string& pointer) {
    auto points = TRY(points_in(in, name, pointer));
    if (!points)
        return fail(Code::invalid_field, "is missing", pointer + "/" + name);
    return *points;
}

void write_points(JsonWriter& json, const char* name, std::optional<Points> points) {
    json.key(name);
    points ? json.raw(to_text(*points)) : json.null();
}

} // namespace bw::marking
