// A batch lane: a lane whose threads take what waits together, as many as a batch may hold, so that
// hundreds of small requests become one transaction. What a batch does is the caller's.
#pragma once

#include <span>

#include "lane/lane.hpp"

namespace bw::lane {

struct BatchBudget {
    std::string name; // at most 15 characters: it is the threads' name too
    int threads = 1;  // 0: whoever calls run_batch() is the thread; for tests
    std::size_t queue_items_limit = 4096;
    std::size_t batch_items_limit = 256;
    /// How long a thread that finds less than a full batch waits for more, at most 1 min; 0 takes
    /// what came while the batch before ran, which under load is enough.
    Duration linger = Duration::zero();
    Weight weight = {}; // none: all tenants are equal
};

/// An item in a batch, and the one right to answer it.
template <class Item, class Answer>
class BatchTurn {
public:
    using Done = std::move_only_function<void(Result<Answer>)>;

    BatchTurn(TenantId of, Deadline until, Item what, Done done)
        : tenant(of), deadline(until), item(std::move(what)), done_(std::move(done)) {}

    TenantId tenant;
    Deadline deadline;
    Item item;

    bool answered() const { return !done_; }
    /// Once.
    void answer(Result<Answer> answer) {
        ENSURE(done_, "an item of a batch is answered once");
        Done done = std::exchange(done_, nullptr);
        done(std::move(answer));
    }

private:
    Done done_;
};

/// Context is what each thread owns; it is made and destroyed on that thread.
template <class Context, class Item, class Answer = void>
class BatchLane {
public:
    using Turn = BatchTurn<Item, Answer>;
    /// Called exactly once for every submit: with the item's answer, with the error of its batch,
    /// or with the reason why it was in none. On a lane thread; a refusal on the caller's, or on
    /// that of whoever it makes room for.
    using Done = typename Turn::Done;
    /// Gets 1 to `batch_items_limit` items, in the order of their turns: fair between tenants, not
    /// sorted by them. Answers each, or returns or throws what all that it has not answered get. On
    /// several threads at once, each with its own context.
    using Work = std::function<Result<void>(Context&, std::span<Turn>)>;
    using MakeContext = std::function<std::unique_ptr<Context>()>;

    BatchLane(BatchBudget budget, const Clock& clock, MakeContext make_context, Work work)
        : budget_(std::move(budget)), clock_(clock), make_context_(std::move(make_context)),
          work_(std::move(work)),
          admission_(budget_.name, budget_.threads, budget_.queue_items_limit, budget_.weight) {
        ENSURE(budget_.batch_items_limit > 0, "a batch holds something");
        ENSURE(budget_.linger >= Duration::zero() && budget_.linger <= 1min, "an odd linger");
        for (int i = 0; i < budget_.threads; ++i)
            threads_.emplace_back([this] { run(); });
    }
    ~BatchLane() { stop(); }
    BatchLane(const BatchLane&) = delete;
    BatchLane& operator=(const BatchLane&) = delete;

    /// Thread-safe; never blocks longer than the queue's mutex.
    void submit(TenantId tenant, Deadline deadline, Item item, Done done) {
        const Monotonic now = clock_.monotonic();
        std::unique_lock lock(mutex_);
        auto refused = admission_.admit(
            tenant, deadline, Turn(tenant, deadline, std::move(item), std::move(done)), now);
        lock.unlock();
        wake_.notify_one();
        if (refused)
            answer(refused->payload, std::move(refused->error));
    }

    /// Refuses what is queued, lets what runs finish, joins. Idempotent, from several threads too;
    /// not from a lane thread.
    void stop();
    LaneStatus status() const {
        std::lock_guard lock(mutex_);
        return admission_.status(clock_.monotonic());
    }

    /// Of a lane without threads: takes one batch on the calling thread; false when nothing waits.
    bool run_batch();

private:
    void run();
    /// Takes a batch and is done with it; `lock` is held before and not after.
    void take_batch(std::unique_lock<std::mutex> lock, Context& context);
    void work_on(std::vector<Turn>& batch, Context& context);
    void answer(Turn& turn, Result<Answer> answer);

    const BatchBudget budget_;
    const Clock& clock_;
    const MakeContext make_context_;
    const Work work_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Admission<Turn> admission_;               // guarded by mutex_
    std::unique_ptr<Context> inline_context_; // made at the first run_batch()
    std::mutex join_mutex_;                   // taken without mutex_ held
    std::vector<std::jthread> threads_;
};

// ---- the template's body ----

template <class Context, class Item, class Answer>
void BatchLane<Context, Item, Answer>::run() {
    name_this_thread(budget_.name);
    std::unique_ptr<Context> context = make_context_();
    for (;;) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return admission_.stopping() || !admission_.empty(); });
        if (budget_.linger > Duration::zero())
            wake_.wait_for(lock, budget_.linger, [&] {
                return admission_.stopping() || admission_.size() >= budget_.batch_items_limit;
            });
        if (!admission_.empty()) // another thread may have had them while this one lingered
            take_batch(std::move(lock), *context);
        else if (admission_.stopping())
            return;
    }
}

template <class Context, class Item, class Answer>
bool BatchLane<Context, Item, Answer>::run_batch() {
    ENSURE(budget_.threads == 0, "run_batch() is for a lane without threads");
    if (!inline_context_)
        inline_context_ = make_context_();
    std::unique_lock lock(mutex_);
    if (admission_.empty())
        return false;
    take_batch(std::move(lock), *inline_context_);
    return true;
}

template <class Context, class Item, class Answer>
void BatchLane<Context, Item, Answer>::take_batch(std::unique_lock<std::mutex> lock,
                                                  Context& context) {
    const Monotonic begin = clock_.monotonic();
    std::vector<Turn> batch;
    std::vector<std::pair<Turn, Error>> too_late;
    while (!admission_.empty() && batch.size() < budget_.batch_items_limit) {
        auto taken = admission_.take(begin);
        if (taken.error)
            too_late.emplace_back(std::move(taken.item.payload), *std::move(taken.error));
        else
            batch.push_back(std::move(taken.item.payload));
    }
    const bool more = !admission_.empty();
    lock.unlock();
    if (more)
        wake_.notify_one();
    for (auto& [turn, error] : too_late)
        answer(turn, std::move(error));
    if (batch.empty())
        return;
    const std::size_t items = batch.size();
    work_on(batch, context);
    batch.clear(); // what the items hold may ask the lane something as it goes: not under the lock
    const Duration took = clock_.monotonic() - begin;
    lock.lock();
    admission_.finished(took, items);
}

template <class Context, class Item, class Answer>
void BatchLane<Context, Item, Answer>::work_on(std::vector<Turn>& batch, Context& context) {
    Result<void> outcome;
    try {
        outcome = work_(context, std::span(batch));
    } catch (const std::exception& error) {
        log::error("lane_batch_threw", {{"lane", budget_.name}, {"error", error.what()}});
        outcome = fail(Code::internal, "the batch that this was part of failed");
    }
    for (Turn& turn : batch)
        if (!turn.answered())
            answer(turn, outcome ? fail(Code::internal, "the batch left this without an answer")
                                 : outcome.error());
}

template <class Context, class Item, class Answer>
void BatchLane<Context, Item, Answer>::answer(Turn& turn, Result<Answer> answer) {
    try {
        turn.answer(std::move(answer));
    } catch (const std::exception& error) { // the others of its batch still hear
        log::error("lane_answer_threw", {{"lane", budget_.name}, {"error", error.what()}});
    }
}

template <class Context, class Item, class Answer>
void BatchLane<Context, Item, Answer>::stop() {
    {
        std::lock_guard lock(mutex_);
        admission_.stop();
    }
    wake_.notify_all();
    std::lock_guard one_joins(join_mutex_); // the others wait here until it is done
    threads_.clear();
    while (budget_.threads == 0 && run_batch()) {
    }
}

} // namespace bw::lane
