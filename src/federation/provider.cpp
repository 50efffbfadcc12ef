#include "federation/provider.hpp"

#include <simdjson.h>

#include <algorithm>

#include "base/json.hpp"

namespace bw::federation {

namespace {

constexpr std::size_t name_bytes_limit = 100, client_id_bytes_limit = 255,
                      secret_bytes_limit = 1'000, claim_bytes_limit = 100, value_bytes_limit = 255,
                      list_items_limit = 20, structure_bytes_limit = 8'000;

Error wrong(const char* why, std::string member) {
    return fail(Code::invalid_field, why, "/" + member);
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-.:/").find(c) != std::string_view::npos;
    });
}

bool is_domain(std::string_view text) {
    return text.find('.') != std::string_view::npos && text.front() != '.' && text.back() != '.' &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
           });
}

/// At most 20 texts, each once and each good; the error names the item.
template <class Good>
Result<std::vector<std::string>> texts_of(simdjson::dom::element list, const std::string& member,
                                          Good good, const char* expected) {
    simdjson::dom::array array;
    if (list.get(array) != simdjson::SUCCESS)
        return wrong("must be a list of strings", member);
    std::vector<std::string> out;
    for (simdjson::dom::element item : array) {
        std::string_view text;
        if (item.get(text) != simdjson::SUCCESS || text.empty() ||
            text.size() > value_bytes_limit || !good(text))
            return wrong(expected, member + "/" + std::to_string(out.size()));
        if (std::ranges::find(out, text) != out.end())
            return wrong("names the same twice", member);
        if (out.size() == list_items_limit)
            return wrong("has more than 20 items", member);
        out.emplace_back(text);
    }
    return out;
}

template <class Good>
Result<std::vector<std::string>> texts_in(const JsonObject& body, const char* member, Good good,
                                          const char* expected) {
    const std::string json = TRY(body.structure(member, structure_bytes_limit));
    simdjson::dom::parser parser;
    simdjson::dom::element list;
    if (parser.parse(json).get(list) != simdjson::SUCCESS)
        return wrong("must be a list of strings", member);
    return texts_of(list, member, good, expected);
}

Result<std::string> claim_in(const JsonObject& body, const char* member) {
    std::string name = TRY(body.string(member, claim_bytes_limit));
    if (!is_token(name))
        return wrong("expected a claim's name", member);
    return name;
}

Result<std::optional<std::string>> optional_claim_in(const JsonObject& body, const char* member) {
    if (body.is_null(member))
        return std::optional<std::string>();
    return std::optional(TRY(claim_in(body, member)));
}

Result<std::vector<Algorithm>> algorithms_in(const JsonObject& body) {
    std::vector<Algorithm> out;
    for (const std::string& name :
         TRY(texts_in(body, "algorithms", algorithm_from,
                      "expected RS256, ES256 or EdDSA; nothing else is accepted")))
        out.push_back(*algorithm_from(name));
    if (out.empty())
        return wrong("at least one", "algorithms");
    return out;
}

Result<std::vector<std::string>> scopes_in(const JsonObject& body) {
    auto scopes =
        TRY(texts_in(body, "scopes", is_token, "a scope is of letters, digits and _ - . : /"));
    if (std::ranges::find(scopes, "openid") == scopes.end())
        return wrong("must hold \"openid\"", "scopes");
    return scopes;
}

/// RFC 6901.
std::string pointer_part(std::string_view name) {
    std::string out;
    for (char c : name)
        c == '/' ? out += "~1" : out += c;
    return out;
}

Result<std::vector<RequiredClaim>> required_claims_in(const JsonObject& body) {
    const char* member = "required_claims";
    const std::string json = TRY(body.structure(member, structure_bytes_limit));
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json).get(object) != simdjson::SUCCESS)
        return wrong("must be an object of lists of strings", member);
    std::vector<RequiredClaim> out;
    for (auto [name, values] : object) {
        if (!is_token(name) || name.size() > claim_bytes_limit || out.size() == list_items_limit)
            return wrong("expected at most 20 claims' names of at most 100 characters", member);
        const std::string at = std::string(member) + "/" + pointer_part(name);
        auto any = [](std::string_view) { return true; };
        RequiredClaim claim{std::string(name),
                            TRY(texts_of(values, at, any, "expected 1 to 255 bytes"))};
        if (claim.values.empty())
            return wrong("a claim needs at least one value", at);
        if (std::ranges::any_of(out, [&](const auto& o) { return o.name == claim.name; }))
            return wrong("names the same twice", member);
        out.push_back(std::move(claim));
    }
    return out;
}

Result<std::vector<std::string>> domains_in(const JsonObject& body) {
    return texts_in(body, "email_domains", is_domain,
                    "expected a domain in lower case, such as school.example");
}

Result<std::optional<tenancy::Role>> created_role_in(const JsonObject& body) {
    using tenancy::Role;
    if (body.is_null("create_users_as"))
        return std::optional<Role>();
    const std::string name = TRY(body.string("create_users_as", 16));
    if (name == "student")
        return std::optional(Role::student);
    if (name == "teacher")
        return std::optional(Role::teacher);
    return wrong("expected null, \"student\" or \"teacher\"; nobody becomes an administrator by "
                 "signing in",
                 "create_users_as");
}

/// Sets what the body names.
Result<void> read_settings(const JsonObject& body, ProviderSettings& out) {
    if (body.has("algorithms"))
        out.algorithms = TRY(algorithms_in(body));
    if (body.has("scopes"))
        out.scopes = TRY(scopes_in(body));
    if (body.has("userinfo"))
        out.userinfo = TRY(body.boolean("userinfo"));
    if (body.has("link_by_email"))
        out.link_by_email = TRY(body.boolean("link_by_email"));
    if (body.has("email_verified_claim"))
        out.email_verified_claim = TRY(claim_in(body, "email_verified_claim"));
    if (body.has("sourced_id_claim"))
        out.sourced_id_claim = TRY(optional_claim_in(body, "sourced_id_claim"));
    if (body.has("username_claim"))
        out.username_claim = TRY(optional_claim_in(body, "username_claim"));
    if (body.has("required_claims"))
        out.required_claims = TRY(required_claims_in(body));
    if (body.has("email_domains"))
        out.email_domains = TRY(domains_in(body));
    if (body.has("create_users_as"))
        out.create_as = TRY(created_role_in(body));
    return {};
}

template <class Enum, std::size_t N>
Result<Enum> one_of(const JsonObject& body, const char* member, const Enum (&all)[N],
                    const char* expected) {
    const std::string name = TRY(body.string(member, 32));
    for (Enum value : all)
        if (wire_name(value) == name)
            return value;
    return wrong(expected, member);
}

// ---- presets ----

constexpr std::string_view microsoft_prefix = "https://login.microsoftonline.com/",
                           microsoft_suffix = "/v2.0";

/// The directory's id out of Microsoft's issuer; empty: it is not one directory's.
std::string microsoft_directory(std::string_view issuer) {
    if (!issuer.starts_with(microsoft_prefix) || !issuer.ends_with(microsoft_suffix) ||
        issuer.size() != microsoft_prefix.size() + 36 + microsoft_suffix.size())
        return {};
    std::string id(issuer.substr(microsoft_prefix.size(), 36));
    return std::ranges::all_of(
               id,
               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; })
               ? id
               : std::string();
}

/// What each has from the start; `issuer` empty: the description must name it.
struct PresetFacts {
    Preset preset;
    std::string_view issuer;
    /// The claim that names the institution; it must be among the required ones. Empty: one must.
    std::string_view institution_claim;
};
constexpr PresetFacts presets[] = {{Preset::generic, "", ""},
                                   {Preset::google, "https://accounts.google.com", "hd"},
                                   {Preset::microsoft, "", "tid"},
                                   {Preset::clever, "https://clever.com", "district"},
                                   {Preset::classlink, "https://launchpad.classlink.com", ""}};

const PresetFacts& facts_of(Preset preset) {
    return *std::ranges::find(presets, preset, &PresetFacts::preset);
}

ProviderSettings settings_of(Preset preset) {
    ProviderSettings out;
    switch (preset) {
    case Preset::microsoft:
        // Anybody may write any address into their directory: only this optional claim says that
        // the domain's owner did.
        out.email_verified_claim = "xms_edov";
        break;
    case Preset::clever:
        out.scopes = {"openid"};
        break;
    case Preset::generic:
    case Preset::google:
    case Preset::classlink:
        break;
    }
    return out;
}

Result<void> check_preset(Provider& provider) {
    const PresetFacts& facts = facts_of(provider.preset);
    if (!facts.issuer.empty() && provider.issuer != facts.issuer)
        return wrong("this preset's issuer is another; leave it out", "issuer");
    auto& required = provider.settings.required_claims;
    if (provider.preset == Preset::microsoft) {
        const std::string directory = microsoft_directory(provider.issuer);
        if (directory.empty())
            return wrong("expected https://login.microsoftonline.com/DIRECTORY-ID/v2.0 with the id "
                         "of your own directory; \"common\" and the like are everybody's",
                         "issuer");
        if (std::ranges::none_of(required, [](const auto& c) { return c.name == "tid"; }))
            required.push_back({"tid", {directory}});
    }
    const bool named = facts.institution_claim.empty()
                           ? !required.empty()
                           : std::ranges::any_of(required, [&](const auto& c) {
                                 return c.name == facts.institution_claim;
                             });
    if (provider.preset != Preset::generic && !named)
        return fail(Code::invalid_field,
                    "this provider serves everybody: name the claim that tells your own "
                    "institution, and its value" +
                        (facts.institution_claim.empty()
                             ? std::string()
                             : " (\"" + std::string(facts.institution_claim) + "\")"),
                    "/required_claims");
    return {};
}

Result<void> check_together(const Provider& provider) {
    const ProviderSettings& settings = provider.settings;
    if (settings.create_as && settings.required_claims.empty() && settings.email_domains.empty())
        return wrong("whom this provider knows would all be made users here: restrict it by "
                     "required_claims or email_domains",
                     "create_users_as");
    return {};
}

} // namespace

std::string_view wire_name(Preset preset) {
    switch (preset) {
    case Preset::generic:
        return "generic";
    case Preset::google:
        return "google";
    case Preset::microsoft:
        return "microsoft";
    case Preset::clever:
        return "clever";
    case Preset::classlink:
        return "classlink";
    }
    return "";
}

std::string_view wire_name(ClientAuth auth) {
    switch (auth) {
    case ClientAuth::none:
        return "none";
    case ClientAuth::client_secret_basic:
        return "client_secret_basic";
    case ClientAuth::client_secret_post:
        return "client_secret_post";
    }
    return "";
}

Result<ProviderDraft> describe_provider(const JsonObject& body, Reach reach) {
    ProviderDraft draft;
    Provider& out = draft.provider;
    out.name = TRY(body.string("name", name_bytes_limit));
    if (std::ranges::any_of(out.name, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        return wrong("must not hold control characters", "name");
    if (body.has("preset"))
        out.preset = TRY(one_of(body, "preset", all_presets,
                                "expected generic, google, microsoft, clever or classlink"));
    if (body.has("enabled"))
        out.enabled = TRY(body.boolean("enabled"));
    out.settings = settings_of(out.preset);
    out.issuer = facts_of(out.preset).issuer;
    if (out.issuer.empty() || body.has("issuer"))
        out.issuer = TRY(body.string("issuer", 1'000));
    CHECK_OK(check_provider_url(out.issuer, reach, "/issuer"));
    if (out.issuer.find('?') != std::string::npos)
        return wrong("an issuer has no query", "issuer");
    out.client_id = TRY(body.string("client_id", client_id_bytes_limit));
    if (std::ranges::any_of(out.client_id, [](unsigned char c) { return c < ' ' || c > '~'; }))
        return wrong("expected printable ASCII", "client_id");
    constexpr ClientAuth auths[] = {ClientAuth::none, ClientAuth::client_secret_basic,
                                    ClientAuth::client_secret_post};
    if (body.has("client_auth"))
        out.auth = TRY(one_of(body, "client_auth", auths,
                              "expected none, client_secret_basic or client_secret_post"));
    if (body.has("client_secret")) {
        draft.secret = TRY(body.string("client_secret", secret_bytes_limit));
        if (out.auth == ClientAuth::none)
            return wrong("a public client (client_auth none) has no secret", "client_secret");
        if (std::ranges::any_of(*draft.secret, [](unsigned char c) { return c < ' ' || c > '~'; }))
            return wrong("expected printable ASCII", "client_secret");
    }
    CHECK_OK(read_settings(body, out.settings));
    CHECK_OK(check_preset(out));
    CHECK_OK(check_together(out));
    return draft;
}

std::string settings_json(const ProviderSettings& settings) {
    JsonWriter json;
    auto list = [&](const char* name, const auto& items, auto&& text) {
        json.key(name).array();
        for (const auto& item : items)
            json.value(text(item));
        json.end();
    };
    auto optional = [&](const char* name, const std::optional<std::string>& value) {
        json.key(name);
        value ? json.value(*value) : json.null();
    };
    auto itself = [](const std::string& text) -> const std::string& { return text; };
    json.object();
    list("algorithms", settings.algorithms, [](Algorithm a) { return wire_name(a); });
    list("scopes", settings.scopes, itself);
    json.member("userinfo", settings.userinfo)
        .member("link_by_email", settings.link_by_email)
        .member("email_verified_claim", settings.email_verified_claim);
    optional("sourced_id_claim", settings.sourced_id_claim);
    optional("username_claim", settings.username_claim);
    json.key("required_claims").object();
    for (const RequiredClaim& claim : settings.required_claims)
        list(claim.name.c_str(), claim.values, itself);
    json.end();
    list("email_domains", settings.email_domains, itself);
    json.key("create_users_as");
    settings.create_as ? json.value(tenancy::wire_name(*settings.create_as)) : json.null();
    json.end();
    return json.take();
}

Result<ProviderSettings> settings_from(std::string_view json) {
    auto read = [&]() -> Result<ProviderSettings> {
        const JsonObject body = TRY(
            JsonObject::parse(json, {"algorithms", "scopes", "userinfo", "link_by_email",
                                     "email_verified_claim", "sourced_id_claim", "username_claim",
                                     "required_claims", "email_domains", "create_users_as"}));
        ProviderSettings out;
        CHECK_OK(read_settings(body, out));
        return out;
    };
    auto out = read();
    if (!out)
        return fail(Code::corrupt,
                    "an identity provider's settings cannot be read: " + out.error().text());
    return out;
}

} // namespace bw::federation
