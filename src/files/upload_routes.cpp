// tus 1.0.0 over HTTP: creation, with and without bytes, PATCH, HEAD, DELETE, OPTIONS.
#include "files/shared_routes.hpp"

#include "files/schemas.hpp"
#include "telemetry/log.hpp"

namespace bw::files {

namespace {

using tenancy::Principal;

constexpr std::string_view tus_version = "1.0.0";
constexpr std::string_view bytes_type = "application/offset+octet-stream";
constexpr Duration request_limit = 30s;

// ---- reading requests ----

Result<void> check_version(const net::Request& request) {
    if (request.header("Tus-Resumable").value_or("") != tus_version)
        return fail(Code::precondition_failed, "this server speaks tus 1.0.0 alone",
                    "Tus-Resumable");
    return {};
}

Result<std::optional<std::string>> one_header(const net::Request& request, const char* name) {
    if (request.header_count(name) > 1)
        return fail(Code::bad_request, "the header stands more than once", name);
    const auto header = request.header(name);
    return header ? std::optional(std::string(*header)) : std::nullopt;
}

Result<std::uint64_t> size_in(const net::Request& request, const char* name) {
    const auto header = TRY(one_header(request, name));
    if (!header)
        return fail(Code::bad_request, "the header is missing", name);
    return parse_size(name, *header);
}

bool has_body(const net::Request& request) {
    return request.header("Transfer-Encoding") ||
           request.header("Content-Length").value_or("0") != "0";
}

Result<void> check_bytes_type(const net::Request& request) {
    if (request.header("Content-Type").value_or("") != bytes_type)
        return fail(Code::unsupported_media_type,
                    "bytes of an upload come as application/offset+octet-stream", "Content-Type");
    return {};
}

Result<std::optional<Checksum>> checksum_in(const net::Request& request) {
    const auto header = TRY(one_header(request, "Upload-Checksum"));
    if (!header)
        return std::optional<Checksum>();
    return std::optional(TRY(parse_checksum(*header)));
}

struct Creation {
    Upload upload;
    std::vector<UploadId> partials;
    bool with_bytes = false;
    std::optional<Checksum> checksum;
    std::string request_id;
};

Result<Creation> read_creation(const RouteParts& parts, const Principal& principal,
                               const net::Request& request) {
    CHECK_OK(check_version(request));
    Creation creation;
    Concat concat;
    if (const auto header = TRY(one_header(request, "Upload-Concat")))
        concat = TRY(parse_concat(*header, uploads_path));
    const auto metadata = TRY(one_header(request, "Upload-Metadata")).value_or("");
    const Metadata said = TRY(parse_metadata(metadata));
    const Instant now = parts.parts.clock.now();
    creation.upload = {.id = UploadId::make(now, parts.parts.rng),
                       .owner = principal.user,
                       .kind = concat.kind,
                       .name = said.name,
                       .media_type = said.media_type,
                       .sha256 = said.sha256,
                       .metadata = metadata,
                       .created_at = now,
                       .expires_at = now + parts.parts.limits.open_for};
    creation.partials = std::move(concat.partials);
    creation.with_bytes = has_body(request);
    creation.request_id = request.request_id;
    if (concat.kind != Kind::joined)
        creation.upload.size = TRY(size_in(request, "Upload-Length"));
    else if (creation.with_bytes || request.header("Upload-Length"))
        return fail(Code::bad_request, "a final upload has the length and bytes of its parts",
                    "Upload-Concat");
    if (creation.upload.size > parts.parts.limits.upload_bytes)
        return too_large(parts.parts.limits);
    if (!creation.with_bytes)
        return creation;
    CHECK_OK(check_bytes_type(request));
    creation.checksum = TRY(checksum_in(request));
    return creation;
}

// ---- answers ----

using Headers = std::vector<std::pair<std::string_view, std::string>>;

Headers tus_headers(const Upload& upload) {
    Headers headers{{"Tus-Resumable", std::string(tus_version)}};
    if (upload.kind != Kind::joined || upload.state == State::complete)
        headers.emplace_back("Upload-Offset", std::to_string(upload.received));
    if (upload.expires_at)
        headers.emplace_back("Upload-Expires", http_date_of(*upload.expires_at));
    return headers;
}

net::Response created(const Upload& upload) {
    net::Response response = net::Response::json(201, upload_json(upload));
    response.headers = tus_headers(upload);
    response.headers.emplace_back("Location", std::string(uploads_path) + "/" + upload.id.text());
    return response;
}

net::Response patched(const Upload& upload) {
    return {204, "", "", tus_headers(upload)};
}

net::Response shown(const Upload& upload) {
    net::Response response = net::Response::json(200, upload_json(upload));
    response.headers = tus_headers(upload);
    response.headers.emplace_back("Upload-Length", std::to_string(upload.size));
    if (!upload.metadata.empty())
        response.headers.emplace_back("Upload-Metadata", upload.metadata);
    if (upload.kind == Kind::partial)
        response.headers.emplace_back("Upload-Concat", "partial");
    return response;
}

// ---- operations ----

class UploadRoutes : public std::enable_shared_from_this<UploadRoutes> {
public:
    explicit UploadRoutes(const RouteParts& parts) : parts_(parts), active_(parts.active_limit) {}

    void create(const Principal& principal, const net::Request& request, net::Responder respond) {
        auto creation = read_creation(parts_, principal, request);
        if (!creation)
            return respond(std::move(creation).error());
        on_lane(principal, request, std::move(respond),
                [this, scope = principal.scope, creation = *std::move(creation)](
                    tenancy::Database& database, net::Responder respond_later) mutable {
                    if (auto refused = do_create(database, scope, creation, respond_later))
                        respond_later(*std::move(refused));
                });
    }

    void patch(const Principal& principal, const net::Request& request, net::Responder respond) {
        auto asked = read_patch(request);
        if (!asked)
            return respond(std::move(asked).error());
        on_lane(principal, request, std::move(respond),
                [this, scope = principal.scope, owner = principal.user, asked = *std::move(asked)](
                    tenancy::Database& database, net::Responder respond_later) mutable {
                    if (auto refused = do_patch(database, scope, owner, asked, respond_later))
                        respond_later(*std::move(refused));
                });
    }

    void show(const Principal& principal, const net::Request& request, net::Responder respond) {
        auto id = upload_in(request);
        const bool resuming = request.method == net::Method::head;
        if (!id)
            return respond(std::move(id).error());
        on_lane(principal, request, std::move(respond),
                [this, scope = principal.scope, owner = principal.user, id = *id, resuming,
                 request_id = request.request_id](tenancy::Database& database,
                                                  net::Responder respond_later) {
                    auto upload = resuming ? do_resume(database, scope, owner, id)
                                           : do_find(database, scope, owner, id);
                    if (!upload)
                        if (auto other = mismatch(upload.error(), request_id))
                            return respond_later(*std::move(other));
                    respond_later.result(std::move(upload), shown);
                });
    }

    void remove(const Principal& principal, const net::Request& request, net::Responder respond) {
        auto id = upload_in(request);
        if (auto version = check_version(request); !version)
            return respond(std::move(version).error());
        if (!id)
            return respond(std::move(id).error());
        on_lane(
            principal, request, std::move(respond),
            [this, principal, id = *id](tenancy::Database& database, net::Responder respond_later) {
                auto removed = do_remove(database, principal, id);
                if (!removed)
                    return respond_later(std::move(removed).error());
                respond_later(
                    net::Response{204, "", "", {{"Tus-Resumable", std::string(tus_version)}}});
            });
    }

    net::Response options() const {
        net::Response response{204, "", "", {}};
        response.headers = {{"Tus-Resumable", std::string(tus_version)},
                            {"Tus-Version", std::string(tus_version)},
                            {"Tus-Extension",
                             "creation,creation-with-upload,checksum,expiration,termination,"
                             "concatenation"},
                            {"Tus-Max-Size", std::to_string(parts_.parts.limits.upload_bytes)},
                            {"Tus-Checksum-Algorithm", std::string(checksum_algorithms)},
                            {"Allow", "POST, OPTIONS"}};
        return response;
    }

private:
    struct Patch {
        UploadId id;
        std::uint64_t at = 0;
        std::optional<Checksum> checksum;
        std::string request_id;
    };

    static Result<Patch> read_patch(const net::Request& request) {
        Patch patch;
        patch.id = TRY(upload_in(request));
        CHECK_OK(check_version(request));
        CHECK_OK(check_bytes_type(request));
        patch.at = TRY(size_in(request, "Upload-Offset"));
        patch.checksum = TRY(checksum_in(request));
        patch.request_id = request.request_id;
        return patch;
    }

    template <class Work>
    void on_lane(const Principal& principal, const net::Request& request, net::Responder respond,
                 Work work) {
        parts_.lane.submit(
            principal.scope.tenant(), request.deadline,
            [self = shared_from_this(), respond = std::move(respond),
             work = std::move(work)](Result<tenancy::Database*> turn) mutable {
                if (!turn)
                    return respond(std::move(turn).error());
                work(**turn, std::move(respond));
            },
            request.trace);
    }

    Deadline soon() const { return Deadline::in(parts_.parts.clock, request_limit); }

    /// An error, or nothing: then the answer is on its way.
    std::optional<Error> do_create(tenancy::Database& database, const tenancy::TenantScope& scope,
                                   Creation& creation, net::Responder& respond) {
        if (creation.with_bytes)
            if (auto room =
                    active_.check_room({scope.tenant(), creation.upload.owner, creation.upload.id});
                !room)
                return std::move(room).error();
        auto fits = check_room(creation.upload.size);
        if (!fits)
            return std::move(fits).error();
        auto made =
            database.run(scope, soon(), [&](tenancy::TenantTx& tx) { return make(tx, creation); });
        if (!made)
            return std::move(made).error();
        if (creation.with_bytes)
            return receive(scope, *made, creation, respond, created);
        if (made->state == State::open && made->received == made->size)
            made = complete(parts_.parts, database, scope, *made, std::nullopt);
        if (!made)
            return std::move(made).error();
        respond(created(*made));
        return std::nullopt;
    }

    Result<Upload> make(tenancy::TenantTx& tx, const Creation& creation) {
        const Limits& limits = parts_.parts.limits;
        if (creation.upload.kind == Kind::joined)
            return join(tx, creation.upload, creation.partials, limits);
        CHECK_OK(files::create(tx, creation.upload, limits));
        if (!creation.with_bytes)
            return creation.upload;
        return begin_writing(tx, creation.upload.id, creation.upload.owner, 0,
                             *creation.upload.expires_at);
    }

    /// What certainly does not fit is refused before it is sent.
    Result<void> check_room(std::uint64_t bytes) {
        const auto room = TRY(parts_.parts.store.room());
        if (room && *room < bytes)
            return fail(Code::storage_full, "there is no room for a file of this size now");
        return {};
    }

    std::optional<Error> do_patch(tenancy::Database& database, const tenancy::TenantScope& scope,
                                  UserId owner, Patch& patch, net::Responder& respond) {
        if (auto room = active_.check_room({scope.tenant(), owner, patch.id}); !room)
            return std::move(room).error();
        take_over(database, {scope.tenant(), owner, patch.id});
        const Instant now = parts_.parts.clock.now();
        auto begun = database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<Upload> {
            CHECK_OK(not_expired(TRY(find_own(tx, patch.id, owner)), now));
            return begin_writing(tx, patch.id, owner, patch.at, now + parts_.parts.limits.open_for);
        });
        if (!begun)
            return std::move(begun).error();
        return receive(scope, *begun, patch, respond, patched);
    }

    template <class Asked>
    std::optional<Error> receive(const tenancy::TenantScope& scope, const Upload& upload,
                                 Asked& asked, net::Responder& respond, Receiving::Answer answer) {
        auto flow = respond.body();
        auto receiving =
            std::make_shared<Receiving>(parts_, active_, scope, upload, std::move(asked.checksum),
                                        asked.request_id, std::move(respond), std::move(answer));
        if (auto added = active_.add(receiving->key(), receiving); !added)
            log::warn("upload_not_listed", {{"upload", upload.id.text()}}); // a few over the limit
        flow.receive(receiving);
        return std::nullopt;
    }

    /// Whoever writes in this process keeps what came, and ends.
    void take_over(tenancy::Database& database, const ActiveKey& key) {
        if (auto old = active_.find(key))
            old->give_up(database);
    }

    static Result<void> not_expired(const Upload& upload, Instant now) {
        if (upload.expires_at && *upload.expires_at <= now)
            return fail(Code::not_found, "the upload has expired; begin it anew");
        return {};
    }

    Result<Upload> do_find(tenancy::Database& database, const tenancy::TenantScope& scope,
                           UserId owner, UploadId id) {
        return database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<Upload> {
            return find_own(tx, id, owner);
        });
    }

    Result<Upload> do_resume(tenancy::Database& database, const tenancy::TenantScope& scope,
                             UserId owner, UploadId id) {
        take_over(database, {scope.tenant(), owner, id});
        Upload upload =
            TRY(database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<Upload> {
                return fence(tx, id, owner);
            }));
        CHECK_OK(not_expired(upload, parts_.parts.clock.now()));
        if (upload.state == State::refused)
            return fail(Code::not_found,
                        "its bytes were not those of the declared `sha256`; begin it anew");
        if (upload.state == State::open && upload.received == upload.size)
            return complete(parts_.parts, database, scope, upload, std::nullopt);
        return upload;
    }

    Result<void> do_remove(tenancy::Database& database, const Principal& principal, UploadId id) {
        take_over(database, {principal.scope.tenant(), principal.user, id});
        const std::string by = principal.user.text(), subject = id.text();
        Upload upload;
        CHECK_OK(database.run(principal.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            upload = TRY(find_own(tx, id, principal.user));
            if (!TRY(begin_removing(tx, id)))
                return fail(Code::conflict, "the upload is part of what was handed in, or stands "
                                            "on a page, and stays there");
            upload = TRY(as_it_is(tx, id)); // with the last writer that there will be
            return audit::record(tx, {by, "upload.removed", subject, "{}"}, parts_.parts.clock,
                                 parts_.parts.rng);
        }));
        auto removed = remove_objects(parts_.parts, database, principal.scope, upload);
        if (!removed) // the sweep does it
            log::warn("upload_not_removed",
                      {{"upload", subject}, {"error", removed.error().text()}});
        return {};
    }

    const RouteParts& parts_;
    ActiveUploads active_;
};

// ---- what documents say ----

net::Parameter header(std::string_view name, std::string_view description, std::string_view schema,
                      std::string_view example, bool required) {
    return {.name = name,
            .in = net::Parameter::In::header,
            .description = description,
            .schema = schema,
            .required = required,
            .example = example};
}

net::Parameter version_header() {
    return header("Tus-Resumable", "The protocol's version.", tus_version_schema, tus_version,
                  true);
}

constexpr std::string_view text_schema = R"({"type": "string"})";

std::vector<net::Parameter> creation_headers() {
    return {
        version_header(),
        header("Upload-Length", "Bytes in all. Not with a final upload.", size_schema, "5", true),
        header("Upload-Metadata",
               "Keys with values in base64: `filename`, `filetype`, `sha256` (hexadecimal: "
               "the upload is refused if its bytes are others; with it the upload is what was "
               "declared in a submission).",
               text_schema, "", false),
        header("Upload-Concat", "`partial`, or `final;` and the locations of partial uploads.",
               text_schema, "", false),
        header("Upload-Checksum", "Of the bytes that come along: algorithm and base64.",
               text_schema, "", false)};
}

std::vector<net::Parameter> patch_headers() {
    return {upload_in_path(), version_header(),
            header("Upload-Offset", "Where the upload stands: see HEAD.", size_schema, "0", true),
            header("Upload-Checksum", "Of this request's bytes: algorithm and base64.", text_schema,
                   "", false)};
}

constexpr std::string_view upload_reference = R"({"$ref": "#/components/schemas/Upload"})";
constexpr net::Answer other_version{412, "Another version of tus is spoken."};
constexpr net::Answer other_bytes{460, "Other bytes came than were announced; none of them count."};

} // namespace

void add_upload_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Upload", upload_schema);
    auto uploads = std::make_shared<UploadRoutes>(parts); // shared by its routes and their work
    using Method = void (UploadRoutes::*)(const Principal&, const net::Request&, net::Responder);
    auto add = [&](net::Route route, Method method) {
        route.handler = parts.gate.authenticated([uploads, method](const Principal& principal,
                                                                   const net::Request& request,
                                                                   net::Responder respond) {
            (*uploads.*method)(principal, request, std::move(respond));
        });
        route.time_limit = request_limit;
        route.tag = "files";
        route.credential = net::Credential::access_token;
        routes.add(std::move(route));
    };
    const std::string one = std::string(uploads_path) + "/{upload_id}";
    const net::Body bytes{.schema = {}, .example = "hello", .content_type = bytes_type};
    const auto limit = static_cast<std::size_t>(parts.parts.limits.upload_bytes);
    add({.method = net::Method::post,
         .path = std::string(uploads_path),
         .operation = "create_upload",
         .summary = "Begin an upload (tus 1.0.0), with its first bytes or without.",
         .body_bytes_limit = limit,
         .streams_body = true,
         .parameters = creation_headers(),
         .body = bytes,
         .answers = {{201, "`Location` is where its bytes go.", upload_reference},
                     other_version,
                     other_bytes}},
        &UploadRoutes::create);
    add({.method = net::Method::patch,
         .path = one,
         .operation = "append_upload",
         .summary = "Send more of an upload; what has come counts, also if the connection breaks.",
         .body_bytes_limit = limit,
         .streams_body = true,
         .parameters = patch_headers(),
         .body = bytes,
         .answers = {{204, "`Upload-Offset` is where it stands now."}, other_version, other_bytes}},
        &UploadRoutes::patch);
    add({.method = net::Method::get,
         .path = one,
         .operation = "get_upload",
         .summary = "How an upload stands. By HEAD: and whoever else is writing to it ends.",
         .parameters = {upload_in_path()},
         .answers = {{200, "One's own.", upload_reference}, other_version, other_bytes}},
        &UploadRoutes::show);
    add({.method = net::Method::del,
         .path = one,
         .operation = "remove_upload",
         .summary = "Remove an upload and its bytes.",
         .parameters = {upload_in_path(), version_header()},
         .answers = {{204, "It is gone."},
                     {409, "It is part of a submission or of a page, and stays."},
                     other_version}},
        &UploadRoutes::remove);
    routes.add({.method = net::Method::options,
                .path = std::string(uploads_path),
                .operation = "describe_uploads",
                .summary = "What of tus is offered here.",
                .handler = [uploads](const net::Request&,
                                     net::Responder respond) { respond(uploads->options()); },
                .tag = "files",
                .credential = net::Credential::none,
                .answers = {{204, "In headers: `Tus-Version`, `Tus-Extension`, `Tus-Max-Size`."}}});
}

} // namespace bw::files
