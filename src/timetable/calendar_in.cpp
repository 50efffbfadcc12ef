#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "timetable/calendar.hpp"
#include "timetable/calendar_lines.hpp"
#include "timetable/calendar_rule.hpp"

namespace bw::timetable {

namespace {

using std::chrono::days;

/// A value of DTSTART and its like.
struct Time {
    Date date;
    std::int32_t second = 0; // of the day
    bool is_date = false, utc = false;
};

std::optional<int> digits(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + c - '0';
    }
    return value;
}

/// "20261123", "20261123T090000", "20261123T090000Z".
std::optional<Time> parse_time(std::string_view text) {
    Time time;
    time.utc = text.size() == 16 && text.back() == 'Z';
    if (text.size() != 8 && !(text.size() == 15 || time.utc))
        return std::nullopt;
    const auto y = digits(text.substr(0, 4)), m = digits(text.substr(4, 2)),
               d = digits(text.substr(6, 2));
    if (!y || !m || !d)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*y),
                                           std::chrono::month(static_cast<unsigned>(*m)),
                                           std::chrono::day(static_cast<unsigned>(*d))};
    if (!date.ok() || *y < 1970 || *y > 2037)
        return std::nullopt;
    time.date = Date(date);
    time.is_date = text.size() == 8;
    if (time.is_date)
        return time;
    const auto hour = digits(text.substr(9, 2)), minute = digits(text.substr(11, 2)),
               second = digits(text.substr(13, 2));
    if (text[8] != 'T' || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    time.second = *hour * 3600 + *minute * 60 + std::min(*second, 59); // a leap second
    return time;
}

/// One time with the zone in which it is meant.
struct Placed {
    Time time;
    Zone zone;

    Instant instant() const { return at(time.date, time.second); }
    Instant at(Date date, std::int32_t second) const {
        return zone.at({date, static_cast<Minute>(second / 60)}) +
               std::chrono::seconds(second % 60);
    }
};

struct Event {
    std::size_t line = 0; // of BEGIN
    std::optional<ContentLine> uid, summary, location, start, end, duration, rule, instead_of,
        status;
    std::vector<ContentLine> dates_out, dates_in;
};

std::optional<ContentLine>* single(Event& event, std::string_view name) {
    const std::pair<std::string_view, std::optional<ContentLine> Event::*> members[] = {
        {"UID", &Event::uid},           {"SUMMARY", &Event::summary},
        {"LOCATION", &Event::location}, {"DTSTART", &Event::start},
        {"DTEND", &Event::end},         {"DURATION", &Event::duration},
        {"RRULE", &Event::rule},        {"RECURRENCE-ID", &Event::instead_of},
        {"STATUS", &Event::status}};
    for (const auto& [known, member] : members)
        if (name == known)
            return &(event.*member);
    return nullptr;
}

/// What `\n`, `\,` and so on stand for.
std::string plain_text(const std::optional<ContentLine>& line) {
    if (!line)
        return {};
    const std::unique_ptr<icalvalue, decltype(&icalvalue_free)> value(
        icalvalue_new_from_string(ICAL_TEXT_VALUE, line->value.c_str()), icalvalue_free);
    const char* text = value ? icalvalue_get_text(value.get()) : nullptr;
    return text == nullptr ? std::string() : text;
}

class Reader {
public:
    Reader(const Zone& institution, Instant from, Instant until, const CalendarRules& rules)
        : institution_(institution), from_(from), until_(until), rules_(rules) {}

    Result<std::vector<CalendarEvent>> read(ByteView text) {
        if (text.size() > rules_.bytes)
            return fail(Code::payload_too_large,
                        fmt::format("a calendar may have {} bytes at most", rules_.bytes));
        CHECK_OK(lines(text));
        for (const Event& event : events_)
            CHECK_OK(unfold(event));
        return collect();
    }

private:
    // -- the text's components --------------------------------------------------------------------

    Result<void> lines(ByteView text) {
        ContentLines lines(text, rules_.line_bytes);
        ContentLine line;
        std::vector<std::string> open;
        bool closed = false;
        while (TRY(lines.next(line))) {
            if (closed || (open.empty() && (line.name != "BEGIN" || line.value != "VCALENDAR")))
                return line.wrong("a calendar is one VCALENDAR, and nothing before it or after it");
            if (line.name == "BEGIN")
                CHECK_OK(begin(line, open));
            else if (line.name == "END") {
                if (line.value != open.back())
                    return line.wrong(fmt::format("{} is open and has to end first", open.back()));
                open.pop_back();
                closed = open.empty();
            } else if (open.back() == "VEVENT") {
                CHECK_OK(property(line));
            }
        }
        if (!closed)
            return line.wrong(open.empty() ? "there is no VCALENDAR"
                                           : fmt::format("the text ends inside {}", open.back()));
        return {};
    }

    Result<void> begin(const ContentLine& line, std::vector<std::string>& open) {
        if (open.size() == rules_.depth)
            return line.wrong("components lie too deep in one another");
        if (line.value == "VEVENT") {
            if (open.size() != 1)
                return line.wrong("an event lies in the calendar itself");
            if (events_.size() == rules_.events)
                return fail(Code::payload_too_large,
                            fmt::format("a calendar may have {} events at most", rules_.events),
                            fmt::format("{}:{}", line.line, line.name));
            events_.push_back({.line = line.line});
        }
        open.push_back(line.value);
        return {};
    }

    Result<void> property(const ContentLine& line) {
        Event& event = events_.back();
        if (auto* member = single(event, line.name)) {
            if (*member)
                return line.wrong("stands twice in one event");
            if (line.value.size() > rules_.text_bytes)
                return line.wrong(fmt::format("may have {} bytes at most", rules_.text_bytes));
            *member = line;
        } else if (line.name == "EXDATE") {
            event.dates_out.push_back(line);
        } else if (line.name == "RDATE") {
            event.dates_in.push_back(line);
        } else if (line.name == "EXRULE") {
            return line.wrong("is no longer part of iCalendar; use EXDATE");
        }
        return {};
    }

    // -- times ------------------------------------------------------------------------------------

    Result<Placed> placed(const ContentLine& line, std::string_view value) const {
        const auto time = parse_time(value);
        if (!time)
            return line.wrong("has to be a date or a time of the years 1970 to 2037, e.g. "
                              "20261123T090000");
        const std::string* type = line.parameter("VALUE");
        if ((type != nullptr && *type == "DATE") != time->is_date &&
            (type != nullptr || time->is_date))
            return line.wrong("its value and VALUE= do not agree: a date wants VALUE=DATE");
        const std::string* name = line.parameter("TZID");
        if (time->utc)
            return Placed{*time, TRY(Zone::find("UTC"))};
        if (name == nullptr || time->is_date)
            return Placed{*time, institution_};
        auto zone = Zone::find(*name);
        if (!zone)
            return line.wrong("TZID names no zone of the IANA time zone database");
        return Placed{*time, *std::move(zone)};
    }

    /// All of EXDATE or RDATE, as instants.
    Result<std::set<Instant>> dates(const std::vector<ContentLine>& lines,
                                    const Placed& start) const {
        std::set<Instant> out;
        std::size_t count = 0;
        for (const ContentLine& line : lines) {
            std::string_view rest = line.value;
            while (true) {
                const std::size_t comma = std::min(rest.find(','), rest.size());
                const Placed one = TRY(placed(line, rest.substr(0, comma)));
                if (one.time.is_date != start.time.is_date)
                    return line.wrong("has to be of DTSTART's kind, dates or times");
                if (++count > rules_.dates)
                    return line.wrong(
                        fmt::format("an event may have {} such dates at most", rules_.dates));
                out.insert(one.instant());
                if (comma == rest.size())
                    break;
                rest.remove_prefix(comma + 1);
            }
        }
        return out;
    }

    /// How long it takes: days of the calendar for dates, else time.
    Result<Duration> length(const Event& event, const Placed& start) const {
        if (event.end && event.duration)
            return event.duration->wrong("an event has DTEND or DURATION, not both");
        if (event.end) {
            const Placed end = TRY(placed(*event.end, event.end->value));
            if (end.time.is_date != start.time.is_date)
                return event.end->wrong("has to be of DTSTART's kind, a date or a time");
            const Duration length = start.time.is_date ? Duration(end.time.date - start.time.date)
                                                       : end.instant() - start.instant();
            if (length < Duration::zero())
                return event.end->wrong("lies before DTSTART");
            return length;
        }
        if (!event.duration)
            return start.time.is_date ? Duration(24h) : Duration::zero();
        const auto duration = icaldurationtype_from_string(event.duration->value.c_str());
        const bool small = duration.weeks < 60 && duration.days < 400 && duration.hours < 9'600 &&
                           duration.minutes < 600'000 && duration.seconds < 40'000'000;
        if (icaldurationtype_is_bad_duration(duration) != 0 || duration.is_neg != 0 || !small)
            return event.duration->wrong("has to be a duration of less than a year, e.g. PT45M");
        return std::chrono::seconds(icaldurationtype_as_int(duration));
    }

    // -- recurrence -------------------------------------------------------------------------------

    static icaltimetype ical_time(const Time& time) {
        const std::chrono::year_month_day date(time.date);
        icaltimetype out = icaltime_null_time();
        out.year = static_cast<int>(date.year());
        out.month = static_cast<int>(static_cast<unsigned>(date.month()));
        out.day = static_cast<int>(static_cast<unsigned>(date.day()));
        out.hour = time.second / 3600;
        out.minute = time.second / 60 % 60;
        out.second = time.second % 60;
        out.is_date = time.is_date;
        return out;
    }

    /// UNTIL as an instant; a date is its whole day.
    Result<std::optional<Instant>> until(const ContentLine& line, const Placed& start) const {
        std::string_view value = line.value;
        while (!value.empty()) {
            const std::size_t end = std::min(value.find(';'), value.size());
            std::string_view part = value.substr(0, end);
            value.remove_prefix(std::min(end + 1, value.size()));
            if (!part.starts_with("UNTIL="))
                continue;
            part.remove_prefix(6);
            // "For ever", as some programs write it.
            const bool far = part.size() >= 8 && digits(part.substr(0, 4)).value_or(0) > 2037;
            const auto time = far ? parse_time("20371231") : parse_time(part);
            if (!time)
                return line.wrong("UNTIL has to be a date or a time, e.g. 20270721T000000Z");
            const Placed last{*time, time->utc ? TRY(Zone::find("UTC")) : start.zone};
            return time->is_date ? last.at(time->date + days(1), 0) - 1ms : last.instant();
        }
        return std::nullopt;
    }

    Result<std::set<Instant>> recurrence(const ContentLine& line, const Placed& start) const {
        if (line.value.find("RSCALE") != std::string::npos)
            return line.wrong("recurs in another calendar than the Gregorian");
        icalrecurrencetype rule = icalrecurrencetype_from_string(line.value.c_str());
        if (const char* fault = fault_of(rule, ical_time(start.time)))
            return line.wrong(fault);
        const std::optional<Instant> last = TRY(until(line, start));
        if (!last && rule.count <= 0)
            return line.wrong("recurs without an end; give UNTIL or COUNT");
        // UNTIL is an instant and libical would compare wall times: the end is looked at here.
        rule.until = ical_time({.date = Date(days(24'836)), .is_date = start.time.is_date});
        const std::unique_ptr<icalrecur_iterator, decltype(&icalrecur_iterator_free)> each(
            icalrecur_iterator_new(rule, ical_time(start.time)), icalrecur_iterator_free);
        if (!each)
            return line.wrong("is a rule that cannot be followed");
        std::set<Instant> out;
        while (true) {
            const icaltimetype next = icalrecur_iterator_next(each.get());
            if (icaltime_is_null_time(next) != 0 || next.year > 2037)
                return out;
            const std::chrono::year_month_day date{
                std::chrono::year(next.year), std::chrono::month(static_cast<unsigned>(next.month)),
                std::chrono::day(static_cast<unsigned>(next.day))};
            const Instant at = start.at(
                Date(date),
                start.time.is_date ? 0 : next.hour * 3600 + next.minute * 60 + next.second);
            if (last && at > *last)
                return out;
            out.insert(at);
            if (out.size() > rules_.event_instances)
                return line.wrong(
                    fmt::format("unfolds into more than {} instances", rules_.event_instances));
        }
    }

    Result<void> unfold(const Event& event) {
        const ContentLine begin{.line = event.line, .name = "VEVENT"};
        if (!event.uid || event.uid->value.empty())
            return begin.wrong("has no UID");
        if (!event.start)
            return begin.wrong("has no DTSTART");
        const Placed start = TRY(placed(*event.start, event.start->value));
        const Duration length = TRY(this->length(event, start));
        std::set<Instant> instants{start.instant()};
        if (event.rule)
            instants = TRY(recurrence(*event.rule, start));
        instants.merge(TRY(dates(event.dates_in, start)));
        for (const Instant out : TRY(dates(event.dates_out, start)))
            instants.erase(out);
        count_ += instants.size();
        if (count_ > rules_.instances)
            return begin.wrong(
                fmt::format("with it there are more than {} instances", rules_.instances));
        const bool cancelled = event.status && event.status->value == "CANCELLED";
        if (event.instead_of) {
            if (event.instead_of->parameter("RANGE") != nullptr)
                return event.instead_of->wrong("changes to all that follow are not read");
            replaced_.emplace(plain_text(event.uid),
                              TRY(placed(*event.instead_of, event.instead_of->value)).instant());
        }
        if (cancelled)
            return {};
        for (const Instant at : instants)
            if (at >= from_ && at < until_)
                instance(event, start, at, length);
        return {};
    }

    void instance(const Event& event, const Placed& start, Instant at, Duration length) {
        CalendarEvent out{.uid = plain_text(event.uid),
                          .summary = plain_text(event.summary),
                          .location = plain_text(event.location),
                          .all_day = start.time.is_date,
                          .date = start.zone.wall(at).date,
                          .begin = at,
                          .end = at + length};
        if (out.all_day) {
            const auto count = std::chrono::duration_cast<days>(length);
            out.end = start.at(out.date + std::max(count, days(1)), 0);
        }
        found_.push_back({std::move(out), event.instead_of.has_value()});
    }

    std::vector<CalendarEvent> collect() {
        std::vector<CalendarEvent> out;
        for (Found& one : found_)
            if (one.replaces || !replaced_.contains({one.event.uid, one.event.begin}))
                out.push_back(std::move(one.event));
        std::ranges::sort(out, {}, [](const CalendarEvent& e) { return std::tie(e.begin, e.uid); });
        return out;
    }

    struct Found {
        CalendarEvent event;
        bool replaces;
    };
    const Zone& institution_;
    Instant from_, until_;
    const CalendarRules& rules_;
    std::vector<Event> events_;
    std::vector<Found> found_;
    std::set<std::pair<std::string, Instant>> replaced_;
    std::size_t count_ = 0;
};

} // namespace

Result<std::vector<CalendarEvent>> read_icalendar(ByteView text, const Zone& institution,
                                                  Instant from, Instant until,
                                                  const CalendarRules& rules) {
    return Reader(institution, from, until, rules).read(text);
}

} // namespace bw::timetable
