// JSON Schemas of this module's bodies and answers, for routes.cpp, which enforces them.
#pragma once

#include <string_view>

namespace bw::jobs {

constexpr std::string_view job_id_schema = R"({"type": "string", "pattern": "^job_[0-9a-f]{32}$"})";

constexpr std::string_view job_schema = R"({
    "type": "object",
    "properties": {
        "job_id": {"type": "string", "pattern": "^job_[0-9a-f]{32}$"},
        "kind": {"type": "string", "description": "What is done, such as `submission.similarity`."},
        "state": {"enum": ["available", "scheduled", "running", "retryable", "completed", "cancelled", "discarded"]},
        "attempt": {"type": "integer", "description": "Attempts that have begun."},
        "attempts_max": {"type": "integer"},
        "priority": {"enum": ["urgent", "high", "normal", "low"]},
        "created_at": {"type": "string", "format": "date-time"},
        "due_at": {"type": "string", "format": "date-time"},
        "ended_at": {"type": "string", "format": "date-time"},
        "cancel_asked": {"type": "boolean"},
        "args": {"type": "object", "description": "Which things it is about, by their ids."},
        "error": {"type": ["string", "null"], "description": "Of the last attempt that failed."},
        "ahead": {"type": "integer", "description": "While available: how many of the institution's go before."},
        "estimate_seconds": {"type": ["integer", "null"],
            "description": "While available: until all that wait now are done, at the present rate; null if nothing is being done."}
    },
    "required": ["job_id", "kind", "state", "attempt", "created_at", "error"]
})";

constexpr std::string_view job_page_schema = R"({
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null on the last."}
    },
    "required": ["data", "next"]
})";

constexpr std::string_view job_backlog_schema = R"({
    "type": "object",
    "properties": {"data": {"type": "array", "items": {
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "available": {"type": "integer", "description": "Due by now."},
            "later": {"type": "integer", "description": "Due later: scheduled, or to be tried again."},
            "running": {"type": "integer"},
            "discarded": {"type": "integer", "description": "Dead letters."},
            "oldest_seconds": {"type": ["integer", "null"], "description": "How long the first that is due has waited."},
            "estimate_seconds": {"type": ["integer", "null"], "description": "Until all of this kind are done, at the present rate."}
        },
        "required": ["kind", "available", "later", "running", "discarded", "oldest_seconds", "estimate_seconds"]
    }}},
    "required": ["data"]
})";

constexpr std::string_view dead_letters_schema = R"({
    "type": "object",
    "properties": {"data": {"type": "array", "items": {
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "error": {"type": "string"},
            "count": {"type": "integer"},
            "oldest_created_at": {"type": "string", "format": "date-time"}
        },
        "required": ["kind", "error", "count", "oldest_created_at"]
    }}},
    "required": ["data"]
})";

#define BW_REDRIVE                                                                                 \
    R"("kind": {"type": "string", "maxLength": 64},
        "error_begins_with": {"type": "string", "maxLength": 200},
        "dry_run": {"type": "boolean", "description": "Only say what would be done."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000},
        "per_second": {"type": "integer", "minimum": 1, "maximum": 100000, "description": "Spread them so; without it all are due at once."})"

constexpr std::string_view new_redrive_schema = R"({
    "type": "object",
    "properties": {
        )" BW_REDRIVE R"(
    },
    "required": ["dry_run"],
    "additionalProperties": false
})";

constexpr std::string_view operator_redrive_schema = R"({
    "type": "object",
    "properties": {
        "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$", "description": "The institution whose dead letters come back."},
        )" BW_REDRIVE R"(
    },
    "required": ["tenant_id", "dry_run"],
    "additionalProperties": false
})";

#undef BW_REDRIVE

constexpr std::string_view redrive_schema = R"({
    "type": "object",
    "properties": {
        "dry_run": {"type": "boolean"},
        "count": {"type": "integer", "description": "Brought back, or to be."},
        "left": {"type": "integer", "description": "That match and stay: beyond the limit, or another job has their unique key."},
        "over_seconds": {"type": "integer", "description": "Until the last one is due."},
        "job_ids": {"type": "array", "items": {"type": "string"}, "description": "The first 100."}
    },
    "required": ["dry_run", "count", "left", "over_seconds", "job_ids"]
})";

constexpr std::string_view operator_dead_letters_schema = R"({
    "type": "object",
    "properties": {
        "data": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$"},
                "slug": {"type": ["string", "null"], "description": "The institution's, as this process knows it; null: it is newer."},
                "kind": {"type": "string"},
                "error": {"type": "string", "description": "Of the last attempt."},
                "count": {"type": "integer"},
                "oldest_created_at": {"type": "string", "format": "date-time"}
            },
            "required": ["tenant_id", "slug", "kind", "error", "count", "oldest_created_at"]
        }},
        "letters": {"type": "integer", "description": "Dead letters that match, of all reasons; counted up to 200,000."},
        "reasons": {"type": "integer", "description": "Institutions, kinds and reasons that match: as many items there would be without `limit`."}
    },
    "required": ["data", "letters", "reasons"]
})";

} // namespace bw::jobs
