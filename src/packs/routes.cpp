#include "packs/routes.hpp"

#include "auth/schemas.hpp"
#include "net/content_encoding.hpp"
#include "packs/schemas.hpp"
#include "tenancy/schemas.hpp"

namespace bw::packs {

namespace {

/// Does the request ask for what is newest (Cache-Control: no-cache, RFC 9111, 5.2.1.4)?
PageReads::From source_for(const net::Request& request) {
    const auto wanted = request.header("cache-control");
    return wanted && wanted->find("no-cache") != std::string_view::npos ? PageReads::From::database
                                                                        : PageReads::From::memory;
}

net::Response response_of(const Pack& pack, bool gzip) {
    net::Response response = net::Response::json(200, gzip ? pack.gzip : pack.json);
    response.headers.reserve(3);
    response.headers.emplace_back("ETag", pack.etag);
    if (!pack.gzip.empty())
        response.headers.emplace_back("Vary", "Accept-Encoding");
    if (gzip)
        response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
}

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("FirstPage", first_page_schema);
    routes.add_schema("Roles", tenancy::roles_schema);
    routes.add_schema("Bell", auth::bell_schema);
    routes.add_schema("BellList", auth::bell_list_schema);
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/first-page",
         .operation = "get_first_page",
         .summary = "What the caller's first page shows, in one answer: from memory, if it was "
                    "prepared and nothing has changed.",
         .handler = parts.gate.authenticated(
             [&reads = parts.reads](const tenancy::Principal& who, const net::Request& request,
                                    net::Responder respond) {
                 const bool gzip =
                     net::accepts_gzip(request.header("accept-encoding").value_or(""));
                 reads.ask(who, source_for(request), request.deadline, request.trace,
                           [gzip, respond = std::move(respond)](Result<SharedPack> page) mutable {
                               respond.result(std::move(page), [gzip](const SharedPack& pack) {
                                   return response_of(*pack, gzip && !pack->gzip.empty());
                               });
                           });
             },
             tenancy::Permission::assignments_read),
         .tag = "first page",
         .credential = net::Credential::access_token,
         .parameters = {{.name = "Cache-Control",
                         .in = net::Parameter::In::header,
                         .description =
                             "With no-cache the page is read anew: it shows all that was "
                             "done before, wherever. (What the caller does at the same "
                             "server is shown without it.)",
                         .example = "no-cache"}},
         .answers = {{200, "The page, with an ETag of what it says.",
                      R"({"$ref": "#/components/schemas/FirstPage"})"}}});
}

} // namespace bw::packs
