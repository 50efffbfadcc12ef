#include "institution/sections.hpp"

#include "institution/sections_sql.hpp"

namespace bw::institution {

namespace {

std::vector<SectionLine> lines_in(const pg::Rows& rows) {
    std::vector<SectionLine> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.id = rows.id<SectionId>(row, 0),
                       .title = std::string(rows.text(row, 1)),
                       .class_code = std::string(rows.text(row, 2)),
                       .course = std::string(rows.text(row, 3)),
                       .teaches = rows.boolean(row, 4),
                       .attends = rows.boolean(row, 5)});
    return out;
}

template <class Kind>
void put_optional(pg::Params& params, const std::optional<Id<Kind>>& id) {
    id ? params.id(*id) : params.null();
}

} // namespace

Result<std::vector<SectionLine>> own_sections(tenancy::TenantTx& tx, UserId user, Instant now) {
    pg::Params params;
    params.id(user).instant(now);
    return lines_in(TRY(tx.run(sql::own_sections, params)));
}

Result<std::vector<SectionLine>> active_sections(tenancy::TenantTx& tx, UserId user,
                                                 std::optional<SectionId> after, int limit,
                                                 Instant now) {
    pg::Params params;
    put_optional(params, after);
    params.int8(limit).id(user).instant(now);
    return lines_in(TRY(tx.run(sql::active_sections, params)));
}

Result<std::optional<SectionDetails>> section_details(tenancy::TenantTx& tx, SectionId section,
                                                      Instant now) {
    pg::Params params, of;
    params.id(section).instant(now);
    of.id(section);
    const auto answers = TRY(tx.run({{sql::section_details, params}, {sql::terms_of_section, of}}));
    const pg::Rows &one = answers[0], &terms = answers[1];
    if (one.empty())
        return std::optional<SectionDetails>();
    SectionDetails out{.title = std::string(one.text(0, 0)),
                       .class_code = std::string(one.text(0, 1)),
                       .location = std::string(one.text(0, 2)),
                       .course = std::string(one.text(0, 3)),
                       .school = std::string(one.text(0, 4)),
                       .active = one.boolean(0, 5),
                       .teachers = one.int8(0, 6),
                       .students = one.int8(0, 7),
                       .terms = {}};
    for (int row = 0; row < terms.count(); ++row)
        out.terms.push_back({std::string(terms.text(row, 0)), std::string(terms.text(row, 1)),
                             std::string(terms.text(row, 2))});
    return std::optional(std::move(out));
}

Result<std::vector<Member>> members(tenancy::TenantTx& tx, SectionId section, bool teachers_alone,
                                    std::optional<UserId> after, int limit, Instant now) {
    pg::Params params;
    params.id(section).boolean(teachers_alone);
    put_optional(params, after);
    params.int8(limit).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::people_of_section, params));
    std::vector<Member> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({.id = rows.id<UserId>(row, 0),
                       .username = std::string(rows.text(row, 1)),
                       .given_name = std::string(rows.text(row, 2)),
                       .family_name = std::string(rows.text(row, 3)),
                       .teaches = rows.boolean(row, 4),
                       .attends = rows.boolean(row, 5)});
    return out;
}

} // namespace bw::institution
