// A timetable's parts as JSON: the calendar (everything but lessons and their changes), a lesson, a
// change of one day. The shapes stand in schemas.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "timetable/timetable.hpp"

namespace bw::timetable {

/// Of the calendar; parts that are missing in the text stay as they are in `into`. invalid_field
/// with a JSON pointer for what has another shape; what it means, Plan::make checks.
Result<void> read_calendar(std::string_view json, Timetable& into);
/// The members, into an object that is open.
void write_calendar(JsonWriter& json, const Timetable& timetable);

void write_exception(JsonWriter& json, const Exception& exception);

/// A list of names, as write_calendar writes that of the rotation.
Result<std::vector<std::string>> read_rotation_names(std::string_view json);

/// Members that are missing stay. `rotation` are the names that the lesson's days may have.
Result<void> read_lesson(std::string_view json, const Rotation& rotation, Lesson& into);
void write_lesson(JsonWriter& json, const Lesson& lesson, std::span<const std::string> rotation);

/// lesson and date are the caller's.
Result<Change> read_change(std::string_view json);
void write_change(JsonWriter& json, const Change& change);

/// "2026-11-30", of 2000 to 2037; invalid_field with that pointer.
Result<Date> date_in(std::string_view text, std::string_view pointer);
std::string date_text(Date date);

} // namespace bw::timetable
