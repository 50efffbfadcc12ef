// What documents say of this module's answer (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::packs {

constexpr std::string_view first_page_schema = R"({
    "type": "object",
    "required": ["prepared_at", "behind_seconds_max", "me", "sections", "assignments", "notices", "grades", "bells"],
    "properties": {
        "prepared_at": {"type": "string", "format": "date-time", "description": "When it was read."},
        "behind_seconds_max": {"type": "integer", "minimum": 1, "description": "What changed longer ago than so many seconds is in it, whenever it was prepared."},
        "me": {
            "type": "object",
            "required": ["user_id", "tenant_id", "username", "given_name", "family_name", "roles"],
            "properties": {
                "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
                "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$"},
                "username": {"type": "string"},
                "given_name": {"type": "string"},
                "family_name": {"type": "string"},
                "roles": {"$ref": "#/components/schemas/Roles"}
            }
        },
        "sections": {
            "type": "object",
            "required": ["data"],
            "description": "Those that the caller is in today, by title.",
            "properties": {"data": {"type": "array", "items": {
                "type": "object",
                "required": ["section_id", "title", "class_code", "roles"],
                "properties": {
                    "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
                    "title": {"type": "string"},
                    "class_code": {"type": "string"},
                    "roles": {"type": "array", "items": {"enum": ["teacher", "student"]}}
                }
            }}}
        },
        "assignments": {"$ref": "#/components/schemas/AssignmentPage", "description": "Due from seven days ago on, the first hundred; `latest_submission` is the caller's."},
        "notices": {"$ref": "#/components/schemas/NoticePage"},
        "grades": {"$ref": "#/components/schemas/OwnGradeList"},
        "bells": {"$ref": "#/components/schemas/BellList", "description": "The next ten declared ones that are not over; the timetable's are at /v1/next-bell."}
    }
})";

} // namespace bw::packs
