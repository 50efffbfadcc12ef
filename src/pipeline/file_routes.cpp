#include "pipeline/file_routes.hpp"

#include "files/serving_routes.hpp"
#include "net/resource_request.hpp"
#include "submissions/submission_files.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::pipeline {

namespace {

using submissions::FileId;
using submissions::FileState;
using submissions::SubmissionFile;
using tenancy::Principal;

constexpr std::string_view path = "/v1/submission-files";

std::string path_of(FileId id) {
    return std::string(path) + "/" + id.text();
}

Error no_such_file() {
    return fail(Code::not_found, "there is no such file");
}

/// Only what the virus scan let pass, or had none to look at it, goes out.
Result<void> may_go_out(const SubmissionFile& file) {
    switch (file.state) {
    case FileState::clean:
    case FileState::not_scanned:
        return {};
    case FileState::awaiting:
    case FileState::missing:
        return fail(Code::conflict, "its bytes have not come");
    case FileState::arrived:
        return fail(Code::conflict, "it waits for the virus scan; try again in a minute");
    case FileState::infected:
        break;
    }
    return fail(Code::conflict, "the virus scan found something in it: it goes out to nobody");
}

/// To the student whose it is, the section's teachers and administrators. Teachers who mark
/// anonymously have it too: its id is random, and its name is the student's own.
Result<net::Response> do_link(const RouteParts& parts, tenancy::Database& database,
                              const Principal& principal, FileId id, Deadline deadline) {
    const std::string by = principal.user.text(), subject = id.text();
    CHECK_OK(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        const auto seen = TRY(submissions::find_file(tx, id, principal.user));
        if (!seen || !(seen->file.user == principal.user || seen->caller_teaches ||
                       principal.roles.has(tenancy::Role::administrator)))
            return no_such_file();
        CHECK_OK(may_go_out(seen->file));
        return audit::record(tx, {by, "submission_file.link_made", subject, "{}"}, parts.clock,
                             parts.rng);
    }));
    return files::link_response(parts.files, principal.scope.tenant(), path_of(id));
}

Result<tenancy::Work> link_work(const RouteParts& parts, const Principal& principal,
                                const net::Request& request) {
    const FileId id = TRY(net::id_in_path<FileId>(request, "file_id"));
    return tenancy::Work([parts, principal, id](tenancy::Database& database, Deadline deadline) {
        return do_link(parts, database, principal, id, deadline);
    });
}

/// Asked again when the link is followed: what was found meanwhile counts.
Result<files::ServedFile> do_find(tenancy::Database& database, const tenancy::TenantScope& scope,
                                  FileId id, Deadline deadline) {
    return database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<files::ServedFile> {
        const auto seen = TRY(submissions::find_file(tx, id, UserId{}));
        if (!seen || !seen->file.upload)
            return no_such_file();
        CHECK_OK(may_go_out(seen->file));
        return files::served(tx, files::UploadId{*seen->file.upload}, seen->file.declared.name,
                             to_hex(view(id.uuid)));
    });
}

void download(const RouteParts& parts, const tenancy::TenantInfo& tenant,
              const net::Request& request, net::Responder respond) {
    const TenantId of = tenant.scope.tenant();
    auto id = net::id_in_path<FileId>(request, "file_id");
    if (!id)
        return respond(std::move(id).error());
    if (auto good = files::check_link(parts.files, of, path_of(*id), request); !good)
        return respond(std::move(good).error());
    tenancy::answer_on(
        parts.files.lane, of, request, std::move(respond),
        [&of_files = parts.files, scope = tenant.scope, id = *id,
         &request](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            const files::ServedFile file = TRY(do_find(database, scope, id, deadline));
            return files::file_response(of_files, scope.tenant(), file, request);
        });
}

net::Parameter file_in_path() {
    return {.name = "file_id",
            .in = net::Parameter::In::path,
            .description = "As the submission says.",
            .schema = R"({"type": "string", "pattern": "^fil_[0-9a-f]{32}$"})",
            .required = true,
            .example = "fil_7c1d5a3e9b2f4d40a6c8e0f21b3d5f79"};
}

} // namespace

void add_file_routes(net::RouteTable& routes, const RouteParts& parts) {
    auto link = [parts](const Principal& principal, const net::Request& request) {
        return link_work(parts, principal, request);
    };
    routes.add(
        {.method = net::Method::post,
         .path = std::string(path) + "/{file_id}/link",
         .operation = "make_submission_file_link",
         .summary = "A link to a file that was handed in, for a quarter of an hour: for its "
                    "student and the section's teachers.",
         .handler = parts.gate.authenticated(tenancy::answered_on(parts.lane, link)),
         .tag = "files",
         .credential = net::Credential::access_token,
         .parameters = {file_in_path()},
         .answers = {{201, "Whoever has it gets the file.", files::file_link_reference},
                     {409, "Its bytes have not come, or the virus scan has not let it pass."}}});
    std::vector<net::Parameter> of_link = files::link_members();
    of_link.insert(of_link.begin(), file_in_path());
    routes.add({.method = net::Method::get,
                .path = std::string(path) + "/{file_id}",
                .operation = "download_submission_file",
                .summary = "A file that was handed in, by its link; `Range` and `If-Range` are "
                           "understood.",
                .handler = parts.gate.for_host([parts](const tenancy::TenantInfo& tenant,
                                                       const net::Request& request,
                                                       net::Responder respond) {
                    download(parts, tenant, request, std::move(respond));
                }),
                .tag = "files",
                .credential = net::Credential::host,
                .parameters = std::move(of_link),
                .answers = {{200, "The file.", {}, "application/octet-stream"},
                            {206, "The range.", {}, "application/octet-stream"},
                            {403, "The link is not good, or no longer."},
                            {409, "The virus scan found something since."},
                            {416, "The file ends before the range."}}});
}

} // namespace bw::pipeline
