#include "app/live_classes.hpp"

#include <unistd.h>

#include "app/common_parts.hpp"
#include "lane/lane.hpp"
#include "video/self_hosted.hpp"
#include "video/warm.hpp"

namespace bw::app {

namespace {

constexpr Duration probe_every = 5s, probe_limit = 3s;
constexpr auto url_lifetime = video::seconds(120);

/// Fetches through our edges and asks each again.
class EdgeWarmer final : public live::Warmer {
public:
    EdgeWarmer(const video::Provider& provider, video::Edges& edges, const Clock& clock)
        : provider_(provider), edges_(edges), clock_(clock) {}

    Result<live::WarmReport> warm(std::string_view ref, Deadline deadline) override {
        const auto playback = TRY(provider_.sign(ref, clock_.now(), url_lifetime));
        video::WarmReport report;
        video::warm(edges_, {{.of_class = std::string(ref), .target = playback.url}}, {}, deadline,
                    report);
        return live::WarmReport{static_cast<std::int64_t>(report.planned()),
                                static_cast<std::int64_t>(report.verified())};
    }

private:
    const video::Provider& provider_;
    video::Edges& edges_;
    const Clock& clock_;
};

Result<std::unique_ptr<video::Edges>> edges_of(const ServeOptions& options, const Clock& clock) {
    std::vector<video::EdgeSpec> specs;
    for (const std::string& text : options.live_edges)
        specs.push_back(TRY(video::EdgeSpec::parse(text)));
    return video::Edges::make(std::move(specs), clock);
}

/// As players know them by their addresses: host and port.
std::vector<std::string> hosts_of(const video::Edges& edges) {
    std::vector<std::string> out;
    for (std::size_t edge = 0; edge < edges.size(); ++edge) {
        std::string url = edges.spec(edge).url();
        if (const std::size_t at = url.find("://"); at != std::string::npos)
            url.erase(0, at + 3);
        if (std::ranges::find(out, url) == out.end())
            out.push_back(std::move(url));
    }
    return out;
}

} // namespace

Result<std::vector<std::string>> live_hosts(const ServeOptions& options) {
    std::vector<std::string> out;
    for (const std::string& text : options.live_edges)
        out.push_back(TRY(video::EdgeSpec::parse(text)).url());
    return out;
}

struct LiveClasses::Opened {
    std::unique_ptr<video::SelfHosted> provider;
    std::unique_ptr<video::Edges> edges;
    SecretKey grants, ingests, heartbeats;
};

Result<std::unique_ptr<LiveClasses>> LiveClasses::open(CommonParts& common,
                                                       tenancy::DatabaseLane& lane) {
    const Installation& installation = common.installation;
    const ServeOptions& options = common.options;
    Opened opened{.grants = TRY(installation.secret_key("live-grants", common.rng)),
                  .ingests = TRY(installation.secret_key("live-ingests", common.rng)),
                  .heartbeats = TRY(installation.secret_key("live-heartbeats", common.rng))};
    opened.provider = TRY(video::SelfHosted::make(
        {.edge_secret = to_hex(view(TRY(installation.secret_key("live-edge", common.rng)))),
         .ingest_secret = to_hex(view(TRY(installation.secret_key("live-publish", common.rng)))),
         .ingest_url = options.live_ingest,
         .origin_url = options.live_origin,
         .control_url = options.live_control,
         .token_limit = url_lifetime,
         .streams_limit = options.live_streams_limit},
        common.clock));
    opened.edges = TRY(edges_of(options, common.clock));
    return std::unique_ptr<LiveClasses>(new LiveClasses(common, lane, std::move(opened)));
}

LiveClasses::LiveClasses(CommonParts& common, tenancy::DatabaseLane& lane, Opened opened)
    : common_(common), provider_(std::move(opened.provider)), edges_(std::move(opened.edges)),
      warmer_(edges_->size() == 0
                  ? nullptr
                  : std::make_unique<EdgeWarmer>(*provider_, *edges_, common.clock)),
      audience_(common.connects("live audience"), common.directory, common.clock),
      attendance_parts_{.gate = common.gate,
                        .lane = lane,
                        .audience = audience_,
                        .book = book_,
                        .key = opened.heartbeats,
                        .edges = hosts_of(*edges_),
                        .clock = common.clock},
      attendance_(
          book_, common.connects("attendance")(), common.directory, common.clock, common.rng,
          {.edges = attendance_parts_.edges, .keep = 24h * common.options.activity_keep_days}),
      joining_{.audience = audience_,
               .provider = *provider_,
               .edges_for =
                   [this](std::string_view region, std::string_view ref) {
                       std::vector<std::string> out;
                       for (const std::size_t edge : edges_->choose(region, ref))
                           out.push_back(edges_->spec(edge).url());
                       return out;
                   },
               .heartbeat_token =
                   [this](const live::LiveClass& of, TenantId tenant, UserId user, Instant now) {
                       return attendance::token_for(of, tenant, user, now, attendance_parts_.key,
                                                    common_.rng);
                   },
               .grant_key = opened.grants,
               .slot_key = opened.grants,
               .rng = common.rng,
               .rules = {.lifetime = video::seconds(common.options.live_address_seconds)}},
      route_parts_{.gate = common.gate,
                   .lane = lane,
                   .audience = audience_,
                   .joining = joining_,
                   .ingest_key = opened.ingests,
                   .read_key = [this](std::string_view form,
                                      Instant now) { return provider_->may_publish(form, now); },
                   .clock = common.clock,
                   .rng = common.rng} {
    if (!common.has("live"))
        return;
    leader_ = std::make_unique<live::Leader>(
        live::LeaderParts{.make_database = common.connects("live"),
                          .directory = common.directory,
                          .plans = common.plans,
                          .stage = {.provider = *provider_,
                                    .warmer = warmer_.get(),
                                    .ingest_key = opened.ingests},
                          .clock = common.clock,
                          .rng = common.rng},
        live::LeaderOptions{.name = "pid " + std::to_string(getpid()),
                            .threads = common.options.live_threads});
}

std::string LiveClasses::edge_of(std::string_view ref) const {
    const auto best = edges_->choose("", ref);
    return best.empty() ? "" : edges_->spec(best.front()).url();
}

void LiveClasses::add_operator_routes(net::RouteTable& routes) const {
    live::add_operator_routes(routes, common_.gate, audience_, leader_.get(), common_.clock);
}

void LiveClasses::start() {
    audience_.start();
    if (common_.has("api"))
        attendance_.start();
    if (edges_->size() > 0)
        prober_ = std::jthread([this](const std::stop_token& stop) { keep_probing(stop); });
    if (leader_)
        leader_->start();
}

void LiveClasses::stop() {
    if (leader_)
        leader_->stop();
    if (prober_.joinable()) {
        prober_.request_stop();
        prober_.join();
    }
    audience_.stop();
    attendance_.stop();
}

void LiveClasses::keep_probing(const std::stop_token& stop) {
    lane::name_this_thread("live-edges");
    while (!stop.stop_requested()) {
        edges_->probe(Deadline::in(common_.clock, probe_limit));
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, probe_every, [] { return false; });
    }
}

LiveStatus LiveClasses::status() const {
    return {leader_ ? std::optional(leader_->status()) : std::nullopt, audience_.status(),
            book_.status(), attendance_.status()};
}

void LiveClasses::hear(std::span<const packs::Change> changes) {
    for (const packs::Change& one : changes)
        if (one.everybody || !one.users.empty())
            audience_.hear(one.tenant, one.users, one.everybody);
}

} // namespace bw::app
