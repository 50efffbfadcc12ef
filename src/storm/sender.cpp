#include "storm/sender.hpp"

#include <algorithm>

#include "storm/api.hpp"
#include "storm/pacing.hpp"

namespace bw::storm {

namespace {

constexpr std::size_t failure_kinds_limit = 20;
constexpr Duration wait_max = 1s; // between looks at the queue, should a wake-up be missed

/// Could the attempt have been made durable although no receipt came?
bool may_have_happened(const Result<net::ClientResponse>& outcome) {
    if (!outcome)
        return outcome.error().code == Code::outcome_unknown;
    return outcome->status >= 500 &&
           (outcome->status != 503 ||
            outcome->body.find(wire_name(Code::outcome_unknown)) != std::string::npos);
}

} // namespace

Sender::Sender(const Plan& plan, Load& load, SenderOptions options,
               std::vector<net::Client*> intakes, const Clock& clock, Rng& rng)
    : plan_(plan), load_(load), options_(options), intakes_(std::move(intakes)), clock_(clock),
      rng_(rng), attempts_(load.clicks.size()), receipts_(load.submitted.size()) {}

void Sender::run(Monotonic start) {
    std::unique_lock lock(mutex_);
    start_ = start;
    while (next_click_ < load_.clicks.size() || open_ > 0) {
        const bool click_left = next_click_ < load_.clicks.size();
        const bool retry_first =
            !retries_.empty() &&
            (!click_left || retries_.top().at < start_ + load_.clicks[next_click_].at);
        if (!click_left && !retry_first) { // answers are outstanding, nothing to send
            wake_.wait_for(lock, wait_max);
            continue;
        }
        const Monotonic due =
            retry_first ? retries_.top().at : start_ + load_.clicks[next_click_].at;
        const Monotonic now = clock_.monotonic();
        if (due > now) {
            wake_.wait_for(lock, std::min(due - now, wait_max));
            continue;
        }
        std::uint32_t click;
        if (retry_first) {
            click = retries_.top().click;
            retries_.pop();
            --tally_.retrying;
            ++tally_.retries;
            tally_.retried += attempts_[click] == 1;
        } else {
            click = static_cast<std::uint32_t>(next_click_++);
            const Click& clicked = load_.clicks[click];
            Submitted& submitted = load_.submitted[clicked.submission];
            tally_.lag_max = std::max(tally_.lag_max, now - due);
            // Before the first is acknowledged it could come before it, and then would be right.
            if (clicked.careless && receipts_[clicked.submission].empty())
                continue;
            tally_.sent += !submitted.sent;
            ++second_of(click).clicks;
            ++tally_.clicks_sent;
            submitted.sent = true;
            ++open_;
        }
        ++attempts_[click];
        ++tally_.in_flight;
        lock.unlock();
        fire(click);
        lock.lock();
    }
}

void Sender::fire(std::uint32_t click) {
    const std::uint32_t submission = load_.clicks[click].submission;
    const PlannedStudent& student = plan_.students[load_.student_of[submission]];
    const AssignmentId assignment = plan_.assignments[student.assignment].id;
    const std::string key = key_of(load_.run, submission);
    const bool careless = load_.clicks[click].careless;
    net::ClientRequest request;
    if (options_.file_bytes > 0) {
        auto file = file_of(load_.run, submission, options_.file_bytes);
        file.size += careless;
        request = declare_request(student, assignment, key, file);
    } else {
        request = submit_request(student, assignment, key,
                                 content_of(load_.run, submission, options_.content_bytes) +
                                     (careless ? "?" : ""));
    }
    intake_of(student, click)
        .send(std::move(request), Deadline::in(clock_, options_.attempt_timeout),
              [this, click](Result<net::ClientResponse> outcome) {
                  answered(click, std::move(outcome));
              });
}

net::Client& Sender::intake_of(const PlannedStudent& student, std::uint32_t click) const {
    const std::size_t own = std::hash<UserId>{}(student.user);
    const bool astray = (click + attempts_[click]) % 10 == 0;
    return *intakes_[(own + astray) % intakes_.size()];
}

void Sender::answered(std::uint32_t click, Result<net::ClientResponse> outcome) {
    const bool accepted = outcome && (outcome->status == 202 || outcome->status == 200);
    Result<Bytes> receipt = accepted ? receipt_in_answer(outcome->body) : Result<Bytes>(Bytes());
    std::unique_lock lock(mutex_);
    --tally_.in_flight;
    if (may_have_happened(outcome) && !load_.clicks[click].careless)
        load_.submitted[load_.clicks[click].submission].unanswered = true;
    bool first = false; // receipt of its submission
    const bool server_failed = !outcome || outcome->status >= 500;
    if (server_failed && disturbed_ && !failed_at_)
        failed_at_ = clock_.monotonic();
    if (!accepted)
        ++second_of(click).troubled;
    if (outcome && load_.clicks[click].careless && (accepted || outcome->status == 422)) {
        --open_;
        ++(accepted ? tally_.key_taken : tally_.key_refused);
    } else if (!outcome) {
        // All of these may be tried again: nothing was done, or the key makes it harmless.
        repeat_or_give_up(click, outcome.error().retry_after,
                          std::string(wire_name(outcome.error().code)) + " (no answer)");
    } else if (accepted && receipt) {
        first = acknowledge(click, *outcome, *std::move(receipt));
    } else if (accepted) {
        give_up("HTTP " + std::to_string(outcome->status) +
                " without a receipt: " + receipt.error().detail);
    } else if (outcome->status == 429 || outcome->status >= 500) {
        repeat_or_give_up(click, retry_after(*outcome), describe(*outcome));
    } else {
        give_up(describe(*outcome));
    }
    wake_.notify_one();
    lock.unlock();
    if (first && options_.on_receipt)
        options_.on_receipt(load_.clicks[click].submission);
}

bool Sender::acknowledge(std::uint32_t click, const net::ClientResponse& response, Bytes receipt) {
    const std::uint32_t submission = load_.clicks[click].submission;
    --open_;
    tally_.replays += response.header("Idempotency-Replayed").has_value();
    auto& receipts = receipts_[submission];
    const bool first = receipts.empty();
    if (first) {
        ++tally_.acknowledged;
        const Duration latency = response.received - intended(click);
        tally_.all.add(latency);
        ++second_of(click).acknowledged;
        second_of(click).latencies.add(latency);
        if (attempts_[click] == 1)
            tally_.untroubled.add(latency);
    }
    if (std::ranges::find(receipts, receipt) == receipts.end())
        receipts.push_back(std::move(receipt));
    if (failed_at_ && !tally_.downtime && response.sent > *failed_at_)
        tally_.downtime = response.received - *failed_at_;
    return first;
}

void Sender::repeat_or_give_up(std::uint32_t click, std::optional<Duration> retry_after,
                               const std::string& kind) {
    const Monotonic at =
        clock_.monotonic() + backoff(attempts_[click] + 1, retry_after, rng_.unit());
    if (at >= intended(click) + options_.retry_for)
        return give_up(
            "after " +
            std::to_string(
                std::chrono::duration_cast<std::chrono::seconds>(options_.retry_for).count()) +
            " s: " + kind);
    retries_.push({at, click});
    ++tally_.retrying;
}

Second& Sender::second_of(std::uint32_t click) {
    const auto second = static_cast<std::size_t>(
        std::chrono::floor<std::chrono::seconds>(load_.clicks[click].at).count());
    if (seconds_.size() <= second)
        seconds_.resize(second + 1);
    return seconds_[second];
}

void Sender::give_up(const std::string& kind) {
    --open_;
    ++tally_.failed;
    auto it = tally_.failures.find(kind);
    if (it == tally_.failures.end())
        it = tally_.failures
                 .try_emplace(tally_.failures.size() < failure_kinds_limit ? kind : "other")
                 .first;
    ++it->second;
}

Tally Sender::tally() const {
    std::lock_guard lock(mutex_);
    return tally_;
}

void Sender::disturbed() {
    std::lock_guard lock(mutex_);
    disturbed_ = true;
}

} // namespace bw::storm
