#include "attendance/heartbeat.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/strict_json.hpp"

namespace bw::attendance {

namespace {

using strict_json::Element;

constexpr std::uint32_t counted_limit = 10'000; // stalls, errors

Error wrong(std::string what, std::string pointer) {
    return fail(Code::invalid_field, std::move(what), std::move(pointer));
}

Result<std::uint32_t> whole(double number, std::uint32_t limit, const std::string& pointer) {
    if (!(number >= 0 && number <= limit && std::floor(number) == number))
        return wrong(fmt::format("expected a whole number from 0 to {}", limit), pointer);
    return static_cast<std::uint32_t>(number);
}

Result<std::uint32_t> whole_in(Element in, const char* name, std::uint32_t limit,
                               const std::string& pointer) {
    const auto number = TRY(strict_json::number_in(in, name, pointer));
    return whole(number.value_or(0), limit, pointer + "/" + name);
}

/// In order, none over another, none after `at_ms`; cut to the class's time.
Result<std::vector<Span>> watched_in(Element in, std::uint32_t at_ms, const HeartbeatToken& token) {
    std::vector<Span> out;
    std::uint32_t before = 0;
    for (const Element& pair : TRY(strict_json::items_in(in, spans_limit, "/watched"))) {
        const auto ends = TRY(strict_json::items_in(pair, 2, "/watched"));
        double from = 0, until = 0;
        if (ends.size() != 2 || ends[0].get(from) != simdjson::SUCCESS ||
            ends[1].get(until) != simdjson::SUCCESS)
            return wrong("expected pairs of numbers: from and until", "/watched");
        const std::uint32_t from_ms = TRY(whole(from, at_ms, "/watched"));
        const std::uint32_t until_ms = TRY(whole(until, at_ms, "/watched"));
        if (from_ms < before || until_ms < from_ms)
            return wrong("expected times in order, none over another", "/watched");
        before = until_ms;
        const Span span{std::max(token.from, token.begun + std::chrono::milliseconds(from_ms)),
                        std::min(token.until, token.begun + std::chrono::milliseconds(until_ms))};
        if (span.from < span.until)
            out.push_back(span);
    }
    return out;
}

template <std::size_t N>
Result<void> counts_in(Element in, const char* name, const std::string_view (&names)[N],
                       std::uint32_t limit, const std::string& pointer,
                       std::array<std::uint32_t, N>& out) {
    simdjson::dom::object members;
    if (in[name].error() == simdjson::NO_SUCH_FIELD)
        return {};
    const std::string here = pointer + "/" + name;
    if (in[name].get(members) != simdjson::SUCCESS)
        return wrong("must be an object", here);
    std::uint64_t all = 0;
    for (const auto [key, value] : members) {
        const auto* known = std::ranges::find(names, key);
        if (known == std::end(names))
            return wrong(
                fmt::format("may have the members {} and no other", fmt::join(names, ", ")), here);
        double number = 0;
        if (value.get(number) != simdjson::SUCCESS)
            return wrong("must have numbers", here);
        all += out[static_cast<std::size_t>(known - names)] = TRY(whole(number, limit, here));
    }
    if (all > limit)
        return wrong(fmt::format("must be {} at most in all", limit), here);
    return {};
}

Result<AtEdge> at_edge_in(Element in, std::uint32_t at_ms, std::span<const std::string> edges,
                          const std::string& pointer) {
    CHECK_OK(strict_json::check_members(
        in, {"edge", "startup_ms", "stalls", "stalled_ms", "rungs", "errors"}, pointer));
    const auto edge = TRY(strict_json::required_text_in(in, "edge", 255, pointer));
    AtEdge out{.edge = static_cast<std::size_t>(std::ranges::find(edges, edge) - edges.begin()),
               .quality = {}};
    Quality& quality = out.quality;
    quality.startup_ms = TRY(whole_in(in, "startup_ms", at_ms, pointer));
    quality.stalls = TRY(whole_in(in, "stalls", counted_limit, pointer));
    quality.stalled_ms = TRY(whole_in(in, "stalled_ms", at_ms, pointer));
    CHECK_OK(counts_in(in, "rungs", all_rungs, at_ms, pointer, quality.rung_ms));
    CHECK_OK(counts_in(in, "errors", all_faults, counted_limit, pointer, quality.faults));
    return out;
}

} // namespace

void Quality::merge(const Quality& other) {
    const auto later = [](std::uint32_t& mine, std::uint32_t theirs) {
        mine = std::max(mine, theirs);
    };
    later(startup_ms, other.startup_ms);
    later(stalls, other.stalls);
    later(stalled_ms, other.stalled_ms);
    for (std::size_t i = 0; i < rung_ms.size(); ++i)
        later(rung_ms[i], other.rung_ms[i]);
    for (std::size_t i = 0; i < faults.size(); ++i)
        later(faults[i], other.faults[i]);
}

Result<Heartbeat> read_heartbeat(std::string_view body, const HeartbeatToken& token,
                                 std::span<const std::string> edges, Instant now) {
    if (body.size() > body_bytes_limit)
        return fail(Code::bad_request,
                    fmt::format("a heartbeat has {} bytes at most", body_bytes_limit));
    thread_local simdjson::dom::parser parser;
    const Element document = TRY(strict_json::document_in(parser, body));
    CHECK_OK(strict_json::check_members(document, {"at_ms", "watched", "quality"}, ""));
    const auto age =
        std::clamp<Duration>(now + clocks_apart - token.begun, 0s, class_time_limit + token_grace);
    const auto age_ms = static_cast<std::uint32_t>(age / 1ms);
    const auto at = TRY(strict_json::number_in(document, "at_ms", ""));
    if (!at)
        return wrong("must be there: milliseconds since the session began", "/at_ms");
    const std::uint32_t at_ms = TRY(whole(*at, age_ms, "/at_ms"));

    Heartbeat out;
    Element watched, quality;
    if (document["watched"].get(watched) == simdjson::SUCCESS)
        out.watched = TRY(watched_in(watched, at_ms, token));
    if (document["quality"].get(quality) != simdjson::SUCCESS)
        return out;
    for (const Element& one : TRY(strict_json::items_in(quality, edges_limit, "/quality"))) {
        const std::string pointer = fmt::format("/quality/{}", out.at_edges.size());
        AtEdge at_edge = TRY(at_edge_in(one, at_ms, edges, pointer));
        if (std::ranges::find(out.at_edges, at_edge.edge, &AtEdge::edge) != out.at_edges.end())
            return wrong("stands for an edge that another stands for", pointer + "/edge");
        out.at_edges.push_back(at_edge);
    }
    return out;
}

} // namespace bw::attendance
