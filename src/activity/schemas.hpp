// What documents say of activities: JSON Schema for routes.cpp. The enumerations are record.hpp's
// lists (sent_test.cpp compares them).
#pragma once

#include <string_view>

namespace bw::activity {

constexpr std::string_view batch_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["sent_at", "activities"],
    "properties": {
        "sent_at": {"type": "string", "format": "date-time", "description": "Now, by the client's clock. What counts is how long before it each activity occurred, so a clock that is wrong does no harm."},
        "activities": {"type": "array", "minItems": 1, "maxItems": 200, "items": {"$ref": "#/components/schemas/Activity"}}
    }
})";
constexpr std::string_view activity_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["id", "kind", "occurred_at"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "description": "A UUID that the client makes: sent again, it is the same activity."},
        "kind": {"enum": ["page_viewed", "section_opened", "assignment_opened", "grade_opened", "material_opened", "file_downloaded", "announcement_read"]},
        "page": {"enum": ["other", "today", "timetable", "notices", "devices", "assignments", "assignment", "receipt", "sections", "section", "grades", "grade", "teaching", "students", "submissions", "similarity", "works", "work", "new_assignment", "scheme", "people", "person", "imports", "policy", "branding", "bells", "jobs", "reports"], "description": "Of a `page_viewed`, and of it alone."},
        "subject_id": {"type": "string", "pattern": "^(sec|asg|mat|ann)_[0-9a-f]{32}$", "description": "Of all other kinds: the section; the assignment (also of `grade_opened`); the material (also of `file_downloaded`); the announcement. What is not of a section that the person is in is left out later, and the answer does not tell."},
        "occurred_at": {"type": "string", "format": "date-time", "description": "By the same clock as `sent_at`. Later than that counts as the same moment; more than 7 days before it is refused."}
    }
})";
constexpr std::string_view batch_example =
    R"({"sent_at": "2026-11-23T09:00:30Z", "activities": [{"id": "0192f3c4-5d6e-7f80-91a2-b3c4d5e6f708", "kind": "page_viewed", "page": "today", "occurred_at": "2026-11-23T09:00:00Z"}]})";
constexpr std::string_view taken_schema = R"({
    "type": "object",
    "required": ["taken", "kept"],
    "properties": {
        "taken": {"type": "integer", "minimum": 0, "maximum": 200, "description": "How many are durable."},
        "kept": {"type": "boolean", "description": "false: the institution wants none of them kept; send no more before the page is opened anew."}
    }
})";

constexpr std::string_view policy_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["kept"],
    "properties": {"kept": {"type": "boolean", "description": "Are people's page views and openings kept, for reports of engagement?"}}
})";
constexpr std::string_view policy_example = R"({"kept": true})";

} // namespace bw::activity
