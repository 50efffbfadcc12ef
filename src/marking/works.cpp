#include "marking/works.hpp"

#include <algorithm>
#include <map>

#include <sodium.h>

#include "marking/marking_sql.hpp"

namespace bw::marking {

namespace {

std::vector<Uuid> uuids(const std::vector<UserId>& users) {
    std::vector<Uuid> out;
    for (UserId user : users)
        out.push_back(user.uuid);
    return out;
}

/// Content as it was stored; empty if it was left out.
Result<MarkContent> content_in(const pg::Rows& rows, int row, int column) {
    if (rows.is_null(row, column))
        return MarkContent{};
    auto content = read_mark(rows.text(row, column));
    if (!content)
        return fail(Code::corrupt, content.error().detail, content.error().field);
    return content;
}

Result<Mark> mark_in(const pg::Rows& rows, int row) {
    const auto kind = mark_kind_from(rows.text(row, 1));
    if (!kind)
        return fail(Code::corrupt, "a kind of mark that this program does not know");
    Mark mark{.kind = *kind,
              .done = rows.boolean(row, 3),
              .scheme_version = rows.int8(row, 4),
              .content = TRY(content_in(rows, row, 7)),
              .version = rows.int8(row, 8),
              .changed_at = rows.instant(row, 9)};
    if (!rows.is_null(row, 2))
        mark.marker = rows.id<UserId>(row, 2);
    if (!rows.is_null(row, 5))
        mark.submission = rows.id<SubmissionId>(row, 5);
    if (!rows.is_null(row, 6))
        mark.points = Points{rows.int8(row, 6)};
    return mark;
}

/// Parameters that writing a mark begins with.
pg::Params& add(pg::Params& params, const Mark& mark, Instant at) {
    params.boolean(mark.done).int8(mark.scheme_version);
    mark.submission ? params.id(*mark.submission) : params.null();
    mark.points ? params.int8(mark.points->hundredths) : params.null();
    return params.json(to_json(mark.content)).instant(at);
}

} // namespace

Pseudonyms::~Pseudonyms() {
    sodium_memzero(key_.data(), key_.size());
}

WorkId Pseudonyms::of(TenantId tenant, AssignmentId assignment, UserId user) const {
    const std::string who =
        "work\n" + tenant.text() + "\n" + assignment.text() + "\n" + user.text();
    WorkId work;
    crypto_generichash(work.uuid.data(), work.uuid.size(),
                       reinterpret_cast<const unsigned char*>(who.data()), who.size(), key_.data(),
                       key_.size());
    return work;
}

Result<std::vector<std::pair<WorkId, UserId>>>
all_works(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms, AssignmentId assignment) {
    pg::Params params;
    params.id(assignment).int8(works_limit + 1);
    const pg::Rows rows = TRY(tx.run(sql::works_users, params));
    if (rows.count() > works_limit)
        return fail(Code::payload_too_large,
                    "more than 5,000 students handed in to this assignment, which is more than can "
                    "be marked as one");
    std::vector<std::pair<WorkId, UserId>> out;
    for (int row = 0; row < rows.count(); ++row) {
        const auto user = rows.id<UserId>(row, 0);
        out.emplace_back(pseudonyms.of(tx.tenant(), assignment, user), user);
    }
    std::ranges::sort(out);
    return out;
}

Result<UserId> user_of(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms, AssignmentId assignment,
                       WorkId work) {
    const auto works = TRY(all_works(tx, pseudonyms, assignment));
    const auto found = std::ranges::find(works, work, &std::pair<WorkId, UserId>::first);
    if (found == works.end())
        return fail(Code::not_found, "there is no such work");
    return found->second;
}

Result<std::vector<Work>> read_works(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                                     AssignmentId assignment, const std::vector<UserId>& users,
                                     Contents contents) {
    std::vector<Work> works;
    std::map<UserId, std::size_t> at;
    for (UserId user : users) {
        at.emplace(user, works.size());
        works.push_back({pseudonyms.of(tx.tenant(), assignment, user), user, {}, {}, {}, false});
    }
    if (users.empty())
        return works;
    pg::Params of_users, with_contents;
    of_users.id(assignment).uuids(uuids(users));
    with_contents.id(assignment).uuids(uuids(users)).boolean(contents == Contents::read);
    const auto answers = TRY(tx.run({{sql::works_handed_in, of_users},
                                     {sql::works_marks, with_contents},
                                     {sql::works_grades, with_contents},
                                     {sql::works_regrades, of_users}}));
    auto work_of = [&](const pg::Rows& rows, int row) -> Work& {
        return works[at.at(rows.id<UserId>(row, 0))];
    };
    for (int row = 0; row < answers[0].count(); ++row)
        work_of(answers[0], row).latest =
            HandedIn{answers[0].id<SubmissionId>(row, 1), answers[0].instant(row, 2),
                     answers[0].boolean(row, 3)};
    for (int row = 0; row < answers[1].count(); ++row)
        work_of(answers[1], row).marks.push_back(TRY(mark_in(answers[1], row)));
    for (int row = 0; row < answers[2].count(); ++row)
        work_of(answers[2], row).released = Released{
            answers[2].int8(row, 1), Points{answers[2].int8(row, 2)}, answers[2].instant(row, 3),
            answers[2].int8(row, 4), TRY(content_in(answers[2], row, 5))};
    for (int row = 0; row < answers[3].count(); ++row)
        work_of(answers[3], row).regrade_open = true;
    return works;
}

Result<Work> read_work(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms, AssignmentId assignment,
                       UserId user) {
    auto works = TRY(read_works(tx, pseudonyms, assignment, {user}, Contents::read));
    return std::move(works.front());
}

Result<std::vector<Attempt>> recorded_attempts(tenancy::TenantTx& tx, AssignmentId assignment,
                                               UserId user, std::int64_t limit) {
    pg::Params params;
    params.id(assignment).id(user).int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::attempts, params));
    std::vector<Attempt> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back({rows.id<SubmissionId>(row, 0), rows.text(row, 1) == "structured",
                       rows.text(row, 1) == "file", Bytes(rows.bytes(row, 2)), rows.instant(row, 3),
                       rows.boolean(row, 4)});
    return out;
}

Result<std::optional<std::int64_t>> write_mark(tenancy::TenantTx& tx, AssignmentId assignment,
                                               UserId user, const Mark& mark, std::int64_t seen) {
    pg::Params params;
    params.id(assignment).id(user).text(wire_name(mark.kind));
    if (seen > 0)
        params.int8(seen);
    mark.marker ? params.id(*mark.marker) : params.null();
    add(params, mark, mark.changed_at);
    const pg::Rows rows = TRY(tx.run(seen > 0 ? sql::change_mark : sql::begin_mark, params));
    if (rows.empty())
        return std::optional<std::int64_t>();
    return std::optional(rows.int8(0, 0));
}

Result<void> write_automatic_mark(tenancy::TenantTx& tx, AssignmentId assignment, UserId user,
                                  const Mark& mark) {
    pg::Params params;
    params.id(assignment).id(user);
    add(params, mark, mark.changed_at);
    TRY(tx.run(sql::put_automatic_mark, params));
    return {};
}

} // namespace bw::marking
