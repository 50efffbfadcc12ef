#include "storm/live.hpp"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

#include "lane/lane.hpp"
#include "storm/live_viewers.hpp"
#include "storm/processes.hpp"
#include "video/self_hosted.hpp"
#include "video/warm.hpp"

namespace bw::storm {

namespace {

struct Kind {
    const char* name;
    bool warm, jitter, recorded, edge_dies;
    const char* missed_by; // of a control
    double byte_bar;
    Duration first_bar;
};
// "Everything that is asked for is in the cache" is 99.5 % of a class that is on, where each
// segment is new once, and 95 % of a recording that nobody has watched.
constexpr Kind kinds[] = {
    {"as-built", true, true, false, false, "", 0.995, 50ms},
    {"warm-off", false, true, false, false, "first", 0, 50ms},
    {"lock-off", false, true, false, false, "early", 0, 0ms},
    {"jitter-off", true, false, false, false, "first", 0, 50ms},
    {"edge-killed", true, true, false, true, "", 0.995, 0ms},
    {"on-demand", false, true, true, false, "", 0.95, 0ms},
};

/// What is wrong with what was asked for is said before the first way is held.
Result<void> check(const LiveOptions& options) {
    for (const auto& [name, lines] : options.edges) {
        const auto kind = std::ranges::find(kinds, name, &Kind::name);
        if (kind == std::end(kinds))
            return fail(Code::invalid_field, "There is no way '" + name + "'.", "--edge");
        if (kind->edge_dies && family_of(options.killed).empty())
            return fail(Code::invalid_field, "'" + name + "' kills a process, and there is none.",
                        "--killed-pidfile");
    }
    return {};
}

/// Keeps a class warm from before the bell on, more often than role live does (docs/live.md): what
/// is new is asked for as soon as a playlist names it.
class KeptWarm {
public:
    KeptWarm(video::Edges& edges, std::function<video::WarmPlan()> plan, const Clock& clock,
             LiveWay& way)
        : edges_(edges), plan_(std::move(plan)), clock_(clock) {
        const Monotonic began = clock.monotonic();
        // A playlist is out of date when it is looked at again: the second sweep has what the first
        // could not see.
        for (int sweeps = 0; sweeps < 5 && !report_.whole(); ++sweeps)
            sweep();
        way.rungs_planned = report_.planned();
        way.rungs_warm = report_.verified();
        way.warming = clock.monotonic() - began;
        for (const auto& pair : report_.pairs)
            if (!pair.whole() && way.why.empty())
                way.why = "not warm: " + pair.missing;
        thread_ = std::thread([this] {
            lane::name_this_thread("live-warm");
            while (!ends_) {
                sweep();
                std::this_thread::sleep_for(250ms);
            }
        });
    }
    ~KeptWarm() {
        ends_ = true;
        thread_.join();
    }

private:
    void sweep() {
        video::warm(edges_, {plan_()}, {}, Deadline::in(clock_, 5s), report_);
        edges_.probe(Deadline::in(clock_, 1s));
    }

    video::Edges& edges_;
    const std::function<video::WarmPlan()> plan_;
    const Clock& clock_;
    video::WarmReport report_;
    std::atomic<bool> ends_{false};
    std::thread thread_;
};

} // namespace

Result<LiveReport> run_live(const LiveOptions& options, const Clock& clock, Rng& rng,
                            std::FILE* out) {
    LiveReport report{.viewers = options.viewers,
                      .over = options.over,
                      .watch = options.watch,
                      .delay = options.origin_delay,
                      .latency_bars = options.latency_bars};
    CHECK_OK(check(options));
    const auto origin =
        TRY(LiveOrigin::start(options.origin_port, options.origin_delay, clock, rng));
    video::SelfHostedOptions signing;
    signing.edge_secret = SecretText(options.secret);
    signing.ingest_secret = SecretText(options.secret); // nobody sends anything here
    signing.ingest_url = "rtmp://127.0.0.1/live";
    signing.origin_url = "http://127.0.0.1:" + std::to_string(options.origin_port);
    const auto provider = TRY(video::SelfHosted::make(std::move(signing), clock));

    SeededRng chance(options.seed);
    for (const auto& [name, lines] : options.edges) {
        const auto kind = std::ranges::find(kinds, name, &Kind::name);
        std::vector<video::EdgeSpec> specs;
        ViewersWanted wanted{.viewers = options.viewers,
                             .over = kind->jitter ? options.over : 0s,
                             .watch = options.watch + (kind->jitter ? 0s : options.over),
                             .recording_segments = kind->recorded ? options.recording_segments : 0};
        for (const std::string& line : lines) {
            specs.push_back(TRY(video::EdgeSpec::parse(line)));
            wanted.edges.emplace_back(specs.back().at.host, specs.back().at.port);
        }
        const auto edges = TRY(video::Edges::make(std::move(specs), clock));
        const std::string ref = (kind->recorded ? "recorded/" : "live/") + name;
        wanted.sign = [&provider, ref, lifetime = options.token_lifetime](Instant now) {
            return provider->sign(ref, now, lifetime);
        };
        LiveWay way{.name = name,
                    .control = *kind->missed_by != '\0',
                    .edge_dies = kind->edge_dies,
                    .byte_bar = kind->byte_bar,
                    .first_bar = kind->first_bar,
                    .missed_by = kind->missed_by};
        if (kind->edge_dies)
            wanted.halfway = [&options] {
                for (const pid_t process : family_of(options.killed))
                    ::kill(process, SIGKILL);
            };
        {
            std::optional<KeptWarm> warm;
            if (kind->warm)
                warm.emplace(
                    *edges,
                    [&] {
                        const auto playback =
                            provider->sign(ref, clock.now(), options.token_lifetime);
                        return video::WarmPlan{ref, playback ? playback->url : ""};
                    },
                    clock, way);
            watch(wanted, clock, chance, way);
        }
        way.origin = asked_of(origin->fetches(ref + "/"));
        std::fprintf(out, "%s: %zu of %zu started\n", name.c_str(), way.started, way.viewers);
        std::fflush(out);
        report.ways.push_back(std::move(way));
    }
    std::fputs(("\n" + report.text()).c_str(), out);
    if (!options.report_path.empty() &&
        !(std::ofstream(options.report_path) << report.json() << '\n'))
        return fail(Code::unavailable, "The report cannot be written.", options.report_path);
    return report;
}

} // namespace bw::storm
