#include "timetable/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/bytes.hpp"

namespace bw::timetable {

namespace {

using namespace std::chrono;

constexpr Date earliest = sys_days(year(2000) / January / 1),
               latest = sys_days(year(2037) / December / 31);

Error wrong(std::string field, std::string detail) {
    return fail(Code::invalid_field, std::move(detail), std::move(field));
}

std::uint8_t weekday_of(Date date) {
    return static_cast<std::uint8_t>(weekday(date).iso_encoding() - 1);
}

Result<void> check_date(Date date, const std::string& field) {
    if (date < earliest || date > latest)
        return wrong(field, "dates lie in the years 2000 to 2037");
    return {};
}

} // namespace

/// Checks and fills one plan, part by part; what a part names was checked before it.
class PlanMaker {
public:
    PlanMaker(Plan& plan, const PlanRules& rules)
        : plan_(plan), timetable_(plan.timetable_), rules_(rules) {}

    Result<void> make() {
        CHECK_OK(schedules());
        CHECK_OK(week());
        CHECK_OK(rotation());
        CHECK_OK(terms());
        CHECK_OK(exceptions());
        CHECK_OK(lessons());
        CHECK_OK(changes());
        calendar();
        return {};
    }

private:
    using Places = std::map<std::string, std::size_t, std::less<>>;

    Result<void> text(const std::string& value, const std::string& field, bool may_be_empty) const {
        if (value.empty() && !may_be_empty)
            return wrong(field, "is missing");
        if (value.size() > rules_.name_bytes)
            return wrong(field, fmt::format("may have {} bytes at most", rules_.name_bytes));
        const bool control = std::ranges::any_of(
            value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
        if (!is_utf8(value) || control)
            return wrong(field, "has to be UTF-8 without control characters");
        return {};
    }
    Result<void> name(Places& places, const std::string& value, const std::string& field) const {
        CHECK_OK(text(value, field, false));
        if (!places.emplace(value, places.size()).second)
            return wrong(field, fmt::format("the name \"{}\" is there already", value));
        return {};
    }
    static Result<void> count(std::size_t is, std::size_t limit, const char* field) {
        if (is > limit)
            return wrong(field, fmt::format("there are {}, {} are allowed", is, limit));
        return {};
    }
    Result<std::size_t> schedule(const std::string& value, const std::string& field) const {
        const auto found = schedules_.find(value);
        if (found == schedules_.end())
            return wrong(field, "there is no bell schedule of this name");
        return found->second;
    }

    Result<void> periods(const BellSchedule& one, const std::string& at) {
        CHECK_OK(count(one.periods.size(), rules_.periods, (at + "/periods").c_str()));
        Places names;
        std::vector<std::uint16_t> ids;
        for (std::size_t i = 0; i < one.periods.size(); ++i) {
            const Period& period = one.periods[i];
            const std::string here = fmt::format("{}/periods/{}", at, i);
            CHECK_OK(name(names, period.name, here + "/name"));
            if (period.begin < 0 || period.begin >= minutes_a_day)
                return wrong(here + "/begin", "is no time of the day");
            if (period.end <= period.begin || period.end > minutes_a_day)
                return wrong(here + "/end",
                             fmt::format("has to lie after the beginning, {}, and on the same day",
                                         minute_text(period.begin)));
            if (i > 0 && period.begin < one.periods[i - 1].end)
                return wrong(here + "/begin",
                             fmt::format("begins at {}, before \"{}\" ends at {}; periods stand in "
                                         "order and do not overlap",
                                         minute_text(period.begin), one.periods[i - 1].name,
                                         minute_text(one.periods[i - 1].end)));
            ids.push_back(static_cast<std::uint16_t>(
                periods_.emplace(period.name, periods_.size()).first->second));
        }
        plan_.names_.push_back(std::move(ids));
        return {};
    }

    Result<void> schedules() {
        CHECK_OK(count(timetable_.schedules.size(), rules_.schedules, "/schedules"));
        for (std::size_t i = 0; i < timetable_.schedules.size(); ++i) {
            const std::string at = fmt::format("/schedules/{}", i);
            CHECK_OK(name(schedules_, timetable_.schedules[i].name, at + "/name"));
            CHECK_OK(periods(timetable_.schedules[i], at));
        }
        return {};
    }

    Result<void> week() {
        for (std::size_t i = 0; i < 7; ++i)
            week_[i] = timetable_.week[i].empty()
                           ? Day::none
                           : static_cast<std::uint8_t>(
                                 TRY(schedule(timetable_.week[i], fmt::format("/week/{}", i))));
        return {};
    }

    Result<void> rotation() {
        const Rotation& rotation = timetable_.rotation;
        CHECK_OK(count(rotation.names.size(), rules_.rotation, "/rotation/names"));
        for (std::size_t i = 0; i < rotation.names.size(); ++i)
            CHECK_OK(name(rotation_, rotation.names[i], fmt::format("/rotation/names/{}", i)));
        for (std::size_t i = 0; i < rotation.names.size(); ++i)
            if (rotation.names[i].contains('|'))
                return wrong(fmt::format("/rotation/names/{}", i), "'|' separates names in tables");
        if (!rotation.names.empty())
            CHECK_OK(check_date(rotation.starts, "/rotation/starts"));
        return {};
    }

    Result<void> terms() {
        CHECK_OK(count(timetable_.terms.size(), rules_.terms, "/terms"));
        if (timetable_.terms.empty())
            return wrong("/terms", "there has to be one term at least");
        for (std::size_t i = 0; i < timetable_.terms.size(); ++i) {
            const Term& term = timetable_.terms[i];
            const std::string at = fmt::format("/terms/{}", i);
            CHECK_OK(name(terms_, term.name, at + "/name"));
            CHECK_OK(check_date(term.begins, at + "/begins"));
            CHECK_OK(check_date(term.ends, at + "/ends"));
            if (term.ends < term.begins)
                return wrong(at + "/ends", fmt::format("lies before the beginning, {}",
                                                       roster::to_text(term.begins)));
        }
        return {};
    }

    Result<void> exception(const Exception& one, const std::string& at) {
        CHECK_OK(check_date(one.date, at + "/date"));
        CHECK_OK(text(one.note, at + "/note", true));
        const bool rings =
            one.kind == Exception::Kind::half_day || one.kind == Exception::Kind::exam_day;
        if (rings)
            CHECK_OK(schedule(one.schedule, at + "/schedule"));
        else if (!one.schedule.empty())
            return wrong(at + "/schedule", "only half days and exam days have one of their own");
        if (one.kind != Exception::Kind::swap && (one.weekday || !one.rotation.empty()))
            return wrong(at, "only a swap is held like another weekday or name of the rotation");
        if (one.kind == Exception::Kind::swap) {
            if (!one.weekday && one.rotation.empty())
                return wrong(at, "a swap says as which weekday or name of the rotation it is held");
            if (one.weekday && (*one.weekday > 6 || week_[*one.weekday] == Day::none))
                return wrong(at + "/weekday", "is a weekday without school");
            if (!one.rotation.empty() && !rotation_.contains(one.rotation))
                return wrong(at + "/rotation", "the rotation has no such name");
        }
        return {};
    }

    Result<void> exceptions() {
        CHECK_OK(count(timetable_.exceptions.size(), rules_.exceptions, "/exceptions"));
        for (std::size_t i = 0; i < timetable_.exceptions.size(); ++i) {
            const std::string at = fmt::format("/exceptions/{}", i);
            CHECK_OK(exception(timetable_.exceptions[i], at));
            if (!exceptions_.emplace(timetable_.exceptions[i].date, i).second)
                return wrong(at + "/date", "this day has an exception already");
        }
        return {};
    }

    Result<void> lesson(const Lesson& one, const std::string& at) {
        const auto period = periods_.find(one.period);
        if (period == periods_.end())
            return wrong(at + "/period", "no bell schedule has a period of this name");
        if (one.days > 0x7f)
            return wrong(at + "/days", "names a weekday that does not exist");
        if (std::uint64_t{one.rotation} >> timetable_.rotation.names.size() != 0)
            return wrong(at + "/rotation", "the rotation has no such name");
        CHECK_OK(text(one.room, at + "/room", true));
        std::uint64_t terms = ~std::uint64_t{0};
        if (!one.term.empty()) {
            const auto term = terms_.find(one.term);
            if (term == terms_.end())
                return wrong(at + "/term", "there is no term of this name");
            terms = std::uint64_t{1} << term->second;
        }
        const auto place = static_cast<std::uint32_t>(plan_.lesson_terms_.size());
        if (!plan_.lesson_places_.emplace(one.id, place).second)
            return wrong(at + "/id", "a lesson with this id is there already");
        plan_.lesson_terms_.push_back(terms);
        for (std::size_t day = 0; day < 7; ++day)
            if (one.days == 0 || (one.days >> day & 1) != 0)
                plan_.slots_[period->second * 7 + day].push_back(place);
        return {};
    }

    Result<void> lessons() {
        CHECK_OK(count(timetable_.lessons.size(), rules_.lessons, "/lessons"));
        plan_.slots_.resize(periods_.size() * 7);
        for (std::size_t i = 0; i < timetable_.lessons.size(); ++i)
            CHECK_OK(lesson(timetable_.lessons[i], fmt::format("/lessons/{}", i)));
        return {};
    }

    Result<void> changes() {
        const auto& all = timetable_.changes;
        CHECK_OK(count(all.size(), rules_.changes, "/changes"));
        plan_.has_changes_.resize(timetable_.lessons.size());
        std::set<std::pair<std::uint32_t, Date>> seen;
        std::vector<std::uint32_t> lesson_of;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::string at = fmt::format("/changes/{}", i);
            const auto place = plan_.find(all[i].lesson);
            if (!place)
                return wrong(at + "/lesson", "there is no such lesson");
            CHECK_OK(check_date(all[i].date, at + "/date"));
            CHECK_OK(text(all[i].room, at + "/room", true));
            if (all[i].cancelled == (all[i].teacher || !all[i].room.empty()))
                return wrong(at, "a lesson is cancelled, or has another teacher or room");
            if (!seen.emplace(*place, all[i].date).second)
                return wrong(at, "this lesson has a change on this day already");
            plan_.has_changes_[*place] = true;
            lesson_of.push_back(*place);
        }
        plan_.changes_.resize(all.size());
        std::iota(plan_.changes_.begin(), plan_.changes_.end(), 0u);
        std::ranges::sort(plan_.changes_, {},
                          [&](std::uint32_t i) { return std::pair(lesson_of[i], all[i].date); });
        for (const std::uint32_t i : plan_.changes_)
            plan_.changed_.push_back(lesson_of[i]);
        return {};
    }

    /// But for the rotation, which depends on the days before.
    Day day(Date date) const {
        Day day;
        for (std::size_t i = 0; i < timetable_.terms.size(); ++i)
            if (date >= timetable_.terms[i].begins && date <= timetable_.terms[i].ends)
                day.terms |= std::uint64_t{1} << i;
        day.weekday = weekday_of(date);
        if (day.terms == 0)
            return day;
        day.schedule = week_[day.weekday];
        day.lessons = true;
        const auto found = exceptions_.find(date);
        if (found == exceptions_.end())
            return day;
        const Exception& exception = timetable_.exceptions[found->second];
        day.exception = static_cast<std::uint16_t>(found->second);
        switch (exception.kind) {
        case Exception::Kind::holiday:
            day.schedule = Day::none;
            break;
        case Exception::Kind::exam_day:
            day.lessons = false;
            [[fallthrough]];
        case Exception::Kind::half_day:
            day.schedule = static_cast<std::uint8_t>(schedules_.find(exception.schedule)->second);
            break;
        case Exception::Kind::swap:
            day.weekday = exception.weekday.value_or(day.weekday);
            day.schedule = week_[day.weekday];
            break;
        }
        return day;
    }

    void calendar() {
        Date first = latest, last = earliest;
        for (const Term& term : timetable_.terms) {
            first = std::min(first, term.begins);
            last = std::max(last, term.ends);
        }
        const Rotation& rotation = timetable_.rotation;
        const std::size_t names = rotation.names.size();
        // School days are counted from the rotation's start, even when it lies before all terms.
        std::size_t school_days = 0;
        const Date monday = rotation.starts - days(weekday_of(rotation.starts));
        plan_.first_day_ = first;
        for (Date date = first; date <= last; date += days(1)) {
            Day today = day(date);
            if (names != 0 && date >= rotation.starts && today.schedule != Day::none) {
                const std::size_t turn =
                    rotation.advance == Rotation::Advance::school_days
                        ? school_days++
                        : static_cast<std::size_t>((date - monday).count() / 7);
                today.rotation = static_cast<std::uint8_t>(turn % names);
            }
            if (today.exception && today.schedule != Day::none)
                if (const auto& as = timetable_.exceptions[*today.exception].rotation; !as.empty())
                    today.rotation = static_cast<std::uint8_t>(rotation_.find(as)->second);
            plan_.days_.push_back(today);
        }
    }

    Plan& plan_;
    const Timetable& timetable_;
    const PlanRules& rules_;
    Places schedules_, periods_, rotation_, terms_;
    std::array<std::uint8_t, 7> week_{};
    std::map<Date, std::size_t> exceptions_;
};

Result<Plan> Plan::make(Timetable timetable, const PlanRules& rules) {
    Plan plan(TRY(Zone::find(timetable.zone)));
    plan.timetable_ = std::move(timetable);
    CHECK_OK(PlanMaker(plan, rules).make());
    return plan;
}

const Day* Plan::day(Date date) const {
    const auto at = (date - first_day_).count();
    return at < 0 || static_cast<std::size_t>(at) >= days_.size()
               ? nullptr
               : &days_[static_cast<std::size_t>(at)];
}

std::span<const std::uint32_t> Plan::lessons(std::uint8_t schedule, std::size_t period,
                                             std::uint8_t weekday) const {
    return slots_[std::size_t{names_[schedule][period]} * 7 + weekday];
}

const Change* Plan::change(std::uint32_t lesson, Date date) const {
    if (!has_changes_[lesson])
        return nullptr;
    const auto range = std::ranges::equal_range(changed_, lesson);
    for (auto at = range.begin(); at != range.end(); ++at) {
        const Change& one =
            timetable_.changes[changes_[static_cast<std::size_t>(at - changed_.begin())]];
        if (one.date == date)
            return &one;
    }
    return nullptr;
}

std::optional<std::uint32_t> Plan::find(LessonId lesson) const {
    const auto found = lesson_places_.find(lesson);
    return found == lesson_places_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace bw::timetable
