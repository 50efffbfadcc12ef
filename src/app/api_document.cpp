#include "app/api_document.hpp"

#include <memory>

#include "app/web_page.hpp"
#include "base/crypto.hpp"
#include "net/openapi.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr std::string_view path = "/openapi.json";

constexpr net::ApiFacts facts{
    .title = "Bellwether",
    .version = BW_VERSION,
    .description =
        "The HTTP API of an education backend that holds when the bell rings.\n\n"
        "Errors are problems (RFC 9457): `code` is stable, `field` names what was wrong, `detail` "
        "says what to do. 429 means the caller's own budget, 503 ours; both say when to come back "
        "in `Retry-After`, and a request is repeated only where `retryable` is true. Every GET is "
        "served to HEAD as well. Ids carry their kind; instants are RFC 3339, answered in UTC with "
        "milliseconds. Changes to this API are additive: readers pass over members that they do "
        "not know, and what callers send is read strictly.",
    .license_name = "Apache License 2.0",
    .license_identifier = "Apache-2.0"};

struct Document {
    std::string bytes, hash;
};

} // namespace

net::RouteTable with_document(net::RouteTable routes) {
    auto document = std::make_shared<Document>(); // shared with the handler, and by its copies
    routes.add({.method = net::Method::get,
                .path = std::string(path),
                .operation = "get_openapi",
                .summary = "This document. A page that shows it is at /docs.",
                .handler =
                    [document](const net::Request&, net::Responder respond) {
                        respond(
                            web_file({path, "application/json", document->hash, document->bytes}));
                    },
                .tag = "pages",
                .parameters = {if_none_match()},
                .answers = {{200, "An OpenAPI 3.1 document, and its `ETag`.",
                             R"({"type": "object", "required": ["openapi", "info", "paths"]})"},
                            {304, "The copy is still right."}}});
    for (const std::string& fault : net::documentation_faults(routes))
        log::error("route_undocumented", {{"fault", fault}});
    document->bytes = net::openapi_document(routes, facts);
    document->hash = to_hex(view(sha256(document->bytes))).substr(0, 16);
    return routes;
}

} // namespace bw::app
