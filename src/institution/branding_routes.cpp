// How the institution looks: for everybody who comes to its address, and for its administrators.
#include <algorithm>

#include "audit/audit.hpp"
#include "institution/branding.hpp"
#include "institution/schemas.hpp"
#include "institution/shared_routes.hpp"

namespace bw::institution {

namespace {

constexpr std::string_view logo_path = "/v1/institution/logo";
constexpr std::size_t short_name_bytes_limit = 160, short_name_chars_limit = 40;

/// So much of the hash tells one logo from another.
std::string logo_tag(const Sha256& sha256) {
    return to_hex(view(sha256)).substr(0, 32);
}

void write_looks(JsonWriter& json, const Branding& branding) {
    auto itself = [](const std::string& text) { return text; };
    write_optional(json, "short_name", branding.short_name, itself);
    write_optional(json, "accent_color", branding.accent, to_text);
    write_optional(json, "accent_text_color", branding.accent,
                   [](Colour accent) { return to_text(text_on(accent)); });
    write_optional(json, "logo_url", branding.logo, [](const Sha256& sha256) {
        return std::string(logo_path) + "?v=" + logo_tag(sha256);
    });
}

std::string branding_json(const Branding& branding) {
    JsonWriter json;
    json.object();
    write_looks(json, branding);
    json.end();
    return json.take();
}

// ---- for whoever comes to the institution's address ----

void get_institution(const RouteParts& parts, const tenancy::TenantInfo& tenant,
                     const net::Request& request, net::Responder respond) {
    tenancy::answer_on(
        parts.lane, tenant.scope.tenant(), request, std::move(respond),
        [tenant](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
            const Branding branding = TRY(read_branding(database, tenant.scope, deadline));
            JsonWriter json;
            json.object()
                .member("name", tenant.name)
                .member("locale", tenant.locale)
                .member("time_zone", tenant.zone);
            write_looks(json, branding);
            json.end();
            net::Response response = net::Response::json(200, json.take());
            response.headers.emplace_back("Cache-Control", "public, max-age=60");
            return response;
        });
}

void get_logo(const RouteParts& parts, const tenancy::TenantInfo& tenant,
              const net::Request& request, net::Responder respond) {
    const std::string wanted = request.query_param("v").value_or("");
    tenancy::answer_on(
        parts.lane, tenant.scope.tenant(), request, std::move(respond),
        [scope = tenant.scope, wanted](tenancy::Database& database,
                                       Deadline deadline) -> Result<net::Response> {
            auto logo = TRY(read_logo(database, scope, deadline));
            if (!logo)
                return fail(Code::not_found, "the institution has no logo");
            const std::string tag = logo_tag(logo->sha256);
            net::Response response{
                .status = 200, .content_type = logo->media_type, .body = std::move(logo->bytes)};
            response.headers.emplace_back("ETag", net::strong_etag(tag));
            // Under another version than it is, it may be asked for again.
            response.headers.emplace_back("Cache-Control",
                                          wanted == tag ? "public, max-age=31536000, immutable"
                                                        : "public, max-age=300");
            response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
            return response;
        });
}

// ---- for administrators ----

Result<void> record(const RouteParts& parts, tenancy::TenantTx& tx, const Principal& principal,
                    std::string_view action, const std::string& details) {
    const std::string by = principal.user.text(), subject = tx.tenant().text();
    return audit::record(tx, {by, action, subject, details}, parts.clock, parts.rng);
}

Result<Work> read_work(const RouteParts&, const Principal& principal, const net::Request&) {
    return in_transaction(principal, [](tenancy::TenantTx& tx) -> Result<net::Response> {
        const Branding branding = TRY(read_branding(tx));
        return tagged(branding_json(branding), branding.version);
    });
}

Result<std::optional<std::string>> short_name_in(const JsonObject& body) {
    if (body.is_null("short_name"))
        return std::optional<std::string>();
    std::string name = TRY(body.string("short_name", short_name_bytes_limit));
    if (std::ranges::any_of(name, [](unsigned char c) { return c < ' ' || c == 0x7f; }) ||
        name.front() == ' ' || name.back() == ' ')
        return fail(Code::invalid_field,
                    "is one line, without control characters or spaces around it", "/short_name");
    const auto continues = [](char c) { return (c & '\xc0') == '\x80'; };
    if (name.size() - static_cast<std::size_t>(std::ranges::count_if(name, continues)) >
        short_name_chars_limit)
        return fail(Code::invalid_field, "is longer than 40 characters", "/short_name");
    return std::optional(std::move(name));
}

Result<std::optional<Colour>> accent_in(const JsonObject& body) {
    if (body.is_null("accent_color"))
        return std::optional<Colour>();
    const auto colour = colour_from(TRY(body.string("accent_color", 16)));
    if (!colour)
        return fail(Code::invalid_field, "expected a colour such as #1a73e8, or null",
                    "/accent_color");
    return colour;
}

Result<Work> change_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"short_name", "accent_color"}));
    const Branding wanted{.version = TRY(net::version_in_if_match(request)),
                          .short_name = TRY(short_name_in(body)),
                          .accent = TRY(accent_in(body))};
    return in_transaction(
        principal, [&parts, principal, wanted](tenancy::TenantTx& tx) -> Result<net::Response> {
            const Branding now = TRY(change_branding(tx, wanted, parts.clock.now()));
            const std::string json = branding_json(now);
            CHECK_OK(record(parts, tx, principal, "branding.changed", json));
            return tagged(json, now.version);
        });
}

Result<Work> put_logo_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    if (!request.header("Content-Type").value_or("").starts_with("image/"))
        return fail(Code::unsupported_media_type,
                    "send the picture itself, as image/png or image/webp", "Content-Type");
    const Picture picture = TRY(check_picture(request.body));
    return in_transaction(
        principal, [&parts, principal, picture](tenancy::TenantTx& tx) -> Result<net::Response> {
            const Branding now = TRY(put_logo(tx, picture, parts.clock.now()));
            const std::string json = branding_json(now);
            CHECK_OK(record(parts, tx, principal, "logo.changed", json));
            return net::Response::json(200, json);
        });
}

Result<Work> remove_logo_work(const RouteParts& parts, const Principal& principal,
                              const net::Request&) {
    return in_transaction(principal,
                          [&parts, principal](tenancy::TenantTx& tx) -> Result<net::Response> {
                              if (!TRY(remove_logo(tx, parts.clock.now())))
                                  return fail(Code::not_found, "the institution has no logo");
                              CHECK_OK(record(parts, tx, principal, "logo.removed", "{}"));
                              return net::Response{.status = 204, .content_type = ""};
                          });
}

} // namespace

void add_branding_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr std::string_view branding = R"({"$ref": "#/components/schemas/Branding"})";
    routes.add_schema("Institution", institution_schema);
    routes.add_schema("Branding", branding_schema);
    routes.add_schema("BrandingChange", branding_change_schema);
    auto open = [&](net::Route route, auto handle) {
        route.handler = parts.gate.for_host([&parts, handle](const tenancy::TenantInfo& tenant,
                                                             const net::Request& request,
                                                             net::Responder respond) {
            handle(parts, tenant, request, std::move(respond));
        });
        route.tag = "institution";
        route.credential = net::Credential::host;
        routes.add(std::move(route));
    };
    auto administrators = [&](net::Route route, Read read) {
        route.handler =
            parts.gate.authenticated(answered(parts, read), tenancy::Role::administrator);
        route.tag = "institution";
        route.credential = net::Credential::access_token;
        routes.add(std::move(route));
    };
    open({.method = net::Method::get,
          .path = "/v1/institution",
          .operation = "get_institution",
          .summary = "What the institution is called and how it looks: for its sign-in page, and "
                     "for every other.",
          .answers = {{200, "The institution.", R"({"$ref": "#/components/schemas/Institution"})"}},
          .content_etag = true},
         get_institution);
    open({.method = net::Method::get,
          .path = std::string(logo_path),
          .operation = "get_institution_logo",
          .summary = "Its logo, if it has one: `logo_url` leads here.",
          .parameters = {{.name = "v",
                          .description = "The version that `logo_url` names: with it the picture "
                                         "may be kept for good."}},
          .answers = {{200, "A PNG or WebP picture, and its `ETag`.", {}, "image/*"}}},
         get_logo);
    administrators({.method = net::Method::get,
                    .path = "/v1/institution/branding",
                    .operation = "get_branding",
                    .summary = "How the institution looks (administrators); the ETag is needed to "
                               "change it.",
                    .answers = {{200, "The branding, and its `ETag`.", branding}}},
                   read_work);
    administrators(
        {.method = net::Method::put,
         .path = "/v1/institution/branding",
         .operation = "change_branding",
         .summary = "Choose a short name and an accent colour; null: as everybody's. The logo "
                    "stays.",
         .body_bytes_limit = 4096,
         .parameters = {version_parameter()},
         .body = net::Body{R"({"$ref": "#/components/schemas/BrandingChange"})", branding_example},
         .answers = {{200, "As it is now, and its `ETag`.", branding}}},
        change_work);
    administrators({.method = net::Method::put,
                    .path = std::string(logo_path),
                    .operation = "put_institution_logo",
                    .summary = "Put up a logo: a PNG or WebP picture that stands still, of at most "
                               "64 KiB and 1024 x 1024 points. What else is in it (texts, places) "
                               "is left out.",
                    .body_bytes_limit = logo_bytes_limit,
                    .body = net::Body{{}, "a picture", "image/*"},
                    .answers = {{200, "As it is now.", branding}}},
                   put_logo_work);
    administrators({.method = net::Method::del,
                    .path = std::string(logo_path),
                    .operation = "remove_institution_logo",
                    .summary = "Take the logo down.",
                    .answers = {{204, "It is gone."}}},
                   remove_logo_work);
}

} // namespace bw::institution
