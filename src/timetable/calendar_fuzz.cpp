// Whatever the bytes: a calendar is refused with a place and a reason that can be sent, or its
// events lie within the interval and the limits, in order.
#include <algorithm>
#include <cstdint>

#include "base/ensure.hpp"
#include "timetable/calendar.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw;
    using namespace bw::timetable;
    static const Zone zone = *Zone::find("Australia/Lord_Howe");
    constexpr Instant from{1'780'000'000'000}, until{1'900'000'000'000};
    const CalendarRules rules{
        .bytes = 64 * 1024, .events = 50, .event_instances = 500, .instances = 2'000};
    const auto read = read_icalendar(ByteView(reinterpret_cast<const char*>(data), size), zone,
                                     from, until, rules);
    if (!read) {
        const Error& error = read.error();
        ENSURE(error.code == Code::invalid_field || error.code == Code::payload_too_large,
               "the caller's to mend");
        ENSURE(!error.detail.empty() && is_utf8(error.detail) && is_utf8(error.field),
               "can be sent");
        return 0;
    }
    ENSURE(read->size() <= rules.instances, "bounded");
    ENSURE(std::ranges::is_sorted(*read, {}, &CalendarEvent::begin), "in order");
    for (const CalendarEvent& one : *read) {
        ENSURE(one.begin >= from && one.begin < until && one.end >= one.begin, "in the interval");
        ENSURE(is_utf8(one.uid) && is_utf8(one.summary) && is_utf8(one.location), "text");
    }
    return 0;
}
