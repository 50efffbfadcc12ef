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
    "required": ["assignment_id", "title", "section_id", "section_title", "due_at", "version"],
    "properties": {
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "title": {"type": "string"},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "section_title": {"type": "string"},
        "due_at": {"type": "string", "format": "date-time"},
        "version": {"type": "integer", "minimum": 1, "description": "In quotes, the ETag."}
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

constexpr std::string_view due_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["due_at"],
    "properties": {"due_at": {"type": "string", "format": "date-time", "minLength": 20, "maxLength": 64,
        "description": "RFC 3339, of the years 1970 to 9999."}}
})";
constexpr std::string_view due_example = R"({"due_at": "2030-09-02T09:00:00Z"})";

// ---- submissions ----

constexpr std::string_view offer_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["assignment_id", "text"],
    "properties": {
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "text": {"type": "string", "minLength": 1, "maxLength": 262144, "description": "At most 262144 bytes of UTF-8."}
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
        "reason": {"enum": ["not_enrolled", "unknown_assignment"], "description": "Of a refusal, and only then."},
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
        "content_sha256", "text", "refused_contents", "receipt"],
    "properties": {
        )" BW_RECORDED_PROPERTIES R"(,
        "text": {"type": "string", "maxLength": 262144},
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
        "content_bytes", "content_sha256", "clock", "statement", "nonce", "index", "path", "group", "head_path", "head", "signature", "kid"],
    "properties": {
        "version": {"const": 2},
        "submission_id": {"type": "string", "pattern": "^sub_[0-9a-f]{32}$"},
        "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$"},
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "assignment_id": {"type": "string", "pattern": "^asg_[0-9a-f]{32}$"},
        "idempotency_key": {"type": "string", "minLength": 1, "maxLength": 128},
        "received_at": {"type": "string", "format": "date-time"},
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
                "durability": {"const": "local-fsync"}
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
                "durability": {"const": "local-fsync"}
            }
        },
        "signature": {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$", "description": "Ed25519, of the head."},
        "kid": {"type": "string", "minLength": 1}
    }
})";

} // namespace bw::submissions
