// What documents say of exports (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::exports {

constexpr std::string_view export_id_schema =
    R"({"type": "string", "pattern": "^exp_[0-9a-f]{32}$"})";

constexpr std::string_view new_export_schema = R"({
    "type": "object",
    "required": ["report", "format"],
    "additionalProperties": false,
    "properties": {
        "report": {"type": "string", "pattern": "^[a-z_]{1,64}$"},
        "format": {"enum": ["csv", "parquet", "xlsx"]},
        "arguments": {"type": "object", "maxProperties": 16, "additionalProperties": {"type": "string", "maxLength": 64}, "description": "What the report takes, as GET /v1/reports lists it."},
        "when": {"enum": ["now", "quiet"], "default": "now", "description": "quiet: within a day, when little else is expected; `not_before` says when."}
    }
})";
constexpr std::string_view new_export_example =
    R"({"report": "submission_audit", "format": "csv", "arguments": {"from": "2026-09-01"}})";

constexpr std::string_view export_schema = R"({
    "type": "object",
    "required": ["export_id", "report_id", "title", "format", "arguments", "when", "state", "not_before", "progress", "rows", "bytes", "sha256", "as_of", "lag_seconds", "stale", "error", "created_at", "finished_at", "expires_at"],
    "properties": {
        "export_id": {"type": "string", "pattern": "^exp_[0-9a-f]{32}$"},
        "report_id": {"type": "string"},
        "title": {"type": "string", "description": "The report's."},
        "format": {"enum": ["csv", "parquet", "xlsx"]},
        "arguments": {"type": "object", "additionalProperties": {"type": "string"}},
        "when": {"enum": ["now", "quiet"]},
        "state": {"enum": ["waiting", "running", "completed", "failed", "cancelled", "expired"]},
        "not_before": {"type": ["string", "null"], "format": "date-time"},
        "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "Rows written of those that will be; null before they are counted."},
        "rows": {"type": ["integer", "null"]},
        "bytes": {"type": ["integer", "null"]},
        "sha256": {"type": ["string", "null"], "description": "Of the file, in hexadecimal."},
        "as_of": {"type": ["string", "null"], "format": "date-time", "description": "The file says what was so at this moment."},
        "lag_seconds": {"type": ["number", "null"], "description": "How long ago that was when it was written."},
        "stale": {"type": ["boolean", "null"], "description": "It was longer ago than it should be."},
        "error": {"type": ["object", "null"], "required": ["code", "detail"], "properties": {"code": {"type": "string"}, "detail": {"type": "string"}}},
        "created_at": {"type": "string", "format": "date-time"},
        "finished_at": {"type": ["string", "null"], "format": "date-time"},
        "expires_at": {"type": ["string", "null"], "format": "date-time", "description": "Until then the file is kept, unless somebody of the institution is erased: then it goes at once."}
    }
})";

constexpr std::string_view export_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/ReportExport"}},
        "next": {"type": ["string", "null"]}
    }
})";

} // namespace bw::exports
