#include "submissions/history.hpp"

#include <algorithm>

#include "submissions/submissions_sql.hpp"

namespace bw::submissions {

namespace {

SubmissionSummary read_summary(const pg::Rows& rows, int i, int hash_column) {
    SubmissionSummary r{rows.id<SubmissionId>(i, 0),
                        rows.id<AssignmentId>(i, 1),
                        rows.id<UserId>(i, 2),
                        std::string(rows.text(i, 3)),
                        std::nullopt,
                        rows.instant(i, 5),
                        rows.boolean(i, 6),
                        rows.instant(i, 7),
                        to_array<32>(rows.bytes(i, hash_column)).value_or(Sha256{})};
    if (auto reason = rows.optional_text(i, 4))
        r.reason = std::string(*reason);
    return r;
}

FileCounts counts_of(const std::vector<SubmissionFile>& files) {
    auto in = [&](FileState state) {
        return std::ranges::count(files, state, &SubmissionFile::state);
    };
    return {static_cast<std::int64_t>(files.size()), in(FileState::awaiting),
            in(FileState::missing), in(FileState::infected)};
}

} // namespace

Result<std::optional<SubmissionInFull>> get_submission(tenancy::Database& database,
                                                       const tenancy::TenantScope& scope,
                                                       SubmissionId submission, UserId caller,
                                                       Deadline deadline) {
    using Found = std::optional<SubmissionInFull>;
    return database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Found> {
        pg::Params by_caller, by_id;
        by_caller.id(submission).id(caller);
        by_id.id(submission);
        auto answers = TRY(tx.run({{sql::get_submission, by_caller}, {sql::refused_of, by_id}}));
        const pg::Rows& rows = answers[0];
        if (rows.empty())
            return Found();
        SubmissionInFull found{read_summary(rows, 0, 10),
                               content_kind_from(rows.text(0, 11)).value_or(ContentKind::text),
                               Bytes(rows.bytes(0, 8)),
                               TRY(decode_receipt(rows.bytes(0, 9))),
                               rows.boolean(0, 12),
                               rows.boolean(0, 13),
                               {}};
        for (int i = 0; i < answers[1].count(); ++i)
            found.refused.push_back({to_array<32>(answers[1].bytes(i, 0)).value_or(Sha256{}),
                                     std::string(answers[1].text(i, 1)), answers[1].instant(i, 2),
                                     answers[1].instant(i, 3)});
        if (found.kind == ContentKind::file) {
            found.files = TRY(files_of(tx, submission));
            found.summary.files = counts_of(found.files);
        }
        return Found(std::move(found));
    });
}

Result<SubmissionPage> list_submissions(tenancy::Database& database,
                                        const tenancy::TenantScope& scope, AssignmentId assignment,
                                        std::optional<UserId> user,
                                        std::optional<std::pair<Instant, SubmissionId>> after,
                                        int limit, Deadline deadline) {
    auto start = after.value_or(std::pair{Instant{0}, SubmissionId{}});
    pg::Params params;
    params.id(assignment);
    user ? params.id(*user) : params.null();
    params.instant(start.first).id(start.second).int8(limit + 1);
    pg::Rows rows = TRY(database.fetch(scope, deadline, sql::list_submissions, params));
    SubmissionPage page;
    for (int i = 0; i < std::min(rows.count(), limit); ++i) {
        page.items.push_back(read_summary(rows, i, 8));
        if (!rows.is_null(i, 9))
            page.items.back().files =
                FileCounts{rows.int8(i, 9), rows.int8(i, 10), rows.int8(i, 11), rows.int8(i, 12)};
    }
    if (rows.count() > limit)
        page.next = {page.items.back().received_at, page.items.back().id};
    return page;
}

} // namespace bw::submissions
