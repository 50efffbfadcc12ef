#include "year/school.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "year/chance.hpp"

namespace bw::year {

namespace {

constexpr int materials_each = 24, announcements_each = 8;

std::int64_t number(const std::string& text) {
    return std::strtoll(text.c_str(), nullptr, 10);
}

void make_pages(PGconn* connection, const Class& of, std::uint64_t seed) {
    Chance chance({seed, of.number, number_of("pages")});
    std::string materials, announcements;
    const std::string whose = fmt::format("'{}', '{}'", to_text(of.tenant), to_text(of.section)),
                      by = to_text(of.teacher);
    const std::int64_t made = of.begins * std::int64_t{86'400};
    for (int n = 0; n < materials_each; ++n)
        materials += fmt::format(
            "{}({}, '{}', {}, 'link', 'Unit {}', '', 'https://vle.example/{}', true, '{}', "
            "to_timestamp({}), to_timestamp({}))",
            n == 0 ? "" : ", ", whose, to_text(chance.uuid(made * 1000)), n, n, n, by, made, made);
    for (int n = 0; n < announcements_each; ++n)
        announcements += fmt::format(
            "{}({}, '{}', 'Week {}', '', '{}', to_timestamp({}), to_timestamp({}))",
            n == 0 ? "" : ", ", whose, to_text(chance.uuid(made * 1000)), n, by, made, made);
    ask(connection, "insert into materials (tenant_id, section_id, material_id, place, kind, "
                    "title, text, url, published, made_by, "
                    "created_at, changed_at) values " +
                        materials);
    ask(connection, "insert into announcements (tenant_id, section_id, announcement_id, title, "
                    "text, made_by, created_at, changed_at) "
                    "values " +
                        announcements);
}

std::vector<Uuid> subjects(PGconn* connection, const char* table, const char* key,
                           const Class& of) {
    std::vector<Uuid> out;
    for (const auto& row :
         ask(connection,
             fmt::format(
                 "select {0} from {1} where tenant_id = '{2}' and section_id = '{3}' order by 1",
                 key, table, to_text(of.tenant), to_text(of.section))))
        out.push_back(uuid_of(row[0]));
    return out;
}

} // namespace

void give_up(PGconn* connection, const char* doing) {
    std::fprintf(stderr, "%s: %s\n", doing, PQerrorMessage(connection));
    std::exit(1);
}

std::vector<std::vector<std::string>> ask(PGconn* connection, const std::string& sql) {
    PGresult* result = PQexec(connection, sql.c_str());
    const auto status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        give_up(connection, sql.substr(0, 200).c_str());
    std::vector<std::vector<std::string>> rows;
    for (int row = 0; row < PQntuples(result); ++row) {
        auto& values = rows.emplace_back();
        for (int column = 0; column < PQnfields(result); ++column)
            values.emplace_back(PQgetvalue(result, row, column));
    }
    PQclear(result);
    return rows;
}

Uuid uuid_of(const std::string& text) {
    std::string digits = text;
    std::erase(digits, '-');
    return *to_array<16>(*from_hex(digits));
}

Schools read_schools(PGconn* connection, std::uint64_t seed) {
    Schools out;
    std::map<std::string, std::size_t> zones;
    std::map<std::pair<Uuid, Uuid>, std::size_t> places;
    for (const auto& row : ask(connection, R"(
            select z.zone, s.tenant_id, s.section_id, t.slug || ' ' || s.sourced_id,
                   (select e.user_id from enrollments e where e.tenant_id = s.tenant_id and e.section_id = s.section_id and e.role = 'teacher'
                    order by e.sourced_id limit 1)
            from sections s join control.tenants t using (tenant_id), lateral (select t.zone) z
            where s.status = 'active' order by t.slug, s.sourced_id)")) {
        const auto [zone, fresh] = zones.emplace(row[0], zones.size());
        if (fresh)
            out.zones.push_back({row[0], 0, {}});
        places[{uuid_of(row[1]), uuid_of(row[2])}] = out.classes.size();
        out.classes.push_back({.zone = zone->second,
                               .tenant = uuid_of(row[1]),
                               .section = uuid_of(row[2]),
                               .teacher = row[4].empty() ? Uuid{} : uuid_of(row[4]),
                               .number = number_of(row[3]),
                               .begins = std::numeric_limits<std::int32_t>::max(),
                               .ends = 0});
    }
    const auto place = [&](const std::vector<std::string>& row) -> Class* {
        const auto at = places.find({uuid_of(row[0]), uuid_of(row[1])});
        return at == places.end() ? nullptr : &out.classes[at->second];
    };
    for (const auto& row : ask(connection, R"(
            select tenant_id, section_id, assignment_id, title, (extract(epoch from due_at) * 1000000)::bigint from assignments
            where active order by due_at, title)"))
        if (Class* of = place(row)) {
            of->tasks.push_back({uuid_of(row[2]), number_of(row[3]), number(row[4])});
            of->ends = static_cast<std::int32_t>(of->tasks.back().due_us / 86'400'000'000) + 1;
        }
    for (const auto& row : ask(connection, R"(
            select e.tenant_id, e.section_id, e.user_id, u.sourced_id, coalesce(e.begin_date - date '1970-01-01', 0),
                   coalesce(e.end_date - date '1970-01-01', 1000000)
            from enrollments e join users u using (tenant_id, user_id) where e.role = 'student' and e.status = 'active'
            order by e.tenant_id, e.section_id, u.sourced_id, e.sourced_id)"))
        if (Class* of = place(row); of != nullptr && !of->tasks.empty()) {
            const auto begins = static_cast<std::int32_t>(
                number(row[4]) > 0 ? number(row[4])
                                   : of->tasks.front().due_us / 86'400'000'000 - 30);
            of->students.push_back({uuid_of(row[2]), number_of(row[3]), begins,
                                    std::min(of->ends, static_cast<std::int32_t>(number(row[5])))});
            of->begins = std::min(of->begins, begins);
        }
    std::erase_if(out.classes,
                  [](const Class& c) { return c.students.empty() || c.begins >= c.ends; });
    std::int32_t first = std::numeric_limits<std::int32_t>::max(), last = 0;
    for (Class& of : out.classes) {
        of.materials = subjects(connection, "materials", "material_id", of);
        if (of.materials.empty()) {
            make_pages(connection, of, seed);
            of.materials = subjects(connection, "materials", "material_id", of);
        }
        of.announcements = subjects(connection, "announcements", "announcement_id", of);
        first = std::min(first, of.begins), last = std::max(last, of.ends);
    }
    for (Zone& zone : out.zones) {
        zone.first_day = first - 7;
        for (const auto& row :
             ask(connection, fmt::format("select (extract(epoch from ((date '1970-01-01' + "
                                         "d)::timestamp at time zone '{}')) * 1000000)::bigint "
                                         "from generate_series({}, {}) d order by d",
                                         zone.name, first - 7, last + 14)))
            zone.begins_us.push_back(number(row[0]));
    }
    return out;
}

} // namespace bw::year
