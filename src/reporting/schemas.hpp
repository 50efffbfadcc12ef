// What documents say of reports (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::reporting {

constexpr std::string_view report_id_schema = R"({"type": "string", "pattern": "^[a-z_]{1,64}$"})";
constexpr std::string_view day_schema = R"({"type": "string", "format": "date"})";
constexpr std::string_view section_schema =
    R"({"type": "string", "pattern": "^sec_[0-9a-f]{32}$"})";
constexpr std::string_view assignment_schema =
    R"({"type": "string", "pattern": "^asg_[0-9a-f]{32}$"})";

#define BW_KIND                                                                                    \
    R"({"enum": ["integer", "number", "text", "boolean", "instant", "day", "user", "section", "assignment", "submission", "school"]})"

constexpr std::string_view report_list_schema =
    R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "items": {
        "type": "object",
        "required": ["report_id", "title", "about", "made_from", "parameters", "columns"],
        "properties": {
            "report_id": {"type": "string"},
            "title": {"type": "string"},
            "about": {"type": "string"},
            "made_from": {"enum": ["rollups", "rows"], "description": "From rollups: quick, however much there is."},
            "parameters": {"type": "array", "items": {
                "type": "object",
                "required": ["name", "kind", "required", "about"],
                "properties": {"name": {"type": "string"}, "kind": )" BW_KIND
    R"(, "required": {"type": "boolean"}, "about": {"type": "string"}}
            }},
            "columns": {"type": "array", "items": {
                "type": "object",
                "required": ["name", "kind", "about"],
                "properties": {"name": {"type": "string"}, "kind": )" BW_KIND
    R"(, "about": {"type": "string"}}
            }}
        }
    }}}
})";

constexpr std::string_view report_schema =
    R"({
    "type": "object",
    "required": ["report_id", "title", "as_of", "lag_seconds", "stale", "truncated", "suppressed", "columns", "rows", "people"],
    "properties": {
        "report_id": {"type": "string"},
        "title": {"type": "string"},
        "as_of": {"type": "string", "format": "date-time", "description": "The report says what was so at this moment."},
        "lag_seconds": {"type": "number", "minimum": 0, "description": "How long ago that is."},
        "stale": {"type": "boolean", "description": "It is longer ago than it should be: reports are behind."},
        "truncated": {"type": "boolean", "description": "There are more lines than an answer has."},
        "suppressed": {"type": "integer", "minimum": 0, "description": "So many lines show no figures: they would be about fewer than five people, or tell of such a line."},
        "columns": {"type": "array", "items": {
            "type": "object",
            "required": ["name", "kind", "about"],
            "properties": {"name": {"type": "string"}, "kind": )" BW_KIND
    R"(, "about": {"type": "string"}}
        }},
        "rows": {"type": "array", "items": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}}},
        "people": {"type": "object", "description": "Names of the users in the lines, by id; who is not there is not known any more.", "additionalProperties": {
            "type": "object",
            "required": ["given_name", "family_name"],
            "properties": {"given_name": {"type": "string"}, "family_name": {"type": "string"}}
        }}
    }
})";

#undef BW_KIND

} // namespace bw::reporting
