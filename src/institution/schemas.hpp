// What documents say of this module's requests and answers (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::institution {

#define BW_LOOKS                                                                                   \
    R"("short_name": {"type": ["string", "null"], "description": "For where the whole name does not fit."},
        "accent_color": {"type": ["string", "null"], "pattern": "^#[0-9a-f]{6}$", "description": "null: none was chosen."},
        "accent_text_color": {"enum": ["#000000", "#ffffff", null], "description": "Of text on the accent colour: the one of the two that is read more easily, with a contrast of 4.5 at least."},
        "logo_url": {"type": ["string", "null"], "description": "A path of this host."})"

constexpr std::string_view institution_schema = R"({
    "type": "object",
    "required": ["name", "locale", "time_zone", "short_name", "accent_color", "accent_text_color", "logo_url"],
    "properties": {
        "name": {"type": "string"},
        "locale": {"type": "string", "description": "BCP 47."},
        "time_zone": {"type": "string", "description": "IANA."},
        )" BW_LOOKS R"(
    }
})";

constexpr std::string_view branding_schema = R"({
    "type": "object",
    "required": ["short_name", "accent_color", "accent_text_color", "logo_url"],
    "properties": {)" BW_LOOKS R"(}
})";

#undef BW_LOOKS

constexpr std::string_view branding_change_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["short_name", "accent_color"],
    "properties": {
        "short_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 40},
        "accent_color": {"type": ["string", "null"], "pattern": "^#[0-9A-Fa-f]{6}$"}
    }
})";
constexpr std::string_view branding_example =
    R"({"short_name": "North Hill", "accent_color": "#1a73e8"})";

} // namespace bw::institution
