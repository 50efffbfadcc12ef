// A lane: named threads, each owning one context (most often a database connection), fed by a
// bounded queue whose items carry a deadline. Threads = connections = budget: one lane's storm
// cannot take another's. No I/O of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::lane {

struct Budget {
    std::string name; // at most 15 characters: it is the threads' name too
    int threads = 1;
    std::size_t queue_items_limit = 256;
};

struct LaneStatus {
    std::string name;
    int threads;
    std::size_t queued;
    std::size_t queue_items_limit;
    std::uint64_t started, refused, expired;
};

/// Context is what each thread owns; it is made and destroyed on that thread.
template <class Context>
class Lane {
public:
    /// Called exactly once for every submit: with the context, or with the reason why it never
    /// started (overloaded, deadline_exceeded, unavailable while stopping). On a lane thread,
    /// except that a refusal comes on the caller's.
    using Work = std::move_only_function<void(Result<Context*>)>;
    using MakeContext = std::function<std::unique_ptr<Context>()>;

    Lane(Budget budget, const Clock& clock, MakeContext make_context)
        : budget_(std::move(budget)), clock_(clock), make_context_(std::move(make_context)) {
        for (int i = 0; i < budget_.threads; ++i)
            threads_.emplace_back([this] { run(); });
    }
    ~Lane() { stop(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Thread-safe; never blocks longer than the queue's mutex.
    void submit(Deadline deadline, Work work);
    /// Refuses what is queued, lets what runs finish, joins. Idempotent, from several threads too;
    /// not from a lane thread.
    void stop();
    LaneStatus status() const;

private:
    struct Item {
        Deadline deadline;
        Work work;
    };
    void run();
    /// How long the queue in front of a newcomer takes at the rate seen lately.
    Duration drain_estimate(std::size_t queued) const;

    const Budget budget_;
    const Clock& clock_;
    const MakeContext make_context_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Item> queue_;
    bool stopping_ = false;
    Duration service_time_ =
        1ms; // of one item on one thread: exponentially weighted mean, guarded by mutex_
    std::uint64_t started_ = 0, refused_ = 0, expired_ = 0;
    std::mutex join_mutex_; // taken without mutex_ held
    std::vector<std::jthread> threads_;
};

/// Names the calling thread for `top` and debuggers.
void name_this_thread(const std::string& name);

// ---- the template's body ----

template <class Context>
void Lane<Context>::submit(Deadline deadline, Work work) {
    Error refusal;
    {
        std::lock_guard lock(mutex_);
        if (stopping_) {
            refusal = fail(Code::unavailable, "the server is stopping");
        } else if (deadline.expired(clock_)) {
            refusal = fail(Code::deadline_exceeded, "the request came too late to be started");
        } else if (Duration wait = drain_estimate(queue_.size());
                   queue_.size() >= budget_.queue_items_limit ||
                   wait > deadline.remaining(clock_)) {
            // What cannot finish in time is refused now, while the caller can still act on it.
            refusal = fail(Code::overloaded, "the " + budget_.name + " lane is full");
            refusal.retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait);
        } else {
            queue_.push_back({deadline, std::move(work)});
            wake_.notify_one();
            return;
        }
        ++refused_;
    }
    work(std::move(refusal));
}

template <class Context>
void Lane<Context>::run() {
    name_this_thread(budget_.name);
    std::unique_ptr<Context> context = make_context_();
    for (;;) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty())
            return;
        Item item = std::move(queue_.front());
        queue_.pop_front();
        if (stopping_ || item.deadline.expired(clock_)) {
            bool stopping = stopping_;
            ++expired_;
            lock.unlock();
            item.work(stopping ? fail(Code::unavailable, "the server is stopping")
                               : fail(Code::deadline_exceeded,
                                      "the request waited too long and was not started"));
            continue;
        }
        ++started_;
        lock.unlock();
        Monotonic begin = clock_.monotonic();
        item.work(context.get());
        item.work = nullptr; // what it held may have a destructor that asks the lane something: not
                             // under the lock
        Duration took = clock_.monotonic() - begin;
        lock.lock();
        service_time_ += (took - service_time_) / 16;
    }
}

template <class Context>
Duration Lane<Context>::drain_estimate(std::size_t queued) const {
    return service_time_ * static_cast<std::int64_t>(queued) / budget_.threads;
}

template <class Context>
void Lane<Context>::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    std::lock_guard one_joins(join_mutex_); // the others wait here until it is done
    threads_.clear();
}

template <class Context>
LaneStatus Lane<Context>::status() const {
    std::lock_guard lock(mutex_);
    return {budget_.name, budget_.threads, queue_.size(), budget_.queue_items_limit,
            started_,     refused_,        expired_};
}

} // namespace bw::lane
