#include "federation/documents.hpp"

#include <simdjson.h>

namespace bw::federation {

namespace {

Error wrong(const std::string& why) {
    return fail(Code::unavailable, "the provider's configuration cannot be used: " + why);
}

std::string text_in(simdjson::dom::object object, const char* name) {
    std::string_view text;
    return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

} // namespace

Result<Discovery> Discovery::parse(std::string_view json, const std::string& issuer, Reach reach) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
        return wrong("it is no JSON object");
    Discovery out{.issuer = text_in(object, "issuer"),
                  .authorization_endpoint = text_in(object, "authorization_endpoint"),
                  .token_endpoint = text_in(object, "token_endpoint"),
                  .jwks_uri = text_in(object, "jwks_uri"),
                  .userinfo_endpoint = text_in(object, "userinfo_endpoint")};
    if (out.issuer != issuer)
        return wrong("it is another issuer's");
    for (const std::string* url : {&out.authorization_endpoint, &out.token_endpoint, &out.jwks_uri})
        if (!check_provider_url(*url, reach, ""))
            return wrong("an address in it is missing or may not be used");
    if (!out.userinfo_endpoint.empty() && !check_provider_url(out.userinfo_endpoint, reach, ""))
        out.userinfo_endpoint.clear();
    bool iss = false;
    if (object["authorization_response_iss_parameter_supported"].get(iss) == simdjson::SUCCESS)
        out.iss_in_answers = iss;
    return out;
}

std::string Documents::discovery_url(const std::string& issuer) {
    return issuer + (issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
}

Documents::Documents(Fetcher& fetcher, const Clock& clock)
    : discoveries_(fetcher, clock, {},
                   [reach = fetcher.reach()](const std::string& url, std::string_view body) {
                       // The issuer is the URL without what discovery_url added.
                       constexpr std::string_view added = ".well-known/openid-configuration";
                       std::string issuer = url.substr(0, url.size() - added.size());
                       auto with_slash = Discovery::parse(body, issuer, reach);
                       if (with_slash)
                           return with_slash;
                       issuer.pop_back();
                       return Discovery::parse(body, issuer, reach);
                   }),
      keys_(fetcher, clock, {.fresh_for = 10min},
            [](const std::string&, std::string_view body) { return KeySet::parse(body); }) {}

} // namespace bw::federation
