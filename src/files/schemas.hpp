// What documents say of uploads and files. JSON Schema; routes enforce what stands here.
#pragma once

#include <string_view>

namespace bw::files {

constexpr std::string_view upload_id_schema =
    R"({"type": "string", "pattern": "^upl_[0-9a-f]{32}$"})";
constexpr std::string_view upload_example = "upl_0192f3c47d3b7a1e8f5096a2b4c8d0e1";

constexpr std::string_view upload_schema = R"({
    "type": "object",
    "required": ["upload_id", "kind", "state", "size", "received", "name", "media_type", "sha256", "created_at", "expires_at", "parts_path"],
    "properties": {
        "upload_id": {"type": "string", "pattern": "^upl_[0-9a-f]{32}$"},
        "kind": {"enum": ["single", "partial", "joined"], "description": "`joined` is made of `partial` ones."},
        "state": {"enum": ["open", "complete", "refused", "merged"],
            "description": "`open`: more is to come. `refused`: its bytes were not those of `sha256`. `merged`: part of a joined one."},
        "size": {"type": "integer", "minimum": 0},
        "received": {"type": "integer", "minimum": 0, "description": "So many bytes from the front are durable."},
        "name": {"type": "string", "description": "As declared; may be empty."},
        "media_type": {"type": "string"},
        "sha256": {"type": ["string", "null"], "description": "As declared, in hexadecimal digits."},
        "created_at": {"type": "string", "format": "date-time"},
        "expires_at": {"type": ["string", "null"], "format": "date-time",
            "description": "It is removed then; later, if more comes before. null: it stays."},
        "parts_path": {"type": ["string", "null"],
            "description": "What is to come may go straight to the store, in parts: POST there. null: it comes by PATCH (tus), or nothing is to come."}
    }
})";

constexpr std::string_view upload_page_schema = R"({
    "type": "object",
    "required": ["data", "next", "bytes", "bytes_limit"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Upload"}},
        "next": {"type": ["string", "null"], "description": "The `cursor` of the next page; null on the last."},
        "bytes": {"type": "integer", "minimum": 0, "description": "That one's uploads take up, from their creation on."},
        "bytes_limit": {"type": "integer", "minimum": 0}
    }
})";

constexpr std::string_view wanted_parts_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["first", "count"],
    "properties": {
        "first": {"type": "integer", "minimum": 1, "maximum": 10000, "description": "The first part's number."},
        "count": {"type": "integer", "minimum": 1, "maximum": 100, "description": "URLs for so many, or as many as there are."}
    }
})";

#define BW_UPLOAD_PART_MEMBERS                                                                     \
    R"("number": {"type": "integer", "minimum": 1, "maximum": 10000},
        "offset": {"type": "integer", "minimum": 0, "description": "Of its first byte in the upload."},
        "bytes": {"type": "integer", "minimum": 1, "description": "It has just so many."})"
#define BW_UPLOAD_PLAN_MEMBERS                                                                     \
    R"("upload_id": {"type": "string", "pattern": "^upl_[0-9a-f]{32}$"},
        "part_bytes": {"type": "integer", "minimum": 1, "description": "Of each part but the last."},
        "parts_count": {"type": "integer", "minimum": 0, "description": "Of what is to come: what came by tus is not among them."})"

constexpr std::string_view signed_parts_schema = R"({
    "type": "object",
    "required": ["upload_id", "part_bytes", "parts_count", "expires_at", "parts"],
    "properties": {
        )" BW_UPLOAD_PLAN_MEMBERS R"(,
        "expires_at": {"type": "string", "format": "date-time", "description": "The URLs are good until then: a PUT must have begun."},
        "parts": {"type": "array", "items": {"type": "object", "required": ["number", "offset", "bytes", "url"], "properties": {
            )" BW_UPLOAD_PART_MEMBERS R"(,
            "url": {"type": "string", "description": "PUT the part's bytes there, with their exact Content-Length and no credentials; again, if it failed. 403: it has expired, ask for another. 404: somebody else took the upload over, ask again."}
        }}}
    }
})";

constexpr std::string_view upload_parts_schema = R"({
    "type": "object",
    "required": ["upload_id", "part_bytes", "parts_count", "parts"],
    "properties": {
        )" BW_UPLOAD_PLAN_MEMBERS R"(,
        "parts": {"type": "array", "description": "Those that are there, whole.", "items": {"type": "object", "required": ["number", "offset", "bytes"], "properties": {
            )" BW_UPLOAD_PART_MEMBERS R"(
        }}}
    }
})";

constexpr std::string_view file_link_schema = R"({
    "type": "object",
    "required": ["path", "expires_at"],
    "properties": {
        "path": {"type": "string", "description": "At this host: whoever has it gets the file, with ranges, until then."},
        "expires_at": {"type": "string", "format": "date-time"}
    }
})";

constexpr std::string_view tus_version_schema = R"({"type": "string", "const": "1.0.0"})";
constexpr std::string_view size_schema =
    R"({"type": "integer", "minimum": 0, "maximum": 9007199254740992})";

} // namespace bw::files
