// What documents say of uploads and files. JSON Schema; routes enforce what stands here.
#pragma once

#include <string_view>

namespace bw::files {

constexpr std::string_view upload_id_schema =
    R"({"type": "string", "pattern": "^upl_[0-9a-f]{32}$"})";
constexpr std::string_view upload_example = "upl_0192f3c47d3b7a1e8f5096a2b4c8d0e1";

constexpr std::string_view upload_schema = R"({
    "type": "object",
    "required": ["upload_id", "kind", "state", "size", "received", "name", "media_type", "sha256", "created_at", "expires_at"],
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
            "description": "It is removed then; later, if more comes before. null: it stays."}
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
