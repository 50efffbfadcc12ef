#include "timetable/csv_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/crypto.hpp"
#include "roster/csv.hpp"

namespace bw::timetable {

namespace {

using roster::CsvField;

constexpr std::array<std::string_view, 7> weekdays{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
constexpr std::array<std::string_view, 4> kinds{"holiday", "half day", "exam day", "swap"};
constexpr std::array<std::string_view, 4> schedule_columns{"schedule", "period", "begin", "end"};
constexpr std::array<std::string_view, 6> exception_columns{"date",    "kind",     "schedule",
                                                            "weekday", "rotation", "note"};
constexpr std::array<std::string_view, 8> lesson_columns{"id",       "section", "period",  "days",
                                                         "rotation", "room",    "teacher", "term"};

/// A table's rows after its header, with their places.
class Table {
public:
    Table(const char* file, ByteView text, std::span<const std::string_view> columns,
          std::size_t rows_limit)
        : reader_(file, text,
                  {.field_bytes = 4'096, .row_bytes = 16'384, .fields = columns.size()}),
          columns_(columns), rows_limit_(rows_limit) {}

    Result<void> header() {
        if (!TRY(read()))
            return fail(
                Code::invalid_field,
                fmt::format("is empty; it begins with the columns {}", fmt::join(columns_, ",")),
                reader_.file() + ":1:1");
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (row_[i].text != columns_[i])
                return wrong(i, fmt::format("the columns are {}", fmt::join(columns_, ",")));
        return {};
    }
    /// False at the end.
    Result<bool> next() {
        if (!TRY(read()))
            return false;
        if (rows_++ == rows_limit_)
            return fail(Code::payload_too_large, fmt::format("{} rows are allowed", rows_limit_),
                        reader_.file());
        return true;
    }
    std::string_view operator[](std::size_t column) const { return row_[column].text; }
    std::string text(std::size_t column) const { return std::string(row_[column].text); }
    Error wrong(std::size_t column, std::string detail) const {
        const roster::CsvError error{reader_.file(), row_[column].at, {}};
        return fail(Code::invalid_field, std::move(detail), error.place());
    }

private:
    Result<bool> read() {
        if (!reader_.next(row_)) {
            if (reader_.error())
                return fail(Code::invalid_field, reader_.error()->reason, reader_.error()->place());
            return false;
        }
        if (row_.size() != columns_.size())
            return wrong(0, fmt::format("has {} fields, not {}", row_.size(), columns_.size()));
        return true;
    }

    roster::CsvReader reader_;
    std::span<const std::string_view> columns_;
    std::size_t rows_limit_, rows_ = 0;
    std::vector<CsvField> row_;
};

template <std::size_t N>
std::optional<std::uint8_t> place_of(const std::array<std::string_view, N>& words,
                                     std::string_view word) {
    const auto found = std::ranges::find(words, word);
    return found == words.end() ? std::nullopt
                                : std::optional(static_cast<std::uint8_t>(found - words.begin()));
}

Result<Minute> minute(const Table& table, std::size_t column) {
    const auto minute = parse_minute(table[column]);
    if (!minute)
        return table.wrong(column, "has to be a time of the day, e.g. 08:45");
    return *minute;
}

/// Bits of the words between separators; nothing is none.
template <class Find>
Result<std::uint32_t> bits(const Table& table, std::size_t column, char separator, Find&& find,
                           const char* detail) {
    std::uint32_t out = 0;
    std::string_view rest = table[column];
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(separator), rest.size());
        const std::optional<std::size_t> place = find(rest.substr(0, end));
        if (!place || *place > 31 || (out >> *place & 1) != 0 || end + 1 == rest.size())
            return table.wrong(column, detail);
        out |= std::uint32_t{1} << *place;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

template <class IdType>
Result<std::optional<IdType>> id(const Table& table, std::size_t column) {
    if (table[column].empty())
        return std::nullopt;
    auto id = IdType::parse(table[column]);
    if (!id)
        return table.wrong(column, "is no id of this kind");
    return id;
}

std::string joined(std::uint32_t bits, char separator, std::span<const std::string_view> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size() && i < 32; ++i)
        if ((bits >> i & 1) != 0) {
            if (!out.empty())
                out += separator;
            out += words[i];
        }
    return out;
}

void add_row(std::string& out, std::span<const std::string_view> fields) {
    roster::append_csv_row(out, {fields.begin(), fields.end()});
}

} // namespace

Result<std::vector<BellSchedule>> schedules_from_csv(ByteView text, std::size_t rows_limit) {
    Table table("schedules.csv", text, schedule_columns, rows_limit);
    CHECK_OK(table.header());
    std::vector<BellSchedule> out;
    while (TRY(table.next())) {
        if (out.empty() || out.back().name != table[0])
            out.push_back({table.text(0), {}});
        const Minute begin = TRY(minute(table, 2)), end = TRY(minute(table, 3));
        out.back().periods.push_back({table.text(1), begin, end});
    }
    return out;
}

Result<std::vector<Exception>> exceptions_from_csv(ByteView text, std::size_t rows_limit) {
    Table table("exceptions.csv", text, exception_columns, rows_limit);
    CHECK_OK(table.header());
    std::vector<Exception> out;
    while (TRY(table.next())) {
        const auto date = roster::parse_date(table[0]);
        if (!date)
            return table.wrong(0, "has to be a date, e.g. 2026-11-23");
        const auto kind = place_of(kinds, table[1]);
        if (!kind)
            return table.wrong(1, fmt::format("is one of: {}", fmt::join(kinds, ", ")));
        const auto weekday = place_of(weekdays, table[3]);
        if (!weekday && !table[3].empty())
            return table.wrong(3, fmt::format("is one of: {}", fmt::join(weekdays, ", ")));
        out.push_back({*date, static_cast<Exception::Kind>(*kind), table.text(2), weekday,
                       table.text(4), table.text(5)});
    }
    return out;
}

Result<std::vector<Lesson>>
lessons_from_csv(ByteView text, const std::vector<std::string>& rotation, std::size_t rows_limit) {
    Table table("lessons.csv", text, lesson_columns, rows_limit);
    CHECK_OK(table.header());
    std::vector<Lesson> out;
    while (TRY(table.next())) {
        const auto lesson = TRY(id<LessonId>(table, 0));
        const auto section = TRY(id<SectionId>(table, 1));
        if (!section)
            return table.wrong(1, "a lesson is a section's");
        const auto days = TRY(bits(
            table, 3, ' ', [](std::string_view word) { return place_of(weekdays, word); },
            "are weekdays once each, separated by a blank, e.g. Mo We"));
        const auto turns = TRY(bits(
            table, 4, '|',
            [&](std::string_view word) -> std::optional<std::size_t> {
                const auto found = std::ranges::find(rotation, word);
                if (found == rotation.end())
                    return std::nullopt;
                return static_cast<std::size_t>(found - rotation.begin());
            },
            "are names of the rotation once each, separated by '|'"));
        Lesson one{.section = *section,
                   .period = table.text(2),
                   .days = static_cast<std::uint8_t>(days),
                   .rotation = turns,
                   .room = table.text(5),
                   .teacher = TRY(id<UserId>(table, 6)),
                   .term = table.text(7)};
        one.id = lesson ? *lesson : lesson_id_of(one);
        out.push_back(std::move(one));
    }
    return out;
}

LessonId lesson_id_of(const Lesson& lesson) {
    const std::string text =
        fmt::format("{} {} {} {}:{}{}", lesson.section.text(), lesson.days, lesson.rotation,
                    lesson.period.size(), lesson.period, lesson.term);
    return {make_uuid_v8(view(sha256(text)))};
}

std::string to_csv(const std::vector<BellSchedule>& schedules) {
    std::string out;
    add_row(out, schedule_columns);
    for (const BellSchedule& schedule : schedules)
        for (const Period& period : schedule.periods)
            add_row(out, std::array<std::string_view, 4>{schedule.name, period.name,
                                                         minute_text(period.begin),
                                                         minute_text(period.end)});
    return out;
}

std::string to_csv(const std::vector<Exception>& exceptions) {
    std::string out;
    add_row(out, exception_columns);
    for (const Exception& one : exceptions)
        add_row(out, std::array<std::string_view, 6>{
                         roster::to_text(one.date), kinds[static_cast<std::size_t>(one.kind)],
                         one.schedule, one.weekday ? weekdays[*one.weekday] : "", one.rotation,
                         one.note});
    return out;
}

std::string to_csv(const std::vector<Lesson>& lessons, const std::vector<std::string>& rotation) {
    const std::vector<std::string_view> names(rotation.begin(), rotation.end());
    std::string out;
    add_row(out, lesson_columns);
    for (const Lesson& one : lessons)
        add_row(out, std::array<std::string_view, 8>{
                         one.id.text(), one.section.text(), one.period,
                         joined(one.days, ' ', weekdays), joined(one.rotation, '|', names),
                         one.room, one.teacher ? one.teacher->text() : "", one.term});
    return out;
}

} // namespace bw::timetable
