#include "storm/day_plan.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "base/json.hpp"
#include "storm/pacing.hpp"

namespace bw::storm {

std::vector<std::vector<Arrival>> draw_day(const DayShape& shape, Rng& rng) {
    std::vector<std::vector<Arrival>> day(shape.bells);
    std::vector<std::uint32_t> order(shape.people);
    std::iota(order.begin(), order.end(), 0U);
    const Duration before = before_bell(shape.over);
    for (std::size_t bell = 0; bell < shape.bells; ++bell) {
        for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[rng.u64() % i]);
        const auto times = draw_arrivals(shape.people, shape.over, before, rng);
        for (std::size_t i = 0; i < times.size(); ++i) {
            const double way = rng.unit(), sleeps = rng.unit();
            day[bell].push_back({times[i] - before, order[i],
                                 way < shape.passwords                ? Way::password
                                 : bell == 0 || sleeps < shape.asleep ? Way::asleep
                                                                      : Way::awake});
        }
    }
    return day;
}

Instant first_bell(Instant now, Duration lead, Duration grain) {
    const std::int64_t step = grain / 1ms, least = (now + lead).ms;
    return {(least + step - 1) / step * step};
}

std::string timetable_body(Instant first, Duration lesson, std::size_t bells) {
    using namespace std::chrono;
    const auto utc = sys_time<milliseconds>(milliseconds(first.ms));
    const auto hour = static_cast<int>(floor<hours>(utc - floor<days>(utc)).count());
    const int ahead = 12 - hour; // of UTC; POSIX counts the other way (Etc/GMT-1 is east)
    const auto local = utc + hours(ahead);
    const auto today = floor<days>(local);
    auto time = [&](std::size_t period) {
        const auto minute =
            floor<minutes>(local - today + lesson * static_cast<std::int64_t>(period)).count();
        return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
    };
    auto date = [](sys_days day) {
        const year_month_day ymd(day);
        return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()),
                           static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
    };
    JsonWriter json;
    json.object()
        .member("zone", ahead == 0 ? "Etc/GMT" : fmt::format("Etc/GMT{:+}", -ahead))
        .key("schedules")
        .array()
        .object()
        .member("name", "Storm")
        .key("periods")
        .array();
    for (std::size_t period = 0; period < bells; ++period)
        json.object()
            .member("name", std::to_string(period + 1))
            .member("begin", time(period))
            .member("end", time(period + 1))
            .end();
    json.end().end().end().key("week").array();
    for (int day = 0; day < 7; ++day)
        json.value("Storm");
    json.end().key("rotation").null();
    json.key("terms").array().object().member("name", "Storm").member("begins", date(today));
    json.member("ends", date(today + days(1))).end().end().key("exceptions").array().end().end();
    return json.take();
}

std::string lessons_table(const std::vector<std::string>& sections, std::size_t bells) {
    std::string out(lessons_header);
    for (std::size_t i = 0; i < sections.size(); ++i)
        out += fmt::format(",{},{},,,,,\n", sections[i], i % bells + 1);
    return out;
}

Result<Plan> seats_of(const Plan& plan, const std::vector<PlannedPerson>& people) {
    std::set<std::string> users;
    for (const PlannedPerson& person : people)
        users.insert(person.user);
    Plan out;
    std::map<std::uint32_t, std::uint32_t> place;
    for (PlannedStudent student : plan.students) {
        if (!users.contains(student.user.text()))
            continue;
        const auto [it, first] = place.try_emplace(
            student.assignment, static_cast<std::uint32_t>(out.assignments.size()));
        if (first)
            out.assignments.push_back(plan.assignments[student.assignment]);
        student.assignment = it->second;
        out.students.push_back(std::move(student));
    }
    if (out.students.empty())
        return fail(Code::bad_request, "nobody who comes has anything to hand in");
    return out;
}

Result<std::vector<PlannedAdministrator>> read_administrators(std::istream& in,
                                                              const std::string& name) {
    std::vector<PlannedAdministrator> out;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        const std::size_t blank = line.find(' ');
        if (line.empty())
            continue;
        if (blank == 0 || blank == std::string::npos || blank + 1 == line.size())
            return fail(Code::bad_request, "expected a host and a user name",
                        name + ":" + std::to_string(number));
        out.push_back({line.substr(0, blank), line.substr(blank + 1)});
    }
    if (out.empty())
        return fail(Code::bad_request, "nobody is named who could set up the day", name);
    return out;
}

} // namespace bw::storm
