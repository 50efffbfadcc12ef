// What documents say of this module's bodies: JSON Schema for its routes, which enforce what stands
// here. Limits that count bytes are said in words: JSON Schema counts characters.
#pragma once

#include <string_view>

namespace bw::accounts {

constexpr std::string_view password_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["current_password", "new_password"],
    "properties": {
        "current_password": {"type": "string", "format": "password", "minLength": 1, "maxLength": 1024,
            "description": "At most 1024 bytes of UTF-8."},
        "new_password": {"type": "string", "format": "password", "minLength": 1, "maxLength": 1024,
            "description": "At most 1024 bytes of UTF-8; as long as the institution's policy asks, and none that others try first."},
        "device": {"type": "string", "minLength": 1, "maxLength": 200,
            "description": "As at sign-in, of the new session."},
        "mode": {"enum": ["bearer", "cookie"],
            "description": "As at sign-in. Without it: where the access token of this request stood."}
    }
})";
constexpr std::string_view password_change_example =
    R"({"current_password": "bell-at-nine", "new_password": "three blue kettles"})";

constexpr std::string_view password_reset_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "description": "One of the two.",
    "properties": {
        "username": {"type": "string", "minLength": 1, "maxLength": 255,
            "description": "As in the roster; case does not count. At most 255 bytes of UTF-8."},
        "email": {"type": "string", "minLength": 1, "maxLength": 254,
            "description": "As in the roster; case does not count. Each person with this address gets a link. At most 254 bytes of UTF-8."}
    }
})";
constexpr std::string_view password_reset_example = R"({"username": "ada"})";

constexpr std::string_view password_choice_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["new_password"],
    "description": "A link's `token`, or `username` and `code`.",
    "properties": {
        "token": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^bwl_[A-Za-z0-9_-]{43}$",
            "description": "What stands behind `#token=` in the link."},
        "username": {"type": "string", "minLength": 1, "maxLength": 255,
            "description": "As in the roster; case does not count. At most 255 bytes of UTF-8."},
        "code": {"type": "string", "minLength": 1, "maxLength": 40,
            "description": "Of a card (10 characters) or a class (6). Case, blanks and dashes do not count."},
        "new_password": {"type": "string", "format": "password", "minLength": 1, "maxLength": 1024,
            "description": "At most 1024 bytes of UTF-8; as long as the institution's policy asks, and none that others try first."}
    }
})";
constexpr std::string_view password_choice_example =
    R"({"username": "ada", "code": "BCDFG-HJKMN", "new_password": "three blue kettles"})";

#define BW_ACCOUNTS_POLICY                                                                         \
    R"("staff_chars_min": {"type": "integer", "minimum": 8, "maximum": 64,
            "description": "Of whoever is anything but a student, in characters."},
        "student_chars_min": {"type": "integer", "minimum": 4, "maximum": 64,
            "description": "Under 8 for young pupils; such passwords are not looked for among leaked ones."},
        "shared_device_minutes": {"type": "integer", "minimum": 5, "maximum": 1440,
            "description": "How long a session lives that is begun on a shared device."})"

constexpr std::string_view password_policy_schema = R"({
    "type": "object",
    "required": ["staff_chars_min", "student_chars_min", "shared_device_minutes"],
    "properties": {
        )" BW_ACCOUNTS_POLICY R"(
    }
})";
constexpr std::string_view password_policy_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        )" BW_ACCOUNTS_POLICY R"(
    }
})";
constexpr std::string_view password_policy_example = R"({"student_chars_min": 8})";
#undef BW_ACCOUNTS_POLICY

#define BW_ACCOUNTS_NAMES                                                                          \
    R"("user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "username": {"type": "string"},
        "given_name": {"type": "string"},
        "family_name": {"type": "string"})"

// ---- invitations ----

constexpr std::string_view invite_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "description": "Whom: exactly one of these.",
    "properties": {
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$", "description": "One person."},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$", "description": "Everybody enrolled in it."},
        "org_id": {"type": "string", "pattern": "^org_[0-9a-f]{32}$", "description": "Everybody with a role there."},
        "everybody": {"const": true, "description": "All of the institution."}
    }
})";
constexpr std::string_view invite_example =
    R"({"section_id": "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1"})";

constexpr std::string_view invited_schema = R"({
    "type": "object",
    "required": ["data", "more", "with_password", "without_address"],
    "properties": {
        "data": {"type": "array", "maxItems": 100, "items": {
            "type": "object",
            "required": ["invitation_id", "user_id", "expires_at"],
            "properties": {
                "invitation_id": {"type": "string", "pattern": "^vou_[0-9a-f]{32}$"},
                "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
                "expires_at": {"type": "string", "format": "date-time"}
            }
        }},
        "more": {"type": "boolean", "description": "There are more than one call invites: call again with the same body."},
        "with_password": {"type": "integer", "minimum": 0, "description": "How many were left out because they have a password."},
        "without_address": {"type": "integer", "minimum": 0, "description": "How many have neither a password nor an address."}
    }
})";

#define BW_ACCOUNTS_INVITATION                                                                     \
    R"("type": "object",
    "required": ["invitation_id", "user_id", "username", "given_name", "family_name", "invited_by", "invited_at", "expires_at", "state"],
    "properties": {
        "invitation_id": {"type": "string", "pattern": "^vou_[0-9a-f]{32}$"},
        )" BW_ACCOUNTS_NAMES R"(,
        "invited_by": {"type": ["string", "null"], "pattern": "^usr_[0-9a-f]{32}$"},
        "invited_at": {"type": "string", "format": "date-time"},
        "expires_at": {"type": "string", "format": "date-time"},
        "state": {"enum": ["open", "used", "revoked", "replaced", "expired"],
            "description": "replaced: by a newer one, or by a password set another way."}
    })"

constexpr std::string_view invitation_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "maxItems": 500, "items": {)" BW_ACCOUNTS_INVITATION R"(}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: this was the last."}
    }
})";
#undef BW_ACCOUNTS_INVITATION

constexpr std::string_view resent_schema = R"({
    "type": "object",
    "required": ["invitation_id", "user_id", "expires_at"],
    "properties": {
        "invitation_id": {"type": "string", "pattern": "^vou_[0-9a-f]{32}$", "description": "Of the new one; the old link has ended."},
        "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "expires_at": {"type": "string", "format": "date-time"}
    }
})";

// ---- a teacher's section ----

constexpr std::string_view section_accounts_schema = R"({
    "type": "object",
    "required": ["section_title", "data"],
    "properties": {
        "section_title": {"type": "string"},
        "data": {"type": "array", "items": {
            "type": "object",
            "required": ["user_id", "username", "given_name", "family_name", "has_password", "has_card"],
            "properties": {
                )" BW_ACCOUNTS_NAMES R"(,
                "has_password": {"type": "boolean"},
                "has_card": {"type": "boolean", "description": "One that is open."}
            }
        }}
    }
})";

#define BW_ACCOUNTS_CHOSEN                                                                         \
    R"("students": {"enum": ["without_password", "all"],
            "description": "Whom it is for; without this and `user_ids`: those without a password."},
        "user_ids": {"type": "array", "minItems": 1, "maxItems": 200,
            "items": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
            "description": "Instead: these students of the section."})"

constexpr std::string_view class_code_request_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "minutes": {"type": "integer", "minimum": 1, "maximum": 60, "description": "How long it counts; without it: 15."},
        )" BW_ACCOUNTS_CHOSEN R"(
    }
})";
constexpr std::string_view class_code_request_example = R"({"minutes": 15, "students": "all"})";

constexpr std::string_view cards_request_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "hours": {"type": "integer", "minimum": 1, "maximum": 2160, "description": "How long each counts; without it: 720, which is 30 days."},
        )" BW_ACCOUNTS_CHOSEN R"(
    }
})";
constexpr std::string_view cards_request_example = R"({"hours": 48, "students": "all"})";
#undef BW_ACCOUNTS_CHOSEN

constexpr std::string_view class_code_schema = R"({
    "type": "object",
    "required": ["class_code_id", "code", "expires_at", "open_for"],
    "properties": {
        "class_code_id": {"type": "string", "pattern": "^cco_[0-9a-f]{32}$"},
        "code": {"type": "string", "pattern": "^[2-9B-Z]{3}-[2-9B-Z]{3}$", "description": "To be shown to the class. It is not kept: a lost one is made anew."},
        "expires_at": {"type": "string", "format": "date-time"},
        "open_for": {"type": "integer", "minimum": 1, "description": "How many students it is for."}
    }
})";

constexpr std::string_view class_code_state_schema = R"({
    "type": "object",
    "required": ["class_code_id", "made_by", "made_at", "expires_at", "ended_at", "misses", "students"],
    "properties": {
        "class_code_id": {"type": "string", "pattern": "^cco_[0-9a-f]{32}$"},
        "made_by": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "made_at": {"type": "string", "format": "date-time"},
        "expires_at": {"type": "string", "format": "date-time"},
        "ended_at": {"type": ["string", "null"], "format": "date-time", "description": "Ended before its time."},
        "misses": {"type": "integer", "minimum": 0, "description": "How often somebody who knew the code named a person for whom it was not open, or not any more."},
        "students": {"type": "array", "items": {
            "type": "object",
            "required": ["user_id", "username", "given_name", "family_name", "used_at"],
            "properties": {
                )" BW_ACCOUNTS_NAMES R"(,
                "used_at": {"type": ["string", "null"], "format": "date-time", "description": "When a password was chosen under this name."}
            }
        }}
    }
})";

constexpr std::string_view cards_schema = R"({
    "type": "object",
    "required": ["section_title", "expires_at", "cards"],
    "properties": {
        "section_title": {"type": "string"},
        "expires_at": {"type": "string", "format": "date-time"},
        "cards": {"type": "array", "maxItems": 200, "items": {
            "type": "object",
            "required": ["user_id", "username", "given_name", "family_name", "code", "link"],
            "properties": {
                )" BW_ACCOUNTS_NAMES R"(,
                "code": {"type": "string", "pattern": "^[2-9B-Z]{5}-[2-9B-Z]{5}$", "description": "Not kept: a lost one is made anew."},
                "link": {"type": "string", "format": "uri", "description": "Where it is used, with name and code behind '#'."}
            }
        }}
    }
})";

constexpr std::string_view sessions_ended_schema = R"({
    "type": "object",
    "required": ["sessions_ended"],
    "properties": {
        "sessions_ended": {"type": "integer", "minimum": 0, "description": "That went on until now."}
    }
})";

#undef BW_ACCOUNTS_NAMES

} // namespace bw::accounts
