#include "timetable/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "timetable/timetable_sql.hpp"

namespace bw::timetable {

namespace {

template <class IdType>
Result<std::vector<IdType>> ids_in(std::string_view text) {
    std::vector<IdType> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        std::string digits(text.substr(0, end));
        std::erase(digits, '-');
        const auto bytes = from_hex(digits);
        if (!bytes || bytes->size() != 16)
            return fail(Code::internal, "an id that is none");
        out.push_back({*to_array<16>(*bytes)});
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

struct Places {
    std::set<SectionId> attends, teaches;
};
Result<Places> places_of(tenancy::TenantTx& tx, UserId user, Instant now) {
    pg::Params params;
    params.id(user).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::sections_of_person, params));
    Places places;
    for (int row = 0; row < rows.count(); ++row) {
        if (rows.boolean(row, 1))
            places.teaches.insert(rows.id<SectionId>(row, 0));
        if (rows.boolean(row, 2))
            places.attends.insert(rows.id<SectionId>(row, 0));
    }
    return places;
}

Result<std::vector<SectionToPlace>> to_place_in(const pg::Rows& rows) {
    std::vector<SectionToPlace> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.section = rows.id<SectionId>(row, 0),
                       .teacher = rows.is_null(row, 1) ? std::nullopt
                                                       : std::optional(rows.id<UserId>(row, 1)),
                       .students = TRY(ids_in<UserId>(rows.text(row, 2))),
                       .term = std::string(rows.text(row, 3))});
    return out;
}

/// Two sessions of one title (of different years) are one term's name twice: the year tells them
/// apart.
Result<std::vector<Term>> terms_in(const pg::Rows& rows) {
    std::vector<Term> out;
    for (int row = 0; row < rows.count(); ++row) {
        Term term{.name = std::string(rows.text(row, 0)),
                  .begins = roster::parse_date(rows.text(row, 1)).value_or(Date{}),
                  .ends = roster::parse_date(rows.text(row, 2)).value_or(Date{})};
        if (std::ranges::find(out, term.name, &Term::name) != out.end())
            term.name += fmt::format(" ({})", rows.text(row, 1));
        out.push_back(std::move(term));
    }
    return out;
}

} // namespace

Result<std::map<SectionId, std::string>> titles_of(tenancy::TenantTx& tx, const Plan& plan,
                                                   std::span<const Occurrence> occurrences) {
    std::set<Uuid> sections;
    for (const Occurrence& one : occurrences)
        sections.insert(plan.timetable().lessons[one.lesson].section.uuid);
    pg::Params params;
    params.uuids(std::vector(sections.begin(), sections.end()));
    const pg::Rows rows = TRY(tx.run(sql::titles_of_sections, params));
    std::map<SectionId, std::string> out;
    for (int row = 0; row < rows.count(); ++row)
        out.emplace(rows.id<SectionId>(row, 0), rows.text(row, 1));
    return out;
}

Result<std::map<UserId, std::string>> teachers_of(tenancy::TenantTx& tx, const Plan& plan,
                                                  std::span<const Occurrence> occurrences) {
    std::set<Uuid> people;
    for (const Occurrence& one : occurrences)
        if (const auto teacher = teacher_of(plan, one))
            people.insert(teacher->uuid);
    pg::Params params;
    params.uuids(std::vector(people.begin(), people.end()));
    const pg::Rows rows = TRY(tx.run(sql::names_of_teachers, params));
    std::map<UserId, std::string> out;
    for (int row = 0; row < rows.count(); ++row)
        out.emplace(rows.id<UserId>(row, 0),
                    fmt::format("{} {}", rows.text(row, 1), rows.text(row, 2)));
    return out;
}

Result<Person> person_of(tenancy::TenantTx& tx, UserId user, Instant now) {
    const Places places = TRY(places_of(tx, user, now));
    Person person{.sections = places.attends, .teacher = user};
    person.sections.insert(places.teaches.begin(), places.teaches.end());
    return person;
}

Result<std::vector<Occurrence>> occurrences_of(tenancy::TenantTx& tx, const Plan& plan, UserId user,
                                               Instant now, Instant from, Instant until,
                                               Cancelled cancelled) {
    const auto [attends, teaches] = TRY(places_of(tx, user, now));
    Person person{.sections = attends, .teacher = user};
    person.sections.insert(teaches.begin(), teaches.end());
    auto found = occurrences(plan, from, until, person, occurrences_limit, cancelled);
    std::erase_if(found, [&](const Occurrence& one) {
        const auto teacher = teacher_of(plan, one);
        return teacher && *teacher != user &&
               !attends.contains(plan.timetable().lessons[one.lesson].section);
    });
    return found;
}

Result<std::vector<StudentGroup>> student_groups(tenancy::TenantTx& tx, Instant now,
                                                 std::int64_t limit) {
    pg::Params params;
    params.instant(now).int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::sections_that_share_students, params));
    std::vector<StudentGroup> out;
    for (int row = 0; row < rows.count(); ++row) {
        const std::int64_t students = rows.int8(row, 1);
        out.push_back({fmt::format("{} {}", students, students == 1 ? "student" : "students"),
                       TRY(ids_in<SectionId>(rows.text(row, 0)))});
    }
    return out;
}

Result<Generated> generated(tenancy::TenantTx& tx, GeneratorOptions options, const Timetable& there,
                            std::uint64_t seed, Instant now) {
    pg::Params params;
    params.instant(now);
    const auto answers =
        TRY(tx.run({{sql::sections_to_place, params}, {sql::terms_of_sections, {}}}));
    options.zone = there.zone;
    options.terms = there.terms.empty() ? TRY(terms_in(answers[1])) : there.terms;
    if (options.terms.empty())
        return fail(Code::conflict, "neither the timetable nor the roster has terms; give it some "
                                    "with PATCH /v1/timetable");
    auto sections = TRY(to_place_in(answers[0]));
    for (SectionToPlace& section : sections)
        if (std::ranges::find(options.terms, section.term, &Term::name) == options.terms.end())
            section.term = options.terms.front().name;
    if (sections.size() * options.lessons_a_week > PlanRules{}.lessons)
        return fail(
            Code::conflict,
            fmt::format("{} sections would have more lessons than the {} that a timetable may "
                        "have",
                        sections.size(), PlanRules{}.lessons));
    SeededRng rng(seed);
    return generate(sections, options, rng);
}

} // namespace bw::timetable
