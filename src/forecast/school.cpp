#include "forecast/school.hpp"

#include <string>

namespace bw::forecast {
namespace {

constexpr std::uint8_t form = 1;

class Reader {
public:
    explicit Reader(ByteView bytes) : left_(bytes) {}

    template <class Integer>
    Integer take() {
        if (left_.size() < sizeof(Integer)) {
            good_ = false;
            left_ = {};
            return 0;
        }
        const auto value = get_le<Integer>(left_);
        left_.remove_prefix(sizeof(Integer));
        return value;
    }
    std::string text() {
        const auto size = take<std::uint8_t>();
        if (left_.size() < size) {
            good_ = false;
            return {};
        }
        std::string out(left_.substr(0, size));
        left_.remove_prefix(size);
        return out;
    }
    /// So many items of `bytes` each may follow.
    std::size_t count(std::size_t bytes) {
        const auto count = take<std::uint32_t>();
        if (count > left_.size() / bytes) {
            good_ = false;
            return 0;
        }
        return count;
    }
    bool ended_well() const { return good_ && left_.empty(); }

private:
    ByteView left_;
    bool good_ = true;
};

} // namespace

Bytes to_bytes(const School& school) {
    Bytes out;
    put_le(out, form);
    put_le(out, static_cast<std::uint8_t>(school.zone.name().size()));
    out += school.zone.name();
    put_le(out, school.people);
    put_le(out, static_cast<std::uint8_t>((school.timetable ? 1 : 0) | (school.providers ? 2 : 0) |
                                          (school.live ? 4 : 0)));
    put_le(out, static_cast<std::uint32_t>(school.bells.size()));
    for (const Bell& bell : school.bells) {
        put_le(out, bell.at.ms);
        put_le(out, bell.people);
        put_le(out, bell.live);
    }
    put_le(out, static_cast<std::uint32_t>(school.dues.size()));
    for (const Due& due : school.dues) {
        put_le(out, due.at.ms);
        put_le(out, due.students);
        put_le(out, due.submitted);
    }
    return out;
}

Result<School> school_from(ByteView bytes) {
    Reader reader(bytes);
    const bool known = reader.take<std::uint8_t>() == form;
    auto zone = timetable::Zone::find(reader.text());
    if (!known || !zone)
        return fail(Code::corrupt, "what was known of a school does not read");
    School school{.zone = *std::move(zone), .bells = {}, .dues = {}};
    school.people = reader.take<std::uint32_t>();
    const auto flags = reader.take<std::uint8_t>();
    school.timetable = (flags & 1) != 0;
    school.providers = (flags & 2) != 0;
    school.live = (flags & 4) != 0;
    for (std::size_t left = reader.count(16); left > 0; --left) {
        const Instant at{reader.take<std::int64_t>()};
        const auto people = reader.take<std::uint32_t>();
        school.bells.push_back({at, people, reader.take<std::uint32_t>()});
    }
    for (std::size_t left = reader.count(16); left > 0; --left) {
        const Instant at{reader.take<std::int64_t>()};
        const auto students = reader.take<std::uint32_t>();
        school.dues.push_back({at, students, reader.take<std::uint32_t>()});
    }
    if (!reader.ended_well())
        return fail(Code::corrupt, "what was known of a school does not read");
    return school;
}

Window day_at(const timetable::Zone& zone, Instant now) {
    constexpr timetable::Minute three = 180;
    const timetable::WallTime wall = zone.wall(now);
    timetable::Date date = wall.date;
    if (wall.minute < three)
        date -= std::chrono::days(1);
    const Instant from = zone.at({date, three}),
                  until = zone.at({date + std::chrono::days(1), three});
    return {from, static_cast<std::int32_t>((until.ms - from.ms) / 60'000)};
}

} // namespace bw::forecast
