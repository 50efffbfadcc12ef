// Whatever the bytes: a calendar, a lesson or a change of a day is refused with its place, or has
// values that there are; a calendar comes back the same when it is written and read again.
#include <cstdint>

#include "base/ensure.hpp"
#include "timetable/timetable_json.hpp"

namespace {

using namespace bw;
using namespace bw::timetable;

void refused(const Error& error) {
    ENSURE(error.code == Code::invalid_field || error.code == Code::bad_request,
           "the caller's to mend");
    ENSURE(!error.detail.empty() && is_utf8(error.field), "can be sent");
}

template <class Write>
std::string written(Write&& write) {
    JsonWriter json;
    json.object();
    write(json);
    json.end();
    return json.take();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
    case 0: {
        Timetable one{.zone = "UTC"}, again{.zone = "UTC"};
        if (const auto read = read_calendar(text, one); !read) {
            refused(read.error());
            break;
        }
        if (one.rotation.names.empty())
            one.rotation = {}; // none take turns, whatever else was said
        const std::string said = written([&](JsonWriter& json) { write_calendar(json, one); });
        ENSURE(read_calendar(said, again), "can be read");
        ENSURE(again == one, "the same again");
        break;
    }
    case 1: {
        Lesson lesson;
        if (const auto read = read_lesson(text, Rotation{.names = {"A", "B 2"}}, lesson); !read)
            refused(read.error());
        else
            ENSURE(lesson.days < 1U << 7 && lesson.rotation < 1U << 2, "days that there are");
        break;
    }
    default:
        if (const auto read = read_change(text); !read)
            refused(read.error());
        else
            ENSURE(!written([&](JsonWriter& json) { write_change(json, *read); }).empty(),
                   "can be written");
    }
    return 0;
}
