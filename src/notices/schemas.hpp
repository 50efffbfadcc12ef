// What documents say of this module's requests and answers (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::notices {

constexpr std::string_view notice_schema = R"({
    "type": "object",
    "required": ["notice_id", "kind", "created_at", "read_at"],
    "properties": {
        "notice_id": {"type": "string", "pattern": "^ntc_[0-9a-f]{32}$"},
        "kind": {"type": "string", "enum": ["grade_released", "announcement"]},
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$", "description": "Of grade_released."},
        "announcement_id": {"type": "string", "pattern": "^ann_[0-9a-f]{32}$", "description": "Of announcement."},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "created_at": {"type": "string", "format": "date-time"},
        "read_at": {"type": ["string", "null"], "format": "date-time"}
    }
})";

constexpr std::string_view notice_page_schema = R"({
    "type": "object",
    "required": ["data", "next", "unread"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Notice"}},
        "next": {"type": ["string", "null"]},
        "unread": {"type": "integer", "minimum": 0, "maximum": 100, "description": "100: as many, or more."}
    }
})";

constexpr std::string_view read_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "notice_ids": {"type": "array", "minItems": 1, "maxItems": 500, "items": {"type": "string", "pattern": "^ntc_[0-9a-f]{32}$"}},
        "up_to": {"type": "string", "pattern": "^ntc_[0-9a-f]{32}$", "description": "This one and all that are older."}
    },
    "oneOf": [{"required": ["notice_ids"]}, {"required": ["up_to"]}]
})";
constexpr std::string_view read_example = R"({"up_to": "ntc_0192f3c47d3b7a1e8f5096a2b4c8d0e1"})";

constexpr std::string_view unread_schema = R"({
    "type": "object",
    "required": ["unread"],
    "properties": {"unread": {"type": "integer", "minimum": 0, "maximum": 100}}
})";

constexpr std::string_view policy_schema = R"({
    "type": "object",
    "required": ["grade_mails", "announcement_mails"],
    "properties": {
        "grade_mails": {"type": "boolean", "description": "Are students told by mail that a result was released? It never says which."},
        "announcement_mails": {"type": "boolean", "description": "Are students told by mail that there is an announcement?"}
    }
})";
constexpr std::string_view policy_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["grade_mails", "announcement_mails"],
    "properties": {"grade_mails": {"type": "boolean"}, "announcement_mails": {"type": "boolean"}}
})";
constexpr std::string_view policy_change_example =
    R"({"grade_mails": true, "announcement_mails": false})";

} // namespace bw::notices
