// What documents say of people and sections (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::institution {

#define BW_ROLES R"({"type": "array", "items": {"enum": ["student", "teacher", "administrator"]}})"
#define BW_PERSON                                                                                  \
    R"("user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
        "username": {"type": "string"},
        "given_name": {"type": "string"},
        "family_name": {"type": "string"},
        "email": {"type": ["string", "null"]},
        "active": {"type": "boolean", "description": "In the roster, and enabled there: else they cannot sign in."},
        "roles": )" BW_ROLES R"(,
        "has_password": {"type": "boolean"},
        "has_second_factor": {"type": "boolean"},
        "signed_in_at": {"type": ["string", "null"], "format": "date-time", "description": "The newest sign-in that is still known; a session is forgotten some weeks after its end."},
        "invited_until": {"type": ["string", "null"], "format": "date-time", "description": "When the invitation that was sent to them ends; null: none is open."})"
#define BW_PERSON_REQUIRED                                                                         \
    R"("user_id", "username", "given_name", "family_name", "email", "active", "roles", "has_password", "has_second_factor", "signed_in_at", "invited_until")"

constexpr std::string_view person_schema = R"({
    "type": "object",
    "required": [)" BW_PERSON_REQUIRED R"(],
    "properties": {)" BW_PERSON R"(}
})";

constexpr std::string_view person_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
        "next": {"type": ["string", "null"], "description": "`cursor` of the next page."}
    }
})";

constexpr std::string_view person_record_schema =
    R"({
    "type": "object",
    "required": [)" BW_PERSON_REQUIRED
    R"(, "source", "sourced_id", "identities", "role_sources", "sections"],
    "properties": {)" BW_PERSON R"(,
        "source": {"type": "string", "description": "The system that they come from."},
        "sourced_id": {"type": "string", "description": "What that system calls them."},
        "identities": {"type": "integer", "minimum": 0, "description": "How many accounts at other providers they can sign in with."},
        "role_sources": {"type": "array", "description": "What makes them what they are.", "items": {
            "type": "object",
            "required": ["role", "name", "org", "source", "granted"],
            "properties": {
                "role": {"enum": ["student", "teacher", "administrator", null], "description": "What it counts for here; null: nothing."},
                "name": {"type": "string", "description": "OneRoster's name of it."},
                "org": {"type": "string"},
                "source": {"type": "string"},
                "granted": {"type": "boolean", "description": "By an administrator, here: else by the roster, and changed there."}
            }
        }},
        "sections": {"type": "array", "items": {
            "type": "object",
            "required": ["section_id", "title", "class_code", "role", "active", "begin_date", "end_date"],
            "properties": {
                "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
                "title": {"type": "string"},
                "class_code": {"type": "string"},
                "role": {"type": "string", "description": "OneRoster's: student, teacher, proctor, administrator."},
                "active": {"type": "boolean"},
                "begin_date": {"type": ["string", "null"], "format": "date"},
                "end_date": {"type": ["string", "null"], "format": "date", "description": "The first day that it holds no more."}
            }
        }}
    }
})";

#undef BW_PERSON
#undef BW_PERSON_REQUIRED

constexpr std::string_view roles_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["administrator"],
    "properties": {"administrator": {"type": "boolean"}}
})";
constexpr std::string_view roles_change_example = R"({"administrator": true})";

#define BW_PLACES R"("roles": {"type": "array", "items": {"enum": ["teacher", "student"]}})"
#define BW_SECTION                                                                                 \
    R"("section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "title": {"type": "string"},
        "class_code": {"type": "string"},
        "course": {"type": "string"},
        )" BW_PLACES

constexpr std::string_view section_line_schema = R"({
    "type": "object",
    "required": ["section_id", "title", "class_code", "course", "roles"],
    "properties": {)" BW_SECTION R"(}
})";

constexpr std::string_view section_line_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/SectionLine"}, "description": "`roles`: the caller's, none of somebody who only administers."},
        "next": {"type": ["string", "null"], "description": "`cursor` of the next page."}
    }
})";

constexpr std::string_view section_details_schema = R"({
    "type": "object",
    "required": ["section_id", "title", "class_code", "course", "roles", "location", "school", "active", "teachers", "students", "terms"],
    "properties": {)" BW_SECTION R"(,
        "location": {"type": "string"},
        "school": {"type": "string"},
        "active": {"type": "boolean"},
        "teachers": {"type": "integer", "minimum": 0, "description": "How many teach it today."},
        "students": {"type": "integer", "minimum": 0, "description": "How many attend it today."},
        "terms": {"type": "array", "items": {
            "type": "object",
            "required": ["title", "begin_date", "end_date"],
            "properties": {
                "title": {"type": "string"},
                "begin_date": {"type": "string", "format": "date"},
                "end_date": {"type": "string", "format": "date"}
            }
        }}
    }
})";

constexpr std::string_view section_member_page_schema = R"({
    "type": "object",
    "required": ["data", "next"],
    "properties": {
        "data": {"type": "array", "items": {
            "type": "object",
            "required": ["user_id", "username", "given_name", "family_name", "roles"],
            "properties": {
                "user_id": {"type": "string", "pattern": "^usr_[0-9a-f]{32}$"},
                "username": {"type": ["string", "null"], "description": "null: not for the caller to know."},
                "given_name": {"type": "string"},
                "family_name": {"type": "string"},
                )" BW_PLACES R"(
            }
        }},
        "next": {"type": ["string", "null"], "description": "`cursor` of the next page."}
    }
})";

#undef BW_PLACES
#undef BW_SECTION

} // namespace bw::institution
