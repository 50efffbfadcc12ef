#include "timetable/timetable_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/strict_json.hpp"

namespace bw::timetable {

namespace {

using namespace strict_json;

// Only against bodies that are far too large; what a name may have, Plan::make says.
constexpr std::size_t text_limit = 4'096, list_limit = 100'000;
constexpr std::array<std::string_view, 7> weekdays{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
constexpr std::array<std::string_view, 4> kinds{"holiday", "half_day", "exam_day", "swap"};
constexpr std::array<std::string_view, 2> advances{"school_days", "calendar_weeks"};

template <std::size_t N>
std::optional<std::uint8_t> place_of(const std::array<std::string_view, N>& words,
                                     std::string_view word) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end())
        return std::nullopt;
    return static_cast<std::uint8_t>(found - words.begin());
}

std::optional<Element> member(Element in, const char* name) {
    Element value;
    if (in[name].get(value) != simdjson::SUCCESS)
        return std::nullopt;
    return value;
}

/// Missing and null are the empty text.
Result<std::string> plain_text(Element in, const char* name, const std::string& at) {
    if (const auto value = member(in, name); !value || value->is_null())
        return std::string();
    return TRY(text_in(in, name, text_limit, at)).value_or("");
}

template <std::size_t N>
Result<std::uint8_t> word_in(Element in, const char* name,
                             const std::array<std::string_view, N>& words, const std::string& at) {
    const auto place = place_of(words, TRY(required_text_in(in, name, text_limit, at)));
    if (!place)
        return fail(Code::invalid_field, fmt::format("expected {}", fmt::join(words, ", ")),
                    at + "/" + name);
    return *place;
}

Result<Date> date_member(Element in, const char* name, const std::string& at) {
    return date_in(TRY(required_text_in(in, name, text_limit, at)), at + "/" + name);
}

Result<Minute> minute_in(Element in, const char* name, const std::string& at) {
    const auto minute = parse_minute(TRY(required_text_in(in, name, text_limit, at)));
    if (!minute)
        return fail(Code::invalid_field, "has to be a time of the day, e.g. 08:45",
                    at + "/" + name);
    return *minute;
}

template <class IdType>
Result<std::optional<IdType>> id_member(Element in, const char* name, const std::string& at) {
    if (const auto value = member(in, name); !value || value->is_null())
        return std::optional<IdType>();
    const auto id = IdType::parse(TRY(required_text_in(in, name, text_limit, at)));
    if (!id)
        return fail(Code::invalid_field, "is no id of this kind", at + "/" + name);
    return id;
}

/// read(item, pointer) of each element.
template <class T, class Read>
Result<std::vector<T>> list_in(Element list, const std::string& at, Read&& read) {
    std::vector<T> out;
    for (const Element item : TRY(items_in(list, list_limit, at)))
        out.push_back(TRY(read(item, fmt::format("{}/{}", at, out.size()))));
    return out;
}

Result<std::string> text_item(Element item, const std::string& at) {
    std::string_view text;
    if (item.is_null())
        return std::string();
    if (item.get(text) != simdjson::SUCCESS || text.size() > text_limit)
        return fail(Code::invalid_field, "must be a text", at);
    return std::string(text);
}

/// The bits of the words that a list names; without the member 0.
template <class Find>
Result<std::uint32_t> bits_in(Element in, const char* name, const std::string& at, Find&& find) {
    const auto list = member(in, name);
    std::uint32_t bits = 0;
    if (!list)
        return bits;
    const std::string here = at + "/" + name;
    std::size_t at_item = 0;
    for (const std::string& word : TRY(list_in<std::string>(*list, here, text_item))) {
        const std::optional<std::size_t> place = find(word);
        if (!place || *place > 31 || (bits >> *place & 1) != 0)
            return fail(Code::invalid_field, "does not exist, or is there twice",
                        fmt::format("{}/{}", here, at_item));
        bits |= std::uint32_t{1} << *place;
        ++at_item;
    }
    return bits;
}

Result<Period> read_period(Element in, const std::string& at) {
    CHECK_OK(check_members(in, {"name", "begin", "end"}, at));
    return Period{.name = TRY(required_text_in(in, "name", text_limit, at)),
                  .begin = TRY(minute_in(in, "begin", at)),
                  .end = TRY(minute_in(in, "end", at))};
}

Result<BellSchedule> read_schedule(Element in, const std::string& at) {
    CHECK_OK(check_members(in, {"name", "periods"}, at));
    BellSchedule schedule{.name = TRY(required_text_in(in, "name", text_limit, at)), .periods = {}};
    const auto periods = member(in, "periods");
    if (!periods)
        return fail(Code::invalid_field, "is missing", at + "/periods");
    schedule.periods = TRY(list_in<Period>(*periods, at + "/periods", read_period));
    return schedule;
}

Result<Term> read_term(Element in, const std::string& at) {
    CHECK_OK(check_members(in, {"name", "begins", "ends"}, at));
    return Term{.name = TRY(required_text_in(in, "name", text_limit, at)),
                .begins = TRY(date_member(in, "begins", at)),
                .ends = TRY(date_member(in, "ends", at))};
}

Result<Exception> read_exception(Element in, const std::string& at) {
    CHECK_OK(check_members(in, {"date", "kind", "schedule", "weekday", "rotation", "note"}, at));
    Exception one{.date = TRY(date_member(in, "date", at)),
                  .kind = static_cast<Exception::Kind>(TRY(word_in(in, "kind", kinds, at))),
                  .schedule = TRY(plain_text(in, "schedule", at)),
                  .rotation = TRY(plain_text(in, "rotation", at)),
                  .note = TRY(plain_text(in, "note", at))};
    if (const std::string day = TRY(plain_text(in, "weekday", at)); !day.empty())
        one.weekday = TRY(word_in(in, "weekday", weekdays, at));
    return one;
}

Result<Rotation> read_rotation(Element in) {
    const std::string at = "/rotation";
    if (in.is_null())
        return Rotation{};
    CHECK_OK(check_members(in, {"names", "advance", "starts"}, at));
    const auto names = member(in, "names");
    if (!names)
        return fail(Code::invalid_field, "is missing; send null where nothing takes turns",
                    at + "/names");
    return Rotation{.names = TRY(list_in<std::string>(*names, at + "/names", text_item)),
                    .advance =
                        static_cast<Rotation::Advance>(TRY(word_in(in, "advance", advances, at))),
                    .starts = TRY(date_member(in, "starts", at))};
}

void write_text_or_null(JsonWriter& json, const char* name, std::string_view text) {
    json.key(name);
    text.empty() ? json.null() : json.value(text);
}

void write_schedule(JsonWriter& json, const BellSchedule& schedule) {
    json.object().member("name", schedule.name).key("periods").array();
    for (const Period& period : schedule.periods)
        json.object()
            .member("name", period.name)
            .member("begin", minute_text(period.begin))
            .member("end", minute_text(period.end))
            .end();
    json.end().end();
}

void write_rotation(JsonWriter& json, const Rotation& rotation) {
    if (rotation.names.empty()) {
        json.null();
        return;
    }
    json.object().key("names").array();
    for (const std::string& name : rotation.names)
        json.value(name);
    json.end()
        .member("advance", advances[static_cast<std::size_t>(rotation.advance)])
        .member("starts", date_text(rotation.starts))
        .end();
}

Result<void> read_week(Element in, std::array<std::string, 7>& week) {
    const auto names = TRY(list_in<std::string>(in, "/week", text_item));
    if (names.size() != week.size())
        return fail(Code::invalid_field,
                    "has seven items, Monday first: a bell schedule's name, or null for no school",
                    "/week");
    std::ranges::copy(names, week.begin());
    return {};
}

} // namespace

Result<Date> date_in(std::string_view text, std::string_view pointer) {
    const auto date = roster::parse_date(text);
    if (!date)
        return fail(Code::invalid_field, "has to be a date, e.g. 2026-11-30", std::string(pointer));
    return *date;
}

std::string date_text(Date date) {
    return roster::to_text(date);
}

Result<void> read_calendar(std::string_view json, Timetable& into) {
    simdjson::dom::parser parser;
    const Element body = TRY(document_in(parser, json));
    CHECK_OK(
        check_members(body, {"zone", "schedules", "week", "rotation", "terms", "exceptions"}, ""));
    if (member(body, "zone"))
        into.zone = TRY(required_text_in(body, "zone", text_limit, ""));
    if (const auto list = member(body, "schedules"))
        into.schedules = TRY(list_in<BellSchedule>(*list, "/schedules", read_schedule));
    if (const auto list = member(body, "week"))
        CHECK_OK(read_week(*list, into.week));
    if (const auto rotation = member(body, "rotation"))
        into.rotation = TRY(read_rotation(*rotation));
    if (const auto list = member(body, "terms"))
        into.terms = TRY(list_in<Term>(*list, "/terms", read_term));
    if (const auto list = member(body, "exceptions"))
        into.exceptions = TRY(list_in<Exception>(*list, "/exceptions", read_exception));
    return {};
}

void write_exception(JsonWriter& json, const Exception& one) {
    json.object()
        .member("date", date_text(one.date))
        .member("kind", kinds[static_cast<std::size_t>(one.kind)]);
    write_text_or_null(json, "schedule", one.schedule);
    write_text_or_null(json, "weekday", one.weekday ? weekdays[*one.weekday] : "");
    write_text_or_null(json, "rotation", one.rotation);
    write_text_or_null(json, "note", one.note);
    json.end();
}

void write_calendar(JsonWriter& json, const Timetable& timetable) {
    json.member("zone", timetable.zone).key("schedules").array();
    for (const BellSchedule& schedule : timetable.schedules)
        write_schedule(json, schedule);
    json.end().key("week").array();
    for (const std::string& name : timetable.week)
        name.empty() ? json.null() : json.value(name);
    json.end().key("rotation");
    write_rotation(json, timetable.rotation);
    json.key("terms").array();
    for (const Term& term : timetable.terms)
        json.object()
            .member("name", term.name)
            .member("begins", date_text(term.begins))
            .member("ends", date_text(term.ends))
            .end();
    json.end().key("exceptions").array();
    for (const Exception& one : timetable.exceptions)
        write_exception(json, one);
    json.end();
}

Result<void> read_lesson(std::string_view json, const Rotation& rotation, Lesson& into) {
    simdjson::dom::parser parser;
    const Element body = TRY(document_in(parser, json));
    CHECK_OK(check_members(
        body, {"section_id", "period", "days", "rotation", "room", "teacher_id", "term"}, ""));
    if (member(body, "section_id")) {
        const auto section = TRY(id_member<SectionId>(body, "section_id", ""));
        if (!section)
            return fail(Code::invalid_field, "is missing", "/section_id");
        into.section = *section;
    }
    if (member(body, "period"))
        into.period = TRY(required_text_in(body, "period", text_limit, ""));
    if (member(body, "days"))
        into.days =
            static_cast<std::uint8_t>(TRY(bits_in(body, "days", "", [](std::string_view word) {
                return std::optional<std::size_t>(place_of(weekdays, word));
            })));
    if (member(body, "rotation"))
        into.rotation = TRY(
            bits_in(body, "rotation", "", [&](std::string_view word) -> std::optional<std::size_t> {
                const auto found = std::ranges::find(rotation.names, word);
                if (found == rotation.names.end())
                    return std::nullopt;
                return static_cast<std::size_t>(found - rotation.names.begin());
            }));
    if (member(body, "room"))
        into.room = TRY(plain_text(body, "room", ""));
    if (member(body, "teacher_id"))
        into.teacher = TRY(id_member<UserId>(body, "teacher_id", ""));
    if (member(body, "term"))
        into.term = TRY(plain_text(body, "term", ""));
    return {};
}

Result<std::vector<std::string>> read_rotation_names(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::array names;
    std::vector<std::string> out;
    if (parser.parse(json.data(), json.size()).get(names) != simdjson::SUCCESS)
        return fail(Code::internal, "a rotation that is none");
    for (const Element one : names) {
        std::string_view name;
        if (one.get(name) != simdjson::SUCCESS)
            return fail(Code::internal, "a rotation that is none");
        out.emplace_back(name);
    }
    return out;
}

void write_lesson(JsonWriter& json, const Lesson& lesson, std::span<const std::string> rotation) {
    json.member("lesson_id", lesson.id.text())
        .member("section_id", lesson.section.text())
        .member("period", lesson.period)
        .key("days")
        .array();
    for (std::size_t day = 0; day < weekdays.size(); ++day)
        if ((lesson.days >> day & 1) != 0)
            json.value(weekdays[day]);
    json.end().key("rotation").array();
    for (std::size_t n = 0; n < rotation.size(); ++n)
        if ((lesson.rotation >> n & 1) != 0)
            json.value(rotation[n]);
    json.end();
    write_text_or_null(json, "room", lesson.room);
    write_text_or_null(json, "teacher_id", lesson.teacher ? lesson.teacher->text() : "");
    write_text_or_null(json, "term", lesson.term);
}

Result<Change> read_change(std::string_view json) {
    simdjson::dom::parser parser;
    const Element body = TRY(document_in(parser, json));
    CHECK_OK(check_members(body, {"cancelled", "teacher_id", "room"}, ""));
    return Change{.cancelled = TRY(boolean_in(body, "cancelled", false, "")),
                  .teacher = TRY(id_member<UserId>(body, "teacher_id", "")),
                  .room = TRY(plain_text(body, "room", ""))};
}

void write_change(JsonWriter& json, const Change& change) {
    json.object()
        .member("lesson_id", change.lesson.text())
        .member("date", date_text(change.date))
        .member("cancelled", change.cancelled);
    write_text_or_null(json, "teacher_id", change.teacher ? change.teacher->text() : "");
    write_text_or_null(json, "room", change.room);
    json.end();
}

} // namespace bw::timetable
