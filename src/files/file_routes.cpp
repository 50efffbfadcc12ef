// Downloads: a link is asked for by who may have the file, and followed by whoever has it.
#include "files/schemas.hpp"
#include "files/serving_routes.hpp"
#include "files/shared_routes.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::files {

namespace {

Result<net::Response> do_make_link(const RouteParts& parts, tenancy::Database& database,
                                   const tenancy::Principal& principal, UploadId id,
                                   Deadline deadline) {
    const std::string by = principal.user.text(), subject = id.text();
    CHECK_OK(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        const Upload upload = TRY(find_own(tx, id, principal.user));
        if (upload.state != State::complete)
            return fail(Code::conflict, "the upload is not complete, so there is no file yet");
        if (upload.withheld)
            return fail(Code::conflict,
                        "the virus scan found something in it: it goes out to nobody");
        return audit::record(tx, {by, "file_link.made", subject, "{}"}, parts.parts.clock,
                             parts.parts.rng);
    }));
    return link_response(parts, principal.scope.tenant(), path_of(id));
}

void make_link(const RouteParts& parts, const tenancy::Principal& principal,
               const net::Request& request, net::Responder respond) {
    auto id = upload_in(request);
    if (!id)
        return respond(std::move(id).error());
    tenancy::answer_on(
        parts.lane, principal.scope.tenant(), request, std::move(respond),
        [&parts, principal, id = *id](tenancy::Database& database, Deadline deadline) {
            return do_make_link(parts, database, principal, id, deadline);
        });
}

Result<ServedFile> do_find(tenancy::Database& database, const tenancy::TenantScope& scope,
                           UploadId id, Deadline deadline) {
    return database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<ServedFile> {
        const auto upload = TRY(find(tx, id));
        return served(tx, id, upload ? upload->name : "", to_hex(view(id.uuid)));
    });
}

void download(const RouteParts& parts, const tenancy::TenantInfo& tenant,
              const net::Request& request, net::Responder respond) {
    auto id = upload_in(request);
    if (!id)
        return respond(std::move(id).error());
    const TenantId of = tenant.scope.tenant();
    if (auto good = check_link(parts, of, path_of(*id), request); !good)
        return respond(std::move(good).error());
    tenancy::answer_on(
        parts.lane, of, request, std::move(respond),
        [&parts, scope = tenant.scope, id = *id,
         &request](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            const ServedFile file = TRY(do_find(database, scope, id, deadline));
            return file_response(parts, scope.tenant(), file, request);
        });
}

} // namespace

void add_file_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("FileLink", file_link_schema);
    std::vector<net::Parameter> of_link = link_members();
    of_link.insert(of_link.begin(), upload_in_path());
    routes.add({.method = net::Method::post,
                .path = "/v1/uploads/{upload_id}/link",
                .operation = "make_file_link",
                .summary = "A link to the file, for a quarter of an hour.",
                .handler = parts.gate.authenticated([&parts](const tenancy::Principal& principal,
                                                             const net::Request& request,
                                                             net::Responder respond) {
                    make_link(parts, principal, request, std::move(respond));
                }),
                .tag = "files",
                .credential = net::Credential::access_token,
                .parameters = {upload_in_path()},
                .answers = {{201, "Whoever has it gets the file.", file_link_reference}}});
    routes.add({.method = net::Method::get,
                .path = std::string(files_path) + "/{upload_id}",
                .operation = "download_file",
                .summary = "A file, by its link; `Range` and `If-Range` are understood.",
                .handler = parts.gate.for_host([&parts](const tenancy::TenantInfo& tenant,
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
                            {416, "The file ends before the range."}}});
}

} // namespace bw::files
