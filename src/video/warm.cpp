#include "video/warm.hpp"

#include <algorithm>
#include <condition_variable>
#include <optional>
#include <tuple>
#include <utility>

#include "video/hls.hpp"

namespace bw::video {

namespace {

struct Ask {
    std::size_t edge;
    std::string target;
    net::Method method = net::Method::get;
};
using Answers = std::vector<Result<net::ClientResponse>>;

/// All of them in order, at most so many in flight. The client keeps the deadline.
Answers ask_all(Edges& edges, const std::vector<Ask>& asks, std::size_t at_once,
                Deadline deadline) {
    std::mutex mutex;
    std::condition_variable come;
    std::vector<std::optional<Result<net::ClientResponse>>> slots(asks.size());
    std::size_t in_flight = 0;
    std::unique_lock lock(mutex);
    for (std::size_t i = 0; i < asks.size(); ++i) {
        come.wait(lock, [&] { return in_flight < at_once; });
        ++in_flight;
        lock.unlock();
        const Ask& ask = asks[i];
        edges.client(ask.edge).send(
            {.method = ask.method, .target = ask.target, .host = edges.host(ask.edge)}, deadline,
            [&, i](Result<net::ClientResponse> answer) {
                if (answer && kind_of(asks[i].target) == ObjectKind::segment)
                    answer->body = {}; // nobody looks at it
                std::lock_guard in_callback(mutex);
                slots[i].emplace(std::move(answer));
                --in_flight;
                come.notify_all();
            });
        lock.lock();
    }
    come.wait(lock, [&] { return in_flight == 0; });
    Answers out;
    for (auto& slot : slots)
        out.push_back(*std::move(slot));
    return out;
}

/// The object, whatever token it was asked for with: "/live/E/S/t/c/v0.m3u8" is "t/c/v0.m3u8".
std::string without_token(std::string_view target) {
    for (int slashes = 0; slashes < 4; ++slashes)
        target.remove_prefix(std::min(target.size(), target.find('/') + 1));
    return std::string(target);
}

std::string what_was_wrong(const Ask& ask, const Result<net::ClientResponse>& answer) {
    const std::string object = without_token(ask.target);
    if (!answer)
        return object + ": " + answer.error().detail;
    if (answer->status != 200)
        return object + ": status " + std::to_string(answer->status);
    return object + ": the edge says '" + std::string(answer->header("X-Cache").value_or("")) + "'";
}

/// One call of `warm`.
class Sweep {
public:
    Sweep(Edges& edges, const WarmOptions& options, Deadline deadline, WarmReport& report)
        : edges_(edges), options_(options), deadline_(deadline), report_(report) {
        report_.pairs.clear();
    }

    void run(const std::vector<WarmPlan>& plans) {
        for (std::size_t edge = 0; edge < edges_.size(); ++edge)
            for (const WarmPlan& plan : plans) {
                const std::size_t pair = add(edge, plan, {});
                if (edges_.state(edge) == EdgeState::down)
                    report_.pairs[pair].missing = "the edge is down";
                else
                    want(pair, plan.target);
            }
        read(plans, Step::masters);
        read(plans, Step::playlists);
        read(plans, Step::segments);
        verify();
        std::ranges::sort(report_.pairs, {}, [](const WarmReport::Pair& pair) {
            return std::tuple(pair.edge, std::string_view(pair.of_class), pair.bandwidth,
                              std::string_view(pair.rung));
        });
    }

private:
    enum class Step : std::uint8_t { masters, playlists, segments };
    struct Object {
        Ask ask;
        std::size_t pair;
        bool verified = false;
    };

    std::size_t add(std::size_t edge, const WarmPlan& plan, const HlsRendition& rung) {
        report_.pairs.push_back({edge, plan.of_class, rung.uri, rung.bandwidth});
        return report_.pairs.size() - 1;
    }
    void want(std::size_t pair, std::string target) {
        WarmReport::Pair& of = report_.pairs[pair];
        ++of.objects;
        const bool kept = kind_of(target) == ObjectKind::segment &&
                          report_.kept.contains({of.edge, without_token(target)});
        if (kept)
            ++of.verified;
        else
            next_.push_back({{of.edge, std::move(target)}, pair});
    }

    /// Asks for what the step before found, and finds what those name.
    void read(const std::vector<WarmPlan>& plans, Step step) {
        std::vector<Object> objects = std::exchange(next_, {});
        std::vector<Ask> asks;
        for (const Object& object : objects)
            asks.push_back(object.ask);
        report_.requests += asks.size();
        const Answers answers = ask_all(edges_, asks, options_.at_once, deadline_);
        for (std::size_t i = 0; i < objects.size(); ++i) {
            Object& object = objects[i];
            WarmReport::Pair& pair = report_.pairs[object.pair];
            if (!answers[i] || answers[i]->status != 200) {
                note(pair, object.ask, answers[i]);
                continue;
            }
            object.verified = sees(object, answers[i]);
            if (step != Step::segments) {
                const auto playlist = Hls::parse(answers[i]->body);
                if (!playlist)
                    note(pair, object.ask, playlist.error().detail);
                else if (step == Step::masters)
                    on_master(plans, object, *playlist);
                else
                    on_media(object, *playlist);
            }
            found_.push_back(std::move(object));
        }
    }
    void on_master(const std::vector<WarmPlan>& plans, const Object& object, const Hls& master) {
        const std::size_t edge = report_.pairs[object.pair].edge;
        const auto plan = std::ranges::find(plans, object.ask.target, &WarmPlan::target);
        if (master.renditions.empty()) // a stream of one rung has no master: it is the playlist
            return on_media(object, master);
        for (const HlsRendition& rendition : master.renditions) {
            const std::size_t pair = add(edge, *plan, rendition);
            const std::string target = beside(object.ask.target, rendition.uri);
            if (target.empty())
                report_.pairs[pair].missing = "its address leads out of the class";
            else
                want(pair, target);
        }
    }
    void on_media(const Object& object, const Hls& media) {
        const std::string playlist = object.ask.target;
        auto want_beside = [&](const std::string& uri) {
            if (const std::string target = beside(playlist, uri); !target.empty())
                want(object.pair, target);
        };
        if (!media.init.empty())
            want_beside(media.init);
        // Of a recording the beginning, of what is live the end.
        const std::size_t count = std::min(options_.newest, media.segments.size());
        const std::size_t from = media.ended ? 0 : media.segments.size() - count;
        for (std::size_t i = from; i < from + count; ++i)
            want_beside(media.segments[i]);
    }

    /// What was no hit is looked at again: now it must be one.
    void verify() {
        std::vector<Ask> asks;
        std::vector<std::size_t> which;
        for (std::size_t i = 0; i < found_.size(); ++i)
            if (!found_[i].verified) {
                asks.push_back({found_[i].ask.edge, found_[i].ask.target, net::Method::head});
                which.push_back(i);
            }
        report_.requests += asks.size();
        const Answers answers = ask_all(edges_, asks, options_.at_once, deadline_);
        for (std::size_t i = 0; i < asks.size(); ++i) {
            found_[which[i]].verified = sees(found_[which[i]], answers[i]);
            if (!found_[which[i]].verified)
                note(report_.pairs[found_[which[i]].pair], asks[i], answers[i]);
        }
        for (const Object& object : found_)
            report_.pairs[object.pair].verified += object.verified;
    }

    bool sees(const Object& object, const Result<net::ClientResponse>& answer) {
        if (!answer || answer->status != 200 ||
            !served_by_edge(answer->header("X-Cache").value_or("")))
            return false;
        if (kind_of(object.ask.target) == ObjectKind::segment)
            report_.kept.emplace(object.ask.edge, without_token(object.ask.target));
        return true;
    }
    static void note(WarmReport::Pair& pair, const Ask& ask,
                     const Result<net::ClientResponse>& answer) {
        if (pair.missing.empty())
            pair.missing = what_was_wrong(ask, answer);
    }
    static void note(WarmReport::Pair& pair, const Ask& ask, const std::string& why) {
        if (pair.missing.empty())
            pair.missing = without_token(ask.target) + ": " + why;
    }

    Edges& edges_;
    const WarmOptions& options_;
    const Deadline deadline_;
    WarmReport& report_;
    std::vector<Object> next_, found_;
};

} // namespace

std::size_t WarmReport::verified() const {
    return static_cast<std::size_t>(std::ranges::count_if(pairs, &Pair::whole));
}

void warm(Edges& edges, const std::vector<WarmPlan>& plans, const WarmOptions& options,
          Deadline deadline, WarmReport& report) {
    Sweep(edges, options, deadline, report).run(plans);
}

} // namespace bw::video
