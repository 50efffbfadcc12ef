// What a section has to watch: looking, putting an upload up, changing, removing.
#include <algorithm>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"
#include "net/json_body.hpp"
#include "net/resource_request.hpp"
#include "recordings/routes.hpp"
#include "recordings/schemas.hpp"
#include "roster/users.hpp"
#include "tenancy/route_work.hpp"

namespace bw::recordings {

namespace {

using tenancy::Permission;
using tenancy::Principal, tenancy::Work, tenancy::answered, tenancy::in_transaction;

constexpr std::size_t body_bytes_limit = 4'096, title_bytes_limit = 200;

Error no_such_recording() {
    return fail(Code::not_found, "there is no such recording");
}

struct Place {
    bool teaches = false;
};
/// not_found for whoever is not of the section.
Result<Place> place_in(tenancy::TenantTx& tx, const Principal& principal, SectionId section,
                       Instant now) {
    const auto found = TRY(roster::place_in_section(tx, principal.user, section, now));
    const bool everywhere = principal.roles.has(tenancy::Role::administrator);
    if (!found || !(found->teaches || found->attends || everywhere))
        return fail(Code::not_found, "there is no such section");
    return Place{found->teaches || everywhere};
}

/// What whoever asks may watch; and whether it is theirs to decide about.
struct Seen {
    Recording recording;
    bool teaches = false;
};
Result<Seen> seen(tenancy::TenantTx& tx, const Principal& principal,
                  const std::optional<Recording>& found, Instant now) {
    if (!found)
        return no_such_recording();
    auto place = place_in(tx, principal, found->section, now);
    if (!place && place.error().code != Code::not_found)
        return std::move(place).error();
    // Whoever stood in for the class's teacher is shown in it.
    const bool teaches = (place && place->teaches) ||
                         (found->shows == principal.user && principal.roles.any_of(tenancy::staff));
    if (!place && !teaches)
        return no_such_recording();
    if (teaches)
        return Seen{*found, true};
    if (found->hidden || found->state != State::ready)
        return no_such_recording();
    if (found->of_class && TRY(is_put_out(tx, *found->of_class, principal.user)))
        return fail(Code::forbidden, "you were put out of this class");
    return Seen{*found, false};
}

Result<Seen> taught(tenancy::TenantTx& tx, const Principal& principal, RecordingId id,
                    Instant now) {
    Seen of = TRY(seen(tx, principal, TRY(find(tx, id)), now));
    if (!of.teaches)
        return fail(Code::forbidden, "only the section's teachers do this");
    return of;
}

void write_error(JsonWriter& json, const Recording& of) {
    json.key("error");
    if (of.error_code.empty())
        json.null();
    else
        json.object().member("code", of.error_code).member("detail", of.error_detail).end();
}

Result<void> write_playback(JsonWriter& json, const RouteParts& parts, TenantId tenant,
                            const Recording& of, Instant now) {
    const std::string ref = ref_of(tenant, of.id);
    const auto playback = TRY(parts.video.sign(ref, now, parts.url_lifetime));
    json.object()
        .member("url", (parts.edge_of ? parts.edge_of(ref) : "") + playback.url)
        .member("expires_at", to_rfc3339(playback.expires))
        .member("renew_at", to_rfc3339(playback.renew_at))
        .end();
    return {};
}

/// `play`: with an address.
Result<void> write_recording(JsonWriter& json, const RouteParts& parts, TenantId tenant,
                             const Recording& of, bool play, Instant now) {
    json.object()
        .member("recording_id", of.id.text())
        .member("section_id", of.section.text())
        .key("live_class_id");
    of.of_class ? json.value(of.of_class->text()) : json.null();
    json.member("source", of.of_class ? "live_class" : "upload")
        .member("title", of.title)
        .member("state", wire_name(of.state))
        .member("progress", static_cast<double>(of.progress) / 1'000)
        .member("seconds", static_cast<double>(of.duration.count()) /
                               static_cast<double>(Duration(1s).count()))
        .member("bytes", of.bytes)
        .member("gaps", of.gaps)
        .member("hidden", of.hidden)
        .member("version", of.version);
    write_error(json, of);
    json.member("created_at", to_rfc3339(of.created_at)).key("ready_at");
    of.ready_at ? json.value(to_rfc3339(*of.ready_at)) : json.null();
    json.key("expires_at");
    parts.keep ? json.value(to_rfc3339(of.created_at + *parts.keep)) : json.null();
    json.key("playback");
    if (play && of.state == State::ready)
        CHECK_OK(write_playback(json, parts, tenant, of, now));
    else
        json.null();
    json.end();
    return {};
}

Result<net::Response> recording_response(const RouteParts& parts, TenantId tenant, int status,
                                         const Recording& of, Instant now) {
    JsonWriter json;
    CHECK_OK(write_recording(json, parts, tenant, of, true, now));
    net::Response response = net::Response::json(status, json.take());
    response.compressible = false; // an address is in it
    response.headers.emplace_back("ETag", "\"" + std::to_string(of.version) + "\"");
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, RecordingId id, SectionId section) {
    const std::string by = principal.user.text(), subject = id.text();
    JsonWriter details;
    details.object().member("section_id", section.text()).end();
    return audit::record(tx, {by, action, subject, details.take()}, parts.clock, parts.rng);
}

// ---- what each route does ----

Result<Work> of_class_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    const auto id = TRY(net::id_in_path<live::LiveClassId>(request, "live_class_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const Seen of = TRY(seen(tx, principal, TRY(of_class(tx, id)), now));
            return recording_response(parts, tx.tenant(), 200, of.recording, now);
        });
}

Result<Work> get_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<RecordingId>(request, "recording_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, id](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const Seen of = TRY(seen(tx, principal, TRY(find(tx, id)), now));
            return recording_response(parts, tx.tenant(), 200, of.recording, now);
        });
}

Result<Work> list_work(const RouteParts& parts, const Principal& principal,
                       const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    return in_transaction(
        parts, principal,
        [&parts, principal, section](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const Place place = TRY(place_in(tx, principal, section, now));
            JsonWriter json;
            json.object().key("data").array();
            for (const Recording& one : TRY(of_section(tx, section, place.teaches)))
                CHECK_OK(write_recording(json, parts, tx.tenant(), one, false, now));
            json.end().end();
            return net::Response::json(200, json.take());
        });
}

Result<std::string> title_in(const JsonObject& body) {
    std::string title = TRY(body.string("title", title_bytes_limit));
    if (std::ranges::any_of(title, [](unsigned char c) { return c < ' ' || c == 0x7f; }) ||
        title.find_first_not_of(' ') == std::string::npos)
        return fail(Code::invalid_field, "is one line that says something", "/title");
    return title;
}

Result<Work> add_work(const RouteParts& parts, const Principal& principal,
                      const net::Request& request) {
    const auto section = TRY(net::id_in_path<SectionId>(request, "section_id"));
    const JsonObject body = TRY(net::json_body(request, {"upload_id", "title"}));
    const std::string title = TRY(title_in(body));
    const auto upload = files::UploadId::parse(TRY(body.string("upload_id", 64)));
    if (!upload)
        return fail(Code::invalid_field, "expected an upload's id (upl_..)", "/upload_id");
    return in_transaction(
        parts, principal,
        [&parts, principal, section, upload = *upload,
         title](tenancy::TenantTx& tx, Instant now) -> Result<net::Response> {
            const Place place = TRY(place_in(tx, principal, section, now));
            if (!place.teaches)
                return fail(Code::forbidden, "only the section's teachers do this");
            const RecordingId id =
                TRY(add_upload(tx, section, upload, principal.user, title, parts.clock, parts.rng));
            CHECK_OK(record(parts, tx, principal, "recording.added", id, section));
            return recording_response(parts, tx.tenant(), 202, *TRY(find(tx, id)), now);
        });
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<RecordingId>(request, "recording_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    const JsonObject body = TRY(net::json_body(request, {"title", "hidden"}));
    std::optional<std::string> title;
    std::optional<bool> hidden;
    if (body.has("title"))
        title = TRY(title_in(body));
    if (body.has("hidden"))
        hidden = TRY(body.boolean("hidden"));
    if (!title && !hidden)
        return fail(Code::invalid_field, "changes nothing; send what is to change", "/hidden");
    return in_transaction(
        parts, principal,
        [&parts, principal, id, version, title, hidden](tenancy::TenantTx& tx,
                                                        Instant now) -> Result<net::Response> {
            Recording before = TRY(taught(tx, principal, id, now)).recording;
            before.version = version;
            CHECK_OK(
                change(tx, before, title.value_or(before.title), hidden.value_or(before.hidden)));
            CHECK_OK(record(parts, tx, principal, "recording.changed", id, before.section));
            return recording_response(parts, tx.tenant(), 200, *TRY(find(tx, id)), now);
        });
}

Result<Work> remove_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const auto id = TRY(net::id_in_path<RecordingId>(request, "recording_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    return in_transaction(
        parts, principal,
        [&parts, principal, id, version](tenancy::TenantTx& tx,
                                         Instant now) -> Result<net::Response> {
            Recording before = TRY(taught(tx, principal, id, now)).recording;
            before.version = version;
            CHECK_OK(remove(tx, before, parts.clock, parts.rng));
            CHECK_OK(record(parts, tx, principal, "recording.removed", id, before.section));
            return net::Response{204, "", "", {}};
        });
}

net::Parameter in_path(std::string_view name, std::string_view description,
                       std::string_view example) {
    return {.name = name,
            .in = net::Parameter::In::path,
            .description = description,
            .required = true,
            .example = example};
}
net::Parameter class_in_path() {
    return in_path("live_class_id", "Of the live class.", "liv_0192f3c47d3b7a1e8f5096a2b4c8d0e1");
}
net::Parameter section_in_path() {
    return in_path("section_id", "Of the section.", "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1");
}
net::Parameter recording_in_path() {
    return in_path("recording_id", "Of the recording.", "rec_0192f3c47d3b7a1e8f5096a2b4c8d0e1");
}
net::Parameter version_parameter() {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = "The ETag that the change is based on.",
            .schema = R"({"type": "string", "pattern": "^\"[0-9]{1,18}\"$"})",
            .required = true,
            .example = "\"1\""};
}

constexpr std::string_view reference = R"({"$ref": "#/components/schemas/Recording"})";

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Recording", recording_schema);
    routes.add_schema("RecordingList", recording_list_schema);
    routes.add_schema("NewRecording", new_recording_schema);
    routes.add_schema("RecordingChange", recording_change_schema);
    const auto add = [&](net::Route route, tenancy::ReadInto<RouteParts> read, bool writes) {
        route.tag = "recordings";
        route.credential = net::Credential::access_token;
        route.handler =
            writes ? parts.gate.authenticated(answered(parts, read), Permission::content_write)
                   : parts.gate.authenticated(answered(parts, read));
        routes.add(std::move(route));
    };
    add({.method = net::Method::get,
         .path = "/v1/live-classes/{live_class_id}/recording",
         .operation = "get_live_class_recording",
         .summary = "A live class's recording, with an address to watch it, for its people.",
         .parameters = {class_in_path()},
         .answers = {{200, "The recording; an address once it is ready.", reference}}},
        of_class_work, false);
    add({.method = net::Method::get,
         .path = "/v1/recordings/{recording_id}",
         .operation = "get_recording",
         .summary = "A recording, with an address to watch it, for its section's people.",
         .parameters = {recording_in_path()},
         .answers = {{200, "The recording; an address once it is ready.", reference}}},
        get_work, false);
    add({.method = net::Method::get,
         .path = "/v1/sections/{section_id}/recordings",
         .operation = "list_recordings",
         .summary = "What a section has to watch at any time, the newest first.",
         .parameters = {section_in_path()},
         .answers = {{200, "Students see those that are ready and not hidden.",
                      R"({"$ref": "#/components/schemas/RecordingList"})"}}},
        list_work, false);
    add({.method = net::Method::post,
         .path = "/v1/sections/{section_id}/recordings",
         .operation = "add_recording",
         .summary = "Make an upload into a video that the section watches (its teachers). Again, "
                    "while it is being made: the same.",
         .body_bytes_limit = body_bytes_limit,
         .parameters = {section_in_path()},
         .body =
             net::Body{R"({"$ref": "#/components/schemas/NewRecording"})", new_recording_example},
         .answers = {{202, "It is being made: `progress` says how far.", reference}}},
        add_work, true);
    add({.method = net::Method::patch,
         .path = "/v1/recordings/{recording_id}",
         .operation = "change_recording",
         .summary = "Hide, show or rename a recording (its section's teachers).",
         .body_bytes_limit = body_bytes_limit,
         .parameters = {recording_in_path(), version_parameter()},
         .body = net::Body{R"({"$ref": "#/components/schemas/RecordingChange"})",
                           recording_change_example},
         .answers = {{200, "Changed; with the new `ETag`.", reference}}},
        change_work, true);
    add({.method = net::Method::del,
         .path = "/v1/recordings/{recording_id}",
         .operation = "remove_recording",
         .summary = "Remove a recording, or end its making (its section's teachers).",
         .parameters = {recording_in_path(), version_parameter()},
         .answers = {{204, "Nobody gets an address any more."}}},
        remove_work, true);
    add_bytes_routes(routes, parts);
}

} // namespace bw::recordings
