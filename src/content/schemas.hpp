// What documents say of this module's requests and answers (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::content {

constexpr std::string_view section_id_schema =
    R"({"type": "string", "pattern": "^sec_[0-9a-f]{32}$"})";
constexpr std::string_view material_id_schema =
    R"({"type": "string", "pattern": "^mat_[0-9a-f]{32}$"})";
constexpr std::string_view announcement_id_schema =
    R"({"type": "string", "pattern": "^ann_[0-9a-f]{32}$"})";
constexpr std::string_view version_schema = R"({"type": "string", "pattern": "^\"[0-9]{1,18}\"$"})";

constexpr std::string_view material_schema = R"({
    "type": "object",
    "required": ["material_id", "section_id", "kind", "title", "text", "url", "file", "published", "visible_from", "version", "changed_at"],
    "properties": {
        "material_id": {"type": "string", "pattern": "^mat_[0-9a-f]{32}$"},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "kind": {"type": "string", "enum": ["file", "link", "video"]},
        "title": {"type": "string"},
        "text": {"type": "string", "description": "Markdown, as it was written. It is never HTML: whoever shows it makes HTML of it, and of nothing else."},
        "url": {"type": ["string", "null"], "description": "https; of a link, and of a video that lies elsewhere."},
        "file": {
            "type": ["object", "null"],
            "required": ["name", "media_type", "size", "path", "expires_at"],
            "properties": {
                "name": {"type": "string"},
                "media_type": {"type": "string", "description": "As its owner said."},
                "size": {"type": "integer", "minimum": 0},
                "path": {"type": ["string", "null"], "description": "On this host, good for whoever has it until expires_at; `Range` is understood. A video's may be played. Null: the file is gone."},
                "expires_at": {"type": ["string", "null"], "format": "date-time"}
            }
        },
        "published": {"type": "boolean"},
        "visible_from": {"type": ["string", "null"], "format": "date-time"},
        "version": {"type": "integer", "minimum": 1},
        "changed_at": {"type": "string", "format": "date-time"}
    }
})";

#define BW_MATERIAL_MEMBERS                                                                        \
    R"("title": {"type": "string", "minLength": 1, "maxLength": 200},
        "text": {"type": "string", "maxLength": 20000, "description": "Markdown."},
        "upload_id": {"type": "string", "pattern": "^upl_[0-9a-f]{32}$", "description": "A complete upload of the caller; it stays as long as it stands on the page."},
        "url": {"type": "string", "maxLength": 2000, "description": "https, of a host name with a dot in it."},
        "published": {"type": "boolean", "description": "Without: a draft."},
        "visible_from": {"type": ["string", "null"], "format": "date-time"})"

constexpr std::string_view new_material_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["kind", "title"],
    "properties": {
        "kind": {"type": "string", "enum": ["file", "link", "video"]},
        )" BW_MATERIAL_MEMBERS R"(
    }
})";
constexpr std::string_view new_material_example =
    R"({"kind": "link", "title": "Colours", "url": "https://library.example/colours", "published": true})";

constexpr std::string_view material_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "minProperties": 1,
    "properties": {
        "before_id": {"type": ["string", "null"], "pattern": "^mat_[0-9a-f]{32}$", "description": "Moves it before this one; null: to the end."},
        )" BW_MATERIAL_MEMBERS R"(
    }
})";
constexpr std::string_view material_change_example =
    R"({"title": "Colours, again", "before_id": null})";
#undef BW_MATERIAL_MEMBERS

constexpr std::string_view announcement_schema = R"({
    "type": "object",
    "required": ["announcement_id", "section_id", "title", "text", "version", "created_at", "changed_at"],
    "properties": {
        "announcement_id": {"type": "string", "pattern": "^ann_[0-9a-f]{32}$"},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "title": {"type": "string"},
        "text": {"type": "string", "description": "Markdown, as it was written; never HTML."},
        "version": {"type": "integer", "minimum": 1},
        "created_at": {"type": "string", "format": "date-time"},
        "changed_at": {"type": "string", "format": "date-time"}
    }
})";
constexpr std::string_view announcement_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Announcement"}},
        "next": {"type": ["string", "null"]}
    }
})";
constexpr std::string_view new_announcement_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["title"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 200},
        "text": {"type": "string", "maxLength": 20000, "description": "Markdown."}
    }
})";
constexpr std::string_view new_announcement_example =
    R"({"title": "No class on Friday", "text": "Read *chapter two* instead."})";
constexpr std::string_view announcement_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "minProperties": 1,
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 200},
        "text": {"type": "string", "maxLength": 20000}
    }
})";
constexpr std::string_view announcement_change_example =
    R"({"title": "No class on Friday, nor on Monday"})";

constexpr std::string_view section_page_schema = R"({
    "type": "object",
    "required": ["section_id", "title", "teaches", "announcements", "materials", "assignments"],
    "properties": {
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "title": {"type": "string"},
        "teaches": {"type": "boolean", "description": "Drafts, and what is not visible yet, are shown to its teachers alone."},
        "announcements": {"$ref": "#/components/schemas/AnnouncementPage"},
        "materials": {"type": "array", "items": {"$ref": "#/components/schemas/Material"}, "description": "In their order."},
        "assignments": {
            "type": "array",
            "description": "By due instant; the last 100.",
            "items": {
                "type": "object",
                "required": ["assignment_id", "title", "kind", "due_at", "opens_at"],
                "properties": {
                    "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
                    "title": {"type": "string"},
                    "kind": {"type": "string"},
                    "due_at": {"type": "string", "format": "date-time", "description": "With what was granted to the caller."},
                    "opens_at": {"type": ["string", "null"], "format": "date-time"}
                }
            }
        }
    }
})";

} // namespace bw::content
