// What documents say of this module's requests and answers (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::timetable {

constexpr std::string_view lesson_id_schema =
    R"({"type": "string", "pattern": "^les_[0-9a-f]{32}$"})";
constexpr std::string_view date_schema =
    R"({"type": "string", "pattern": "^20[0-3][0-9]-[0-1][0-9]-[0-3][0-9]$"})";

#define BW_CALENDAR_MEMBERS                                                                        \
    R"("zone": {"type": "string", "maxLength": 100, "description": "IANA's name. Times of the timetable are its wall times."},
        "schedules": {"type": "array", "maxItems": 64, "items": {"$ref": "#/components/schemas/BellSchedule"}},
        "week": {"type": "array", "minItems": 7, "maxItems": 7, "items": {"type": ["string", "null"]}, "description": "Each weekday's bell schedule, Monday first; null: no school."},
        "rotation": {"oneOf": [{"$ref": "#/components/schemas/Rotation"}, {"type": "null"}], "description": "Days or weeks A, B, ... that take turns; null: none do."},
        "terms": {"type": "array", "maxItems": 64, "items": {"$ref": "#/components/schemas/Term"}},
        "exceptions": {"type": "array", "maxItems": 4000, "items": {"$ref": "#/components/schemas/TimetableException"}, "description": "Days that are not as their weekday says; one for a day."})"

constexpr std::string_view bell_schedule_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["name", "periods"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "periods": {"type": "array", "maxItems": 64, "description": "In order; they may touch, not overlap.", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["name", "begin", "end"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 100, "description": "Lessons name it; the same name stands in each schedule where they take place."},
                "begin": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
                "end": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
            }
        }}
    }
})";

constexpr std::string_view rotation_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["names", "advance", "starts"],
    "properties": {
        "names": {"type": "array", "maxItems": 32, "items": {"type": "string", "minLength": 1, "maxLength": 100}},
        "advance": {"type": "string", "enum": ["school_days", "calendar_weeks"], "description": "Is the next school day (holidays are not counted) the next name's, or the next week?"},
        "starts": {"type": "string", "format": "date", "description": "From this day on, which is the first name's."}
    }
})";

constexpr std::string_view term_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["name", "begins", "ends"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "begins": {"type": "string", "format": "date"},
        "ends": {"type": "string", "format": "date", "description": "The last day."}
    }
})";

constexpr std::string_view exception_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["date", "kind"],
    "properties": {
        "date": {"type": "string", "format": "date"},
        "kind": {"type": "string", "enum": ["holiday", "half_day", "exam_day", "swap"], "description": "No school; another bell schedule, and lessons whose periods it has; another bell schedule without lessons; held like another weekday, another name of the rotation, or both."},
        "schedule": {"type": ["string", "null"], "description": "Of a half day or an exam day."},
        "weekday": {"enum": ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", null], "description": "Of a swap."},
        "rotation": {"type": ["string", "null"], "description": "Of a swap."},
        "note": {"type": ["string", "null"], "maxLength": 100}
    }
})";

constexpr std::string_view timetable_schema = R"({
    "type": "object",
    "required": ["version", "zone", "schedules", "week", "rotation", "terms", "exceptions", "lessons"],
    "properties": {
        "version": {"type": "integer", "minimum": 0, "description": "0: the institution has no timetable yet."},
        )" BW_CALENDAR_MEMBERS R"(,
        "lessons": {"type": "integer", "minimum": 0, "description": "How many there are."}
    }
})";
constexpr std::string_view timetable_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "minProperties": 1,
    "properties": {
        )" BW_CALENDAR_MEMBERS R"(
    }
})";
constexpr std::string_view timetable_change_example =
    R"({"zone": "Europe/London", "schedules": [{"name": "Normal", "periods": [{"name": "P1", "begin": "09:00", "end": "09:50"}]}], )"
    R"("week": ["Normal", "Normal", "Normal", "Normal", "Normal", null, null], "rotation": null, )"
    R"("terms": [{"name": "Autumn", "begins": "2026-09-01", "ends": "2026-12-18"}], "exceptions": []})";

#define BW_LESSON_MEMBERS                                                                          \
    R"("section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "period": {"type": "string", "minLength": 1, "maxLength": 100},
        "days": {"type": "array", "maxItems": 7, "items": {"enum": ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]}, "description": "None: every school day."},
        "rotation": {"type": "array", "maxItems": 32, "items": {"type": "string"}, "description": "On which of the rotation's names; none: on all."},
        "room": {"type": ["string", "null"], "maxLength": 100},
        "teacher_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$", "description": "Null: whoever teaches the section."},
        "term": {"type": ["string", "null"], "description": "Its name; null: all of them."})"

constexpr std::string_view lesson_schema = R"({
    "type": "object",
    "required": ["lesson_id", "version", "section_id", "period", "days", "rotation", "room", "teacher_id", "term"],
    "properties": {
        "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
        "version": {"type": "integer", "minimum": 1, "description": "The ETag, without quotes."},
        )" BW_LESSON_MEMBERS R"(
    }
})";
constexpr std::string_view lesson_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Lesson"}},
        "next": {"type": ["string", "null"]}
    }
})";
constexpr std::string_view new_lesson_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["section_id", "period"],
    "properties": {
        )" BW_LESSON_MEMBERS R"(
    }
})";
constexpr std::string_view lesson_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "minProperties": 1,
    "properties": {
        )" BW_LESSON_MEMBERS R"(
    }
})";
constexpr std::string_view new_lesson_example =
    R"({"section_id": "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1", "period": "P1", "days": ["Mo", "We"], "room": "12"})";
constexpr std::string_view lesson_change_example = R"({"room": "14"})";

constexpr std::string_view new_day_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "minProperties": 1,
    "properties": {
        "cancelled": {"type": "boolean", "description": "True: it does not take place; then without teacher and room."},
        "teacher_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$", "description": "Who teaches it that day."},
        "room": {"type": ["string", "null"], "maxLength": 100}
    }
})";
constexpr std::string_view day_change_schema = R"({
    "type": "object",
    "required": ["lesson_id", "date", "cancelled", "teacher_id", "room"],
    "properties": {
        "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
        "date": {"type": "string", "format": "date"},
        "cancelled": {"type": "boolean"},
        "teacher_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$"},
        "room": {"type": ["string", "null"]}
    }
})";
constexpr std::string_view new_day_change_example = R"({"cancelled": true})";

constexpr std::string_view occurrence_schema = R"({
    "type": "object",
    "required": ["lesson_id", "section_id", "section_title", "date", "period", "begins_at", "ends_at", "room", "teacher_id", "teacher_name", "changed", "cancelled"],
    "properties": {
        "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "section_title": {"type": "string"},
        "date": {"type": "string", "format": "date"},
        "period": {"type": "string"},
        "begins_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
        "room": {"type": ["string", "null"]},
        "teacher_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$"},
        "teacher_name": {"type": ["string", "null"]},
        "changed": {"type": "boolean", "description": "Another teacher or room than usual, on this day."},
        "cancelled": {"type": "boolean", "description": "It does not take place on this day, and would have been then. In /v1/occurrences alone: the other answers have none that are cancelled among their lessons."}
    }
})";
constexpr std::string_view occurrence_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Occurrence"}}}
})";

constexpr std::string_view school_day_schema = R"({
    "type": "object",
    "required": ["date", "zone", "lessons"],
    "properties": {
        "date": {"type": "string", "format": "date"},
        "zone": {"type": "string"},
        "lessons": {"type": "array", "description": "In order; those that were cancelled one by one come last, and have neither times nor room nor teacher. What a holiday, half day or exam day takes is not here.", "items": {
            "type": "object",
            "required": ["lesson_id", "section_id", "section_title", "period", "cancelled", "changed", "begins_at", "ends_at", "room", "teacher_id", "teacher_name", "usual_room", "usual_teacher_id"],
            "properties": {
                "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
                "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
                "section_title": {"type": "string"},
                "period": {"type": "string"},
                "cancelled": {"type": "boolean"},
                "changed": {"type": "boolean", "description": "Another teacher or room than usual, on this day."},
                "begins_at": {"type": ["string", "null"], "format": "date-time"},
                "ends_at": {"type": ["string", "null"], "format": "date-time"},
                "room": {"type": ["string", "null"]},
                "teacher_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$", "description": "null: whoever teaches the section."},
                "teacher_name": {"type": ["string", "null"]},
                "usual_room": {"type": ["string", "null"]},
                "usual_teacher_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$"}
            }
        }}
    }
})";

constexpr std::string_view today_schema = R"({
    "type": "object",
    "required": ["date", "zone", "schedule", "rotation", "exception", "lessons", "cancelled"],
    "properties": {
        "date": {"type": "string", "format": "date", "description": "That it is at the institution now."},
        "zone": {"type": "string"},
        "schedule": {"type": ["string", "null"], "description": "The bell schedule that rings; null: no school."},
        "rotation": {"type": ["string", "null"]},
        "exception": {"oneOf": [{"$ref": "#/components/schemas/TimetableException"}, {"type": "null"}]},
        "lessons": {"type": "array", "items": {"$ref": "#/components/schemas/Occurrence"}, "description": "The caller's, in order."},
        "cancelled": {"type": "array", "description": "The caller's lessons that were cancelled for today one by one; what a holiday, half day or exam day takes is not here: see `exception`.", "items": {
            "type": "object",
            "required": ["lesson_id", "section_id", "section_title", "period"],
            "properties": {
                "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
                "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
                "section_title": {"type": "string"},
                "period": {"type": "string"}
            }
        }}
    }
})";

constexpr std::string_view next_bell_schema = R"({
    "type": "object",
    "required": ["bell", "lesson"],
    "properties": {
        "bell": {
            "type": ["object", "null"],
            "description": "The next period that begins on a school day, whether or not lessons take place in it; null: there is no timetable, or none of its school days is left.",
            "required": ["at", "date", "period"],
            "properties": {
                "at": {"type": "string", "format": "date-time"},
                "date": {"type": "string", "format": "date"},
                "period": {"type": "string"}
            }
        },
        "lesson": {"oneOf": [{"$ref": "#/components/schemas/Occurrence"}, {"type": "null"}], "description": "The caller's next lesson within four weeks."}
    }
})";

constexpr std::string_view conflict_list_schema = R"({
    "type": "object",
    "required": ["data", "more"],
    "properties": {
        "data": {"type": "array", "items": {
            "type": "object",
            "required": ["kind", "what", "first", "second", "at", "times"],
            "properties": {
                "kind": {"type": "string", "enum": ["teacher", "room", "section", "group"]},
                "what": {"type": "string", "description": "The teacher's or section's id, the room, how many students."},
                "first": {"$ref": "#/components/schemas/LessonInConflict"},
                "second": {"$ref": "#/components/schemas/LessonInConflict"},
                "at": {"type": "string", "format": "date-time", "description": "The first time."},
                "times": {"type": "integer", "minimum": 1}
            }
        }},
        "more": {"type": "boolean", "description": "There are more than these."}
    }
})";
constexpr std::string_view lesson_in_conflict_schema = R"({
    "type": "object",
    "required": ["lesson_id", "section_id", "period"],
    "properties": {
        "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "period": {"type": "string"}
    }
})";

constexpr std::string_view import_outcome_schema = R"({
    "type": "object",
    "required": ["version", "added", "changed", "removed", "ignored", "conflicts", "written"],
    "properties": {
        "version": {"type": "integer", "minimum": 0},
        "added": {"type": "integer", "minimum": 0},
        "changed": {"type": "integer", "minimum": 0},
        "removed": {"type": "integer", "minimum": 0},
        "ignored": {"type": "integer", "minimum": 0, "description": "Of a calendar, events that are no holidays: they do not take the whole day, or lie outside all terms."},
        "conflicts": {"type": "integer", "minimum": 0, "maximum": 100, "description": "In the two weeks to come; 100: as many, or more."},
        "written": {"type": "boolean", "description": "False of a trial."}
    }
})";

constexpr std::string_view generate_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "lessons_a_week": {"type": "integer", "minimum": 1, "maximum": 10, "default": 4, "description": "Of a section."},
        "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295, "default": 0, "description": "The same roster and seed give the same timetable."},
        "replace": {"type": "boolean", "default": false, "description": "Also where there are bell schedules, exceptions or lessons: they go. Terms stay."}
    }
})";
constexpr std::string_view generate_example =
    R"({"lessons_a_week": 4, "seed": 859, "replace": true})";
constexpr std::string_view generated_schema = R"({
    "type": "object",
    "required": ["version", "lessons", "unplaced", "clashes"],
    "properties": {
        "version": {"type": "integer", "minimum": 1},
        "lessons": {"type": "integer", "minimum": 0},
        "unplaced": {"type": "integer", "minimum": 0, "description": "Lessons for which a teacher had no free period, or whose section has no term."},
        "clashes": {"type": "integer", "minimum": 0, "description": "Students who would be in two places at once, one for each lesson."}
    }
})";

constexpr std::string_view calendar_feed_schema = R"({
    "type": "object",
    "required": ["feed_id", "name", "created_at"],
    "properties": {
        "feed_id": {"type": "string", "pattern": "^cal_[0-9a-f]{32}$"},
        "name": {"type": "string"},
        "created_at": {"type": "string", "format": "date-time"}
    }
})";
constexpr std::string_view new_calendar_feed_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {"name": {"type": "string", "maxLength": 100, "description": "Where it is used, e.g. the phone."}}
})";
constexpr std::string_view new_calendar_feed_example = R"({"name": "My phone"})";
constexpr std::string_view made_calendar_feed_schema = R"({
    "type": "object",
    "required": ["feed_id", "name", "created_at", "path"],
    "properties": {
        "feed_id": {"type": "string", "pattern": "^cal_[0-9a-f]{32}$"},
        "name": {"type": "string"},
        "created_at": {"type": "string", "format": "date-time"},
        "path": {"type": "string", "description": "On this host. Whoever knows it reads the lessons; it is shown this once."}
    }
})";
constexpr std::string_view calendar_feed_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/CalendarFeed"}}}
})";

} // namespace bw::timetable
