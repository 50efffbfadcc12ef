// What a live class is: one lesson on one day that is held live, and how far its plan has come.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "timetable/timetable.hpp"
#include "video/provider.hpp"

namespace bw::live {

struct LiveClassKind {
    static constexpr const char* prefix = "liv";
};
using LiveClassId = Id<LiveClassKind>;

/// What the table of plan.hpp leads through.
enum class State : std::uint8_t { planned, armed, slate, warm, live, ended, archived, failed };
constexpr std::array<std::string_view, 8> state_names = {"planned", "armed", "slate",    "warm",
                                                         "live",    "ended", "archived", "failed"};
constexpr std::string_view name(State state) {
    return state_names[static_cast<std::size_t>(state)];
}
/// As it stands in the database.
State state_named(std::string_view text);
video::Signal signal_named(std::string_view text);

/// What somebody may send in a room.
enum class Right : std::uint8_t { audio = 1, video = 2, screen = 4, data = 8 };
constexpr std::array<std::pair<Right, std::string_view>, 4> right_names = {
    {{Right::audio, "audio"},
     {Right::video, "video"},
     {Right::screen, "screen"},
     {Right::data, "data"}}};

class Rights {
public:
    constexpr Rights() = default;
    constexpr Rights(Right right) : bits_(static_cast<std::uint8_t>(right)) {}
    constexpr bool has(Right right) const { return bits_ & static_cast<std::uint8_t>(right); }
    constexpr Rights with(Right right) const {
        return of_bits(bits_ | static_cast<std::uint8_t>(right));
    }
    constexpr std::uint8_t bits() const { return bits_; }
    static constexpr Rights of_bits(std::int64_t bits) {
        Rights out;
        out.bits_ = static_cast<std::uint8_t>(bits & 15);
        return out;
    }
    constexpr bool operator==(const Rights&) const = default;

private:
    std::uint8_t bits_ = 0;
};
constexpr Rights all_rights = Rights::of_bits(15);

/// That a lesson is held live.
struct LiveLesson {
    timetable::LessonId lesson;
    std::int64_t version = 0;
    Rights students_may;

    bool operator==(const LiveLesson&) const = default;
};

/// What the timetable says of it; the rest is the plan's.
struct Dated {
    LiveClassId id;
    timetable::LessonId lesson;
    timetable::Date day;
    SectionId section;
    std::optional<UserId> teacher = {};
    std::string title;
    Instant begins, ends;
    Rights students_may = {};
    bool cancelled = false;
};

/// How far it is.
struct Progress {
    State state = State::planned;
    std::optional<State> failed_in = {}; // of `failed` alone: where it goes on
    std::int64_t round = 1;              // of its stream
    bool asked = false;                  // a stream was asked for: there may be one
    std::string provider = {}, ref = {}; // empty: none is known
    Bytes ingests = {};                  // sealed
    std::optional<Instant> quota_at = {};
    std::int64_t quota_short = 0;
    bool slate_on = false;
    video::Signal signal = video::Signal::none;
    std::optional<Instant> polled_at = {}, swept_at = {};
    std::int64_t warm_planned = 0, warm_verified = 0;
    std::int64_t attempts = 0;              // in vain, at the same step
    std::optional<Instant> not_before = {}; // of the next attempt
    std::string fault = {}; // of the last attempt, for people: what was done in vain, and why
    std::optional<Instant> ended_at = {};
    std::string recording = {};

    bool operator==(const Progress&) const = default;
    /// The last sweep found all warm.
    bool covered() const { return swept_at && warm_verified >= warm_planned; }
};

struct LiveClass : Dated, Progress {
    std::int64_t version = 0;
};

/// The same lesson on the same day is the same class, whoever writes it down first.
LiveClassId class_id(TenantId tenant, timetable::LessonId lesson, timetable::Date day);

} // namespace bw::live
