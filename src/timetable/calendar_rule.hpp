// Which recurrences are followed. libical looks for a rule's next day for up to two seconds when
// there is none ("5th Monday on the 1st"), so rules that could never come true are refused first.
#pragma once

#include <libical/ical.h>

namespace bw::timetable {

/// What is wrong with it; nullptr: nothing, and the next day is always near.
const char* fault_of(const icalrecurrencetype& rule, const icaltimetype& start);

} // namespace bw::timetable
