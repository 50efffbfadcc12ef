// What the ingest asks before it takes a picture in. (The name ends in _routes: it sees HTTP.)
#include "live/shared_routes.hpp"
#include "net/media_type.hpp"
#include "telemetry/log.hpp"

namespace bw::live {

namespace {

constexpr std::size_t form_bytes_limit = 4'096;

/// nginx-rtmp asks once when somebody comes, and tells once that they have gone.
bool asks(std::string_view form) {
    return form.starts_with("call=publish&") || form.contains("&call=publish&") ||
           form.ends_with("&call=publish");
}

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

void answer(const RouteParts& parts, const net::Request& request, net::Responder respond) {
    if (auto form = net::check_media_type(request, form_type); !form)
        return respond(std::move(form).error());
    if (asks(request.body)) // else it is an end: the plan sees it for itself
        if (auto may = may_publish(parts.audience, parts.read_key, request.body, parts.clock.now());
            !may) {
            log::info("live_publisher_refused", {{"why", may.error().text()}});
            return respond(std::move(may).error());
        }
    respond(net::Response{204, "", "", {}});
}

} // namespace

void add_publishing_route(net::RouteTable& routes, const RouteParts& parts) {
    routes.add(
        {.method = net::Method::post,
         .path = "/v1/live-publishing",
         .operation = "ask_to_publish",
         .summary = "For nginx-rtmp's on_publish and on_publish_done: may whoever has this "
                    "stream key send the picture of its class now?",
         .handler =
             [&parts](const net::Request& request, net::Responder respond) {
                 answer(parts, request, std::move(respond));
             },
         .body_bytes_limit = form_bytes_limit,
         .tag = "live classes",
         .credential = net::Credential::none,
         .body = net::Body{R"({"type": "string"})",
                           "call=publish&name=ten_0.liv_0-1&expires=1&signature=AAAA", form_type},
         .answers = {{401, "The stream key has ended."},
                     {403, "It is no stream key of a class that is about now."},
                     {204, "They may; or nobody has to be asked for it."},
                     {409, "The class takes no pictures now."}}});
}

} // namespace bw::live
