// What bodies of this module hold beside base's strict_json: ids of items, points. Internal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/strict_json.hpp"
#include "marking/points.hpp"

namespace bw::marking {

using namespace strict_json;

/// 1 to 32 lower-case letters, digits, _ or -: as a question's.
bool is_item_id(std::string_view text);
Result<std::string> id_in(Element in, const char* name, const std::string& pointer);
Result<std::optional<Points>> points_in(Element in, const char* name, const std::string& pointer);
Result<Points> required_points_in(Element in, const char* name, const std::string& pointer);

void write_points(JsonWriter& json, const char* name, std::optional<Points> points);

} // namespace bw::marking
