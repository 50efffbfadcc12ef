#include "institution/routes.hpp"

#include "institution/shared_routes.hpp"

namespace bw::institution {

net::Response tagged(std::string json, std::int64_t version) {
    net::Response response = net::Response::json(200, std::move(json));
    response.headers.emplace_back("ETag", net::strong_etag(std::to_string(version)));
    return response;
}

net::Parameter version_parameter() {
    return {.name = "If-Match",
            .in = net::Parameter::In::header,
            .description = "The ETag that was seen.",
            .schema = R"({"type": "string", "pattern": "^\"[0-9]{1,18}\"$"})",
            .required = true,
            .example = "\"0\""};
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    add_branding_routes(routes, parts);
    add_people_routes(routes, parts);
    add_section_routes(routes, parts);
    add_import_routes(routes, parts);
}

} // namespace bw::institution
