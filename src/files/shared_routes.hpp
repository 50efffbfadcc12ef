// What the routes of this module have in common. Internal.
#pragma once

#include "files/receiving_routes.hpp"
#include "net/resource_request.hpp"

namespace bw::files {

constexpr std::string_view uploads_path = "/v1/uploads";

inline Result<UploadId> upload_in(const net::Request& request) {
    return net::id_in_path<UploadId>(request, "upload_id");
}
std::string upload_json(const Upload& upload);
std::string http_date_of(Instant instant);
net::Parameter upload_in_path();

void add_upload_routes(net::RouteTable& routes, const RouteParts& parts);
void add_file_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::files
