// What documents say of roster imports (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::institution {

#define BW_IMPORT                                                                                  \
    R"("import_id": {"type": "string", "pattern": "^imp_[0-9a-f]{32}$"},
        "source": {"type": "string", "description": "Which system the package comes from: an import changes that system's rows alone."},
        "state": {"enum": ["uploaded", "checking", "planned", "applying", "applied", "failed", "cancelled"]},
        "mode": {"enum": ["bulk", "delta", "mixed", null], "description": "Is the package the whole truth, or what changed? null: it was not opened yet."},
        "made_by": {
            "type": ["object", "null"],
            "required": ["user_id", "given_name", "family_name"],
            "description": "null: an operator, from the command line.",
            "properties": {
                "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
                "given_name": {"type": "string"},
                "family_name": {"type": "string"}
            }
        },
        "started_at": {"type": "string", "format": "date-time"},
        "planned_at": {"type": ["string", "null"], "format": "date-time"},
        "finished_at": {"type": ["string", "null"], "format": "date-time"},
        "progress": {
            "type": ["object", "null"],
            "required": ["step", "rows", "rows_total", "bytes", "bytes_total"],
            "description": "While it is checked or applied. `bytes` are those of the package, unpacked; `rows_total` is known once it was checked.",
            "properties": {
                "step": {"type": "string", "description": "Such as `reading users.csv`, or `applying enrollments`; empty before the first."},
                "rows": {"type": "integer", "minimum": 0},
                "rows_total": {"type": ["integer", "null"], "minimum": 0},
                "bytes": {"type": "integer", "minimum": 0},
                "bytes_total": {"type": "integer", "minimum": 0}
            }
        },
        "counts": {"type": "object", "description": "Rows of each entity by what happens to them: added, changed, reactivated, disabled, unchanged, removed, ignored. Empty until it is planned.", "additionalProperties": {
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0}
        }},
        "error": {
            "type": ["object", "null"],
            "required": ["code", "place"],
            "properties": {
                "code": {"type": "string"},
                "place": {"type": "string", "description": "file:line:column of the first fault, or a file; may be empty."}
            }
        })"
#define BW_IMPORT_REQUIRED                                                                         \
    R"("import_id", "source", "state", "mode", "made_by", "started_at", "planned_at", "finished_at", "progress", "counts", "error")"

constexpr std::string_view roster_import_line_schema = R"({
    "type": "object",
    "required": [)" BW_IMPORT_REQUIRED R"(],
    "properties": {)" BW_IMPORT R"(}
})";

constexpr std::string_view roster_import_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/RosterImportLine"}},
        "next": {"type": ["string", "null"], "description": "`cursor` of the next page."}
    }
})";

constexpr std::string_view roster_import_schema = R"({
    "type": "object",
    "required": [)" BW_IMPORT_REQUIRED R"(, "details"],
    "properties": {)" BW_IMPORT R"(,
        "details": {
            "type": ["object", "null"],
            "required": ["warnings", "samples", "losses", "errors", "more_errors"],
            "description": "Once it is planned, or has failed; null again after 30 days, and when somebody was erased who may stand in it.",
            "properties": {
                "warnings": {"type": "array", "items": {"type": "string"}, "description": "What of the package is not taken in."},
                "samples": {"type": "array", "description": "The first rows of each entity and kind of change.", "items": {
                    "type": "object",
                    "required": ["entity", "change", "rows"],
                    "properties": {
                        "entity": {"type": "string"},
                        "change": {"enum": ["added", "changed", "reactivated", "disabled", "removed"]},
                        "rows": {"type": "array", "items": {
                            "type": "object",
                            "required": ["sourced_id", "label"],
                            "properties": {
                                "sourced_id": {"type": "string"},
                                "label": {"type": "string", "description": "A name or a title."}
                            }
                        }}
                    }
                }},
                "losses": {"type": "array", "description": "Where more would be removed or disabled than is plausible: to be accepted by name.", "items": {
                    "type": "object",
                    "required": ["entity", "lost", "of", "percent"],
                    "properties": {
                        "entity": {"type": "string"},
                        "lost": {"type": "integer"},
                        "of": {"type": "integer"},
                        "percent": {"type": "integer"}
                    }
                }},
                "errors": {"type": "array", "items": {
                    "type": "object",
                    "required": ["file", "line", "column", "reason"],
                    "properties": {
                        "file": {"type": "string"},
                        "line": {"type": ["integer", "null"]},
                        "column": {"type": ["integer", "null"]},
                        "reason": {"type": "string"}
                    }
                }},
                "more_errors": {"type": "boolean", "description": "There are more than are shown."}
            }
        }
    }
})";

#undef BW_IMPORT
#undef BW_IMPORT_REQUIRED

constexpr std::string_view new_roster_import_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["upload_id"],
    "properties": {
        "upload_id": {"type": "string", "pattern": "^upl_[0-9a-f]{32}$", "description": "A complete upload of the caller's: a zip of OneRoster 1.1 or 1.2 CSV files, 512 MiB at most."},
        "source": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,39}$", "default": "oneroster", "description": "Which system it comes from; `oneroster` unless said. `granted` and `federation` are the institution's own."}
    }
})";
constexpr std::string_view new_roster_import_example =
    R"({"upload_id": "upl_0192f3c4a5b67c8d9e0f112233445566", "source": "oneroster"})";

constexpr std::string_view apply_roster_import_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "accept_removals": {"type": "boolean", "default": false, "description": "That as much is removed as `losses` says."}
    }
})";
constexpr std::string_view apply_roster_import_example = R"({"accept_removals": false})";

} // namespace bw::institution
