// The stream of a person's notices (server-sent events). What is told to whom is hub.hpp's; this is
// a listener over HTTP.
#include "notices/event_routes.hpp"

#include "net/stream.hpp"

namespace bw::notices {

namespace {

constexpr std::chrono::milliseconds retry_min = 1s, retry_spread = 9s;

class HttpListener final : public Listener {
public:
    HttpListener(net::EventStream stream, std::chrono::milliseconds retry)
        : stream_(std::move(stream)), retry_(retry) {}

    void tell(const Told& told) override {
        stream_.send({.data = told.data,
                      .name = told.name,
                      .id = told.position,
                      .retry = told.name == "ready" ? std::optional(retry_) : std::nullopt});
    }

private:
    net::EventStream stream_;
    const std::chrono::milliseconds retry_;
};

Result<std::optional<Position>> last_event_in(const net::Request& request) {
    const auto text = request.header("Last-Event-ID");
    if (!text || text->empty())
        return std::optional<Position>();
    auto position = Position::parse(*text);
    if (!position)
        return fail(Code::invalid_field,
                    "send the `id` of the last event that came, unchanged, or leave it out",
                    "Last-Event-ID");
    return position;
}

void watch(const RouteParts& parts, const tenancy::Principal& principal,
           const net::Request& request, net::Responder respond) {
    const auto after = last_event_in(request);
    if (!after)
        return respond(after.error());
    const auto key = parts.hub.reserve(principal);
    if (!key)
        return respond(key.error());
    const auto retry =
        retry_min + std::chrono::milliseconds(parts.rng.u64() %
                                              static_cast<std::uint64_t>(retry_spread.count()));
    net::EventStream stream = net::EventStream::open(
        std::move(respond),
        {.queued_bytes = parts.queued_bytes,
         .heartbeat = parts.heartbeat,
         .reconnect_within = retry_min + retry_spread},
        [&hub = parts.hub, key = *key](net::StreamClosed) { hub.leave(key); });
    parts.hub.attach(*key, *after, std::make_unique<HttpListener>(std::move(stream), retry));
}

} // namespace

void add_event_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/events",
         .operation = "watch_events",
         .summary = "The caller's notices as they come (server-sent events): `ready` once it is "
                    "caught up, then one event for each notice, named by its kind; `end` when the "
                    "token is over.",
         .handler = parts.gate.authenticated([&parts](const tenancy::Principal& principal,
                                                      const net::Request& request,
                                                      net::Responder respond) {
             watch(parts, principal, request, std::move(respond));
         }),
         .tag = "notices",
         .credential = net::Credential::access_token,
         .parameters = {{.name = "Last-Event-ID",
                         .in = net::Parameter::In::header,
                         .description = "The `id` of the last event that came: the stream goes on "
                                        "behind it. Without it it begins now.",
                         .schema = R"({"type": "string", "pattern": "^[A-Za-z0-9_-]{32}$"})"}},
         .answers = {{200, "Events, until one side ends it.", {}, "text/event-stream"},
                     {429, "The caller has as many streams as one person may have."},
                     {503, "This server has as many streams as it can."}}});
}

} // namespace bw::notices
