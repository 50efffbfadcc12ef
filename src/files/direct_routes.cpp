// Parts that a client sends straight to the store: URLs for them, signed when they are asked for;
// which of them are there; and their joining. Where the store takes none, these say so.
#include "files/schemas.hpp"
#include "files/shared_routes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json.hpp"
#include "net/json_body.hpp"

namespace bw::files {

namespace {

using tenancy::Principal;
using Shared = std::shared_ptr<Uploading>;

constexpr int urls_limit = 100; // in one answer
constexpr std::size_t missing_told = 20;

/// not_found, before all else: it is none of theirs.
Result<blob::DirectParts*> store_for(Uploading& uploading, tenancy::Database& database,
                                     const Principal& principal, UploadId id) {
    if (blob::DirectParts* direct = uploading.parts.parts.store.direct())
        return direct;
    TRY(database.run(principal.scope, uploading.soon(),
                     [&](tenancy::TenantTx& tx) { return find_own(tx, id, principal.user); }));
    return fail(Code::conflict, "files are kept here where no client reaches them: send the bytes "
                                "to /v1/uploads/{upload_id} by PATCH (tus)");
}

void write_plan(JsonWriter& json, const Upload& upload, const PartPlan& plan) {
    json.object()
        .member("upload_id", upload.id.text())
        .member("part_bytes", plan.part_bytes)
        .member("parts_count", plan.parts());
}

void write_part(JsonWriter& json, const PartPlan& plan, int number) {
    json.member("number", number)
        .member("offset", plan.offset_of(number))
        .member("bytes", plan.bytes_of(number));
}

// ---- URLs ----

struct Wanted {
    UploadId id;
    int first = 0, count = 0;
};

Result<Wanted> wanted_in(const net::Request& request) {
    Wanted wanted{.id = TRY(upload_in(request))};
    const JsonObject body = TRY(net::json_body(request, {"first", "count"}));
    wanted.first = static_cast<int>(TRY(body.integer("first", 1, blob::DirectParts::parts_max)));
    wanted.count = static_cast<int>(TRY(body.integer("count", 1, urls_limit)));
    return wanted;
}

Result<net::Response> do_sign(Uploading& uploading, tenancy::Database& database,
                              const Principal& principal, const Wanted& wanted) {
    const Parts& parts = uploading.parts.parts;
    blob::DirectParts& store = *TRY(store_for(uploading, database, principal, wanted.id));
    uploading.take_over(database, {principal.scope.tenant(), principal.user, wanted.id});
    const Direct direct =
        TRY(begin_direct(parts, store, database, principal.scope, wanted.id, principal.user));
    const PartPlan& plan = direct.plan;
    if (wanted.first > plan.parts())
        return fail(Code::invalid_field, fmt::format("it has {} parts", plan.parts()), "/first");
    const int behind = std::min(wanted.first + wanted.count, plan.parts() + 1);
    const Duration lifetime = uploading.parts.part_url_for;
    const Instant expires_at = parts.clock.now() + lifetime;
    JsonWriter json;
    write_plan(json, direct.upload, plan);
    json.member("expires_at", to_rfc3339(expires_at)).key("parts").array();
    for (int number = wanted.first; number < behind; ++number) {
        json.object();
        write_part(json, plan, number);
        json.member("url", store.url_of_part(direct.object, direct.token, number,
                                             plan.bytes_of(number), lifetime))
            .end();
    }
    json.end().end();
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

void sign(const Shared& uploading, const Principal& principal, const net::Request& request,
          net::Responder respond) {
    auto wanted = wanted_in(request);
    if (!wanted)
        return respond(std::move(wanted).error());
    on_lane(uploading, principal, request, std::move(respond),
            [uploading, principal, wanted = *wanted](tenancy::Database& database,
                                                     net::Responder later) {
                later.result(do_sign(*uploading, database, principal, wanted),
                             [](net::Response&& response) { return std::move(response); });
            });
}

// ---- what is there ----

Result<net::Response> do_list(Uploading& uploading, tenancy::Database& database,
                              const Principal& principal, UploadId id) {
    blob::DirectParts& store = *TRY(store_for(uploading, database, principal, id));
    Upload upload;
    std::optional<Direct> direct;
    CHECK_OK(
        database.run(principal.scope, uploading.soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            upload = TRY(find_own(tx, id, principal.user));
            CHECK_OK(not_expired(upload));
            direct = TRY(find_direct(tx, upload));
            return {};
        }));
    const bool stands = direct && direct->stands();
    const PartPlan plan =
        stands ? direct->plan : plan_parts(upload.received, upload.size, store.part_bytes_min());
    std::optional<std::vector<blob::StoredPart>> there{std::in_place};
    if (stands)
        there = TRY(parts_there(*direct, store, uploading.soon()));
    if (!there)
        return fail(Code::conflict, "all of it has come: complete it");
    JsonWriter json;
    write_plan(json, upload, plan);
    json.key("parts").array();
    const auto missing = parts_missing(plan, *there, static_cast<std::size_t>(plan.parts()));
    for (int number = 1; number <= plan.parts(); ++number)
        if (!std::ranges::binary_search(missing, number)) {
            json.object();
            write_part(json, plan, number);
            json.end();
        }
    json.end().end();
    return net::Response::json(200, json.take());
}

void list(const Shared& uploading, const Principal& principal, const net::Request& request,
          net::Responder respond) {
    auto id = upload_in(request);
    if (!id)
        return respond(std::move(id).error());
    on_lane(uploading, principal, request, std::move(respond),
            [uploading, principal, id = *id](tenancy::Database& database, net::Responder later) {
                later.result(do_list(*uploading, database, principal, id),
                             [](net::Response&& response) { return std::move(response); });
            });
}

// ---- joining ----

/// What is to be done for it, or nothing: it is complete.
struct ToComplete {
    Upload upload;
    std::optional<Direct> direct;
    std::vector<blob::StoredPart> there;
};

Result<ToComplete> look(Uploading& uploading, tenancy::TenantTx& tx, UploadId id, UserId owner) {
    ToComplete found;
    found.upload = TRY(find_own(tx, id, owner));
    CHECK_OK(not_expired(found.upload));
    if (found.upload.state == State::refused)
        return refused_bytes();
    if (found.upload.state != State::open || found.upload.received == found.upload.size)
        return found;
    auto direct = TRY(find_direct(tx, found.upload));
    if (!direct || !direct->stands())
        return fail(Code::conflict, "no parts were sent for what is to come: POST to its `parts` "
                                    "first");
    found.direct = TRY(go_on(tx, *std::move(direct), uploading.parts.parts.limits));
    return found;
}

Result<ToComplete> find_parts(Uploading& uploading, tenancy::Database& database,
                              const Principal& principal, UploadId id) {
    blob::DirectParts& store = *TRY(store_for(uploading, database, principal, id));
    uploading.take_over(database, {principal.scope.tenant(), principal.user, id});
    ToComplete found =
        TRY(database.run(principal.scope, uploading.soon(), [&](tenancy::TenantTx& tx) {
            return look(uploading, tx, id, principal.user);
        }));
    if (!found.direct)
        return found;
    auto there = TRY(parts_there(*found.direct, store, uploading.soon()));
    if (!there)
        return found; // it has joined them
    const PartPlan& plan = found.direct->plan;
    if (const auto missing = parts_missing(plan, *there, missing_told); !missing.empty())
        return fail(Code::conflict,
                    fmt::format("parts are missing: {}{}; send them, then complete it again",
                                fmt::join(missing, ", "),
                                missing.size() == missing_told ? " and perhaps more" : ""));
    std::erase_if(*there, [&](const auto& part) { return part.number > plan.parts(); });
    found.there = *std::move(there);
    return found;
}

/// How whoever asked hears of it.
Completions::Told teller(const RouteParts& parts, net::Responder respond) {
    return [&parts, respond = std::move(respond)](Result<Upload> upload) mutable {
        respond.result(std::move(upload), [&parts](const Upload& now) {
            const bool over = now.state != State::open;
            net::Response response = net::Response::json(over ? 200 : 202, upload_json(parts, now));
            if (!over)
                response.headers.emplace_back("Retry-After", "1");
            return response;
        });
    };
}

void join(const Shared& uploading, const Principal& principal, const net::Request& request,
          net::Responder respond) {
    auto id = upload_in(request);
    if (!id)
        return respond(std::move(id).error());
    on_lane(uploading, principal, request, std::move(respond),
            [uploading, principal, id = *id](tenancy::Database& database, net::Responder later) {
                const ActiveKey key{principal.scope.tenant(), principal.user, id};
                const RouteParts& parts = uploading->parts;
                Completions::Told told = teller(parts, std::move(later));
                if (uploading->completions->wait(key, told))
                    return;
                auto found = find_parts(*uploading, database, principal, id);
                if (!found)
                    return told(std::move(found).error());
                if (found->upload.state != State::open)
                    return told(std::move(found->upload));
                uploading->completions->start(
                    key,
                    found->direct ? std::make_unique<Completing>(parts.parts, principal.scope,
                                                                 *std::move(found->direct),
                                                                 std::move(found->there))
                                  : std::make_unique<Completing>(parts.parts, principal.scope,
                                                                 std::move(found->upload)),
                    std::move(told));
            });
}

} // namespace

void add_direct_routes(net::RouteTable& routes, const std::shared_ptr<Uploading>& uploading) {
    routes.add_schema("UploadParts", upload_parts_schema);
    routes.add_schema("SignedParts", signed_parts_schema);
    using Does = void (*)(const Shared&, const Principal&, const net::Request&, net::Responder);
    auto add = [&](net::Route route, Does does) {
        route.handler = uploading->parts.gate.authenticated(
            [uploading, does](const Principal& principal, const net::Request& request,
                              net::Responder respond) {
                does(uploading, principal, request, std::move(respond));
            });
        route.time_limit = request_limit;
        route.tag = "files";
        route.credential = net::Credential::access_token;
        route.parameters = {upload_in_path()};
        routes.add(std::move(route));
    };
    const std::string path = std::string(uploads_path) + "/{upload_id}/parts";
    constexpr net::Answer not_here{409,
                                   "Bytes come by tus alone here, or nothing more is to come."};
    add({.method = net::Method::post,
         .path = path,
         .operation = "sign_upload_parts",
         .summary = "URLs to PUT parts of an upload to, straight to the store, for a quarter of an "
                    "hour. Whoever else is writing to it ends.",
         .body_bytes_limit = 1024,
         .body = net::Body{.schema = wanted_parts_schema, .example = R"({"first":1,"count":20})"},
         .answers = {{200, "Ask again for those that come later.",
                      R"({"$ref": "#/components/schemas/SignedParts"})"},
                     not_here}},
        sign);
    add({.method = net::Method::get,
         .path = path,
         .operation = "list_upload_parts",
         .summary = "Which parts of an upload the store has: the others are to be sent.",
         .answers = {{200, "Also after a day.", R"({"$ref": "#/components/schemas/UploadParts"})"},
                     not_here}},
        list);
    add({.method = net::Method::post,
         .path = path + ":complete",
         .operation = "complete_upload_parts",
         .summary = "Make the upload of its parts, and look at its hash. Again: the same.",
         .answers = {{200, "It is complete.", upload_reference},
                     {202, "Not yet: ask again.", upload_reference},
                     {409,
                      "Parts are missing, somebody else writes, or bytes come by tus alone."}}},
        join);
}

} // namespace bw::files
