// What documents say of assignments and submissions: JSON Schema for routes.cpp, which enforces
// what stands here. Limits that count bytes are said in words: JSON Schema counts characters.
#pragma once

#include <string_view>

namespace bw::submissions {

// ---- parameters ----

constexpr std::string_view assignment_id_schema =
    R"({"type": "string", "pattern": "^asg_[0-9a-f]{32}$"})";
constexpr std::string_view submission_id_schema =
    R"({"type": "string", "pattern": "^sub_[0-9a-f]{32}$"})";
constexpr std::string_view limit_schema =
    R"({"type": "integer", "minimum": 1, "maximum": 500, "default": 50})";
constexpr std::string_view cursor_schema =
    R"({"type": "string", "pattern": "^[A-Za-z0-9_-]{32}$"})";
constexpr std::string_view instant_schema = R"({"type": "string", "format": "date-time"})";
constexpr std::string_view idempotency_key_schema = R"({
    "type": "string", "minLength": 1, "maxLength": 258,
    "pattern": "^(?:\"(?:[!#-\\[\\]-~]|\\\\[\"\\\\])+\"|[!#-\\[\\]-~]+)$"
})";
constexpr std::string_view version_schema = R"({"type": "string", "pattern": "^\"[0-9]{1,18}\"$"})";

// ---- assignments ----

constexpr std::string_view assignment_schema = R"({
    "type": "object",
    "description": "A student is told what is in force for that student: an extension that was granted is part of it. All others are told what the assignment says.",
    "required": ["assignment_id", "title", "section_id", "section_title", "kind", "due_at", "opens_at", "late_until",
        "content_bytes_limit", "attempts_limit", "attempts_left", "files_limit", "file_bytes_limit", "upload_grace_seconds",
        "extended", "active", "latest_submission", "version"],
    "properties": {
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "title": {"type": "string"},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "section_title": {"type": "string"},
        "kind": {"enum": ["text", "structured", "file"],
            "description": "What is handed in: `text`, `answers` to `questions` (structured), or `files` (file)."},
        "instructions": {"type": "string", "description": "What is to be done, as plain text; may be empty. Not in lists."},
        "questions": {"$ref": "#/components/schemas/Questions"},
        "opens_at": {"type": ["string", "null"], "format": "date-time", "description": "Nothing counts before; null: open."},
        "due_at": {"type": "string", "format": "date-time", "description": "Received then or later is late."},
        "late_until": {"type": ["string", "null"], "format": "date-time",
            "description": "Received then or later is refused; `due_at` itself: nothing late counts; null: no limit."},
        "content_bytes_limit": {"type": "integer", "minimum": 1, "maximum": 262144},
        "attempts_limit": {"type": ["integer", "null"], "minimum": 1, "description": "null: no limit."},
        "attempts_left": {"type": ["integer", "null"], "minimum": 0,
            "description": "A student's, as far as what was handed in is recorded; null: no limit, or not a student's."},
        "files_limit": {"type": "integer", "minimum": 1, "maximum": 20, "description": "Of files: how many."},
        "file_bytes_limit": {"type": "integer", "minimum": 1, "maximum": 2147483648, "description": "Of files: bytes of each."},
        "upload_grace_seconds": {"type": "integer", "minimum": 60, "maximum": 604800,
            "description": "Of files: how long their bytes may come after the due instant, or after they were declared if that was later."},
        "extended": {"type": "boolean", "description": "By an extension granted to the caller, or to the section."},
        "active": {"type": "boolean", "description": "false: withdrawn, or taken away by the roster; its teachers alone see it then."},
        "latest_submission": {
            "description": "What the caller handed in last, as far as it is recorded; null: nothing.",
            "oneOf": [{"type": "null"}, {
                "type": "object", "additionalProperties": false, "required": ["submission_id", "state", "received_at", "late"],
                "properties": {
                    "submission_id": {"type": "string", "pattern": "^sub_[0-9a-f]{32}$"},
                    "state": {"enum": ["recorded", "refused"]},
                    "received_at": {"type": "string", "format": "date-time"},
                    "late": {"type": "boolean"}}}]},
        "version": {"type": "integer", "minimum": 1, "description": "In quotes, the ETag."}
    }
})";

constexpr std::string_view questions_schema = R"({
    "type": "array",
    "minItems": 1,
    "maxItems": 200,
    "description": "Of a structured assignment; as JSON at most 65536 bytes. Ids differ. A prompt is of at most 4000 bytes of UTF-8.",
    "items": {
        "type": "object",
        "required": ["id", "kind"],
        "oneOf": [
            {"additionalProperties": false, "required": ["choices"], "properties": {
                "id": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"}, "kind": {"const": "choice"},
                "prompt": {"type": "string", "minLength": 1, "maxLength": 4000},
                "choices": {"type": "array", "minItems": 2, "maxItems": 50, "uniqueItems": true,
                    "items": {"type": "string", "minLength": 1}}}},
            {"additionalProperties": false, "properties": {
                "id": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"}, "kind": {"const": "number"},
                "prompt": {"type": "string", "minLength": 1, "maxLength": 4000},
                "minimum": {"type": "number"}, "maximum": {"type": "number"}}},
            {"additionalProperties": false, "properties": {
                "id": {"type": "string", "pattern": "^[a-z0-9_-]{1,32}$"}, "kind": {"const": "text"},
                "prompt": {"type": "string", "minLength": 1, "maxLength": 4000},
                "bytes_limit": {"type": "integer", "minimum": 1}}}
        ]
    }
})";

constexpr std::string_view assignment_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "maxItems": 500, "items": {"$ref": "#/components/schemas/Assignment"}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: this was the last."}
    }
})";

// What a new assignment and a change of one have in common: the members of an object.
#define BW_ASSIGNMENT_MEMBERS                                                                      \
    R"(
        "title": {"type": "string", "minLength": 1, "maxLength": 200, "description": "One line; at most 200 bytes of UTF-8."},
        "instructions": {"type": "string", "maxLength": 65536, "description": "Plain text of at most 65536 bytes of UTF-8."},
        "due_at": {"type": "string", "format": "date-time", "minLength": 20, "maxLength": 64,
            "description": "RFC 3339, of the years 1970 to 9999."},
        "opens_at": {"type": ["string", "null"], "format": "date-time", "minLength": 20, "maxLength": 64},
        "late_seconds_limit": {"type": ["integer", "null"], "minimum": 0, "maximum": 31622400,
            "description": "How long after the due instant late work counts; 0: not at all; null: without limit."},
        "content_bytes_limit": {"type": "integer", "minimum": 1, "maximum": 262144},
        "attempts_limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
        "kind": {"enum": ["text", "file"], "description": "What is handed in. Only while nothing was; and without `questions`, which make it structured."},
        "files_limit": {"type": "integer", "minimum": 1, "maximum": 20},
        "file_bytes_limit": {"type": "integer", "minimum": 1, "maximum": 2147483648},
        "upload_grace_seconds": {"type": "integer", "minimum": 60, "maximum": 604800},
        "questions": {"oneOf": [{"$ref": "#/components/schemas/Questions"}, {"type": "null"}],
            "description": "Makes it structured; null makes a structured one a text. Only while nothing was handed in."})"

constexpr std::string_view new_assignment_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["title", "due_at"],
    "properties": {)" BW_ASSIGNMENT_MEMBERS R"(
    }
})";
constexpr std::string_view new_assignment_example =
    R"({"title": "Essay 1", "instructions": "Write about a river that you know.", "due_at": "2030-09-02T09:00:00Z"})";

constexpr std::string_view assignment_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {)" BW_ASSIGNMENT_MEMBERS R"(,
        "active": {"const": true, "description": "Takes a withdrawal back; sent alone."}
    }
})";
#undef BW_ASSIGNMENT_MEMBERS
constexpr std::string_view assignment_change_example =
    R"({"due_at": "2030-09-02T09:00:00Z", "late_seconds_limit": 86400, "attempts_limit": 3})";

constexpr std::string_view grantee_schema =
    R"({"type": "string", "pattern": "^(?:section|usr_[0-9a-f]{32})$"})";
constexpr std::string_view extension_tag_schema =
    R"({"type": "string", "pattern": "^\"ext_[0-9a-f]{32}\"$"})";
constexpr std::string_view extension_grant_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["due_at", "reason"],
    "properties": {
        "due_at": {"type": "string", "format": "date-time", "minLength": 20, "maxLength": 64,
            "description": "Instead of the assignment's due instant, if it is later."},
        "attempts_extra": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 0},
        "reason": {"type": "string", "minLength": 1, "maxLength": 500, "description": "At most 500 bytes of UTF-8; for teachers."}
    }
})";
constexpr std::string_view extension_grant_example =
    R"({"due_at": "2030-09-05T09:00:00Z", "attempts_extra": 1, "reason": "Ill on Monday."})";
constexpr std::string_view extension_schema = R"({
    "type": "object",
    "required": ["extension_id", "user_id", "due_at", "attempts_extra", "reason", "given_by", "outage_id", "given_at"],
    "properties": {
        "extension_id": {"type": "string", "pattern": "^ext_[0-9a-f]{32}$", "description": "Another after each change. In quotes, the ETag."},
        "user_id": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$", "description": "null: the whole section."},
        "due_at": {"type": "string", "format": "date-time"},
        "attempts_extra": {"type": "integer", "minimum": 0},
        "reason": {"type": "string"},
        "given_by": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$", "description": "null: the platform, for an outage."},
        "outage_id": {"type": ["string", "null"], "pattern": "^out_[0-9a-f]{32}$", "description": "Whose lost time it gives back."},
        "given_at": {"type": "string", "format": "date-time"}
    }
})";
constexpr std::string_view extension_list_schema = R"({
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Extension"}}}
})";

// ---- submissions ----

constexpr std::string_view offer_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "description": "A text, answers or files, whichever the assignment asks for. Whether they fit it is judged when it is recorded. Files are declared here, and that is what the due instant judges; their bytes come as uploads of the same person that declare the same `sha256`, before or after.",
    "required": ["assignment_id"],
    "oneOf": [{"required": ["text"]}, {"required": ["answers"]}, {"required": ["files"]}],
    "properties": {
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "text": {"type": "string", "minLength": 1, "maxLength": 262144, "description": "At most 262144 bytes of UTF-8."},
        "answers": {"type": "object", "minProperties": 1, "maxProperties": 200, "propertyNames": {"pattern": "^[a-z0-9_-]{1,32}$"},
            "additionalProperties": {"type": ["string", "number"]},
            "description": "By question; a string (a choice, a text) or a number. As JSON at most 262144 bytes."},
        "files": {"type": "array", "minItems": 1, "maxItems": 20, "description": "No name twice. As JSON at most 65536 bytes.",
            "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name", "size", "sha256"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 255, "description": "At most 255 bytes of UTF-8, no path."},
                    "size": {"type": "integer", "minimum": 1, "maximum": 2147483648},
                    "media_type": {"type": "string", "minLength": 3, "maxLength": 127, "default": "application/octet-stream"},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of its bytes."}
                }
            }}
    }
})";
constexpr std::string_view offer_example =
    R"({"assignment_id": "asg_0192f3c47d3b7a1e8f5096a2b4c8d0e1", "text": "My essay on bells."})";

#define BW_SUBMISSION_PROPERTIES                                                                   \
    R"("submission_id": {"type": "string", "pattern": "^sub_[0-9a-f]{32}$"},
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "received_at": {"type": "string", "format": "date-time", "description": "When its last byte came."},
        "content_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"})"

#define BW_RECORDED_PROPERTIES                                                                     \
    BW_SUBMISSION_PROPERTIES                                                                       \
    R"(,
        "state": {"enum": ["recorded", "refused"]},
        "reason": {"enum": ["unknown_assignment", "not_enrolled", "wrong_kind", "too_large", "too_many_files", "not_open", "too_late",
            "attempts_used", "answers_do_not_fit"], "description": "Of a refusal, and only then."},
        "files_complete": {"type": "boolean", "description": "Of files: the bytes of all are there."},
        "file_counts": {
            "type": "object",
            "description": "Of files. `missing`: their bytes did not come in time; what comes still is kept, and told to be late.",
            "required": ["declared", "awaiting", "missing", "infected"],
            "properties": {
                "declared": {"type": "integer", "minimum": 0},
                "awaiting": {"type": "integer", "minimum": 0},
                "missing": {"type": "integer", "minimum": 0},
                "infected": {"type": "integer", "minimum": 0}
            }
        },
        "late": {"type": "boolean", "description": "received_at against the due instant in force when it was recorded."},
        "recorded_at": {"type": "string", "format": "date-time"})"

constexpr std::string_view received_schema = R"({
    "type": "object",
    "description": "It is durable and counts; lateness and enrollment are not judged yet.",
    "required": ["submission_id", "assignment_id", "user_id", "state", "received_at", "content_sha256", "receipt"],
    "properties": {
        )" BW_SUBMISSION_PROPERTIES R"(,
        "state": {"const": "received"},
        "receipt": {"$ref": "#/components/schemas/Receipt"}
    }
})";

constexpr std::string_view recorded_schema = R"({
    "type": "object",
    "required": ["submission_id", "assignment_id", "user_id", "state", "received_at", "late", "recorded_at", "content_sha256"],
    "properties": {
        )" BW_RECORDED_PROPERTIES R"(
    }
})";

constexpr std::string_view recorded_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "maxItems": 500, "items": {"$ref": "#/components/schemas/RecordedSubmission"}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: this was the last."}
    }
})";

constexpr std::string_view recorded_in_full_schema = R"({
    "type": "object",
    "required": ["submission_id", "assignment_id", "user_id", "state", "received_at", "late", "recorded_at",
        "content_sha256", "refused_contents", "receipt"],
    "oneOf": [{"required": ["text"]}, {"required": ["answers"]}, {"required": ["declaration", "files", "files_complete", "file_counts"]}],
    "properties": {
        )" BW_RECORDED_PROPERTIES R"(,
        "declaration": {"type": "string", "description": "Of files: what `content_sha256` is of, byte for byte."},
        "files": {"type": "array", "maxItems": 20, "items": {"$ref": "#/components/schemas/SubmissionFile"},
            "description": "Empty if it was refused."},
        "text": {"type": "string", "maxLength": 262144},
        "answers": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        "refused_contents": {"type": "array", "description": "Other contents that came with the same idempotency key.",
            "items": {
                "type": "object",
                "required": ["content_sha256", "reason", "received_at", "recorded_at"],
                "properties": {
                    "content_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "reason": {"const": "key_reused"},
                    "received_at": {"type": "string", "format": "date-time"},
                    "recorded_at": {"type": "string", "format": "date-time"}
                }
            }},
        "receipt": {"$ref": "#/components/schemas/Receipt"}
    }
})";

constexpr std::string_view submission_file_schema = R"({
    "type": "object",
    "required": ["file_id", "name", "size", "media_type", "state", "late", "finding", "text", "text_problem"],
    "properties": {
        "file_id": {"type": "string", "pattern": "^fil_[0-9a-f]{32}$"},
        "name": {"type": "string", "description": "As declared."},
        "size": {"type": "integer", "minimum": 1},
        "media_type": {"type": "string", "description": "As declared."},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of its bytes. Left out, as instants are, while work is marked anonymously."},
        "state": {"enum": ["awaiting", "missing", "arrived", "not_scanned", "clean", "infected"],
            "description": "`awaiting`: its bytes may still come in time. `missing`: they did not. `arrived`: they are there, and wait for the virus scan. `not_scanned`: this installation has none, or not for so large a file. `infected`: it goes out to nobody."},
        "late": {"type": "boolean", "description": "Its bytes came at `upload_until` or after it."},
        "upload_until": {"type": "string", "format": "date-time", "description": "Bytes that come then or later are late."},
        "arrived_at": {"type": ["string", "null"], "format": "date-time"},
        "finding": {"type": ["string", "null"], "description": "What the virus scan found, or why there was none."},
        "text": {"enum": ["text_available", "text_unavailable", null], "description": "Whether text could be read out of it; null: nobody has looked yet."},
        "text_problem": {"type": ["string", "null"]}
    }
})";

#undef BW_RECORDED_PROPERTIES
#undef BW_SUBMISSION_PROPERTIES

constexpr std::string_view either_schema = R"({"oneOf": [
    {"$ref": "#/components/schemas/ReceivedSubmission"},
    {"$ref": "#/components/schemas/SubmissionInFull"}
]})";

constexpr std::string_view receipt_schema = R"({
    "type": "object",
    "description": "Proof of receipt. It verifies offline under /.well-known/receipt-keys.json: the leaf (nonce and statement) leads over path to group.root, the group over head_path to head.root, and head is signed.",
    "required": ["version", "submission_id", "tenant_id", "user_id", "assignment_id", "idempotency_key", "received_at",
        "kind", "content_bytes", "content_sha256", "clock", "statement", "nonce", "index", "path", "group", "head_path", "head", "signature", "kid"],
    "properties": {
        "version": {"const": 2},
        "submission_id": {"type": "string", "pattern": "^sub_[0-9a-f]{32}$"},
        "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$"},
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "idempotency_key": {"type": "string", "minLength": 1, "maxLength": 128},
        "received_at": {"type": "string", "format": "date-time"},
        "kind": {"enum": ["text", "structured", "file"]},
        "content_bytes": {"type": "integer", "minimum": 1, "maximum": 262144},
        "content_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "clock": {"enum": ["synchronised", "unsynchronised"], "description": "Was this machine's clock kept by NTP?"},
        "clock_error_ms": {"type": "integer", "minimum": 0, "description": "Of a synchronised clock."},
        "statement": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "description": "What is proved, as bytes in base64url."},
        "nonce": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
        "index": {"type": "integer", "minimum": 0, "description": "The leaf's number in its commit group."},
        "path": {"type": "array", "maxItems": 64, "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "group": {
            "type": "object",
            "description": "What was made durable together; leaf number - 1 of the journal's tree.",
            "required": ["number", "first_seq", "size", "root", "time", "durability"],
            "properties": {
                "number": {"type": "integer", "minimum": 1},
                "first_seq": {"type": "integer", "minimum": 1},
                "size": {"type": "integer", "minimum": 1, "description": "Leaves under its root."},
                "root": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "time": {"type": "string", "format": "date-time"},
                "durability": {"enum": ["local-fsync", "local-fsync+follower", "replicated"]}
            }
        },
        "head_path": {"type": "array", "maxItems": 64, "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "head": {
            "type": "object",
            "description": "The journal's tree when the group was committed: a beginning of every later head's.",
            "required": ["cell", "epoch", "size", "root", "time", "durability"],
            "properties": {
                "cell": {"type": "string"},
                "epoch": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
                "size": {"type": "integer", "minimum": 1, "description": "Groups under its root."},
                "root": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "time": {"type": "string", "format": "date-time"},
                "durability": {"enum": ["local-fsync", "local-fsync+follower", "replicated"]}
            }
        },
        "signature": {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$", "description": "Ed25519, of the head."},
        "kid": {"type": "string", "minLength": 1}
    }
})";

} // namespace bw::submissions
