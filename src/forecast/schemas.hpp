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

#define BW_HINTS                                                                                   \
    R"("hints": {"type": "object", "required": ["made_at", "valid_until", "listeners"], "description": "What this process's parts are told to prepare for.", "properties": {
            "made_at": {"type": ["string", "null"], "format": "date-time", "description": "null: there is no hint that holds, and all do as without one."},
            "valid_until": {"type": ["string", "null"], "format": "date-time"},
            "listeners": {"type": "array", "items": {"type": "string"}, "description": "Who acts on it here: jobs, recorder, long requests."}
        }})"

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
        )" BW_HINTS R"(
    }
})";

constexpr std::string_view bell_board_schema = R"({
    "type": "object",
    "required": ["as_of", "made_at", "valid_until", "institutions", "without_timetable", "hints", "bells", "further_bells", "kind", "from", "minutes", "counted_until", "whole_from", "days"],
    "properties": {
        "as_of": {"type": "string", "format": "date-time"},
        "made_at": {"type": ["string", "null"], "format": "date-time", "description": "Of the forecast that holds; null: there is none that is not stale, and neither bells nor what is expected are known."},
        "valid_until": {"type": ["string", "null"], "format": "date-time", "description": "Unless it is made anew, it is stale from then on."},
        "institutions": {"type": "integer", "description": "Looked at."},
        "without_timetable": {"type": "integer", "description": "Of them, those whose bells are not known: neither a timetable nor declared bells."},
        )" BW_HINTS R"(,
        "bells": {"type": "array", "description": "The moments at which lessons begin or a declared bell rings, within nine days, in their order; the first 100.", "items": {
            "type": "object",
            "required": ["at", "people", "institutions", "largest"],
            "properties": {
                "at": {"type": "string", "format": "date-time", "description": "Its minute."},
                "people": {"type": "integer", "description": "Expected there."},
                "institutions": {"type": "integer"},
                "largest": {"type": "array", "description": "Those of which most people are expected, five at most.", "items": {
                    "type": "object",
                    "required": ["tenant_id", "name", "people"],
                    "properties": {
                        "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$"},
                        "name": {"type": "string"},
                        "people": {"type": "integer"}
                    }
                }}
            }
        }},
        "further_bells": {"type": "integer", "description": "That are known and not listed."},
        "kind": )" BW_KIND R"(,
        "from": {"type": "string", "format": "date-time"},
        "minutes": {"type": "object", "required": ["expected", "low", "high", "came", "now_expected"], "description": "One number for each minute from then on, in events of that kind, of all institutions together.", "properties": {
            "expected": {"type": "array", "items": {"type": ["number", "null"]}, "description": "As it was forecast when each institution's day began; null: nothing had been said, or that day has not begun."},
            "low": {"type": "array", "items": {"type": ["number", "null"]}, "description": "Nine in ten minutes end between low and high."},
            "high": {"type": "array", "items": {"type": ["number", "null"]}},
            "came": {"type": "array", "items": {"type": ["integer", "null"]}, "description": "null: no process has counted that minute yet, or none ran. Jobs are counted when the day is over, and live joins not yet."},
            "now_expected": {"type": "array", "items": {"type": ["number", "null"]}, "description": "By the forecast that holds now, of minutes to come."}
        }},
        "counted_until": {"type": ["string", "null"], "format": "date-time", "description": "The end of the last minute that was counted."},
        "whole_from": {"type": ["string", "null"], "format": "date-time", "description": "From here on the forecasts of all institutions that are looked at are in the sums."},
        "days": {"type": "array", "description": "Days that are over, the latest first, each as forecast when it began; dates of the institutions' calendars.", "items": {
            "type": "object",
            "required": ["date", "institutions", "came", "score"],
            "properties": {
                "date": {"type": "string", "format": "date"},
                "institutions": {"type": "integer", "description": "Whose day is scored."},
                "came": {"type": "number", "description": "Of that kind, in the minutes that were counted and forecast."},
                "score": {"$ref": "#/components/schemas/ForecastScore"}
            }
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
