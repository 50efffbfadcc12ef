#include "storm/server_watch.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "lane/lane.hpp"

namespace bw::storm {

namespace {

constexpr Duration every = 250ms, patience = 2s;

constexpr std::pair<std::string_view, const char*> watched[] = {
    {R"(bellwether_lane_queued_items{lane="auth"})", "hash_queue"},
    {R"(bellwether_lane_oldest_seconds{lane="auth"})", "hash_wait_s"},
    {"bellwether_job_threads_claiming", "job_threads"},
    {"process_cpu_seconds_total", "cpu_s"},
    {R"(bellwether_first_pages_total{from="memory"})", "pages_memory"},
    {R"(bellwether_first_pages_total{from="database"})", "pages_database"},
    {"bellwether_packs", "packs"},
    {"bellwether_packs_bytes", "packs_bytes"},
};
constexpr std::string_view request_counts = "bellwether_http_request_duration_seconds_count";

double number(std::string_view text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

template <class Each>
void lines(std::string_view text, Each&& each) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        each(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

} // namespace

std::map<std::string, double, std::less<>> read_metrics(std::string_view page) {
    std::map<std::string, double, std::less<>> out;
    lines(page, [&](std::string_view line) {
        const std::size_t blank = line.rfind(' ');
        if (line.starts_with('#') || blank == std::string_view::npos)
            return;
        const std::string_view series = line.substr(0, blank);
        if (series.starts_with(request_counts))
            out["requests"] += number(line.substr(blank + 1));
        for (const auto& [known, name] : watched)
            if (series == known)
                out[name] = number(line.substr(blank + 1));
    });
    return out;
}

Samples read_samples(std::string_view text) {
    Samples out;
    lines(text, [&](std::string_view line) {
        std::int64_t ms = 0;
        const auto [end, fault] = std::from_chars(line.data(), line.data() + line.size(), ms);
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
        if (fault != std::errc() || !line.starts_with(' '))
            return;
        line.remove_prefix(1);
        const std::size_t blank = line.find(' ');
        if (blank == 0 || blank == std::string_view::npos)
            return;
        out.push_back({Instant{ms}, {}});
        out.back().values.emplace(line.substr(0, blank), number(line.substr(blank + 1)));
    });
    std::ranges::sort(out, {}, &Sample::at);
    return out;
}

double peak(const Samples& samples, std::string_view name, Instant from, Instant until) {
    double most = 0;
    for (const Sample& sample : samples)
        if (const auto found = sample.values.find(name);
            found != sample.values.end() && sample.at >= from && sample.at <= until)
            most = std::max(most, found->second);
    return most;
}

double grown(const Samples& samples, std::string_view name, Instant from, Instant until) {
    std::optional<double> before, after;
    for (const Sample& sample : samples) {
        const auto found = sample.values.find(name);
        if (found == sample.values.end() || sample.at > until)
            continue;
        if (!before || sample.at <= from)
            before = found->second;
        after = found->second;
    }
    return before && after ? *after - *before : 0;
}

ServerWatch::ServerWatch(const std::string& address, std::uint16_t port, const Clock& clock)
    : clock_(clock),
      client_(net::Client::make({.address = address, .port = port, .connections_limit = 1}, clock)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ServerWatch::run(const std::stop_token& stop) {
    lane::name_this_thread("storm-watch");
    while (!stop.stop_requested()) {
        const auto answer = client_->fetch({.target = "/metrics"}, Deadline::in(clock_, patience));
        if (answer && answer->status == 200) {
            const std::lock_guard lock(mutex_);
            samples_.push_back({clock_.now(), read_metrics(answer->body)});
        }
        std::this_thread::sleep_for(every);
    }
}

Samples ServerWatch::stop() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    const std::lock_guard lock(mutex_);
    return std::exchange(samples_, {});
}

} // namespace bw::storm
