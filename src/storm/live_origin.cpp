#include "storm/live_origin.hpp"

#include <algorithm>
#include <charconv>

#include "lane/lane.hpp"

namespace bw::storm {

namespace {

constexpr std::uint64_t segments_before = 30; // the slate that was on air

std::size_t segment_bytes(const Rung& rung) {
    return rung.bandwidth / 8 * static_cast<std::size_t>(segment_span / 1s);
}

} // namespace

const std::vector<Rung>& ladder() {
    static const std::vector<Rung> rungs{
        {"v0", 1'664'000, 0.4}, {"v1", 864'000, 0.3}, {"v2", 514'000, 0.2}, {"v3", 284'000, 0.1}};
    return rungs;
}

LiveOrigin::LiveOrigin(Duration delay, const Clock& clock)
    : delay_(delay), clock_(clock), began_(clock.monotonic()) {
    for (const char* path : {"/{tenant}/{class}/{name}", "/{tenant}/{class}/{rung}/{name}"})
        routes_.add({.method = net::Method::get,
                     .path = path,
                     .operation = path,
                     .handler = [this](const net::Request& request, net::Responder respond) {
                         take(request, std::move(respond));
                     }});
    thread_ = std::thread([this] {
        lane::name_this_thread("live-origin");
        answer_in_time();
    });
}

Result<std::unique_ptr<LiveOrigin>> LiveOrigin::start(std::uint16_t port, Duration delay,
                                                      const Clock& clock, Rng& rng) {
    std::unique_ptr<LiveOrigin> out(new LiveOrigin(delay, clock));
    net::ServerOptions options;
    options.port = port;
    out->server_ = TRY(net::Server::start(options, out->routes_, clock, rng));
    return out;
}

LiveOrigin::~LiveOrigin() {
    {
        std::lock_guard lock(mutex_);
        ends_ = true;
        come_.notify_all();
    }
    thread_.join();
    server_.reset();
}

void LiveOrigin::take(const net::Request& request, net::Responder respond) {
    const Monotonic now = clock_.monotonic();
    const std::string tenant(request.path_param("tenant"));
    std::string path(request.path.substr(1));
    std::lock_guard lock(mutex_);
    fetches_.push_back({std::string(request.header("BW-Edge").value_or("")), path, now, {}});
    waiting_.push_back(
        {now + delay_, fetches_.size() - 1, tenant, std::move(path), std::move(respond)});
    come_.notify_all();
}

void LiveOrigin::answer_in_time() {
    std::unique_lock lock(mutex_);
    while (!ends_) {
        const Monotonic now = clock_.monotonic();
        if (waiting_.empty() || waiting_.front().due > now) {
            come_.wait_for(lock, waiting_.empty() ? Duration(1s) : waiting_.front().due - now);
            continue;
        }
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        net::Response response = answer(next.tenant, next.path);
        const std::uint64_t bytes = response.body.size();
        next.respond(std::move(response));
        lock.lock();
        fetches_[next.fetch].answered = clock_.monotonic();
        fetches_[next.fetch].bytes = bytes;
    }
}

std::string LiveOrigin::playlist(bool ended) const {
    const auto whole =
        segments_before + static_cast<std::uint64_t>((clock_.monotonic() - began_) / segment_span);
    const std::uint64_t count = ended ? recording_segments : window_segments;
    const std::uint64_t first = ended ? 0 : whole - count;
    std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:" +
                      std::to_string(first) + "\n#EXT-X-MAP:URI=\"init.mp4\"\n";
    for (std::uint64_t n = first; n < first + count; ++n)
        out.append("#EXTINF:2.0,\ns").append(std::to_string(n)).append(".m4s\n");
    return ended ? out + "#EXT-X-ENDLIST\n" : out;
}

net::Response LiveOrigin::answer(const std::string& tenant, const std::string& path) const {
    net::Response out{.content_type = "application/vnd.apple.mpegurl", .compressible = false};
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    const auto rung = std::ranges::find_if(ladder(), [&](const Rung& one) {
        return path.ends_with("/" + one.name + "/" + std::string(name));
    });
    if (rung == ladder().end()) {
        out.body = "#EXTM3U\n";
        for (const Rung& one : ladder())
            out.body.append("#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(one.bandwidth) + "\n" +
                            one.name + "/index.m3u8\n");
    } else if (name.ends_with(".m3u8")) {
        out.body = playlist(tenant == "recorded");
    } else {
        out.content_type = "video/mp4";
        out.body.assign(name == "init.mp4" ? 1'024 : segment_bytes(*rung), 'x');
    }
    return out;
}

std::vector<Fetch> LiveOrigin::fetches(const std::string& prefix) const {
    std::lock_guard lock(mutex_);
    std::vector<Fetch> out;
    for (const Fetch& fetch : fetches_)
        if (fetch.object.starts_with(prefix))
            out.push_back(fetch);
    return out;
}

} // namespace bw::storm
