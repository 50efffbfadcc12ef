// Files on their way out over HTTP, and the links that lead to them: for the routes of this module,
// and of those who have more to ask before a file may go.
#pragma once

#include <string_view>

#include "files/routes.hpp"

namespace bw::files {

/// A complete upload as it goes out: under a name and a tag that need not be the upload's own.
struct ServedFile {
    std::string name;
    std::string tag; // of its ETag; says nothing that the link does not
    std::uint64_t size = 0;
    std::vector<Part> pieces;
};
/// not_found: it is gone, not complete, or withheld.
Result<ServedFile> served(tenancy::TenantTx& tx, UploadId id, std::string name, std::string tag);

/// 200, or 206 or 416 by its ranges. Always as an attachment of no particular type: nothing that
/// somebody uploaded runs as a page of this host.
net::Response file_response(const RouteParts& parts, TenantId tenant, const ServedFile& file,
                            const net::Request& request);

/// 201: a link to `path`, good for a while for whoever has it.
net::Response link_response(const RouteParts& parts, TenantId tenant, std::string_view path);
/// invalid_field: a member of the link is missing; forbidden: it is not good for `path`.
Result<void> check_link(const RouteParts& parts, TenantId tenant, std::string_view path,
                        const net::Request& request);

/// What documents say of a link's members.
std::vector<net::Parameter> link_members();
constexpr std::string_view file_link_reference = R"({"$ref": "#/components/schemas/FileLink"})";

} // namespace bw::files
