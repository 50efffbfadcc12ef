// A lane: named threads, each owning one context (most often a database connection), fed by a
// bounded queue that is fair between tenants and whose items carry a deadline. Threads =
// connections = budget: one lane's storm cannot take another's. No I/O of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.hpp"
#include "lane/admission.hpp"
#include "telemetry/log.hpp"
#include "telemetry/span.hpp"

namespace bw::lane {

struct Budget {
    std::string name; // at most 15 characters: it is the threads' name too
    int threads = 1;  // 0: whoever calls run_one() is the thread; for tests
    std::size_t queue_items_limit = 256;
    Weight weight = {};        // none: all tenants are equal
    bool keeps_places = false; // who is refused has a place in the queue, and may keep it
    telemetry::SpanQueue* spans = nullptr; // outlives the lane; null: no spans
};

/// A context that records what it does under the work it does it for. It hears of each work before,
/// and of nullopt after it.
template <class Context>
concept Traced = requires(Context& context, std::optional<telemetry::TraceContext> parent) {
    context.trace_under(static_cast<telemetry::SpanQueue*>(nullptr), parent);
};

/// Context is what each thread owns; it is made and destroyed on that thread.
template <class Context>
class Lane {
public:
    /// Called exactly once for every submit: with the context, or with the reason why it never
    /// started (overloaded, deadline_exceeded, unavailable while stopping). On a lane thread;
    /// a refusal on the caller's, or on that of whoever it makes room for. What it throws is logged
    /// and ends there.
    using Work = std::move_only_function<void(Result<Context*>)>;
    using MakeContext = std::function<std::unique_ptr<Context>()>;

    Lane(Budget budget, const Clock& clock, MakeContext make_context)
        : name_(budget.name), inline_(budget.threads == 0), spans_(budget.spans), clock_(clock),
          make_context_(std::move(make_context)),
          admission_(budget.name, budget.threads, budget.queue_items_limit,
                     std::move(budget.weight), budget.keeps_places) {
        for (int i = 0; i < budget.threads; ++i)
            threads_.emplace_back([this] { run(); });
    }
    ~Lane() { stop(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// `tenant` is who the work is for: the queue is shared between tenants by weight, and within
    /// one it goes by when each first arrived: now, or, if it was refused before, then. Under
    /// `parent`, if there is one, its wait and its work become spans. Thread-safe; never blocks
    /// longer than the queue's mutex.
    void submit(TenantId tenant, Deadline deadline, Work work,
                std::optional<telemetry::TraceContext> parent = {},
                std::optional<Instant> first_arrived = {});
    /// Refuses what is queued, lets what runs finish, joins. Idempotent, from several threads too;
    /// not from a lane thread.
    void stop();
    LaneStatus status() const;
    /// Gives the error of somebody who had a turn in vain the place of those who are refused, and a
    /// moment to come again that goes by it.
    void keep_place(TenantId tenant, Deadline deadline, Instant first_arrived, Error& error);

    /// Of a lane without threads: takes one item on the calling thread; false when none waits.
    bool run_one();

private:
    void run();
    /// Takes the next item and is done with it; `lock` is held before and not after.
    void take_one(std::unique_lock<std::mutex> lock, Context* context);
    void call(Work work, Result<Context*> turn);
    void call_traced(Work work, Context* context,
                     const std::optional<telemetry::TraceContext>& parent);

    struct Ticket {
        Work work;
        std::optional<telemetry::TraceContext> parent;
    };

    const std::string name_;
    const bool inline_;
    telemetry::SpanQueue* const spans_;
    const Clock& clock_;
    const MakeContext make_context_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Admission<Ticket> admission_;             // guarded by mutex_
    std::unique_ptr<Context> inline_context_; // made at the first run_one()
    std::mutex join_mutex_;                   // taken without mutex_ held
    std::vector<std::jthread> threads_;
};

/// Names the calling thread for `top` and debuggers.
void name_this_thread(const std::string& name);

// ---- the template's body ----

template <class Context>
void Lane<Context>::submit(TenantId tenant, Deadline deadline, Work work,
                           std::optional<telemetry::TraceContext> parent,
                           std::optional<Instant> first_arrived) {
    const Monotonic now = clock_.monotonic();
    std::unique_lock lock(mutex_);
    auto refused = admission_.admit(tenant, deadline, Ticket{std::move(work), std::move(parent)},
                                    now, first_arrived);
    lock.unlock();
    wake_.notify_one();
    if (refused)
        call(std::move(refused->payload.work), std::move(refused->error));
}

template <class Context>
void Lane<Context>::run() {
    name_this_thread(name_);
    std::unique_ptr<Context> context = make_context_();
    for (;;) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return admission_.stopping() || !admission_.empty(); });
        if (admission_.empty())
            return;
        take_one(std::move(lock), context.get());
    }
}

template <class Context>
bool Lane<Context>::run_one() {
    ENSURE(inline_, "run_one() is for a lane without threads");
    if (!inline_context_)
        inline_context_ = make_context_();
    std::unique_lock lock(mutex_);
    if (admission_.empty())
        return false;
    take_one(std::move(lock), inline_context_.get());
    return true;
}

template <class Context>
void Lane<Context>::take_one(std::unique_lock<std::mutex> lock, Context* context) {
    const Monotonic begin = clock_.monotonic();
    auto taken = admission_.take(begin);
    lock.unlock();
    Ticket& ticket = taken.item.payload;
    if (spans_ && ticket.parent)
        telemetry::record_past(spans_, ticket.parent, name_ + " lane: wait",
                               begin - taken.item.since);
    if (taken.error)
        return call(std::move(ticket.work), *std::move(taken.error));
    if (spans_ && ticket.parent)
        call_traced(std::move(ticket.work), context, ticket.parent);
    else
        call(std::move(ticket.work), context);
    const Duration took = clock_.monotonic() - begin;
    lock.lock();
    admission_.finished(took, 1);
}

template <class Context>
void Lane<Context>::call(Work work, Result<Context*> turn) {
    // The work ends here too: what it holds may ask the lane something as it goes, so not under the
    // lock.
    try {
        work(std::move(turn));
    } catch (const std::exception& error) {
        log::error("lane_work_threw", {{"lane", name_}, {"error", error.what()}});
    }
}

template <class Context>
void Lane<Context>::call_traced(Work work, Context* context,
                                const std::optional<telemetry::TraceContext>& parent) {
    telemetry::ActiveSpan span(spans_, parent, name_ + " lane: work");
    if constexpr (Traced<Context>)
        context->trace_under(spans_, span.context());
    call(std::move(work), context);
    if constexpr (Traced<Context>)
        context->trace_under(nullptr, std::nullopt);
}

template <class Context>
void Lane<Context>::stop() {
    {
        std::lock_guard lock(mutex_);
        admission_.stop();
    }
    wake_.notify_all();
    std::lock_guard one_joins(join_mutex_); // the others wait here until it is done
    threads_.clear();
    while (inline_ && run_one()) {
    }
}

template <class Context>
void Lane<Context>::keep_place(TenantId tenant, Deadline deadline, Instant first_arrived,
                               Error& error) {
    const Monotonic now = clock_.monotonic();
    std::lock_guard lock(mutex_);
    admission_.keep_place(error, tenant, now, first_arrived,
                          std::max<Duration>(deadline.at() - now, 0s));
}

template <class Context>
LaneStatus Lane<Context>::status() const {
    std::lock_guard lock(mutex_);
    return admission_.status(clock_.monotonic());
}

} // namespace bw::lane
