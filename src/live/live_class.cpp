#include "live/live_class.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/ensure.hpp"

namespace bw::live {

State state_named(std::string_view text) {
    const auto* const found = std::ranges::find(state_names, text);
    ENSURE(found != state_names.end(), "the database checks states");
    return static_cast<State>(found - state_names.begin());
}

video::Signal signal_named(std::string_view text) {
    for (const auto signal : {video::Signal::none, video::Signal::stalled, video::Signal::flowing})
        if (to_text(signal) == text)
            return signal;
    ENSURE(false, "the database checks signals");
    return {};
}

LiveClassId class_id(TenantId tenant, timetable::LessonId lesson, timetable::Date day) {
    Bytes number;
    put_le(number, static_cast<std::int64_t>(day.time_since_epoch().count()));
    return {
        make_uuid_v8(view(sha256({"live class", view(tenant.uuid), view(lesson.uuid), number})))};
}

} // namespace bw::live
