// JSON Schemas of this module's bodies and answers, for the routes, which enforce them.
#pragma once

#include <string_view>

namespace bw::pipeline {

constexpr std::string_view similarity_settings_schema = R"({
    "type": "object",
    "properties": {
        "similarity": {"enum": ["on", "off"], "description": "Are texts that are handed in compared?"},
        "template": {"type": "string", "maxLength": 65536,
            "description": "What all students were given: it counts on nobody's side. Changing it compares all texts anew."}
    },
    "required": ["similarity"],
    "additionalProperties": false
})";

constexpr std::string_view assignment_similarity_schema = R"({
    "type": "object",
    "properties": {
        "assignment_id": {"type": "string"},
        "similarity": {"enum": ["on", "off"]},
        "template": {"type": "string"},
        "texts_compared": {"type": "integer"},
        "texts_waiting": {"type": "integer", "description": "The latest of each student that is not compared yet, begun or not; 0 while nothing is compared here."},
        "version": {"type": "integer"},
        "data": {"type": "array", "description": "Pairs of texts, the most alike first.", "items": {
            "type": "object",
            "properties": {
                "submission_id": {"type": "string"},
                "user_id": {"type": "string"},
                "other_submission_id": {"type": "string"},
                "other_user_id": {"type": "string"},
                "other_assignment_id": {"type": "string", "description": "Another one for earlier work."},
                "score": {"type": "number", "description": "0 to 1: of the shorter text, the share that stands in both."},
                "words": {"type": "integer", "description": "Of the submission that stand in the other text too."}
            },
            "required": ["submission_id", "user_id", "other_submission_id", "other_user_id", "other_assignment_id", "score", "words"]
        }},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null on the last."}
    },
    "required": ["assignment_id", "similarity", "template", "texts_compared", "texts_waiting", "version", "data", "next"]
})";

constexpr std::string_view submission_similarity_schema = R"({
    "type": "object",
    "properties": {
        "submission_id": {"type": "string"},
        "user_id": {"type": "string"},
        "compared_at": {"type": ["string", "null"], "format": "date-time",
            "description": "null: not yet, or its author has handed in another text since."},
        "words": {"type": ["integer", "null"]},
        "words_counted": {"type": ["integer", "null"], "description": "Without quotations and the template."},
        "share": {"type": ["number", "null"], "description": "0 to 1: of the words counted, those that stand in one of the texts below."},
        "data": {"type": "array", "description": "The most alike first.", "items": {
            "type": "object",
            "properties": {
                "submission_id": {"type": "string"},
                "user_id": {"type": "string"},
                "assignment_id": {"type": "string"},
                "score": {"type": "number"},
                "words": {"type": "integer"},
                "spans": {"type": "array", "description": "Passages, by where they stand here.", "items": {
                    "type": "object",
                    "properties": {
                        "words": {"type": "integer"},
                        "here": {"$ref": "#/components/schemas/SimilarityPassage"},
                        "there": {"$ref": "#/components/schemas/SimilarityPassage"}
                    },
                    "required": ["words", "here", "there"]
                }}
            },
            "required": ["submission_id", "user_id", "assignment_id", "score", "words", "spans"]
        }},
        "more": {"type": "boolean", "description": "Are there more than these 20?"}
    },
    "required": ["submission_id", "user_id", "compared_at", "words", "words_counted", "share", "data", "more"]
})";

constexpr std::string_view similarity_passage_schema = R"({
    "type": "object",
    "properties": {
        "word": {"type": "integer", "description": "The first, counted from 0."},
        "byte": {"type": "integer", "description": "Where it begins in the text's UTF-8."},
        "bytes": {"type": "integer"},
        "quote": {"type": ["string", "null"],
            "description": "The first 1,000 bytes of it; null for a text that the caller may not read."}
    },
    "required": ["word", "byte", "bytes", "quote"]
})";

} // namespace bw::pipeline
