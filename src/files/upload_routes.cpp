// tus 1.0.0 over HTTP: creation, with and without bytes, PATCH, HEAD, DELETE, OPTIONS.
#include "files/schemas.hpp"
#include "files/tus_request_routes.hpp"
#include "telemetry/log.hpp"

namespace bw::files {

namespace {

using tenancy::Principal;

constexpr Duration removal_limit = 5s; // of the bytes, while somebody waits; then the sweep does it

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

net::Response created(const RouteParts& parts, const Upload& upload) {
    net::Response response = net::Response::json(201, upload_json(parts, upload));
    response.headers = tus_headers(upload);
    response.headers.emplace_back("Location", std::string(uploads_path) + "/" + upload.id.text());
    return response;
}

net::Response patched(const RouteParts&, const Upload& upload) {
    return {204, "", "", tus_headers(upload)};
}

net::Response shown(const RouteParts& parts, const Upload& upload) {
    net::Response response = net::Response::json(200, upload_json(parts, upload));
    response.headers = tus_headers(upload);
    response.headers.emplace_back("Upload-Length", std::to_string(upload.size));
    if (!upload.metadata.empty())
        response.headers.emplace_back("Upload-Metadata", upload.metadata);
    if (upload.kind == Kind::partial)
        response.headers.emplace_back("Upload-Concat", "partial");
    return response;
}

/// To HEAD, for now: clients take any other refusal for the end of the upload, and begin a new one.
net::Response locked(const RouteParts& parts, const Error& error, std::string_view request_id) {
    net::Response response = net::problem_as(423, "Not now", error, request_id);
    const int seconds = 10 + static_cast<int>(20 * parts.parts.rng.unit());
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
    return response;
}

// ---- operations ----

class UploadRoutes : public std::enable_shared_from_this<UploadRoutes> {
public:
    explicit UploadRoutes(std::shared_ptr<Uploading> uploading)
        : uploading_(std::move(uploading)), parts_(uploading_->parts), active_(uploading_->active) {
    }

    void create(const Principal& principal, const net::Request& request, net::Responder respond) {
        auto creation = read_creation(parts_, principal, request);
        if (!creation)
            return refuse(std::move(respond), std::move(creation).error(), request);
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
            return refuse(std::move(respond), std::move(asked).error(), request);
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
                    if (resuming)
                        return do_resume(database, scope, {scope.tenant(), owner, id},
                                         teller(std::move(respond_later), request_id));
                    respond_later.result(
                        do_find(database, scope, owner, id),
                        [this](const Upload& upload) { return shown(parts_, upload); });
                });
    }

    void remove(const Principal& principal, const net::Request& request, net::Responder respond) {
        auto id = upload_in(request);
        if (auto version = check_version(request); !version)
            return refuse(std::move(respond), std::move(version).error(), request);
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
    template <class Work>
    void on_lane(const Principal& principal, const net::Request& request, net::Responder respond,
                 Work work) {
        files::on_lane(uploading_, principal, request, std::move(respond),
                       [self = shared_from_this(), work = std::move(work)](
                           tenancy::Database& database, net::Responder later) mutable {
                           work(database, std::move(later));
                       });
    }

    Deadline soon() const { return uploading_->soon(); }

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
        respond(created(parts_, *made));
        return std::nullopt;
    }

    Result<Upload> make(tenancy::TenantTx& tx, const Creation& creation) {
        const Limits& limits = parts_.parts.limits;
        if (creation.upload.kind == Kind::joined)
            return join(tx, creation.upload, creation.partials, limits);
        Upload made = TRY(files::create(tx, creation.upload, limits));
        if (!creation.with_bytes)
            return made;
        return begin_writing(tx, made.id, made.owner, 0, limits.open_for);
    }

    /// What certainly does not fit is refused before it is sent.
    Result<void> check_room(std::uint64_t bytes) {
        const auto room = TRY(parts_.parts.store.room());
        if (!room || *room >= bytes)
            return {};
        Error full = fail(Code::storage_full, "there is no room for a file of this size now");
        full.retry_after = room_comes_after;
        return full;
    }

    std::optional<Error> do_patch(tenancy::Database& database, const tenancy::TenantScope& scope,
                                  UserId owner, Patch& patch, net::Responder& respond) {
        if (auto room = active_.check_room({scope.tenant(), owner, patch.id}); !room)
            return std::move(room).error();
        uploading_->take_over(database, {scope.tenant(), owner, patch.id});
        auto begun = database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<Upload> {
            CHECK_OK(not_expired(TRY(find_own(tx, patch.id, owner))));
            return begin_writing(tx, patch.id, owner, patch.at, parts_.parts.limits.open_for);
        });
        if (!begun)
            return std::move(begun).error();
        return receive(scope, *begun, patch, respond, patched);
    }

    template <class Asked>
    std::optional<Error> receive(const tenancy::TenantScope& scope, const Upload& upload,
                                 Asked& asked, net::Responder& respond,
                                 net::Response (*answer)(const RouteParts&, const Upload&)) {
        auto flow = respond.body();
        auto receiving = std::make_shared<Receiving>(
            parts_, active_, scope, upload, std::move(asked.checksum), asked.request_id,
            std::move(respond),
            [&parts = parts_, answer](const Upload& now) { return answer(parts, now); });
        if (auto added = active_.add(receiving->key(), receiving); !added)
            log::warn("upload_not_listed", {{"upload", upload.id.text()}}); // a few over the limit
        flow.receive(receiving);
        return std::nullopt;
    }

    Result<Upload> do_find(tenancy::Database& database, const tenancy::TenantScope& scope,
                           UserId owner, UploadId id) {
        return database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<Upload> {
            return find_own(tx, id, owner);
        });
    }

    /// How HEAD hears of an upload that is being completed.
    Completions::Told teller(net::Responder respond, std::string request_id) {
        return [&parts = parts_, respond = std::move(respond),
                request_id = std::move(request_id)](Result<Upload> upload) mutable {
            if (!upload)
                if (auto other = mismatch(upload.error(), request_id))
                    return respond(*std::move(other));
            if (upload && upload->state == State::open && upload->received == upload->size)
                upload = fail(Code::unavailable, "its bytes are being looked at; ask again");
            if (!upload && fault(upload.error().code) != Fault::permanent)
                return respond(locked(parts, upload.error(), request_id));
            respond.result(std::move(upload),
                           [&parts](const Upload& now) { return shown(parts, now); });
        };
    }

    void do_resume(tenancy::Database& database, const tenancy::TenantScope& scope,
                   const ActiveKey& key, Completions::Told told) {
        uploading_->take_over(database, key);
        auto upload = database.run(scope, soon(), [&](tenancy::TenantTx& tx) -> Result<Upload> {
            Upload found = TRY(fence(tx, std::get<2>(key), std::get<1>(key)));
            CHECK_OK(not_expired(found));
            return found;
        });
        if (upload && upload->state == State::refused)
            upload = fail(Code::not_found,
                          "its bytes were not those of the declared `sha256`; begin it anew");
        if (upload && upload->state == State::open && upload->received == upload->size)
            return uploading_->completions->start(
                key, std::make_unique<Completing>(parts_.parts, scope, *std::move(upload)),
                std::move(told));
        told(std::move(upload));
    }

    Result<void> do_remove(tenancy::Database& database, const Principal& principal, UploadId id) {
        uploading_->take_over(database, {principal.scope.tenant(), principal.user, id});
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
        auto removed = remove_objects(parts_.parts, database, principal.scope, upload,
                                      Deadline::in(parts_.parts.clock, removal_limit));
        if (!removed) // the sweep does it
            log::warn("upload_not_removed",
                      {{"upload", subject}, {"error", removed.error().text()}});
        return {};
    }

    const std::shared_ptr<Uploading> uploading_; // shared with work that is under way
    const RouteParts& parts_;
    ActiveUploads& active_;
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

constexpr net::Answer other_version{412, "Another version of tus is spoken."};
constexpr net::Answer other_bytes{460, "Other bytes came than were announced; none of them count."};

} // namespace

void add_upload_routes(net::RouteTable& routes, const std::shared_ptr<Uploading>& uploading) {
    const RouteParts& parts = uploading->parts;
    routes.add_schema("Upload", upload_schema);
    auto uploads = std::make_shared<UploadRoutes>(uploading); // shared by its routes and their work
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
         .summary = "How an upload stands. By HEAD: and whoever else is writing to it ends; "
                    "404, too, of one that was refused.",
         .parameters = {upload_in_path()},
         .answers = {{200, "One's own.", upload_reference},
                     {423,
                      "To HEAD: its bytes are being looked at, or it cannot be told now; again "
                      "after `Retry-After`."},
                     other_version,
                     other_bytes}},
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
