// What the routes of this module have in common. Internal.
#pragma once

#include "files/completion_routes.hpp"
#include "files/receiving_routes.hpp"
#include "net/resource_request.hpp"

namespace bw::files {

constexpr std::string_view uploads_path = "/v1/uploads";
constexpr std::string_view upload_reference = R"({"$ref": "#/components/schemas/Upload"})";
constexpr Duration request_limit = 30s;

inline Result<UploadId> upload_in(const net::Request& request) {
    return net::id_in_path<UploadId>(request, "upload_id");
}
void write_upload(JsonWriter& json, const RouteParts& parts, const Upload& upload);
std::string upload_json(const RouteParts& parts, const Upload& upload);
std::string http_date_of(Instant instant);
net::Parameter upload_in_path();

/// What the routes share with each other and with the work that they begin.
struct Uploading {
    explicit Uploading(const RouteParts& of)
        : parts(of), active(of.active_limit),
          completions(std::make_shared<Completions>(of.lane, of.parts.clock)) {}
    const RouteParts& parts;
    ActiveUploads active;
    const std::shared_ptr<Completions> completions; // shared with their turns

    /// Whoever writes in this process keeps what came, and ends.
    void take_over(tenancy::Database& database, const ActiveKey& key) {
        if (auto old = active.find(key))
            old->give_up(database);
    }
    Deadline soon() const { return Deadline::in(parts.parts.clock, request_limit); }
};

/// `work(database, responder)` on the lane.
template <class Work>
void on_lane(const std::shared_ptr<Uploading>& uploading, const tenancy::Principal& principal,
             const net::Request& request, net::Responder respond, Work work) {
    uploading->parts.lane.submit(
        principal.scope.tenant(), request.deadline,
        [uploading, respond = std::move(respond),
         work = std::move(work)](Result<tenancy::Database*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            work(**turn, std::move(respond));
        },
        request.trace);
}

void add_upload_routes(net::RouteTable& routes, const std::shared_ptr<Uploading>& uploading);
void add_direct_routes(net::RouteTable& routes, const std::shared_ptr<Uploading>& uploading);
void add_list_routes(net::RouteTable& routes, const RouteParts& parts);
void add_file_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::files
