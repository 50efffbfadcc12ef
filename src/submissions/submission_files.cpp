#include "submissions/submission_files.hpp"

#include "base/ensure.hpp"
#include "submissions/submission_files_sql.hpp"

namespace bw::submissions {

namespace {

constexpr std::pair<FileState, std::string_view> states[] = {
    {FileState::awaiting, "awaiting"}, {FileState::missing, "missing"},
    {FileState::arrived, "arrived"},   {FileState::not_scanned, "not_scanned"},
    {FileState::clean, "clean"},       {FileState::infected, "infected"},
};

FileState state_in(std::string_view name) {
    for (const auto& [state, known] : states)
        if (known == name)
            return state;
    ensure_failed("state_in", "the database knows more states than its checks allow");
}

std::optional<std::string> text_in(const pg::Rows& rows, int row, int column) {
    auto text = rows.optional_text(row, column);
    return text ? std::optional(std::string(*text)) : std::nullopt;
}

SubmissionFile read_file(const pg::Rows& rows, int row) {
    SubmissionFile file{.submission = rows.id<SubmissionId>(row, 0),
                        .position = static_cast<std::int32_t>(rows.int8(row, 1)),
                        .id = rows.id<FileId>(row, 2),
                        .user = rows.id<UserId>(row, 3),
                        .declared = {.name = std::string(rows.text(row, 4)),
                                     .size = static_cast<std::uint64_t>(rows.int8(row, 5)),
                                     .media_type = std::string(rows.text(row, 6)),
                                     .sha256 = to_array<32>(rows.bytes(row, 7)).value_or(Sha256{})},
                        .state = state_in(rows.text(row, 8)),
                        .upload_until = rows.instant(row, 9),
                        .finding = text_in(rows, row, 12),
                        .text_problem = text_in(rows, row, 14)};
    if (!rows.is_null(row, 10))
        file.upload = rows.uuid(row, 10);
    if (!rows.is_null(row, 11))
        file.arrived_at = rows.instant(row, 11);
    if (auto text = rows.optional_text(row, 13))
        file.has_text = *text == "available";
    return file;
}

std::vector<SubmissionFile> read_files(const pg::Rows& rows) {
    std::vector<SubmissionFile> files;
    for (int row = 0; row < rows.count(); ++row)
        files.push_back(read_file(rows, row));
    return files;
}

} // namespace

std::string_view wire_name(FileState state) {
    for (const auto& [known, name] : states)
        if (known == state)
            return name;
    ensure_failed("wire_name", "a state without a name");
}

tenancy::Step declare_step(std::span<const Declaration> declarations) {
    std::vector<Uuid> submissions;
    std::vector<Bytes> contents, hashes;
    std::vector<std::int64_t> positions, sizes;
    std::vector<std::string> names, types;
    std::vector<Instant> until;
    for (const Declaration& declaration : declarations)
        for (std::int64_t position = 0; const DeclaredFile& file : declaration.files) {
            submissions.push_back(declaration.submission.uuid);
            contents.emplace_back(view(declaration.content_sha256));
            positions.push_back(position++);
            names.push_back(file.name);
            sizes.push_back(static_cast<std::int64_t>(file.size));
            types.push_back(file.media_type);
            hashes.emplace_back(view(file.sha256));
            until.push_back(declaration.upload_until);
        }
    pg::Params params;
    params.uuids(submissions).bytes_array(contents).int8s(positions);
    params.texts(std::span<const std::string>(names)).int8s(sizes);
    params.texts(std::span<const std::string>(types)).bytes_array(hashes).instants(until);
    return {sql::declare_files, std::move(params)};
}

Result<std::vector<SubmissionFile>> files_of(tenancy::TenantTx& tx, SubmissionId submission) {
    pg::Params params;
    params.id(submission);
    return read_files(TRY(tx.run(sql::files_of_submission, params)));
}

Result<std::vector<SubmissionFile>> files_of_upload(tenancy::TenantTx& tx, const Uuid& upload) {
    pg::Params params;
    params.uuid(upload);
    return read_files(TRY(tx.run(sql::files_of_upload, params)));
}

Result<std::optional<SeenFile>> find_file(tenancy::TenantTx& tx, FileId id, UserId caller) {
    pg::Params params;
    params.id(id).id(caller);
    const pg::Rows rows = TRY(tx.run(sql::file_by_id, params));
    if (rows.empty())
        return std::optional<SeenFile>();
    return std::optional(SeenFile{read_file(rows, 0), rows.boolean(0, 15)});
}

Result<std::int64_t> bind_upload(tenancy::TenantTx& tx, const Arrival& arrival) {
    pg::Params params;
    params.uuid(arrival.upload)
        .id(arrival.user)
        .int8(static_cast<std::int64_t>(arrival.size))
        .bytes(view(arrival.sha256))
        .instant(arrival.completed_at);
    return TRY(tx.run(sql::bind_upload, params)).count();
}

Result<std::int64_t> mark_missing(tenancy::TenantTx& tx, SubmissionId submission, Instant now) {
    pg::Params params;
    params.id(submission).instant(now);
    return TRY(tx.run(sql::mark_missing, params)).count();
}

Result<std::int64_t> note_scan(tenancy::TenantTx& tx, const Uuid& upload, FileState outcome,
                               std::optional<std::string_view> finding) {
    pg::Params params;
    params.uuid(upload).text(wire_name(outcome)).optional_text(finding);
    return TRY(tx.run(sql::note_scan, params)).count();
}

Result<void> keep_text(tenancy::TenantTx& tx, const SubmissionFile& file, std::string_view text) {
    pg::Params params;
    params.id(file.submission).int4(file.position).text(text);
    TRY(tx.run(sql::keep_file_text, params));
    return {};
}

Result<void> note_no_text(tenancy::TenantTx& tx, const SubmissionFile& file,
                          std::string_view problem) {
    pg::Params params;
    params.id(file.submission).int4(file.position).text(problem);
    TRY(tx.run(sql::file_has_no_text, params));
    return {};
}

Result<bool> is_compared(tenancy::TenantTx& tx, SubmissionId submission) {
    pg::Params params;
    params.id(submission);
    return TRY(tx.run(sql::is_compared, params)).boolean(0, 0);
}

} // namespace bw::submissions
