// What documents say of this module's requests and answers (JSON Schema 2020-12).
#pragma once

#include <string_view>

namespace bw::live {

constexpr std::string_view live_class_id_schema =
    R"({"type": "string", "pattern": "^liv_[0-9a-f]{32}$"})";

#define BW_STATES                                                                                  \
    R"({"enum": ["planned", "armed", "slate", "warm", "live", "ended", "archived", "failed"]})"
#define BW_RIGHTS                                                                                  \
    R"({"type": "array", "maxItems": 4, "items": {"enum": ["audio", "video", "screen", "data"]}, "description": "What may be sent in the room."})"

constexpr std::string_view live_lesson_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["lesson_id", "version", "students_may"],
    "properties": {
        "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
        "version": {"type": "integer"},
        "students_may": )" BW_RIGHTS R"(
    }
})";
constexpr std::string_view new_live_lesson_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["students_may"],
    "properties": {
        "students_may": )" BW_RIGHTS R"(
    }
})";
constexpr std::string_view new_live_lesson_example = R"({"students_may": ["data"]})";

constexpr std::string_view live_class_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["live_class_id", "lesson_id", "section_id", "title", "teacher_id", "begins_at", "ends_at", "opens_at", "cancelled", "state", "recording", "plan"],
    "properties": {
        "live_class_id": {"type": "string", "pattern": "^liv_[0-9a-f]{32}$"},
        "lesson_id": {"type": "string", "pattern": "^les_[0-9a-f]{32}$"},
        "section_id": {"type": "string", "pattern": "^sec_[0-9a-f]{32}$"},
        "title": {"type": "string"},
        "teacher_id": {"oneOf": [{"type": "string", "pattern": "^usr_[0-9a-f]{32}$"}, {"type": "null"}], "description": "Who teaches it on this day, substitutes too."},
        "begins_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
        "opens_at": {"type": "string", "format": "date-time", "description": "From then on people may join."},
        "cancelled": {"type": "boolean"},
        "state": )" BW_STATES R"(,
        "recording": {"oneOf": [{"type": "string"}, {"type": "null"}]},
        "plan": {"oneOf": [{"$ref": "#/components/schemas/LiveClassPlan"}, {"type": "null"}], "description": "For whoever teaches it; null for the others, and in lists."}
    }
})";
constexpr std::string_view live_class_plan_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["go", "concerns", "signal", "slate_on", "warm_planned", "warm_verified", "ingests"],
    "properties": {
        "go": {"type": "boolean", "description": "All is as planned for this moment."},
        "concerns": {"type": "array", "items": {"type": "string"}, "description": "Why not."},
        "signal": {"enum": ["none", "stalled", "flowing"], "description": "What came from the teacher's encoder, when it was looked at last."},
        "slate_on": {"type": "boolean"},
        "warm_planned": {"type": "integer", "description": "Pairs of edge and rendition."},
        "warm_verified": {"type": "integer"},
        "ingests": {"type": "array", "description": "Where an encoder sends to; whoever has the key is the teacher.", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["protocol", "url", "user", "key"],
            "properties": {
                "protocol": {"enum": ["rtmp", "srt", "whip", "hls_push"]},
                "url": {"type": "string"},
                "user": {"type": "string"},
                "key": {"type": "string"}
            }
        }}
    }
})";
constexpr std::string_view live_class_list_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["data"],
    "properties": {
        "data": {"type": "array", "maxItems": 500, "items": {"$ref": "#/components/schemas/LiveClass"}, "description": "In order of their beginnings."}
    }
})";

constexpr std::string_view joined_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["live_class_id", "title", "state", "on_air", "begins_at", "ends_at", "role", "playback", "edges", "renew_at", "play_at", "wait_ms", "grant", "heartbeat"],
    "properties": {
        "live_class_id": {"type": "string", "pattern": "^liv_[0-9a-f]{32}$"},
        "title": {"type": "string"},
        "state": )" BW_STATES R"(,
        "on_air": {"enum": ["nothing", "slate", "teacher"]},
        "begins_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
        "role": {"enum": ["student", "teacher"]},
        "playback": {"description": "Null: there is no stream yet; ask again at `renew_at`.", "oneOf": [{"type": "null"}, {
            "type": "object",
            "additionalProperties": false,
            "required": ["url", "cookies", "expires_at"],
            "properties": {
                "url": {"type": "string", "description": "Of the HLS playlist."},
                "cookies": {"type": "array", "description": "That the player has to send.", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["name", "value", "domain", "path"],
                    "properties": {
                        "name": {"type": "string"},
                        "value": {"type": "string"},
                        "domain": {"type": "string"},
                        "path": {"type": "string"}
                    }
                }},
                "expires_at": {"type": "string", "format": "date-time"}
            }
        }]},
        "edges": {"type": "array", "maxItems": 8, "items": {"type": "string"}, "description": "Where `playback.url` may be had, the best first for the caller's region: it is at the first; a player that loses one goes on with the next. Empty: `playback.url` is all there is."},
        "renew_at": {"type": "string", "format": "date-time", "description": "Join again then: a moment of one's own."},
        "play_at": {"type": "string", "format": "date-time", "description": "When the player starts: players start apart, so that edges are not asked by all at once."},
        "wait_ms": {"type": "integer", "minimum": 0, "description": "The same from now, for clocks that are wrong."},
        "heartbeat": {"description": "For POST .../heartbeats; the first join's, as long as the player lives. Null: nothing is counted.", "oneOf": [{"type": "null"}, {
            "type": "object",
            "additionalProperties": false,
            "required": ["token", "every_ms"],
            "properties": {
                "token": {"type": "string"},
                "every_ms": {"type": "integer", "minimum": 1}
            }
        }]},
        "grant": {
            "type": "object",
            "additionalProperties": false,
            "required": ["token", "may", "expires_at"],
            "description": "For the class's room: to enter by until it expires.",
            "properties": {
                "token": {"type": "string"},
                "may": )" BW_RIGHTS R"(,
                "expires_at": {"type": "string", "format": "date-time"}
            }
        }
    }
})";

constexpr std::string_view live_board_schema = R"({
    "type": "object",
    "additionalProperties": false,
    "required": ["as_of", "states", "no_go", "people", "cut", "leader", "classes"],
    "properties": {
        "as_of": {"type": "string", "format": "date-time"},
        "states": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "How many classes about now are in each."},
        "no_go": {"type": "integer", "description": "How many have concerns."},
        "people": {"type": "integer", "description": "Of open classes, known in this process."},
        "cut": {"type": "boolean", "description": "There are more classes than a process keeps; of each institution the first are known."},
        "leader": {"description": "Null: this process is of another role.", "oneOf": [{"type": "null"}, {
            "type": "object",
            "additionalProperties": false,
            "required": ["leads", "clock_off_ms", "steps", "faults", "lost"],
            "properties": {
                "leads": {"type": "boolean"},
                "clock_off_ms": {"type": "integer", "description": "This process's clock against the database's."},
                "steps": {"type": "integer"},
                "faults": {"type": "integer"},
                "lost": {"type": "integer", "description": "Steps that a change or another leader forestalled."}
            }
        }]},
        "classes": {"type": "array", "maxItems": 500, "description": "That are not over, those with concerns first.", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["tenant_id", "live_class_id", "begins_at", "ends_at", "state", "go", "concerns", "people", "warm_planned", "warm_verified"],
            "properties": {
                "tenant_id": {"type": "string", "pattern": "^ten_[0-9a-f]{32}$"},
                "live_class_id": {"type": "string", "pattern": "^liv_[0-9a-f]{32}$"},
                "begins_at": {"type": "string", "format": "date-time"},
                "ends_at": {"type": "string", "format": "date-time"},
                "state": )" BW_STATES R"(,
                "go": {"type": "boolean"},
                "concerns": {"type": "array", "items": {"type": "string"}},
                "people": {"type": "integer"},
                "warm_planned": {"type": "integer"},
                "warm_verified": {"type": "integer"}
            }
        }}
    }
})";

#undef BW_STATES
#undef BW_RIGHTS

} // namespace bw::live
