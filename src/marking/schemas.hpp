// What documents say of marking: JSON Schema for the *_routes.cpp, which enforce what stands here.
// Limits that count bytes are said in words: JSON Schema counts characters.
#pragma once

#include <string_view>

namespace bw::marking {

// ---- parameters ----

constexpr std::string_view work_id_schema =
    R"({"type": "string", "pattern": "^wrk_[0-9a-f]{32}$"})";
constexpr std::string_view regrade_id_schema =
    R"({"type": "string", "pattern": "^rgr_[0-9a-f]{32}$"})";
constexpr std::string_view version_schema = R"({"type": "string", "pattern": "^\"[0-9]{1,18}\"$"})";
constexpr std::string_view lane_schema = R"({"enum": ["marking", "regrade", "released"]})";

// ---- how an assignment is marked ----

constexpr std::string_view criteria_schema = R"({
    "type": "array",
    "minItems": 1,
    "maxItems": 100,
    "description": "A rubric. Ids differ. Where a criterion has levels, a mark says one of them.",
    "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "title", "points_max"],
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"},
            "title": {"type": "string", "minLength": 1, "maxLength": 200, "description": "At most 200 bytes of UTF-8."},
            "description": {"type": "string", "maxLength": 2000, "description": "At most 2000 bytes of UTF-8."},
            "points_max": {"type": "number", "minimum": 0, "maximum": 10000, "description": "With two decimals at most."},
            "levels": {"type": "array", "maxItems": 20, "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["id", "title", "points"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"},
                    "title": {"type": "string", "minLength": 1, "maxLength": 200},
                    "points": {"type": "number", "minimum": 0, "maximum": 10000}
                }
            }}
        }
    }
})";

constexpr std::string_view answer_key_schema = R"({
    "type": "array",
    "minItems": 1,
    "maxItems": 200,
    "description": "An entry for each question of the assignment. Students never see it.",
    "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "points"],
        "oneOf": [{"required": ["credit"]}, {"required": ["number"]}, {"required": ["accepted"]}, {"required": ["by_hand"]}],
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"},
            "points": {"type": "number", "minimum": 0, "maximum": 10000, "description": "For a right answer."},
            "credit": {"type": "array", "maxItems": 50, "description": "Of a choice: what each is worth; others are worth nothing.",
                "items": {"type": "object", "additionalProperties": false, "required": ["choice", "points"], "properties": {
                    "choice": {"type": "string", "minLength": 1, "maxLength": 4096},
                    "points": {"type": "number", "minimum": 0, "maximum": 10000}}}},
            "number": {"type": "number", "description": "The right one."},
            "tolerance": {"type": "number", "minimum": 0, "description": "How far off is right too."},
            "accepted": {"type": "array", "minItems": 1, "maxItems": 50, "description": "Right texts.",
                "items": {"type": "string", "minLength": 1, "maxLength": 1024}},
            "exact": {"type": "boolean", "description": "Case and spaces count."},
            "by_hand": {"type": "boolean", "description": "A marker gives the points."}
        }
    }
})";

constexpr std::string_view marking_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "oneOf": [{"required": ["points_max"]}, {"required": ["criteria"]}, {"required": ["answer_key"]}],
    "properties": {
        "points_max": {"type": "number", "minimum": 0, "maximum": 10000, "description": "Plain points; with two decimals at most."},
        "criteria": {"$ref": "#/components/schemas/Criteria"},
        "answer_key": {"$ref": "#/components/schemas/AnswerKey"},
        "counts": {"enum": ["latest", "best"], "description": "Which recorded attempt; `best` by the answer key."},
        "anonymous": {"type": "boolean", "description": "Markers are told pseudonyms until results are released."},
        "second_marking_tolerance": {"type": ["number", "null"], "minimum": 0, "maximum": 10000,
            "description": "Two mark each work without seeing the other's mark; what is further apart is agreed on. null: one marks."},
        "regrade_days": {"type": ["integer", "null"], "minimum": 1, "maximum": 366,
            "description": "How long after a release students may ask for another look; null: not at all."}
    }
})";
constexpr std::string_view marking_change_example =
    R"({"criteria": [{"id": "argument", "title": "Argument", "points_max": 6, "levels": [{"id": "weak", "title": "Weak", "points": 2}, {"id": "good", "title": "Good", "points": 6}]},
        {"id": "style", "title": "Style", "points_max": 4}], "regrade_days": 14})";

constexpr std::string_view marking_schema = R"({
    "type": "object",
    "required": ["version", "points_max", "criteria", "answer_key", "counts", "anonymous", "identities_opened_at",
        "second_marking_tolerance", "regrade_days"],
    "properties": {
        "version": {"type": "integer", "minimum": 1, "description": "In quotes, the ETag."},
        "points_max": {"type": "number", "minimum": 0},
        "criteria": {"oneOf": [{"$ref": "#/components/schemas/Criteria"}, {"type": "null"}]},
        "answer_key": {"oneOf": [{"$ref": "#/components/schemas/AnswerKey"}, {"type": "null"}]},
        "counts": {"enum": ["latest", "best"]},
        "anonymous": {"type": "boolean"},
        "identities_opened_at": {"type": ["string", "null"], "format": "date-time"},
        "second_marking_tolerance": {"type": ["number", "null"], "minimum": 0},
        "regrade_days": {"type": ["integer", "null"], "minimum": 1}
    }
})";

// ---- works and marks ----

#define BW_WORK_PROPERTIES                                                                         \
    R"("work_id": {"type": "string", "pattern": "^wrk_[0-9a-f]{32}$"},
        "user_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$", "description": "null: it is marked anonymously."},
        "lane": {"enum": ["marking", "regrade", "released"]},
        "state": {"enum": ["unmarked", "being_marked", "waiting_for_second", "differs", "ready"]},
        "handed_in": {"type": "boolean"},
        "late": {"type": "boolean"},
        "points": {"type": ["number", "null"], "minimum": 0, "description": "The result, of a ready one."},
        "released_points": {"type": ["number", "null"], "minimum": 0, "description": "What the student was told last."},
        "own_mark": {"enum": ["draft", "done", null], "description": "The caller's."})"
#define BW_WORK_REQUIRED                                                                           \
    R"("work_id", "user_id", "lane", "state", "handed_in", "late", "points", "released_points", "own_mark")"

constexpr std::string_view work_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "maxItems": 500, "items": {
            "type": "object",
            "required": [)" BW_WORK_REQUIRED R"(],
            "properties": {
        )" BW_WORK_PROPERTIES R"(
            }
        }},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: this was the last."}
    }
})";

constexpr std::string_view work_schema = R"({
    "type": "object",
    "required": [)" BW_WORK_REQUIRED R"(, "submission_id", "received_at", "marks"],
    "properties": {
        )" BW_WORK_PROPERTIES R"(,
        "submission_id": {"type": ["string", "null"], "pattern": "^sub_[0-9a-f]{32}$"},
        "received_at": {"type": ["string", "null"], "format": "date-time"},
        "text": {"type": "string", "maxLength": 262144},
        "answers": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        "files": {"type": "array", "maxItems": 20, "items": {"$ref": "#/components/schemas/SubmissionFile"}},
        "marks": {"type": "array", "maxItems": 4, "items": {"$ref": "#/components/schemas/Mark"}}
    }
})";

#undef BW_WORK_PROPERTIES
#undef BW_WORK_REQUIRED

constexpr std::string_view mark_edit_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "done": {"type": "boolean", "default": false, "description": "Else a draft, which may lack points."},
        "points": {"type": "number", "minimum": 0, "maximum": 10000, "description": "Where plain points are given."},
        "items": {"type": "array", "maxItems": 200, "description": "Criteria, or questions.", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"},
                "level": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"},
                "points": {"type": "number", "minimum": 0, "maximum": 10000},
                "feedback": {"type": "string", "maxLength": 2048, "description": "At most 2048 bytes of UTF-8."}
            }
        }},
        "feedback": {"type": "string", "maxLength": 16384, "description": "At most 16384 bytes of UTF-8."}
    }
})";
constexpr std::string_view mark_edit_example =
    R"({"done": true, "items": [{"id": "argument", "level": "good", "feedback": "Well reasoned."}, {"id": "style", "points": 3.5}], "feedback": "A good read."})";

constexpr std::string_view mark_schema = R"({
    "type": "object",
    "required": ["kind", "marker_id", "done", "scheme_version", "total", "items", "feedback", "version", "changed_at"],
    "properties": {
        "kind": {"enum": ["automatic", "first", "second", "agreed"]},
        "marker_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$", "description": "null: by the answer key."},
        "done": {"type": "boolean"},
        "scheme_version": {"type": "integer", "minimum": 1},
        "total": {"type": ["number", "null"], "minimum": 0, "description": "null: points are missing."},
        "points": {"type": "number", "minimum": 0},
        "items": {"type": "array", "items": {
            "type": "object",
            "required": ["id", "feedback"],
            "properties": {
                "id": {"type": "string"},
                "level": {"type": "string"},
                "points": {"type": "number", "minimum": 0},
                "feedback": {"type": "string"}
            }
        }},
        "feedback": {"type": "string"},
        "version": {"type": "integer", "minimum": 1, "description": "In quotes, the ETag."},
        "changed_at": {"type": "string", "format": "date-time"}
    }
})";

// ---- over a whole assignment ----

constexpr std::string_view pass_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "dry_run": {"type": "boolean", "default": false, "description": "Tell what would change, and change nothing."},
        "after": {"type": "string", "pattern": "^wrk_[0-9a-f]{32}$", "description": "`next` of the answer before."}
    }
})";
constexpr std::string_view pass_example = R"({"dry_run": true})";
constexpr std::string_view pass_outcome_schema = R"({
    "type": "object",
    "required": ["dry_run", "examined", "changed", "by_hand", "next"],
    "properties": {
        "dry_run": {"type": "boolean"},
        "examined": {"type": "integer", "minimum": 0},
        "changed": {"type": "array", "items": {
            "type": "object",
            "required": ["work_id", "before", "after", "released"],
            "properties": {
                "work_id": {"type": "string", "pattern": "^wrk_[0-9a-f]{32}$"},
                "before": {"type": ["number", "null"], "description": "The result; null: there was none."},
                "after": {"type": ["number", "null"]},
                "released": {"type": "boolean", "description": "The student was told one already: release the new one, with a reason."}
            }
        }},
        "by_hand": {"type": "array", "description": "Wait for a marker.", "items": {"type": "string", "pattern": "^wrk_[0-9a-f]{32}$"}},
        "next": {"type": ["string", "null"], "description": "Where to go on; null: all works have been looked at."}
    }
})";

// ---- grades ----

constexpr std::string_view release_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "work_ids": {"type": "array", "minItems": 1, "maxItems": 500, "items": {"type": "string", "pattern": "^wrk_[0-9a-f]{32}$"},
            "description": "These, which must be ready; left out: all that are."},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500,
            "description": "Why a grade changes that was released before; needed for that. At most 500 bytes of UTF-8; for teachers."}
    }
})";
constexpr std::string_view release_example = R"({"reason": "Marked again."})";
constexpr std::string_view released_schema = R"({
    "type": "object",
    "required": ["released", "unchanged", "not_ready", "mails", "identities_opened"],
    "properties": {
        "released": {"type": "integer", "minimum": 0},
        "unchanged": {"type": "integer", "minimum": 0, "description": "Their students have been told this result."},
        "not_ready": {"type": "integer", "minimum": 0},
        "mails": {"type": "integer", "minimum": 0, "description": "Written, where the institution wants them; everybody finds a notice."},
        "identities_opened": {"type": "boolean", "description": "Everybody who handed in has a grade now, so anonymity ends."}
    }
})";

constexpr std::string_view grade_items_schema = R"({
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "title", "level", "points", "points_max", "feedback"],
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "level": {"type": ["string", "null"], "description": "Its title."},
            "points": {"type": ["number", "null"], "minimum": 0},
            "points_max": {"type": "number", "minimum": 0},
            "feedback": {"type": "string"}
        }
    }
})";

#define BW_GRADE_PROPERTIES                                                                        \
    R"("number": {"type": "integer", "minimum": 1, "description": "Counts what was released of this work."},
        "released_at": {"type": "string", "format": "date-time"},
        "points": {"type": "number", "minimum": 0},
        "points_max": {"type": "number", "minimum": 0},
        "items": {"$ref": "#/components/schemas/GradeItems"},
        "feedback": {"type": "string"})"
#define BW_GRADE_REQUIRED R"("number", "released_at", "points", "points_max", "items", "feedback")"

constexpr std::string_view own_grade_schema = R"({
    "type": "object",
    "required": ["assignment_id", )" BW_GRADE_REQUIRED R"(, "regrade_until", "regrade_request"],
    "properties": {
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        )" BW_GRADE_PROPERTIES R"(,
        "regrade_until": {"type": ["string", "null"], "format": "date-time", "description": "Until then one may ask for another look; null: not at all."},
        "regrade_request": {"oneOf": [{"$ref": "#/components/schemas/RegradeRequest"}, {"type": "null"}]}
    }
})";

constexpr std::string_view own_grade_list_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {
            "type": "object",
            "required": ["assignment_id", "title", "section_title", "number", "released_at", "points", "points_max"],
            "properties": {
                "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
                "title": {"type": "string"},
                "section_title": {"type": "string"},
                "number": {"type": "integer", "minimum": 1, "description": "Counts what was released of this work."},
                "released_at": {"type": "string", "format": "date-time"},
                "points": {"type": "number", "minimum": 0},
                "points_max": {"type": "number", "minimum": 0}
            }
        }},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null on the last."}
    }
})";

constexpr std::string_view grade_history_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "maxItems": 200, "items": {
        "type": "object",
        "required": [)" BW_GRADE_REQUIRED R"(, "scheme_version", "released_by", "reason"],
        "properties": {
        )" BW_GRADE_PROPERTIES R"(,
            "scheme_version": {"type": "integer", "minimum": 1},
            "released_by": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
            "reason": {"type": ["string", "null"], "description": "Why it changed; null: it was the first."}
        }
    }}}
})";

#undef BW_GRADE_PROPERTIES
#undef BW_GRADE_REQUIRED

// ---- requests for another look ----

constexpr std::string_view regrade_text_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 4000, "description": "At most 4000 bytes of UTF-8."}}
})";
constexpr std::string_view regrade_text_example =
    R"({"text": "The second question was about bells, and so is my answer."})";
constexpr std::string_view regrade_decision_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["outcome", "answer"],
    "properties": {
        "outcome": {"enum": ["upheld", "changed"], "description": "`changed` releases the work's present result."},
        "answer": {"type": "string", "minLength": 1, "maxLength": 4000, "description": "For the student. At most 4000 bytes of UTF-8."}
    }
})";
constexpr std::string_view regrade_decision_example =
    R"({"outcome": "upheld", "answer": "It was about alarm clocks."})";
constexpr std::string_view regrade_schema = R"({
    "type": "object",
    "required": ["regrade_id", "assignment_id", "work_id", "user_id", "grade_number", "state", "text", "made_at", "answer", "ended_at"],
    "properties": {
        "regrade_id": {"type": "string", "pattern": "^rgr_[0-9a-f]{32}$"},
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "work_id": {"type": "string", "pattern": "^wrk_[0-9a-f]{32}$"},
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "grade_number": {"type": "integer", "minimum": 1},
        "state": {"enum": ["open", "upheld", "changed", "withdrawn"]},
        "text": {"type": "string"},
        "made_at": {"type": "string", "format": "date-time"},
        "answer": {"type": ["string", "null"]},
        "ended_at": {"type": ["string", "null"], "format": "date-time"}
    }
})";
constexpr std::string_view regrade_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "maxItems": 500, "items": {"$ref": "#/components/schemas/RegradeRequest"}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: this was the last."}
    }
})";

} // namespace bw::marking
