// The document says what the table says, in valid JSON; a table that says too little is told so.
#include "net/openapi.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

namespace bw::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ApiFacts facts{"Bells", "1.2.3", "An \"API\".", "Apache 2.0", "Apache-2.0"};

void nothing(const Request&, Responder) {}

/// A route that documents itself in full; each case spoils one thing.
Route good_route() {
    return {.method = Method::patch,
            .path = "/v1/bells/{bell_id}",
            .operation = "move_bell",
            .summary = "Move a bell.",
            .handler = nothing,
            .body_bytes_limit = 100,
            .tag = "bells",
            .credential = Credential::access_token,
            .parameters = {{.name = "bell_id",
                            .in = Parameter::In::path,
                            .description = "Which.",
                            .example = "12"},
                           {.name = "pitch",
                            .description = "In hertz.",
                            .schema = R"({"type": "integer"})",
                            .example = "440"},
                           {.name = "If-Match",
                            .in = Parameter::In::header,
                            .description = "Its ETag.",
                            .required = true}},
            .body = Body{R"({"$ref": "#/components/schemas/Bell"})", R"({"at": "09:00"})"},
            .answers = {{200, "Moved.", R"({"$ref":"#/components/schemas/Bell"})"},
                        {304, "Stood there already."},
                        {409, "It rings just now."},
                        {503, "Stuck.", R"({"type":"string"})"}}};
}

RouteTable table_of(Route route) {
    RouteTable table;
    table.add_schema("Bell", R"({"type": "object", "properties": {"at": {"type": "string"}}})");
    table.add(std::move(route));
    return table;
}

std::string at(std::string_view document, const std::string& pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::element value;
    if (parser.parse(simdjson::padded_string(document)).at_pointer(pointer).get(value) !=
        simdjson::SUCCESS)
        return "nothing";
    return simdjson::minify(value);
}

std::vector<std::string> keys_at(std::string_view document, const std::string& pointer) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    std::vector<std::string> keys;
    if (parser.parse(simdjson::padded_string(document)).at_pointer(pointer).get(object) ==
        simdjson::SUCCESS)
        for (auto [key, value] : object)
            keys.emplace_back(key);
    return keys;
}

TEST(OpenApi, SaysWhatTheTableSays) {
    RouteTable table = table_of(good_route());
    table.add({.method = Method::get,
               .path = "/livez",
               .operation = "livez",
               .summary = "Alive?",
               .handler = nothing,
               .tag = "health",
               .answers = {{200, "Yes.", "", "text/plain; charset=utf-8"}}});
    const std::string document = openapi_document(table, facts);
    const std::string patch = "/paths/~1v1~1bells~1{bell_id}/patch";
    const std::pair<std::string, const char*> cases[] = {
        {"/openapi", "\"3.1.0\""},
        {"/info/description", R"("An \"API\".")"},
        {"/info/license", R"({"name":"Apache 2.0","identifier":"Apache-2.0"})"},
        {"/tags", R"([{"name":"bells"},{"name":"health"}])"},
        {patch + "/operationId", "\"move_bell\""},
        {patch + "/security", R"([{"access_token":[]}])"},
        {patch + "/parameters/0",
         R"({"name":"bell_id","in":"path","description":"Which.","required":true,"schema":{"type":"string"},"example":"12"})"},
        {patch + "/parameters/1",
         R"({"name":"pitch","in":"query","description":"In hertz.","required":false,"schema":{"type":"integer"},"example":440})"},
        {patch + "/requestBody/content/application~1json/example", R"({"at":"09:00"})"},
        {patch + "/responses/200/content/application~1json/schema/$ref",
         "\"#/components/schemas/Bell\""},
        {patch + "/responses/304/content", "nothing"},
        {patch + "/responses/409/description", "\"It rings just now.\""},
        {patch + "/responses/412/$ref", "\"#/components/responses/PreconditionFailed\""},
        {"/paths/~1livez/get/responses/200/content", R"({"text/plain":{}})"},
        {"/paths/~1livez/get/security", "[]"},
        {"/components/schemas/Bell/properties/at/type", "\"string\""},
        {"/components/responses/Unavailable/headers/Retry-After/$ref",
         "\"#/components/headers/Retry-After\""},
    };
    for (const auto& [pointer, value] : cases)
        EXPECT_EQ(at(document, pointer), value) << pointer;
    EXPECT_THAT(keys_at(document, patch + "/responses"),
                ElementsAre("200", "304", "400", "401", "403", "404", "408", "409", "412", "413",
                            "414", "415", "422", "428", "429", "431", "500", "503"));
    EXPECT_THAT(keys_at(document, patch + "/responses/409/content"),
                ElementsAre("application/problem+json"));
    EXPECT_THAT(keys_at(document, patch + "/responses/503/content"),
                ElementsAre("application/json", "application/problem+json"));
    EXPECT_THAT(keys_at(document, "/paths/~1livez/get/responses"),
                ElementsAre("200", "400", "408", "413", "414", "431", "500", "503"));
    EXPECT_EQ(document, openapi_document(table, facts)) << "the same table, the same bytes";
}

TEST(OpenApi, MethodsOfOnePathStandTogether) {
    RouteTable table = table_of(good_route());
    for (auto [method, path, operation] : {std::tuple{Method::get, "/v1/x", "get_x"},
                                           std::tuple{Method::del, "/v1/bells/{bell_id}", "drop"}})
        table.add({.method = method,
                   .path = path,
                   .operation = operation,
                   .summary = "s",
                   .handler = nothing,
                   .tag = "t",
                   .parameters = method == Method::get
                                     ? std::vector<Parameter>{}
                                     : std::vector<Parameter>{{.name = "bell_id",
                                                               .in = Parameter::In::path,
                                                               .description = "d"}},
                   .answers = {{204, "Done."}}});
    const std::string document = openapi_document(table, facts);
    EXPECT_THAT(keys_at(document, "/paths"), ElementsAre("/v1/bells/{bell_id}", "/v1/x"));
    EXPECT_THAT(keys_at(document, "/paths/~1v1~1bells~1{bell_id}"), ElementsAre("patch", "delete"));
}

struct FaultCase {
    const char* what;
    void (*spoil)(Route&);
};

TEST(OpenApi, ARouteThatSaysTooLittleIsFound) {
    EXPECT_THAT(documentation_faults(table_of(good_route())), IsEmpty());
    const FaultCase cases[] = {
        {"no summary", [](Route& r) { r.summary.clear(); }},
        {"no operation id", [](Route& r) { r.operation.clear(); }},
        {"no tag", [](Route& r) { r.tag = ""; }},
        {"no answers", [](Route& r) { r.answers.clear(); }},
        {"takes a body and does not say which", [](Route& r) { r.body.reset(); }},
        {"its body has no limit", [](Route& r) { r.body_bytes_limit = 0; }},
        {"body: its example is not JSON", [](Route& r) { r.body->example = "{"; }},
        {"body: its example is not JSON", [](Route& r) { r.body->example = ""; }},
        {"body: its schema is not JSON", [](Route& r) { r.body->schema = ""; }},
        {"body: its schema is no object", [](Route& r) { r.body->schema = "[]"; }},
        {"'bell_id' of the path is no parameter",
         [](Route& r) { r.parameters.erase(r.parameters.begin()); }},
        {"is not in the path", [](Route& r) { r.parameters[1].in = Parameter::In::path; }},
        {"parameter pitch: stands twice",
         [](Route& r) { r.parameters.push_back(r.parameters[1]); }},
        {"parameter pitch: no description", [](Route& r) { r.parameters[1].description = ""; }},
        {"parameter pitch: its schema is not JSON", [](Route& r) { r.parameters[1].schema = "{"; }},
        {"parameter pitch: its example is no integer",
         [](Route& r) { r.parameters[1].example = "high"; }},
        {"answer 200: stands twice", [](Route& r) { r.answers.push_back(r.answers[0]); }},
        {"answer 200: no description", [](Route& r) { r.answers[0].description = ""; }},
        {"answer 100: is no final status", [](Route& r) { r.answers[0].status = 100; }},
        {"refers to '#/components/schemas/Bull', which is not there",
         [](Route& r) {
             r.answers[0].schema =
                 R"({"type":"array","items":{"$ref":"#/components/schemas/Bull"}})";
         }},
        {"refers to 'Bell', which is not there",
         [](Route& r) { r.answers[0].schema = R"({"$ref":"Bell"})"; }},
    };
    for (const FaultCase& c : cases) {
        Route route = good_route();
        c.spoil(route);
        EXPECT_THAT(documentation_faults(table_of(std::move(route))),
                    ElementsAre(::testing::HasSubstr(c.what)));
    }
    RouteTable twice = table_of(good_route());
    Route other = good_route();
    other.method = Method::put;
    twice.add(std::move(other));
    twice.add_schema("Problem", "{}");
    EXPECT_THAT(documentation_faults(twice),
                ElementsAre(::testing::HasSubstr("is the document's own"),
                            ::testing::HasSubstr("another operation is called 'move_bell'")));
}

TEST(OpenApiDeath, AnIncompleteTableIsABug) {
    Route route = good_route();
    route.summary.clear();
    EXPECT_DEATH(openapi_document(table_of(std::move(route)), facts), "document themselves");
}

} // namespace
} // namespace bw::net
