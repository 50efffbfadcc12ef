#include "storm/live_viewers.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "video/hls.hpp"

namespace bw::storm {

namespace {

constexpr Duration patience = 10s, pause_min = 100ms, pause_spread = 300ms;
constexpr int retries_limit = 20;
constexpr std::size_t playlist_bytes = 16 * 1024;
constexpr std::uint64_t from_end = 3; // segments: where a player begins (RFC 8216, 6.3.3)

enum class Step : std::uint8_t { master, playlist, init, segment, over };

struct Viewer {
    std::size_t client = 0;
    Monotonic due;
    std::string rung;
    std::size_t edge = 0;
    Step step = Step::master;
    std::string folder; // signed: "/live/E/S/tenant/class/"
    Instant renew_at;
    bool started = false;
    std::uint64_t next = 0; // segment
    std::size_t taken = 0;  // segments
    int retries = 0;        // in a row
    Monotonic lost;         // when the first of them came to nothing
};

class Watching {
public:
    Watching(const ViewersWanted& wanted, const Clock& clock, Rng& rng, LiveWay& way)
        : wanted_(wanted), clock_(clock), rng_(rng), way_(way), crowd_(net::Crowd::make(clock)),
          began_(clock.monotonic()), ends_(began_ + wanted.over + wanted.watch) {}

    void run() {
        viewers_.resize(wanted_.viewers);
        for (std::size_t i = 0; i < viewers_.size(); ++i) {
            Viewer& viewer = viewers_[i];
            viewer.client = crowd_->add();
            viewer.rung = draw_rung();
            viewer.due = began_ + Duration(static_cast<std::int64_t>(
                                      rng_.unit() * static_cast<double>(wanted_.over.count())));
            crowd_->at(viewer.due, [this, i] { come(viewers_[i]); });
        }
        if (wanted_.halfway)
            crowd_->at(began_ + wanted_.over / 2, [this] { wanted_.halfway(); });
        crowd_->run([this] { return over_ == viewers_.size(); });
        way_.viewers = viewers_.size();
    }

private:
    std::string draw_rung() {
        double left = rng_.unit();
        for (const Rung& rung : ladder())
            if ((left -= rung.share) < 0)
                return rung.name;
        return ladder().back().name;
    }

    void come(Viewer& viewer) {
        way_.lag = std::max(way_.lag, clock_.monotonic() - viewer.due);
        if (renew(viewer))
            ask(viewer);
    }

    bool renew(Viewer& viewer) {
        const auto playback = wanted_.sign(clock_.now());
        if (!playback) {
            end(viewer, playback.error().detail);
            return false;
        }
        viewer.folder = playback->url.substr(0, playback->url.rfind('/') + 1);
        // Each at a moment of its own between the two.
        const Duration span = playback->expires - playback->renew_at;
        viewer.renew_at =
            playback->renew_at + Duration(static_cast<std::int64_t>(
                                     rng_.unit() * static_cast<double>(span.count()) / 2));
        return true;
    }

    void ask(Viewer& viewer) {
        if (clock_.now() >= viewer.renew_at) {
            if (!renew(viewer))
                return;
            ++way_.renewed;
        }
        std::string target = viewer.folder;
        if (viewer.step != Step::master)
            target += viewer.rung + "/";
        if (viewer.step == Step::init)
            target += "init.mp4";
        else if (viewer.step == Step::segment)
            target.append("s").append(std::to_string(viewer.next)).append(".m4s");
        else
            target += "index.m3u8";
        const bool playlist = target.ends_with(".m3u8");
        crowd_->get(viewer.client, wanted_.edges[viewer.edge], target,
                    playlist ? playlist_bytes : 0, Deadline(clock_.monotonic() + patience),
                    [this, &viewer, playlist](net::Got got) {
                        if (got.status == 200)
                            way_.hits.add(playlist ? video::ObjectKind::playlist
                                                   : video::ObjectKind::segment,
                                          got.header("X-Cache"), got.bytes);
                        got.status == 200 ? on_good(viewer, got) : on_bad(viewer, got);
                    });
    }

    void on_good(Viewer& viewer, const net::Got& got) {
        if (std::exchange(viewer.retries, 0) > 0)
            way_.back.add(got.received - viewer.lost);
        switch (viewer.step) {
        case Step::master:
            viewer.step = Step::playlist;
            return ask(viewer);
        case Step::playlist:
            return on_playlist(viewer, got);
        case Step::init:
            viewer.step = Step::segment;
            return ask(viewer);
        case Step::segment:
            return on_segment(viewer, got);
        case Step::over:
            return;
        }
    }

    void on_playlist(Viewer& viewer, const net::Got& got) {
        const auto playlist = video::Hls::parse(got.body);
        if (!playlist || playlist->segments.empty())
            return end(viewer, "a playlist that cannot be read");
        const std::uint64_t last = playlist->first + playlist->segments.size() - 1;
        if (!viewer.started) {
            viewer.next =
                playlist->ended ? playlist->first : std::max(playlist->first, last + 1 - from_end);
            viewer.step = Step::init;
            return ask(viewer);
        }
        viewer.next = std::max(viewer.next, playlist->first); // fell behind: what is gone is gone
        if (viewer.next > last)
            return later(viewer, segment_span / 2); // half a span, as players do (RFC 8216, 6.3.4)
        viewer.step = Step::segment;
        ask(viewer);
    }

    void on_segment(Viewer& viewer, const net::Got& got) {
        if (!std::exchange(viewer.started, true)) {
            way_.first.add(got.received - viewer.due);
            ++way_.started;
        }
        ++viewer.next;
        ++viewer.taken;
        if (wanted_.recording_segments > 0)
            return viewer.taken < wanted_.recording_segments ? ask(viewer) : end(viewer, {});
        viewer.step = Step::playlist;
        later(viewer, segment_span);
    }

    void later(Viewer& viewer, Duration pause) {
        const Monotonic when = clock_.monotonic() + pause;
        if (viewer.started && when >= ends_)
            return end(viewer, {});
        crowd_->at(when, [this, &viewer] { ask(viewer); });
    }

    void on_bad(Viewer& viewer, const net::Got& got) {
        if (viewer.retries == 0)
            viewer.lost = got.received;
        if (++viewer.retries > retries_limit)
            return end(viewer, got.status == 0 ? got.body : "status " + std::to_string(got.status));
        if (got.status == 0) {
            viewer.edge = (viewer.edge + 1) % wanted_.edges.size();
            way_.moved += wanted_.edges.size() > 1;
        } else if (got.status == 403 || got.status == 410) {
            ++way_.refused;
            if (!renew(viewer))
                return;
        }
        ++way_.retried;
        const auto pause =
            pause_min + Duration(static_cast<std::int64_t>(
                            rng_.unit() * static_cast<double>(pause_spread.count())));
        crowd_->at(clock_.monotonic() + pause, [this, &viewer] { ask(viewer); });
    }

    void end(Viewer& viewer, const std::string& why) {
        viewer.step = Step::over;
        crowd_->leave(viewer.client);
        ++over_;
        way_.failed += !why.empty();
        if (way_.why.empty())
            way_.why = why;
    }

    const ViewersWanted& wanted_;
    const Clock& clock_;
    Rng& rng_;
    LiveWay& way_;
    std::unique_ptr<net::Crowd> crowd_;
    const Monotonic began_, ends_;
    std::vector<Viewer> viewers_;
    std::size_t over_ = 0;
};

} // namespace

void watch(const ViewersWanted& wanted, const Clock& clock, Rng& rng, LiveWay& way) {
    Watching(wanted, clock, rng, way).run();
}

} // namespace bw::storm
