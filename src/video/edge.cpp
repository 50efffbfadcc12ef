#include "video/edge.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <set>
#include <tuple>

#include "base/keyed_hash.hpp"

namespace bw::video {

namespace {

constexpr int failed_until_down = 3, good_until_up = 2;

bool is_name(std::string_view text) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !text.empty() && text.size() <= 60 &&
           text.find_first_not_of(letters) == std::string_view::npos;
}

/// In (0, 1), the same on every machine.
double chance_of(std::string_view edge, std::string_view of_class) {
    static const SecretKey nobodys_key{}; // it spreads, it protects nothing
    const auto hash = keyed_hash<8>(nobodys_key, {"edge ", edge, " ", of_class});
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : hash)
        bits = bits << 8 | byte;
    return (static_cast<double>(bits >> 11) + 0.5) * 0x1.0p-53;
}

double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

std::string_view to_text(EdgeState state) {
    constexpr std::array<std::string_view, 3> names{"up", "draining", "down"};
    return names[static_cast<std::size_t>(state)];
}

// ---- EdgeSpec ----

Result<EdgeSpec> EdgeSpec::parse(std::string_view text) {
    auto next = [&text] {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        return part;
    };
    EdgeSpec out;
    out.name = next();
    out.region = next();
    const std::string_view weight = next();
    const auto read = std::from_chars(weight.data(), weight.data() + weight.size(), out.weight);
    if (!is_name(out.name) || !is_name(out.region) || read.ec != std::errc() ||
        read.ptr != weight.data() + weight.size() || !(out.weight > 0 && out.weight <= 1'000))
        return fail(Code::invalid_field,
                    "An edge is NAME,REGION,WEIGHT,URL: names of letters, digits, - . and _, a "
                    "weight above 0 and at most 1000.");
    out.at = TRY(Origin::parse(text));
    return out;
}

std::string EdgeSpec::url() const {
    return (at.tls ? "https://" : "http://") + at.authority();
}

// ---- EdgeHealth ----

EdgeState EdgeHealth::see(Probe probe) {
    failed_ = probe == Probe::failed ? failed_ + 1 : 0;
    good_ = probe == Probe::good ? good_ + 1 : 0;
    if (probe == Probe::draining)
        state_ = EdgeState::draining;
    else if (failed_ >= failed_until_down)
        state_ = EdgeState::down;
    else if (good_ >= good_until_up)
        state_ = EdgeState::up;
    return state_;
}

// ---- Edges ----

Result<std::unique_ptr<Edges>> Edges::make(std::vector<EdgeSpec> specs, const Clock& clock) {
    std::set<std::string> names;
    std::unique_ptr<Edges> out(new Edges);
    for (EdgeSpec& spec : specs) {
        if (!names.insert(spec.name).second)
            return fail(Code::invalid_field, "Two edges are named " + spec.name + ".");
        net::ClientOptions options{.address = spec.at.host, .port = spec.at.port};
        if (spec.at.tls)
            options.tls.emplace();
        options.connections_limit = 32;
        auto client = net::Client::make(std::move(options), clock);
        out->edges_.push_back(std::make_unique<Edge>(std::move(spec), std::move(client)));
    }
    return out;
}

EdgeState Edges::state(std::size_t edge) const {
    std::lock_guard lock(mutex_);
    return edges_[edge]->health.state();
}

std::vector<std::size_t> Edges::choose(std::string_view region, std::string_view of_class) const {
    struct Place {
        EdgeState state;
        bool elsewhere;
        double cost;
        std::size_t edge;
    };
    std::vector<Place> places;
    {
        std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < edges_.size(); ++i) {
            const Edge& edge = *edges_[i];
            // The least of exponential variables, each of its weight's rate: by weight.
            const double cost = -std::log(chance_of(edge.spec.name, of_class)) / edge.spec.weight;
            places.push_back({edge.health.state(), edge.spec.region != region, cost, i});
        }
    }
    std::ranges::sort(places, [](const Place& a, const Place& b) {
        return std::tuple(a.state, a.elsewhere, a.cost) < std::tuple(b.state, b.elsewhere, b.cost);
    });
    std::vector<std::size_t> out;
    for (const Place& place : places)
        out.push_back(place.edge);
    return out;
}

void Edges::probe(Deadline deadline) {
    std::mutex mutex;
    std::condition_variable come;
    std::size_t left = edges_.size();
    for (const auto& edge : edges_)
        edge->client->send({.target = "/healthz", .host = edge->spec.at.authority()}, deadline,
                           [&, this](Result<net::ClientResponse> answer) {
                               Probe probe = Probe::failed;
                               if (answer && answer->status == 200)
                                   probe = Probe::good;
                               else if (answer && answer->status == 503)
                                   probe = Probe::draining;
                               {
                                   std::lock_guard lock(mutex_);
                                   edge->health.see(probe);
                               }
                               std::lock_guard lock(mutex);
                               --left;
                               come.notify_all();
                           });
    std::unique_lock lock(mutex);
    come.wait(lock, [&] { return left == 0; }); // the client keeps the deadline
}

// ---- Hits ----

bool served_by_edge(std::string_view cache_status) {
    return cache_status == "HIT" || cache_status == "STALE" || cache_status == "UPDATING" ||
           cache_status == "REVALIDATED";
}

ObjectKind kind_of(std::string_view target) {
    return target.ends_with(".m3u8") ? ObjectKind::playlist : ObjectKind::segment;
}

double Hits::Count::by_requests() const {
    return ratio(edge_requests, requests);
}
double Hits::Count::by_bytes() const {
    return ratio(edge_bytes, bytes);
}

void Hits::add(ObjectKind kind, std::string_view cache_status, std::uint64_t bytes) {
    Count& count = kind == ObjectKind::playlist ? playlists : segments;
    ++count.requests;
    count.bytes += bytes;
    if (served_by_edge(cache_status)) {
        ++count.edge_requests;
        count.edge_bytes += bytes;
    }
}

void Hits::add(const Hits& others) {
    for (auto kind : {&Hits::playlists, &Hits::segments}) {
        (this->*kind).requests += (others.*kind).requests;
        (this->*kind).bytes += (others.*kind).bytes;
        (this->*kind).edge_requests += (others.*kind).edge_requests;
        (this->*kind).edge_bytes += (others.*kind).edge_bytes;
    }
}

} // namespace bw::video
