// JSON Schemas of this module's bodies and answers, for the routes, which enforce them.
#pragma once

#include <string_view>

namespace bw::fairness {

constexpr std::string_view outage_list_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "description": "The latest first.", "items": {
            "type": "object",
            "required": ["outage_id", "service", "reason", "began_at", "ended_at", "given_back_at", "section_extensions", "student_extensions"],
            "properties": {
                "outage_id": {"type": "string", "pattern": "^out_[0-9a-f]{32}$"},
                "service": {"enum": ["auth", "api", "intake", "declared"], "description": "What was away: signing in, reading, handing in; or declared by the operator."},
                "reason": {"type": ["string", "null"], "description": "Of a declared one."},
                "began_at": {"type": "string", "format": "date-time"},
                "ended_at": {"type": "string", "format": "date-time"},
                "given_back_at": {"type": ["string", "null"], "format": "date-time", "description": "null: being worked on."},
                "section_extensions": {"type": "integer", "description": "Given: one for an assignment and its whole section."},
                "student_extensions": {"type": "integer", "description": "Given: one for an assignment and a student who had longer than the section."}
            }
        }},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null on the last."}
    }
})";

constexpr std::string_view operator_outage_schema = R"({
    "type": "object",
    "required": ["outage_id", "service", "reason", "began_at", "ended_at", "final", "settled"],
    "properties": {
        "outage_id": {"type": "string", "pattern": "^out_[0-9a-f]{32}$"},
        "service": {"enum": ["auth", "api", "intake", "declared"]},
        "reason": {"type": ["string", "null"], "description": "Of a declared one."},
        "began_at": {"type": "string", "format": "date-time"},
        "ended_at": {"type": "string", "format": "date-time"},
        "final": {"type": "boolean", "description": "false: a process that worked meanwhile may still say so."},
        "settled": {"type": "boolean", "description": "Every institution has been given its time back. A measured one of more than 24 hours is not until an operator declares it."}
    }
})";

constexpr std::string_view operator_outage_list_schema = R"({
    "type": "object",
    "required": ["services", "data"],
    "properties": {
        "services": {"type": "array", "items": {
            "type": "object",
            "required": ["service", "works_until", "works"],
            "properties": {
                "service": {"enum": ["auth", "api", "intake"]},
                "works_until": {"type": "string", "format": "date-time", "description": "When a process last said so."},
                "works": {"type": "boolean"}
            }
        }},
        "data": {"type": "array", "description": "The latest 200, the latest first.", "items": {"$ref": "#/components/schemas/OperatorOutage"}}
    }
})";

constexpr std::string_view new_outage_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["began_at", "ended_at", "reason"],
    "properties": {
        "began_at": {"type": "string", "format": "date-time", "minLength": 20, "maxLength": 64},
        "ended_at": {"type": "string", "format": "date-time", "minLength": 20, "maxLength": 64, "description": "After `began_at` by 7 days at most; over, for 30 days at most."},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500, "description": "At most 500 bytes of UTF-8; institutions read it."}
    }
})";
constexpr std::string_view new_outage_example =
    R"({"began_at": "2026-01-12T08:50:00Z", "ended_at": "2026-01-12T09:05:00Z", "reason": "The network in front of us was away."})";

} // namespace bw::fairness
