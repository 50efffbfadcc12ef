// JSON Schemas of this module's answers, for the routes, which enforce them.
#pragma once

#include <string_view>

namespace bw::forecast {

#define BW_KIND                                                                                    \
    R"({"enum": ["password", "refresh", "provider", "page_read", "submission", "live_join", "job"]})"

constexpr std::string_view score_schema = R"({
    "type": "object",
    "description": "Of the last days that are over (14 at most), each forecast as it was made when the day began. null: cannot be said.",
    "required": ["days", "wape", "chance", "bias", "peak", "peak_naive", "skill", "covered"],
    "properties": {
        "days": {"type": "integer", "description": "Scored; 0: none yet, so nothing is known of how wrong it is."},
        "wape": {"type": ["number", "null"], "description": "Sum over minutes of absolute errors, over what came."},
        "chance": {"type": ["number", "null"], "description": "The same of a forecast that is exactly right: counts are whole."},
        "bias": {"type": ["number", "null"], "description": "What was expected too much, over what came."},
        "peak": {"type": ["number", "null"], "description": "Mean over days of the busiest minute's relative error."},
        "peak_naive": {"type": ["number", "null"], "description": "The same, had it been expected as a week before."},
        "skill": {"type": ["number", "null"], "description": "1 less the absolute error over that of the week before; below 0 the week before is the better forecast."},
        "covered": {"type": ["number", "null"], "description": "Share of minutes inside the band, 0.9 by design."}
    }
})";

constexpr std::string_view forecast_schema = R"({
    "type": "object",
    "required": ["model", "made_at", "from", "until", "step_minutes", "kinds"],
    "properties": {
        "model": {"type": "integer", "description": "Which model made it."},
        "made_at": {"type": ["string", "null"], "format": "date-time", "description": "null: there is none now, and all kinds are unknown."},
        "from": {"type": "string", "format": "date-time"},
        "until": {"type": "string", "format": "date-time"},
        "step_minutes": {"type": "integer"},
        "kinds": {"type": "array", "items": {
            "type": "object",
            "required": ["kind", "basis", "expected", "low", "high", "peak", "score"],
            "properties": {
                "kind": )" BW_KIND R"(,
                "basis": {"enum": ["unknown", "prior", "history"], "description": "prior: fewer than five school days of this one have been seen; history: five or more (without timetable and bells: 14 days)."},
                "expected": {"type": ["array", "null"], "items": {"type": "number"}, "description": "Events in each step; null: unknown."},
                "low": {"type": ["array", "null"], "items": {"type": "number"}, "description": "Nine in ten steps end between low and high."},
                "high": {"type": ["array", "null"], "items": {"type": "number"}},
                "peak": {"type": ["object", "null"], "required": ["at", "expected", "low", "high"], "description": "The minute in which most are expected.", "properties": {
                    "at": {"type": "string", "format": "date-time"},
                    "expected": {"type": "number"},
                    "low": {"type": "number"},
                    "high": {"type": "number"}
                }},
                "score": {"$ref": "#/components/schemas/ForecastScore"}
            }
        }}
    }
})";

constexpr std::string_view ops_forecast_schema = R"({
    "type": "object",
    "required": ["model", "made_at", "as_of", "within_minutes", "institutions", "kinds", "hints"],
    "properties": {
        "model": {"type": "integer"},
        "made_at": {"type": ["string", "null"], "format": "date-time", "description": "null: there is no forecast that is not stale; scale as without one."},
        "as_of": {"type": "string", "format": "date-time"},
        "within_minutes": {"type": "integer"},
        "institutions": {"type": "integer", "description": "Looked at."},
        "kinds": {"type": "array", "description": "Empty without a forecast.", "items": {
            "type": "object",
            "required": ["kind", "unknown", "prior", "history", "peak", "likely_peak", "week_peak", "score"],
            "properties": {
                "kind": )" BW_KIND R"(,
                "unknown": {"type": "integer", "description": "Institutions of which it is unknown, and which are not in the figures."},
                "prior": {"type": "integer", "description": "Institutions of which fewer than five school days have been seen."},
                "history": {"type": "integer"},
                "peak": {"type": "object", "required": ["at", "expected", "low", "high"], "description": "The busiest expected minute of those asked about.", "properties": {
                    "at": {"type": "string", "format": "date-time"},
                    "expected": {"type": "number"},
                    "low": {"type": "number"},
                    "high": {"type": "number", "description": "Scale for this one."}
                }},
                "likely_peak": {"type": "number", "description": "What the busiest of them is as likely to exceed as not, were the expected exactly right."},
                "week_peak": {"type": "object", "required": ["at", "expected"], "properties": {
                    "at": {"type": "string", "format": "date-time"},
                    "expected": {"type": "number"}
                }},
                "score": {"$ref": "#/components/schemas/ForecastScore"}
            }
        }},
        "hints": {"type": "object", "required": ["made_at", "valid_until", "listeners"], "description": "What this process's parts are told to prepare for.", "properties": {
            "made_at": {"type": ["string", "null"], "format": "date-time", "description": "null: there is no hint that holds, and all do as without one."},
            "valid_until": {"type": ["string", "null"], "format": "date-time"},
            "listeners": {"type": "array", "items": {"type": "string"}, "description": "Who acts on it here: jobs, recorder, long requests."}
        }}
    }
})";

#define BW_BUSY                                                                                    \
    R"({"type": ["object", "null"], "required": ["at", "expected", "of_peak", "basis"], "description": "The busiest minute about it; null: unknown, or further away than the forecast reaches.", "properties": {
                "at": {"type": "string", "format": "date-time"},
                "expected": {"type": "number", "description": "Sign-ins, reads, submissions and joins in that minute."},
                "of_peak": {"type": "number", "description": "Over the busiest minute of the week."},
                "basis": {"enum": ["prior", "history"]}
            }})"

constexpr std::string_view deadline_load_schema = R"({
    "type": "object",
    "required": ["section_id", "due_at", "students", "collisions", "busy", "calmer"],
    "properties": {
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "due_at": {"type": "string", "format": "date-time"},
        "students": {"type": "integer", "description": "Of the section."},
        "collisions": {"type": "array", "description": "Due instants within three hours, the nearest first.", "items": {
            "type": "object",
            "required": ["due_at", "students"],
            "properties": {
                "due_at": {"type": "string", "format": "date-time"},
                "students": {"type": "integer", "description": "Of the section's, who have this one too."}
            }
        }},
        "busy": )" BW_BUSY R"(,
        "calmer": {"type": ["object", "null"], "required": ["due_at", "colliding_students", "busy"], "description": "A slot within a day that is clearly calmer; null: there is none.", "properties": {
            "due_at": {"type": "string", "format": "date-time"},
            "colliding_students": {"type": "integer", "description": "Who would have another due instant about then."},
            "busy": )" BW_BUSY R"(
        }}
    }
})";

} // namespace bw::forecast
