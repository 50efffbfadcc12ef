#include "storm/live_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json.hpp"

namespace bw::storm {

namespace {

double ms(Duration d) {
    return static_cast<double>(d.count()) / 1e6;
}

constexpr Duration playlist_ttl = 1s;

} // namespace

OriginAsked asked_of(const std::vector<Fetch>& fetches) {
    std::map<std::pair<std::string, std::string>, std::vector<const Fetch*>> by_object;
    OriginAsked out;
    for (const Fetch& fetch : fetches) {
        by_object[{fetch.edge, fetch.object}].push_back(&fetch);
        ++out.fetches;
        out.playlists += fetch.object.ends_with(".m3u8");
        out.bytes += fetch.bytes;
    }
    out.objects = by_object.size();
    for (auto& [object, all] : by_object) {
        std::ranges::sort(all, {}, &Fetch::came);
        const bool playlist = object.second.ends_with(".m3u8");
        const Duration span = all.back()->came - all.front()->came;
        const std::size_t fair = 1 + (playlist ? static_cast<std::size_t>(span / playlist_ttl) : 0);
        out.too_early += all.size() - std::min(all.size(), fair);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto in_flight = std::ranges::count_if(all, [&](const Fetch* other) {
                return other->came <= all[i]->came && all[i]->came < other->answered;
            });
            out.at_once = std::max(out.at_once, static_cast<std::size_t>(in_flight));
        }
    }
    return out;
}

// ---- LiveWay ----

double LiveWay::offload() const {
    const std::uint64_t seen = hits.playlists.bytes + hits.segments.bytes;
    return seen == 0 ? 0 : 1 - static_cast<double>(origin.bytes) / static_cast<double>(seen);
}

bool LiveWay::ok(bool latency_bars) const {
    if (missed_by == "early")
        return !early_held();
    if (missed_by == "first")
        return early_held() && (!latency_bars || !first_held());
    return started == viewers && failed == 0 && rungs_warm == rungs_planned && early_held() &&
           bytes_held() && move_held() && (!latency_bars || (first_held() && refused == 0));
}

// ---- LiveReport ----

bool LiveReport::ok() const {
    return std::ranges::all_of(ways, [this](const LiveWay& way) { return way.ok(latency_bars); });
}

std::string LiveReport::text() const {
    std::string out = fmt::format("{} viewers in {:.1f} s through one edge (two where one is "
                                  "killed), each for {:.1f} s more; "
                                  "the origin answers after {:.0f} ms\n\n",
                                  viewers, ms(over) / 1000, ms(watch) / 1000, ms(delay));
    out += fmt::format(
        "{:<12} {:>7} {:>7} {:>9} {:>9} {:>9} | {:>9} {:>9} {:>9} {:>9} {:>8} | {:>7} "
        "{:>7} {:>9} {:>7}\n",
        "way", "started", "failed", "first p50", "p99", "max", "segments", "by bytes", "playlists",
        "by bytes", "offload", "fetches", "objects", "too early", "at once");
    for (const LiveWay& way : ways) {
        const auto& [playlists, segments] = way.hits;
        out += fmt::format(
            "{:<12} {:>7} {:>7} {:>6.1f} ms {:>6.1f} ms {:>6.0f} ms | {:>7.3f} % {:>7.3f} % "
            "{:>7.3f} % {:>7.3f} % {:>6.2f} % | {:>7} {:>7} {:>9} {:>7}\n",
            way.name, way.started, way.failed, ms(way.first.quantile(0.5)),
            ms(way.first.quantile(0.99)), ms(way.first.max()), segments.by_requests() * 100,
            segments.by_bytes() * 100, playlists.by_requests() * 100, playlists.by_bytes() * 100,
            way.offload() * 100, way.origin.fetches, way.origin.objects, way.origin.too_early,
            way.origin.at_once);
    }
    out += '\n';
    for (const LiveWay& way : ways) {
        out += fmt::format("{} {}: ", way.ok(latency_bars) ? "ok  " : "FAIL", way.name);
        if (way.rungs_planned > 0)
            out += fmt::format("warm at {} of {} (edge, rung) in {:.0f} ms; ", way.rungs_warm,
                               way.rungs_planned, ms(way.warming));
        if (!way.missed_by.empty())
            out += fmt::format("must miss its bar and {}; ",
                               (way.missed_by == "early" ? way.early_held() : way.first_held())
                                   ? "holds it"
                                   : "does");
        else
            out += fmt::format("first segment p99 {}; segments by bytes {}; ",
                               way.first_bar == Duration{} ? "has no bar"
                               : way.first_held()
                                   ? fmt::format("below {:.0f} ms", ms(way.first_bar))
                                   : fmt::format("NOT below {:.0f} ms", ms(way.first_bar)),
                               way.bytes_held() ? "held" : "MISSED");
        out += fmt::format(
            "{} requests ({:.2f} GB), {} addresses renewed, {} refused, {} moved{}, "
            "{} retried{}; "
            "viewers late by {:.0f} ms at most{}\n",
            way.hits.playlists.requests + way.hits.segments.requests,
            static_cast<double>(way.hits.playlists.bytes + way.hits.segments.bytes) / 1e9,
            way.renewed, way.refused, way.moved,
            way.move_held() ? "" : " THOUGH AN EDGE WAS TO DIE", way.retried,
            way.back.count() == 0
                ? ""
                : fmt::format(" (good again after p50 {:.0f}, p99 {:.0f} ms)",
                              ms(way.back.quantile(0.5)), ms(way.back.quantile(0.99))),
            ms(way.lag), way.why.empty() ? "" : "; first failure: " + way.why);
    }
    out += fmt::format(
        "\n{}\n", ok() ? (latency_bars ? "PASS: every bar was held, every control missed its own"
                                       : "PASS by counts; waiting times are told alone")
                       : "FAIL: see above");
    return out;
}

std::string LiveReport::json() const {
    JsonWriter json;
    json.object()
        .member("viewers", static_cast<std::int64_t>(viewers))
        .member("over_ms", static_cast<std::int64_t>(ms(over)))
        .member("ok", ok());
    json.key("ways").array();
    for (const LiveWay& way : ways) {
        json.object()
            .member("name", way.name)
            .member("ok", way.ok(latency_bars))
            .member("started", static_cast<std::int64_t>(way.started))
            .member("failed", static_cast<std::int64_t>(way.failed))
            .member("moved", static_cast<std::int64_t>(way.moved))
            .member("back_p99_us",
                    static_cast<std::int64_t>(way.back.quantile(0.99).count() / 1000))
            .member("first_p50_us",
                    static_cast<std::int64_t>(way.first.quantile(0.5).count() / 1000))
            .member("first_p99_us",
                    static_cast<std::int64_t>(way.first.quantile(0.99).count() / 1000))
            .member("segment_requests", static_cast<std::int64_t>(way.hits.segments.requests))
            .member("segment_requests_edge",
                    static_cast<std::int64_t>(way.hits.segments.edge_requests))
            .member("segment_bytes", static_cast<std::int64_t>(way.hits.segments.bytes))
            .member("segment_bytes_edge", static_cast<std::int64_t>(way.hits.segments.edge_bytes))
            .member("playlist_requests", static_cast<std::int64_t>(way.hits.playlists.requests))
            .member("playlist_requests_edge",
                    static_cast<std::int64_t>(way.hits.playlists.edge_requests))
            .member("origin_fetches", static_cast<std::int64_t>(way.origin.fetches))
            .member("origin_objects", static_cast<std::int64_t>(way.origin.objects))
            .member("origin_too_early", static_cast<std::int64_t>(way.origin.too_early))
            .member("origin_at_once", static_cast<std::int64_t>(way.origin.at_once))
            .member("origin_bytes", static_cast<std::int64_t>(way.origin.bytes))
            .end();
    }
    json.end().end();
    return json.take();
}

} // namespace bw::storm
