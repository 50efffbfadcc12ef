#include "app/overview_routes.hpp"

#include <mutex>

#include "tenancy/lane_work.hpp"

namespace bw::app {

namespace {

constexpr Duration shown_for = 1s;
constexpr Duration patience = 2s; // with a database that does not answer: the rest is shown

/// Thread-safe.
class Overviews {
public:
    explicit Overviews(OverviewRouteParts parts) : parts_(std::move(parts)) {}

    void answer(const std::shared_ptr<Overviews>& self, const net::Request& request,
                net::Responder respond) {
        if (auto shown = fresh())
            return respond(net::Response::json(200, *std::move(shown)));
        const TenantId nobody{}; // operators share one turn
        tenancy::answer_on(
            parts_.lane, nobody, request, std::move(respond),
            [self](tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
                return net::Response::json(200, self->look(database, deadline));
            });
    }

private:
    std::optional<std::string> fresh() const {
        std::lock_guard lock(mutex_);
        if (shown_.empty() || parts_.clock.monotonic() - looked_at_ >= shown_for)
            return std::nullopt;
        return shown_;
    }

    std::string look(tenancy::Database& database, Deadline deadline) {
        if (auto shown = fresh()) // by one who stood before us in the queue
            return *std::move(shown);
        const Monotonic began = parts_.clock.monotonic();
        const Deadline soon(std::min(deadline.at(), began + patience));
        DatabaseAnswer answer{jobs::overview(database, soon)};
        answer.took = parts_.clock.monotonic() - began;
        std::string document = overview_json(parts_.sources, answer, parts_.clock.now());
        std::lock_guard lock(mutex_);
        looked_at_ = parts_.clock.monotonic();
        shown_ = document;
        return document;
    }

    const OverviewRouteParts parts_;
    mutable std::mutex mutex_;
    Monotonic looked_at_{};
    std::string shown_;
};

} // namespace

void add_overview_routes(net::RouteTable& routes, OverviewRouteParts parts) {
    for (const auto& [name, schema] : overview_schemas())
        routes.add_schema(name, schema);
    const tenancy::Gate& gate = parts.gate;
    auto overviews = std::make_shared<Overviews>(std::move(parts));
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/operator/overview",
         .operation = "get_overview",
         .summary = "What this process and its database are: lanes, journal, recorder, replicas, "
                    "jobs. Each figure's meaning is its description here.",
         .handler =
             gate.for_operator([overviews](const tenancy::Operator&, const net::Request& request,
                                           net::Responder respond) {
                 overviews->answer(overviews, request, std::move(respond));
             }),
         .tag = "operator",
         .credential = net::Credential::operator_token,
         .answers = {{200, "As it was within the last second.",
                      R"({"$ref": "#/components/schemas/Overview"})"}}});
}

} // namespace bw::app
