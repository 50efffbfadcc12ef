// What documents say of recordings (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::recordings {

constexpr std::string_view recording_id_schema =
    R"({"type": "string", "pattern": "^rec_[0-9a-f]{32}$"})";

constexpr std::string_view recording_schema = R"({
    "type": "object",
    "required": ["recording_id", "section_id", "live_class_id", "source", "title", "state", "progress", "seconds", "bytes", "gaps", "hidden", "version", "error", "created_at", "ready_at", "expires_at", "playback"],
    "properties": {
        "recording_id": {"type": "string", "pattern": "^rec_[0-9a-f]{32}$"},
        "section_id": {"type": "string"},
        "live_class_id": {"type": ["string", "null"]},
        "source": {"enum": ["live_class", "upload"]},
        "title": {"type": "string"},
        "state": {"enum": ["waiting", "working", "ready", "failed"]},
        "progress": {"type": "number", "minimum": 0, "maximum": 1, "description": "Of its making."},
        "seconds": {"type": "number"},
        "bytes": {"type": "integer", "description": "Of all its rungs."},
        "gaps": {"type": "integer", "description": "In how many places something of the class is missing."},
        "hidden": {"type": "boolean", "description": "From students."},
        "version": {"type": "integer"},
        "error": {"type": ["object", "null"], "required": ["code", "detail"], "properties": {"code": {"type": "string"}, "detail": {"type": "string"}}},
        "created_at": {"type": "string", "format": "date-time"},
        "ready_at": {"type": ["string", "null"], "format": "date-time"},
        "expires_at": {"type": ["string", "null"], "format": "date-time", "description": "When it is removed; null: it stays."},
        "playback": {"type": ["object", "null"], "required": ["url", "expires_at", "renew_at"], "description": "Of one that is asked for alone and is ready.", "properties": {
            "url": {"type": "string", "description": "Of its HLS master playlist. Ask again from `renew_at` on: what a player loads after `expires_at` has the new address's beginning."},
            "expires_at": {"type": "string", "format": "date-time"},
            "renew_at": {"type": "string", "format": "date-time"}}}
    }
})";

constexpr std::string_view recording_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Recording"}}}
})";

constexpr std::string_view new_recording_schema = R"({
    "type": "object",
    "required": ["upload_id", "title"],
    "additionalProperties": false,
    "properties": {
        "upload_id": {"type": "string", "pattern": "^upl_[0-9a-f]{32}$", "description": "A complete upload of the caller's: a video."},
        "title": {"type": "string", "minLength": 1, "maxLength": 200}
    }
})";
constexpr std::string_view new_recording_example =
    R"({"upload_id": "upl_00000000000000000000000000000000", "title": "Bells, part one"})";

constexpr std::string_view recording_change_schema = R"({
    "type": "object",
    "minProperties": 1,
    "additionalProperties": false,
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 200},
        "hidden": {"type": "boolean", "description": "From students."}
    }
})";
constexpr std::string_view recording_change_example = R"({"hidden": true})";

} // namespace bw::recordings
