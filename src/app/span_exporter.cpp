#include "app/span_exporter.hpp"

#include <algorithm>

#include "app/serve.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

Result<SpanExporter::Options> SpanExporter::parse(const std::string& endpoint, const char* option) {
    constexpr std::string_view scheme = "http://";
    if (!endpoint.starts_with(scheme))
        return fail(Code::invalid_field,
                    "expected http://ADDRESS:PORT such as http://127.0.0.1:4318, not '" + endpoint +
                        "'",
                    option);
    const std::size_t slash = endpoint.find('/', scheme.size());
    auto [address, port] =
        TRY(parse_address(endpoint.substr(scheme.size(), slash - scheme.size()), option));
    Options options{.address = address == "localhost" ? "127.0.0.1" : address, .port = port};
    if (slash != std::string::npos && slash + 1 < endpoint.size())
        options.target = endpoint.substr(slash);
    return options;
}

SpanExporter::SpanExporter(Options options, telemetry::Resource resource,
                           telemetry::SpanQueue& spans, const Clock& clock)
    : options_(std::move(options)), resource_(std::move(resource)), spans_(spans), clock_(clock),
      client_(net::Client::make(
          {.address = options_.address, .port = options_.port, .connections_limit = 1}, clock)),
      thread_([this] { run(); }) {}

SpanExporter::~SpanExporter() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    spans_.close();
    thread_.join();
}

bool SpanExporter::pause(Duration d) {
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, d, [&] { return stopping_; });
}

SpanExporter::Outcome SpanExporter::attempt(const std::string& body) {
    auto answer = client_->fetch({.method = net::Method::post,
                                  .target = options_.target,
                                  .host = options_.address,
                                  .headers = {{"Content-Type", "application/json"}},
                                  .body = body},
                                 Deadline::in(clock_, options_.deadline));
    if (answer && answer->status / 100 == 2)
        return Outcome::taken;
    const bool wrong = answer && answer->status / 100 == 4 && answer->status != 429 &&
                       answer->status != 408; // OTLP/HTTP: 429, 502, 503, 504 may be sent again
    if (failures_++ == 0)
        log::warn("span_export_failed",
                  {{"reason",
                    answer ? "status " + std::to_string(answer->status) : answer.error().text()}});
    return wrong ? Outcome::refused : Outcome::failed;
}

void SpanExporter::run() {
    lane::name_this_thread("span exporter");
    for (Duration backoff = options_.backoff_min;;) {
        const std::vector<telemetry::Span> batch =
            spans_.take(options_.batch_items_limit, options_.batch_interval);
        if (batch.empty()) {
            if (!pause(Duration::zero()))
                return;
            continue;
        }
        const std::string body = telemetry::to_otlp_json(resource_, batch);
        Outcome outcome = attempt(body);
        while (outcome == Outcome::failed) { // meanwhile the queue fills, then drops
            if (!pause(backoff))
                return;
            backoff = std::min(backoff * 2, options_.backoff_max);
            outcome = attempt(body);
        }
        backoff = options_.backoff_min;
        (outcome == Outcome::taken ? exported_ : refused_) += batch.size();
    }
}

} // namespace bw::app
