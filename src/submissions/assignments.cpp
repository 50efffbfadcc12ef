#include "submissions/assignments.hpp"

#include "submissions/submissions_sql.hpp"

namespace bw::submissions {

namespace {

Assignment read_assignment(const pg::Rows& rows, int i) {
    return {rows.id<AssignmentId>(i, 0),  std::string(rows.text(i, 1)), rows.id<SectionId>(i, 2),
            std::string(rows.text(i, 3)), rows.instant(i, 4),           rows.int8(i, 5)};
}

} // namespace

Result<std::int64_t> assignments_from_line_items(tenancy::TenantTx& tx, const std::string& zone) {
    pg::Params params;
    params.text(zone);
    return TRY(tx.run(sql::assignments_from_line_items, params)).affected();
}

Result<std::int64_t> set_due_by_title(tenancy::TenantTx& tx, const std::string& title_end,
                                      Instant due_at) {
    pg::Params params;
    params.text(title_end).instant(due_at);
    return TRY(tx.run(sql::set_due_by_title, params)).affected();
}

Result<AssignmentPage> list_assignments(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, UserId user,
                                        Instant due_from,
                                        std::optional<std::pair<Instant, AssignmentId>> after,
                                        int limit, Deadline deadline) {
    auto start = after.value_or(std::pair{due_from - 1ms, AssignmentId{}});
    pg::Params params;
    params.id(user)
        .instant(due_from)
        .instant(start.first)
        .id(start.second)
        .int8(limit + 1); // one more tells whether there is a next page
    pg::Rows rows = TRY(database.fetch(scope, deadline, sql::list_assignments, params));
    AssignmentPage page;
    for (int i = 0; i < std::min(rows.count(), limit); ++i)
        page.items.push_back(read_assignment(rows, i));
    if (rows.count() > limit)
        page.next = {page.items.back().due_at, page.items.back().id};
    return page;
}

Result<std::optional<SeenAssignment>> get_assignment(tenancy::Database& database,
                                                     const tenancy::TenantScope& scope,
                                                     AssignmentId assignment, UserId user,
                                                     Deadline deadline) {
    pg::Params params;
    params.id(assignment).id(user);
    pg::Rows rows = TRY(database.fetch(scope, deadline, sql::get_assignment, params));
    if (rows.empty())
        return std::optional<SeenAssignment>();
    std::string roles(rows.optional_text(0, 6).value_or(""));
    return std::optional(SeenAssignment{read_assignment(rows, 0),
                                        roles.find("teacher") != std::string::npos,
                                        roles.find("student") != std::string::npos});
}

Result<std::int64_t> set_due(tenancy::Database& database, const tenancy::TenantScope& scope,
                             AssignmentId assignment, Instant due_at, std::int64_t version,
                             Deadline deadline) {
    pg::Params params;
    params.id(assignment).instant(due_at).int8(version);
    pg::Rows rows = TRY(database.fetch(scope, deadline, sql::set_due, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "the assignment was changed meanwhile; read it again and decide anew",
                    "If-Match");
    return rows.int8(0, 0);
}

Result<std::vector<Seat>> storm_seats(tenancy::TenantTx& tx) {
    pg::Rows rows = TRY(tx.run(sql::storm_seats));
    std::vector<Seat> seats;
    for (int i = 0; i < rows.count(); ++i)
        seats.push_back({rows.id<UserId>(i, 0), rows.id<AssignmentId>(i, 1)});
    return seats;
}

Result<std::vector<Seat>> storm_staff(tenancy::TenantTx& tx,
                                      const std::vector<AssignmentId>& assignments) {
    std::vector<Uuid> uuids;
    for (AssignmentId id : assignments)
        uuids.push_back(id.uuid);
    pg::Params params;
    params.uuids(uuids);
    pg::Rows rows = TRY(tx.run(sql::storm_staff, params));
    std::vector<Seat> staff;
    for (int i = 0; i < rows.count(); ++i)
        staff.push_back({rows.id<UserId>(i, 1), rows.id<AssignmentId>(i, 0)});
    return staff;
}

} // namespace bw::submissions
