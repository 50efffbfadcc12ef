#include "telemetry/span.hpp"

#include <algorithm>
#include <iterator>

namespace bw::telemetry {

void SpanQueue::record(Span span) {
    if (!span.context.sampled)
        return;
    std::lock_guard lock(mutex_);
    if (spans_.size() >= limit_) {
        ++dropped_;
        return;
    }
    ++recorded_;
    spans_.push_back(std::move(span));
    if (wanted_ > 0 && spans_.size() >= wanted_)
        enough_.notify_one();
}

std::vector<Span> SpanQueue::take(std::size_t items_limit, Duration longest) {
    std::unique_lock lock(mutex_);
    wanted_ = items_limit;
    enough_.wait_for(lock, longest, [&] { return closed_ || spans_.size() >= items_limit; });
    wanted_ = 0;
    const auto end =
        spans_.begin() + static_cast<std::ptrdiff_t>(std::min(items_limit, spans_.size()));
    std::vector<Span> taken(std::move_iterator(spans_.begin()), std::move_iterator(end));
    spans_.erase(spans_.begin(), end);
    return taken;
}

void SpanQueue::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    enough_.notify_all();
}

SpanQueue::Status SpanQueue::status() const {
    std::lock_guard lock(mutex_);
    return {recorded_, dropped_, spans_.size()};
}

namespace {

Span child_of(SpanQueue& queue, const TraceContext& parent, std::string_view name) {
    return {.context = parent.child(queue.rng()),
            .parent = parent.span_id,
            .name = std::string(name),
            .began = queue.clock().now(),
            .took = Duration::zero()};
}

} // namespace

ActiveSpan::ActiveSpan(SpanQueue* queue, const std::optional<TraceContext>& parent,
                       std::string_view name, Span::Kind kind) {
    if (!queue || !parent || !parent->sampled)
        return;
    queue_ = queue;
    span_ = child_of(*queue, *parent, name);
    span_.kind = kind;
    began_ = queue->clock().monotonic();
}

void ActiveSpan::end() {
    if (!queue_)
        return;
    span_.took = queue_->clock().monotonic() - began_;
    std::exchange(queue_, nullptr)->record(std::move(span_));
}

void record_past(SpanQueue* queue, const std::optional<TraceContext>& parent, std::string_view name,
                 Duration took) {
    if (!queue || !parent || !parent->sampled)
        return;
    Span span = child_of(*queue, *parent, name);
    span.began = span.began - took;
    span.took = took;
    queue->record(std::move(span));
}

} // namespace bw::telemetry
