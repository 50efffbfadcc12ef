// Spans: what took how long in a trace, and the bounded queue they wait in for an exporter.
// Recording never blocks and never fails: what does not fit is dropped and counted. Where they are
// sent is app's.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "telemetry/trace.hpp"

namespace bw::telemetry {

struct Span {
    enum class Kind : std::uint8_t { internal = 1, server = 2, client = 3 }; // OTLP's numbers
    using Attribute = std::pair<std::string_view, std::variant<std::string, std::int64_t>>;

    TraceContext context;                    // its own
    std::array<std::uint8_t, 8> parent = {}; // zeros: the first of its trace, as far as we know
    std::string name;                        // of few different ones: a route, never a path
    Kind kind = Kind::internal;
    Instant began;
    Duration took;
    bool failed = false;                    // for a reason that is ours
    std::vector<Attribute> attributes = {}; // names of static storage
};

/// Thread-safe. One exporter takes.
class SpanQueue {
public:
    struct Status {
        std::uint64_t recorded, dropped;
        std::size_t queued;
    };
    /// `clock` and `rng` outlive it.
    SpanQueue(std::size_t items_limit, const Clock& clock, Rng& rng)
        : limit_(items_limit), clock_(clock), rng_(rng) {}

    /// Only what is sampled is kept.
    void record(Span span);
    /// Up to `items_limit`, oldest first. Waits until there are as many, or `longest` has passed,
    /// or close() was called.
    std::vector<Span> take(std::size_t items_limit, Duration longest);
    /// For good: take() waits no more.
    void close();
    Status status() const;

    const Clock& clock() const { return clock_; }
    Rng& rng() { return rng_; }

private:
    const std::size_t limit_;
    const Clock& clock_;
    Rng& rng_;
    mutable std::mutex mutex_;
    std::condition_variable enough_;
    std::vector<Span> spans_;
    std::size_t wanted_ = 0; // by a take() that waits
    std::uint64_t recorded_ = 0, dropped_ = 0;
    bool closed_ = false;
};

/// A piece of work under a parent, recorded when it ends. Costs nothing to speak of without a queue
/// or a sampled parent. Passed along by whoever starts children: there is no current span. Not
/// thread-safe, but may be moved to another thread.
class ActiveSpan {
public:
    ActiveSpan(SpanQueue* queue, const std::optional<TraceContext>& parent, std::string_view name,
               Span::Kind kind = Span::Kind::internal);
    ~ActiveSpan() { end(); }
    ActiveSpan(const ActiveSpan&) = delete;
    ActiveSpan& operator=(const ActiveSpan&) = delete;

    /// The parent of its children; none if it is not recorded.
    std::optional<TraceContext> context() const {
        return queue_ ? std::optional(span_.context) : std::nullopt;
    }
    void fail() { span_.failed = true; }
    void end();

private:
    SpanQueue* queue_ = nullptr; // null: not recorded
    Span span_;
    Monotonic began_{};
};

/// A span that is over: the child of `parent` that ended now and took this long.
void record_past(SpanQueue* queue, const std::optional<TraceContext>& parent, std::string_view name,
                 Duration took);

} // namespace bw::telemetry
