// What documents say of attendance: JSON Schema for routes.cpp.
#pragma once

#include <string_view>

namespace bw::attendance {

constexpr std::string_view live_class_id_schema =
    R"({"type": "string", "pattern": "^liv_[0-9a-f]{32}$"})";

constexpr std::string_view heartbeat_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["at_ms"],
    "description": "Everything since the token was given, each time: one that is lost is made good by the next. Milliseconds since then, by a clock that is never set.",
    "properties": {
        "at_ms": {"type": "integer", "minimum": 0, "description": "Now."},
        "watched": {"type": "array", "maxItems": 256, "description": "From when until when the class was seen and moved, in order.", "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer", "minimum": 0}}},
        "quality": {"type": "array", "maxItems": 8, "items": {"$ref": "#/components/schemas/PlayerQuality"}}
    }
})";
constexpr std::string_view quality_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["edge"],
    "description": "What playing was like at one edge. Each number only grows.",
    "properties": {
        "edge": {"type": "string", "description": "Host and port of its address; those that we do not have count as one."},
        "startup_ms": {"type": "integer", "minimum": 0, "description": "From asking until the first picture."},
        "stalls": {"type": "integer", "minimum": 0},
        "stalled_ms": {"type": "integer", "minimum": 0},
        "rungs": {"type": "object", "description": "Milliseconds, by lines of the picture.", "additionalProperties": {"type": "integer", "minimum": 0}},
        "errors": {"type": "object", "description": "How many: network, media, address, other.", "additionalProperties": {"type": "integer", "minimum": 0}}
    }
})";
constexpr std::string_view heartbeat_example =
    R"({"at_ms": 65000, "watched": [[1200, 64000]], "quality": [{"edge": "a.example", "startup_ms": 340, "stalls": 1, "stalled_ms": 900, "rungs": {"720": 61000}, "errors": {"network": 1}}]})";

constexpr std::string_view attendance_list_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/LiveAttendance"}},
        "next": {"type": ["string", "null"]}
    }
})";
constexpr std::string_view attendance_schema = R"({
    "type": "object",
    "required": ["user_id", "name", "watched_seconds", "first_seen_at", "last_seen_at"],
    "properties": {
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "name": {"type": "string"},
        "watched_seconds": {"type": "integer", "minimum": 0, "description": "Within the class's time, in parts of 10 s; what two devices saw at once counts once."},
        "first_seen_at": {"type": ["string", "null"], "format": "date-time", "description": "Null: has not watched."},
        "last_seen_at": {"type": ["string", "null"], "format": "date-time"}
    }
})";

} // namespace bw::attendance
