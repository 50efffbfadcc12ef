#include "submissions/assignment_export.hpp"

#include <map>
#include <set>

#include "base/sha256_stream.hpp"
#include "roster/zip.hpp"
#include "submissions/assignments.hpp"
#include "submissions/export_files.hpp"
#include "submissions/history.hpp"

namespace bw::submissions {

namespace {

constexpr int page_items = 500;
constexpr Duration ask_limit = 30s;

constexpr std::string_view readme =
    R"(One assignment's submissions, and what is needed to check them.

submissions.jsonl  one line a submission: what became of it, and its receipt; its content, as base64url, if that was asked for;
                   of files their hashes and whether their bytes came (the content is the declaration, the bytes are not here)
assignment.json    the assignment's rules and extensions, as they stood when this file was made
keys.json          the public keys that receipts and heads verify under, past ones too
proofs.jsonl       for every head that a receipt names: the proof that it is the beginning of the journal's latest head
manifest.json      SHA-256 of each file, the number of submissions, and when this was made
manifest.sig.json  the installation's signature over manifest.json

Check all of it with:  bellwether submissions verify FILE
It needs no network. Two things a file cannot prove about itself, so bring them from elsewhere:
  --keys FILE   the installation's public keys, as you or a witness kept them
  --head FILE   a head that a witness outside was shown: then nothing before it was rewritten
A submission that was left out of the file is found by whoever holds its receipt, and by no other means.
)";

/// Writes one file of the zip, and remembers its hash.
class Sheets {
public:
    explicit Sheets(const std::filesystem::path& path) : zip_(path) {}
    void begin(std::string_view name) {
        end();
        name_ = name;
        zip_.begin(std::string(name));
    }
    void write(std::string_view text) {
        hash_.update(text);
        zip_.write(text);
    }
    void whole(std::string_view name, std::string_view text) {
        begin(name);
        write(text);
    }
    const std::map<std::string, Sha256>& hashes() {
        end();
        return hashes_;
    }
    Result<void> close() { return zip_.close(); }

private:
    void end() {
        if (!name_.empty())
            hashes_[name_] = hash_.finish();
        name_.clear();
    }
    roster::ZipWriter zip_;
    Sha256Stream hash_;
    std::string name_;
    std::map<std::string, Sha256> hashes_;
};

void write_instant(JsonWriter& json, std::string_view name, const std::optional<Instant>& at) {
    json.key(name);
    at ? json.value(to_rfc3339(*at)) : json.null();
}

std::string assignment_json(const Assignment& assignment, const std::vector<Extension>& extensions,
                            const tenancy::TenantInfo& tenant) {
    const Rules& rules = assignment.rules;
    JsonWriter json;
    json.object()
        .member("tenant_id", tenant.scope.tenant().text())
        .member("institution", tenant.name)
        .member("assignment_id", assignment.id.text())
        .member("title", assignment.title)
        .member("section", assignment.section_title)
        .member("kind", wire_name(rules.kind))
        .member("due_at", to_rfc3339(rules.due_at));
    write_instant(json, "opens_at", rules.opens_at);
    json.key("late_seconds_limit");
    rules.late_limit
        ? json.value(std::chrono::floor<std::chrono::seconds>(*rules.late_limit).count())
        : json.null();
    json.key("attempts_limit");
    rules.attempts_limit ? json.value(*rules.attempts_limit) : json.null();
    json.member("content_bytes_limit", rules.content_bytes_limit)
        .member("files_limit", rules.files_limit)
        .member("file_bytes_limit", rules.file_bytes_limit)
        .member("upload_grace_seconds",
                std::chrono::floor<std::chrono::seconds>(rules.upload_grace).count())
        .key("extensions")
        .array();
    for (const Extension& extension : extensions) {
        json.object().key("user_id");
        extension.user ? json.value(extension.user->text()) : json.null();
        json.member("due_at", to_rfc3339(extension.terms.due_at))
            .member("attempts_extra", extension.terms.attempts_extra)
            .member("reason", extension.reason)
            .member("given_by", extension.given_by ? extension.given_by->text() : "platform")
            .member("given_at", to_rfc3339(extension.given_at))
            .end();
    }
    json.end().end();
    return json.take();
}

std::string line_of(const SubmissionInFull& row, bool contents) {
    JsonWriter json;
    json.object()
        .member("submission_id", row.summary.id.text())
        .member("state", row.summary.state)
        .member("late", row.summary.late)
        .member("received_at", to_rfc3339(row.summary.received_at))
        .member("recorded_at", to_rfc3339(row.summary.recorded_at))
        .member("content_sha256", to_hex(view(row.summary.content_sha256)));
    if (row.summary.reason)
        json.member("reason", *row.summary.reason);
    if (contents)
        json.member("content", to_base64url(row.content));
    if (!row.files.empty()) {
        json.key("files").array();
        for (const SubmissionFile& file : row.files) {
            json.object()
                .member("name", file.declared.name)
                .member("size", file.declared.size)
                .member("sha256", to_hex(view(file.declared.sha256)))
                .member("state", wire_name(file.state))
                .member("upload_until", to_rfc3339(file.upload_until));
            write_instant(json, "arrived_at", file.arrived_at);
            json.end();
        }
        json.end();
    }
    json.key("refused_contents").array();
    for (const RefusedContent& refused : row.refused)
        json.object()
            .member("content_sha256", to_hex(view(refused.content_sha256)))
            .member("reason", refused.reason)
            .member("received_at", to_rfc3339(refused.received_at))
            .end();
    json.end().key("receipt");
    write_json(json, row.receipt);
    json.end();
    return json.take() + "\n";
}

} // namespace

Result<ExportSummary> export_assignment(const ExportSource& source, AssignmentId assignment,
                                        const std::filesystem::path& out, const Clock& clock) {
    auto soon = [&] { return Deadline::in(clock, ask_limit); };
    const tenancy::TenantScope& scope = source.tenant.scope;
    const auto seen = TRY(get_assignment(source.database, scope, assignment, UserId{}, soon()));
    if (!seen)
        return fail(Code::not_found, "this institution has no such assignment", assignment.text());
    const auto extensions = TRY(list_extensions(source.database, scope, assignment, soon()));

    ExportSummary summary;
    Sheets sheets(out);
    sheets.whole(readme_file, readme);
    sheets.whole(keys_file, receipt_key_set(source.keys));
    sheets.whole(assignment_file, assignment_json(seen->assignment, extensions, source.tenant));
    sheets.begin(submissions_file);
    std::set<std::pair<std::uint64_t, std::uint64_t>> heads;
    std::optional<std::pair<Instant, SubmissionId>> after;
    do {
        const SubmissionPage page = TRY(list_submissions(source.database, scope, assignment,
                                                         std::nullopt, after, page_items, soon()));
        for (const SubmissionSummary& row : page.items) {
            const auto whole =
                TRY(get_submission(source.database, scope, row.id, UserId{}, soon()));
            if (!whole)
                continue; // erased just now
            heads.emplace(whole->receipt.head.epoch, whole->receipt.head.size);
            sheets.write(line_of(*whole, source.contents));
            ++summary.submissions;
        }
        if (source.progress)
            source.progress(summary.submissions);
        after = page.next;
    } while (after);
    sheets.begin(proofs_file);
    for (const auto& [epoch, size] : heads) {
        ++summary.heads;
        const auto proof = TRY(source.prove(epoch, size));
        if (!proof) {
            ++summary.unproven_heads;
            continue;
        }
        JsonWriter json;
        write_json(json, *proof);
        sheets.write(json.take() + "\n");
    }
    JsonWriter manifest;
    manifest.object()
        .member("tenant_id", scope.tenant().text())
        .member("assignment_id", assignment.text())
        .member("made_at", to_rfc3339(clock.now()))
        .member("submissions", summary.submissions)
        .key("files")
        .object();
    for (const auto& [name, hash] : sheets.hashes())
        manifest.member(name, to_hex(view(hash)));
    manifest.end().end();
    const std::string text = manifest.take();
    JsonWriter signature;
    signature.object()
        .member("kid", source.key.kid())
        .member("signature", to_base64url(view(source.key.sign(manifest_bytes(text)))))
        .end();
    sheets.whole(manifest_file, text);
    sheets.whole(signature_file, signature.take());
    CHECK_OK(sheets.close());
    return summary;
}

} // namespace bw::submissions
