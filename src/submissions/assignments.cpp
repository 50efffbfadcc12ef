#include "submissions/assignments.hpp"

#include "base/crypto.hpp"
#include "submissions/submissions_sql.hpp"

namespace bw::submissions {

namespace {

Assignment read_assignment(const pg::Rows& rows, int i) {
    return {rows.id<AssignmentId>(i, 0),
            std::string(rows.text(i, 1)),
            rows.id<SectionId>(i, 2),
            std::string(rows.text(i, 3)),
            read_rules(rows, i, 6, rows.instant(i, 4)),
            rows.int8(i, 5),
            true,
            "",
            read_extension_terms(rows, i, 15),
            rows.is_null(i, 17) ? std::nullopt : std::optional(rows.int8(i, 17)),
            rows.is_null(i, 18) ? std::nullopt
                                : std::optional(LatestSubmission{
                                      rows.id<SubmissionId>(i, 18), std::string(rows.text(i, 19)),
                                      rows.instant(i, 20), rows.boolean(i, 21)})};
}

/// From the due instant on, as make_assignment and change_assignment take them.
void add_rules(pg::Params& params, const Rules& rules) {
    params.instant(rules.due_at).text(wire_name(rules.kind));
    rules.kind == ContentKind::structured ? params.json(rules.questions) : params.null();
    rules.opens_at ? params.instant(*rules.opens_at) : params.null();
    rules.late_limit
        ? params.int8(std::chrono::floor<std::chrono::seconds>(*rules.late_limit).count())
        : params.null();
    params.int4(static_cast<std::int32_t>(rules.content_bytes_limit));
    rules.attempts_limit ? params.int4(static_cast<std::int32_t>(*rules.attempts_limit))
                         : params.null();
    params.int4(static_cast<std::int32_t>(rules.files_limit))
        .int8(static_cast<std::int64_t>(rules.file_bytes_limit))
        .int4(static_cast<std::int32_t>(
            std::chrono::floor<std::chrono::seconds>(rules.upload_grace).count()));
}

const Error moved_on =
    fail(Code::precondition_failed,
         "the assignment was changed meanwhile; read it again and decide anew", "If-Match");

/// The version in the first row; `otherwise` if there is none although `version` is the one that
/// stands.
Result<std::int64_t> version_after(const pg::Rows& rows, const Assignment& before,
                                   std::int64_t version, const Error& otherwise) {
    if (!rows.empty())
        return rows.int8(0, 0);
    if (before.version == version)
        return otherwise;
    return moved_on;
}

} // namespace

Rules read_rules(const pg::Rows& rows, int row, int column, Instant due_at) {
    Rules rules{.kind = content_kind_from(rows.text(row, column)).value_or(ContentKind::text),
                .questions = std::string(rows.optional_text(row, column + 1).value_or("")),
                .due_at = due_at,
                .content_bytes_limit = static_cast<std::uint32_t>(rows.int8(row, column + 4)),
                .files_limit = static_cast<std::uint32_t>(rows.int8(row, column + 6)),
                .file_bytes_limit = static_cast<std::uint64_t>(rows.int8(row, column + 7)),
                .upload_grace = std::chrono::seconds(rows.int8(row, column + 8))};
    if (!rows.is_null(row, column + 2))
        rules.opens_at = rows.instant(row, column + 2);
    if (!rows.is_null(row, column + 3))
        rules.late_limit = std::chrono::seconds(rows.int8(row, column + 3));
    if (!rows.is_null(row, column + 5))
        rules.attempts_limit = static_cast<std::uint32_t>(rows.int8(row, column + 5));
    return rules;
}

std::optional<ExtensionTerms> read_extension_terms(const pg::Rows& rows, int row, int column) {
    if (rows.is_null(row, column))
        return std::nullopt;
    return ExtensionTerms{rows.instant(row, column),
                          static_cast<std::uint32_t>(rows.int8(row, column + 1))};
}

Result<std::int64_t> assignments_from_line_items(tenancy::TenantTx& tx, const std::string& zone) {
    pg::Params params;
    params.text(zone);
    return TRY(tx.run(sql::assignments_from_line_items, params)).affected();
}

Result<std::int64_t> set_due_by_title(tenancy::TenantTx& tx, const std::string& title_end,
                                      Instant due_at, const std::string& instructions) {
    pg::Params params;
    params.text(title_end).instant(due_at).text(instructions);
    return TRY(tx.run(sql::set_due_by_title, params)).affected();
}

namespace {

pg::Params list_params(UserId user, Listed listed, Instant due_from,
                       std::optional<std::pair<Instant, AssignmentId>> after, int limit) {
    auto start = after.value_or(std::pair{due_from - 1ms, AssignmentId{}});
    pg::Params params;
    params.id(user)
        .instant(due_from)
        .instant(start.first)
        .id(start.second)
        .int8(limit + 1) // one more tells whether there is a next page
        .boolean(listed == Listed::active);
    return params;
}

AssignmentPage read_page(const pg::Rows& rows, Listed listed, int limit) {
    AssignmentPage page;
    for (int i = 0; i < std::min(rows.count(), limit); ++i) {
        page.items.push_back(read_assignment(rows, i));
        page.items.back().active = listed == Listed::active;
    }
    if (rows.count() > limit)
        page.next = {page.items.back().rules.due_at, page.items.back().id};
    return page;
}

} // namespace

Result<AssignmentPage> list_assignments(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, UserId user,
                                        Listed listed, Instant due_from,
                                        std::optional<std::pair<Instant, AssignmentId>> after,
                                        int limit, Deadline deadline) {
    return read_page(TRY(database.fetch(scope, deadline, sql::list_assignments,
                                        list_params(user, listed, due_from, after, limit))),
                     listed, limit);
}

Result<AssignmentPage> list_assignments(tenancy::TenantTx& tx, UserId user, Instant due_from,
                                        int limit) {
    return read_page(
        TRY(tx.run(sql::list_assignments, list_params(user, Listed::active, due_from, {}, limit))),
        Listed::active, limit);
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
    SeenAssignment seen{read_assignment(rows, 0), rows.boolean(0, 22), rows.boolean(0, 23),
                        rows.boolean(0, 24)};
    seen.assignment.active = rows.boolean(0, 25);
    seen.assignment.instructions = rows.text(0, 26);
    return std::optional(std::move(seen));
}

AssignmentId derive_assignment_id(const tenancy::TenantScope& scope, UserId by, SectionId section,
                                  std::string_view idempotency_key) {
    const Sha256 hash = sha256({"bellwether assignment v1\n", view(scope.tenant().uuid),
                                view(by.uuid), view(section.uuid), idempotency_key});
    return {make_uuid_v8(view(hash))};
}

Result<Making> make_assignment(tenancy::TenantTx& tx, const Assignment& assignment,
                               const Sha256& made_from, UserId by, Where where) {
    pg::Params params;
    params.id(assignment.id)
        .id(assignment.section)
        .boolean(where == Where::anywhere)
        .id(by)
        .text(assignment.title)
        .text(assignment.instructions);
    add_rules(params, assignment.rules);
    params.bytes(view(made_from));
    const pg::Rows rows = TRY(tx.run(sql::make_assignment, params));
    if (!rows.boolean(0, 0))
        return Making::no_section;
    if (rows.boolean(0, 1))
        return Making::made;
    pg::Params same;
    same.id(assignment.id).bytes(view(made_from));
    return TRY(tx.run(sql::was_made_from, same)).empty() ? Making::was_made_otherwise
                                                         : Making::was_there;
}

Result<std::int64_t> change_assignment(tenancy::TenantTx& tx, const Assignment& before,
                                       const Assignment& after, std::int64_t version) {
    pg::Params params;
    params.id(before.id).int8(version).text(after.title).text(after.instructions);
    add_rules(params, after.rules);
    const pg::Rows rows = TRY(tx.run(sql::change_assignment, params));
    static const Error kind_stays =
        fail(Code::conflict,
             "something was handed in already; the kind of an assignment stays then", "/kind");
    return version_after(rows, before, version,
                         before.rules.kind == after.rules.kind ? moved_on : kind_stays);
}

Result<std::int64_t> withdraw_assignment(tenancy::TenantTx& tx, const Assignment& before,
                                         std::int64_t version, Instant now) {
    pg::Params params;
    params.id(before.id).int8(version).instant(now);
    return version_after(TRY(tx.run(sql::withdraw_assignment, params)), before, version,
                         fail(Code::conflict, "the assignment is withdrawn already"));
}

Result<std::int64_t> restore_assignment(tenancy::TenantTx& tx, const Assignment& before,
                                        std::int64_t version) {
    pg::Params params;
    params.id(before.id).int8(version);
    return version_after(TRY(tx.run(sql::restore_assignment, params)), before, version,
                         before.active
                             ? fail(Code::conflict, "the assignment is not withdrawn", "/active")
                             : fail(Code::conflict,
                                    "the roster has taken the assignment away; bring it back there",
                                    "/active"));
}

namespace {

Extension read_extension(const pg::Rows& rows, int i) {
    return {rows.id<ExtensionId>(i, 0),
            rows.is_null(i, 1) ? std::nullopt : std::optional(rows.id<UserId>(i, 1)),
            *read_extension_terms(rows, i, 2),
            std::string(rows.text(i, 4)),
            rows.is_null(i, 5) ? std::nullopt : std::optional(rows.id<UserId>(i, 5)),
            rows.instant(i, 6),
            rows.is_null(i, 7) ? std::nullopt : std::optional(rows.id<OutageId>(i, 7))};
}

pg::Params grantee_params(AssignmentId assignment, std::optional<UserId> user) {
    pg::Params params;
    params.id(assignment);
    user ? params.id(*user) : params.null();
    return params;
}

pg::Params revoke_params(AssignmentId assignment, std::optional<UserId> user, UserId by,
                         ExtensionId seen) {
    pg::Params params = grantee_params(assignment, user);
    params.id(by).id(seen);
    return params;
}

const Error changed_meanwhile = fail(
    Code::precondition_failed,
    "the extension was changed or revoked meanwhile; read it again and decide anew", "If-Match");

} // namespace

Result<std::vector<Extension>> list_extensions(tenancy::Database& database,
                                               const tenancy::TenantScope& scope,
                                               AssignmentId assignment, Deadline deadline) {
    pg::Params params;
    params.id(assignment);
    pg::Rows rows = TRY(database.fetch(scope, deadline, sql::list_extensions, params));
    std::vector<Extension> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back(read_extension(rows, i));
    return out;
}

Result<std::optional<Extension>> get_extension(tenancy::Database& database,
                                               const tenancy::TenantScope& scope,
                                               AssignmentId assignment, std::optional<UserId> user,
                                               Deadline deadline) {
    pg::Rows rows = TRY(
        database.fetch(scope, deadline, sql::standing_extension, grantee_params(assignment, user)));
    return rows.empty() ? std::nullopt : std::optional(read_extension(rows, 0));
}

Result<Instant> give_extension(tenancy::Database& database, const tenancy::TenantScope& scope,
                               AssignmentId assignment, const Extension& extension,
                               std::optional<ExtensionId> seen, Deadline deadline) {
    return database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Instant> {
        if (seen && TRY(tx.run(sql::revoke_extension, revoke_params(assignment, extension.user,
                                                                    *extension.given_by, *seen)))
                            .affected() == 0)
            return changed_meanwhile;
        pg::Params give;
        give.id(extension.id).id(assignment);
        extension.user ? give.id(*extension.user) : give.null();
        give.instant(extension.terms.due_at)
            .int4(static_cast<std::int32_t>(extension.terms.attempts_extra))
            .text(extension.reason)
            .id(*extension.given_by);
        auto answers =
            TRY(tx.run({{sql::give_extension, give},
                        {sql::standing_extension, grantee_params(assignment, extension.user)}}));
        if (!answers[0].empty())
            return answers[0].instant(0, 0);
        if (answers[1].empty())
            return fail(Code::not_found, "there is no such student in the assignment's section",
                        "grantee");
        return fail(Code::precondition_required,
                    "an extension stands already; send its ETag as If-Match to give this one "
                    "instead",
                    "If-Match");
    });
}

Result<void> revoke_extension(tenancy::Database& database, const tenancy::TenantScope& scope,
                              AssignmentId assignment, std::optional<UserId> user, UserId by,
                              ExtensionId seen, Deadline deadline) {
    return database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        auto answers =
            TRY(tx.run({{sql::revoke_extension, revoke_params(assignment, user, by, seen)},
                        {sql::standing_extension, grantee_params(assignment, user)}}));
        if (answers[0].affected() > 0)
            return {};
        if (answers[1].empty())
            return fail(Code::not_found, "no extension stands for this student or section");
        return changed_meanwhile;
    });
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
