// Timetables as CSV, a table each for bell schedules, exceptions and lessons. The columns stand in
// the README; the reader is roster's.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "timetable/timetable.hpp"

namespace bw::timetable {

/// All three: invalid_field with "file:line:column" for text, header, words and times;
/// payload_too_large for more than `rows_limit` rows. What rows mean together, Plan::make checks.
Result<std::vector<BellSchedule>> schedules_from_csv(ByteView text, std::size_t rows_limit = 4'096);
Result<std::vector<Exception>> exceptions_from_csv(ByteView text, std::size_t rows_limit = 4'000);
/// `rotation` are its names. A lesson without an id gets lesson_id_of.
Result<std::vector<Lesson>> lessons_from_csv(ByteView text,
                                             const std::vector<std::string>& rotation,
                                             std::size_t rows_limit = 50'000);

/// Of section, period, days, rotation and term: the same lesson has the same id when it comes
/// again.
LessonId lesson_id_of(const Lesson& lesson);

std::string to_csv(const std::vector<BellSchedule>& schedules);
std::string to_csv(const std::vector<Exception>& exceptions);
std::string to_csv(const std::vector<Lesson>& lessons, const std::vector<std::string>& rotation);

} // namespace bw::timetable
