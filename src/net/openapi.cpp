#include "net/openapi.hpp"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/ensure.hpp"
#include "base/json.hpp"

namespace bw::net {

namespace {

/// What every operation of some kind can be refused with; `headers` are names in
/// components.headers.
struct Refusal {
    int status;
    std::string_view name, description;
    std::vector<std::string_view> headers = {};
};

const std::vector<Refusal>& refusals() {
    static const std::vector<Refusal> all{
        {400, "BadRequest", "The request, a header or the body cannot be read."},
        {401, "Unauthenticated", "No good token came.", {"WWW-Authenticate"}},
        {403, "Forbidden", "The caller is known and not allowed to do this."},
        {404, "NotFound", "Nothing is here, or nothing of this caller's institution."},
        {408, "RequestTimeout", "The request did not arrive in time."},
        {409, "Conflict", "The present state does not allow it."},
        {412, "PreconditionFailed", "It has changed since the ETag in If-Match was read."},
        {413, "TooLarge", "The body is over the limit, or none is taken."},
        {414, "TargetTooLong", "The target is over 8 KiB."},
        {415, "UnsupportedMediaType", "The body is not of a documented media type."},
        {422, "InvalidField", "One field is not valid; `field` names it."},
        {428, "PreconditionRequired", "If-Match is missing."},
        {429,
         "QuotaExceeded",
         "The caller's own budget is used up.",
         {"Retry-After", "RateLimit", "RateLimit-Policy"}},
        {431, "HeadTooLarge", "The head is over 16 KiB or 100 headers."},
        {500, "InternalError", "A fault on our side; quote the request id."},
        {503,
         "Unavailable",
         "Overload, or a part is down. `retryable` and `code` say what the same request may do.",
         {"Retry-After"}},
    };
    return all;
}

struct HeaderFact {
    std::string_view name, description, schema;
};

constexpr HeaderFact header_facts[] = {
    {"RateLimit", "What is left of the caller's budget (draft-ietf-httpapi-ratelimit-headers).",
     R"({"type":"string"})"},
    {"RateLimit-Policy", "The caller's budgets (draft-ietf-httpapi-ratelimit-headers).",
     R"({"type":"string"})"},
    {"Request-Id", "Names this request in our logs; quote it in a report.",
     R"({"type":"string","pattern":"^[0-9a-f]{16}$"})"},
    {"Retry-After", "Seconds to wait before the same request, different for each caller.",
     R"({"type":"integer","minimum":1})"},
    {"WWW-Authenticate", "How to authenticate (RFC 6750).", R"({"type":"string"})"},
};

/// The statuses of problems that the operation can answer with.
std::set<int> refused_with(const Route& route) {
    std::set<int> out{400, 408, 413, 414, 431, 500, 503};
    if (route.body)
        out.insert({415, 422});
    if (route.method != Method::get)
        out.insert(409);
    if (route.credential != Credential::none)
        out.insert({404, 429});
    if (route.credential == Credential::access_token ||
        route.credential == Credential::operator_token)
        out.insert({401, 403});
    for (const Parameter& p : route.parameters) {
        if (p.in == Parameter::In::path)
            out.insert(404);
        else if (p.in == Parameter::In::query || p.name == "Idempotency-Key")
            out.insert(422);
        else if (p.name == "If-Match")
            out.insert({412, 428});
    }
    return out;
}

/// The text without its white space; what is checked already by documentation_faults.
std::string compact(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    ENSURE(parser.parse(simdjson::padded_string(json)).get(element) == simdjson::SUCCESS,
           "a document's part that is not JSON");
    return simdjson::minify(element);
}

/// An example is written as text; a number's schema makes it a number.
std::string example_json(const Parameter& parameter) {
    simdjson::dom::parser parser;
    simdjson::dom::element schema;
    std::string_view type;
    if (parser.parse(simdjson::padded_string(parameter.schema)).get(schema) == simdjson::SUCCESS &&
        schema["type"].get(type) == simdjson::SUCCESS &&
        (type == "integer" || type == "number" || type == "boolean"))
        return compact(parameter.example);
    std::string quoted = "\"";
    append_json_escaped(quoted, parameter.example);
    return quoted + '"';
}

std::string_view wire_name(Parameter::In in) {
    switch (in) {
    case Parameter::In::path:
        return "path";
    case Parameter::In::query:
        return "query";
    case Parameter::In::header:
        return "header";
    }
    ensure_failed("wire_name", "a place without a name");
}

std::string_view wire_name(Credential credential) {
    switch (credential) {
    case Credential::none:
        return "none";
    case Credential::host:
        return "host";
    case Credential::access_token:
        return "access_token";
    case Credential::operator_token:
        return "operator_token";
    }
    ensure_failed("wire_name", "a credential without a name");
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c + 32);
    return out;
}

void write_info(JsonWriter& json, const ApiFacts& facts) {
    json.key("info")
        .object()
        .member("title", facts.title)
        .member("version", facts.version)
        .member("description", facts.description)
        .key("license")
        .object()
        .member("name", facts.license_name)
        .member("identifier", facts.license_identifier)
        .end()
        .end();
    json.key("servers")
        .array()
        .object()
        .member("url", "/")
        .member("description", "The host that this document came from.")
        .end()
        .end();
}

void write_tags(JsonWriter& json, const RouteTable& routes) {
    std::vector<std::string_view> tags; // in the table's order
    for (const Route& route : routes.routes())
        if (std::ranges::find(tags, route.tag) == tags.end())
            tags.push_back(route.tag);
    json.key("tags").array();
    for (std::string_view tag : tags)
        json.object().member("name", tag).end();
    json.end();
}

void write_parameters(JsonWriter& json, const Route& route) {
    if (route.parameters.empty())
        return;
    json.key("parameters").array();
    for (const Parameter& p : route.parameters) {
        json.object()
            .member("name", p.name)
            .member("in", wire_name(p.in))
            .member("description", p.description)
            .member("required", p.required || p.in == Parameter::In::path)
            .key("schema")
            .raw(compact(p.schema));
        if (!p.example.empty())
            json.key("example").raw(example_json(p));
        json.end();
    }
    json.end();
}

void write_body(JsonWriter& json, const Route& route) {
    if (!route.body)
        return;
    const Body& body = *route.body;
    json.key("requestBody")
        .object()
        .member("description",
                "At most " + std::to_string(route.body_bytes_limit) + " bytes as sent.")
        .member("required", !route.streams_body)
        .member("x-body-bytes-limit", route.body_bytes_limit)
        .member("x-streamed", route.streams_body)
        .key("content")
        .object()
        .key(body.content_type)
        .object();
    if (!body.schema.empty())
        json.key("schema").raw(compact(body.schema));
    if (is_json(body.content_type))
        json.key("example").raw(compact(body.example));
    else if (!body.example.empty())
        json.member("example", body.example);
    json.end().end().end();
}

void write_header_references(JsonWriter& json, const std::vector<std::string_view>& names) {
    json.key("headers").object();
    auto refer = [&](std::string_view name) {
        json.key(name).object().member("$ref", "#/components/headers/" + std::string(name)).end();
    };
    refer("Request-Id");
    for (std::string_view name : names)
        refer(name);
    json.end();
}

void write_problem_content(JsonWriter& json) {
    json.key("application/problem+json")
        .object()
        .key("schema")
        .raw(R"({"$ref":"#/components/schemas/Problem"})")
        .end();
}

/// `also`: problems come with this status too.
void write_answer(JsonWriter& json, const Answer& answer, bool also, const Refusal* refusal) {
    json.object().member("description", answer.description);
    write_header_references(json,
                            also && refusal ? refusal->headers : std::vector<std::string_view>());
    const bool has_body = !answer.schema.empty() || (answer.content_type != "application/json" &&
                                                     answer.status != 204 && answer.status != 304);
    if (has_body || also) {
        json.key("content").object();
        if (has_body) {
            json.key(answer.content_type.substr(0, answer.content_type.find(';'))).object();
            if (!answer.schema.empty())
                json.key("schema").raw(compact(answer.schema));
            json.end();
        }
        if (also)
            write_problem_content(json);
        json.end();
    }
    json.end();
}

void write_responses(JsonWriter& json, const Route& route) {
    std::map<int, const Answer*> own;
    const std::set<int> refused = refused_with(route);
    for (int status : refused)
        own.emplace(status, nullptr);
    for (const Answer& answer : route.answers)
        own[answer.status] = &answer;
    json.key("responses").object();
    for (const auto& [status, answer] : own) {
        const auto refusal = std::ranges::find(refusals(), status, &Refusal::status);
        const Refusal* known = refusal == refusals().end() ? nullptr : &*refusal;
        json.key(std::to_string(status));
        if (answer)
            write_answer(json, *answer,
                         refused.contains(status) || (status >= 400 && answer->schema.empty()),
                         known);
        else
            json.object()
                .member("$ref", "#/components/responses/" + std::string(known->name))
                .end();
    }
    json.end();
}

void write_operation(JsonWriter& json, const Route& route) {
    json.key(lower_case(to_text(route.method)))
        .object()
        .member("operationId", route.operation)
        .member("summary", route.summary);
    if (route.credential == Credential::host)
        json.member("description", "Needs no token, but an institution's own host name.");
    json.key("tags").array().value(route.tag).end();
    json.key("security").array();
    if (route.credential == Credential::access_token ||
        route.credential == Credential::operator_token)
        json.object().key(wire_name(route.credential)).array().end().end();
    json.end().member("x-credential", wire_name(route.credential));
    write_parameters(json, route);
    write_body(json, route);
    write_responses(json, route);
    json.end();
}

void write_paths(JsonWriter& json, const RouteTable& routes) {
    const std::vector<Route>& all = routes.routes();
    json.key("paths").object();
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto same_path = [&](const Route& route) { return route.path == all[i].path; };
        if (std::find_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), same_path) !=
            all.begin() + static_cast<std::ptrdiff_t>(i))
            continue; // written with its first method
        json.key(all[i].path).object();
        for (const Route& route : all)
            if (same_path(route))
                write_operation(json, route);
        json.end();
    }
    json.end();
}

/// RFC 9457, with the members of ours that net/problem.cpp writes.
void write_problem_schema(JsonWriter& json) {
    json.key("Problem").raw(
        R"({"type":"object","description":"What was wrong and what to do (RFC 9457).",)"
        R"("required":["type","title","status","code","detail","request_id","retryable"],)"
        R"("properties":{"type":{"type":"string","format":"uri","pattern":"^urn:bellwether:problem:[a-z_]+$"},)"
        R"("title":{"type":"string"},"status":{"type":"integer","minimum":400,"maximum":599},)"
        R"("code":{"$ref":"#/components/schemas/ProblemCode"},)"
        R"("detail":{"type":"string","description":"For people: what was wrong and what to do."},)"
        R"("field":{"type":"string","description":"JSON pointer into the body, or the name of a parameter or header."},)"
        R"("waiting":{"type":"object","description":"Where one stands in a queue.","required":["place","estimate_seconds"],)"
        R"("properties":{"place":{"type":"integer","minimum":0},"estimate_seconds":{"type":"integer","minimum":0},)"
        R"("ticket":{"type":"string","description":"Who brings it along keeps the place."}}},)"
        R"("second_factor":{"type":"object","description":"How a sign-in goes on whose password was right.",)"
        R"("required":["challenge","enrolment","expires_in"],)"
        R"("properties":{"challenge":{"type":"string","description":"Goes back with the code."},)"
        R"("enrolment":{"type":"boolean","description":"They have none yet, and must make one first."},)"
        R"("expires_in":{"type":"integer","minimum":0,"description":"Seconds."}}},)"
        R"("standing":{"type":"object","description":"With 412 and 428, where there is something to lose: what stands now, as a GET answers it."},)"
        R"("request_id":{"type":"string","pattern":"^[0-9a-f]{16}$"},)"
        R"("retryable":{"type":"boolean","description":"May the same request be sent again?"}},)"
        R"("example":{"type":"urn:bellwether:problem:invalid_field","title":"A field is not valid","status":422,)"
        R"("code":"invalid_field","detail":"is missing","field":"/text","request_id":"0f1e2d3c4b5a6978","retryable":false}})");
    json.key("ProblemCode")
        .object()
        .member("type", "string")
        .member("description", "Stable; new codes may come.")
        .key("enum")
        .array();
    for (int code = 0; code <= static_cast<int>(Code::internal); ++code)
        json.value(bw::wire_name(static_cast<Code>(code)));
    json.end().end();
}

void write_components(JsonWriter& json, const RouteTable& routes) {
    json.key("components").object().key("schemas").object();
    write_problem_schema(json);
    for (const auto& [name, schema] : routes.schemas())
        json.key(name).raw(compact(schema));
    json.end().key("responses").object();
    for (const Refusal& refusal : refusals()) {
        json.key(refusal.name).object().member("description", refusal.description);
        write_header_references(json, refusal.headers);
        json.key("content").object();
        write_problem_content(json);
        json.end().end();
    }
    json.end().key("headers").object();
    for (const HeaderFact& header : header_facts)
        json.key(header.name)
            .object()
            .member("description", header.description)
            .key("schema")
            .raw(header.schema)
            .end();
    json.end().key("securitySchemes").object();
    json.key("access_token")
        .raw(
            R"({"type":"http","scheme":"bearer","bearerFormat":"JWT",)"
            R"("description":"The access token that sign-in answers. It is good at its own institution's host name."})");
    json.key("operator_token")
        .raw(
            R"({"type":"http","scheme":"bearer","description":"Whoever runs the installation has it."})");
    json.end().end();
}

} // namespace

std::string openapi_document(const RouteTable& routes, const ApiFacts& facts) {
    ENSURE(documentation_faults(routes).empty(), "routes that do not document themselves");
    JsonWriter json;
    json.object().member("openapi", "3.1.0");
    write_info(json, facts);
    write_tags(json, routes);
    write_paths(json, routes);
    write_components(json, routes);
    json.end();
    return json.take();
}

} // namespace bw::net
