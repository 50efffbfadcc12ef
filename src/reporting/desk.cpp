#include "reporting/desk.hpp"

#include <algorithm>

namespace bw::reporting {

namespace {

constexpr Duration retry_after = 2s;

void append(std::string& key, const columnar::Value& value) {
    key += static_cast<char>(value.index());
    if (const auto* id = std::get_if<Uuid>(&value))
        key += view(*id);
    else if (const auto* day = std::get_if<columnar::Day>(&value))
        put_le(key, day->value);
    else if (const auto* number = std::get_if<std::int64_t>(&value))
        put_le(key, *number);
}

/// Same key, same question: a report's kinds of parameters have fixed lengths.
std::string key_of(const ReportRequest& request) {
    std::string key = request.report->id + '\0';
    key += view(request.tenant.uuid);
    for (const columnar::Value& argument : request.arguments)
        append(key, argument);
    key += request.sections ? 's' : 'w';
    if (request.sections) {
        auto sections = *request.sections;
        std::ranges::sort(sections);
        for (const SectionId& section : sections)
            key += view(section.uuid);
    }
    return key;
}

std::size_t bytes_of(const ReportAnswer& answer) {
    std::size_t bytes = sizeof answer;
    for (const auto& row : answer.result.rows) {
        bytes += row.size() * sizeof(columnar::Value) + 32;
        for (const columnar::Value& value : row)
            if (const auto* text = std::get_if<std::string>(&value))
                bytes += text->capacity();
    }
    return bytes;
}

} // namespace

Desk::Desk(Connect connect, Fresh fresh, DeskOptions options, const Clock& clock)
    : connect_(std::move(connect)), fresh_(std::move(fresh)), options_(options), clock_(clock) {}

/// With the lock held: until it is this caller's turn, which they then have to give on.
Result<void> Desk::wait_for_turn(std::unique_lock<std::mutex>& lock, TenantId tenant,
                                 Deadline deadline) {
    if (!busy_) {
        busy_ = true;
        served_last_ = tenant;
        return {};
    }
    auto& of_tenant = waiting_[tenant];
    if (waiting_count_ >= options_.waiting_max || of_tenant.size() >= options_.tenant_waiting_max) {
        if (of_tenant.empty())
            waiting_.erase(tenant);
        ++counts_[tenant].turned_away;
        Error error = fail(Code::overloaded, "many reports are asked for at the moment");
        error.retry_after = std::chrono::duration_cast<std::chrono::milliseconds>(retry_after);
        return error;
    }
    Waiting own;
    of_tenant.push_back(&own);
    ++waiting_count_;
    if (own.woken.wait_for(lock, deadline.remaining(clock_), [&] { return own.has_turn; }))
        return {};
    of_tenant.remove(&own);
    if (of_tenant.empty())
        waiting_.erase(tenant);
    --waiting_count_;
    return fail(Code::deadline_exceeded, "other reports took all the time");
}

/// Given on however it ends.
struct Desk::Turn {
    Desk& desk;
    std::unique_lock<std::mutex>& lock;
    ~Turn() {
        if (!lock.owns_lock())
            lock.lock();
        desk.next_turn();
    }
};

/// To the institution behind the one that was served last, round and round.
void Desk::next_turn() {
    auto next = waiting_.upper_bound(served_last_);
    if (next == waiting_.end())
        next = waiting_.begin();
    busy_ = next != waiting_.end();
    if (!busy_)
        return;
    Waiting* first = next->second.front();
    served_last_ = next->first;
    next->second.pop_front();
    if (next->second.empty())
        waiting_.erase(next);
    --waiting_count_;
    first->has_turn = true;
    first->woken.notify_one();
}

Result<std::shared_ptr<const ReportAnswer>> Desk::run(const ReportRequest& request,
                                                      Deadline deadline) {
    const std::string key = key_of(request);
    std::unique_lock lock(mutex_);
    const auto kept_already = [&]() -> std::shared_ptr<const ReportAnswer> {
        const auto fresh = fresh_();
        auto kept = fresh ? find(key, *fresh) : nullptr;
        counts_[request.tenant].kept += kept ? 1 : 0;
        return kept;
    };
    if (auto kept = kept_already())
        return kept; // it needs no turn
    CHECK_OK(wait_for_turn(lock, request.tenant, deadline));
    const Turn turn{*this, lock};
    if (auto kept = kept_already())
        return kept; // made while we waited
    const auto fresh = fresh_();
    if (!fresh)
        return fail(Code::unavailable,
                    "the reports' store is being filled; try again in some minutes");
    lock.unlock();
    const Monotonic began = clock_.monotonic();
    auto answer = run_now(request, *fresh, deadline);
    lock.lock();
    counts_[request.tenant].running += clock_.monotonic() - began;
    ++(answer ? counts_[request.tenant].run : counts_[request.tenant].failed);
    if (answer)
        keep(key, *answer, *fresh);
    return answer;
}

Result<std::shared_ptr<const ReportAnswer>>
Desk::run_now(const ReportRequest& request, const Freshness& fresh, Deadline deadline) {
    const Deadline limit(
        std::min(deadline.at(), Deadline::in(clock_, options_.report_timeout).at()));
    auto connection = TRY(connect_());
    auto result = TRY(run_report(*connection, *request.report, request.arguments,
                                 {request.tenant, request.sections, fresh.as_of}, limit));
    return std::make_shared<const ReportAnswer>(std::move(result), fresh.as_of);
}

std::shared_ptr<const ReportAnswer> Desk::find(const std::string& key, const Freshness& fresh) {
    const auto found = std::ranges::find(kept_, key, &Kept::key);
    if (found == kept_.end())
        return nullptr;
    // What is missing depends on the moment too, so an answer grows old even where no row changes.
    if (found->at != fresh.at || fresh.as_of - found->answer->as_of > options_.kept_for) {
        kept_bytes_ -= found->bytes;
        kept_.erase(found);
        return nullptr;
    }
    kept_.splice(kept_.begin(), kept_, found);
    return found->answer;
}

void Desk::keep(std::string key, std::shared_ptr<const ReportAnswer> answer,
                const Freshness& fresh) {
    const std::size_t bytes = bytes_of(*answer) + key.size();
    kept_.push_front({std::move(key), std::move(answer), fresh.at, bytes});
    kept_bytes_ += bytes;
    while (kept_bytes_ > options_.kept_bytes_max && !kept_.empty()) {
        kept_bytes_ -= kept_.back().bytes;
        kept_.pop_back();
    }
}

Desk::Counts Desk::counts() const {
    std::lock_guard lock(mutex_);
    Counts all;
    for (const auto& [tenant, of] : counts_) {
        all.run += of.run;
        all.kept += of.kept;
        all.failed += of.failed;
        all.turned_away += of.turned_away;
        all.running += of.running;
    }
    return all;
}

std::size_t Desk::waiting() const {
    std::lock_guard lock(mutex_);
    return waiting_count_;
}

std::map<TenantId, Desk::Counts> Desk::counts_by_tenant() const {
    std::lock_guard lock(mutex_);
    return counts_;
}

} // namespace bw::reporting
