#include "reporting/people.hpp"

#include "reporting/reporting_sql.hpp"

namespace bw::reporting {

Result<std::vector<SectionId>> taught_sections(tenancy::TenantTx& tx, UserId teacher, Instant now) {
    const auto rows = TRY(tx.run(sql::taught_sections, pg::Params().id(teacher).instant(now)));
    std::vector<SectionId> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(rows.id<SectionId>(row, 0));
    return out;
}

namespace {

std::optional<SectionId> only_section(const pg::Rows& rows) {
    return rows.empty() ? std::nullopt : std::optional(rows.id<SectionId>(0, 0));
}

} // namespace

Result<std::optional<SectionId>> known_section(tenancy::TenantTx& tx, SectionId section) {
    return only_section(TRY(tx.run(sql::section_exists, pg::Params().id(section))));
}

Result<std::optional<SectionId>> section_of(tenancy::TenantTx& tx, AssignmentId assignment) {
    return only_section(TRY(tx.run(sql::section_of_assignment, pg::Params().id(assignment))));
}

Result<std::vector<PersonName>> names_of(tenancy::TenantTx& tx, std::span<const Uuid> users) {
    const auto rows = TRY(tx.run(sql::names_of_users, pg::Params().uuids(users)));
    std::vector<PersonName> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({rows.id<UserId>(row, 0), std::string(rows.text(row, 1)),
                       std::string(rows.text(row, 2))});
    return out;
}

} // namespace bw::reporting
