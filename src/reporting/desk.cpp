#include "reporting/desk.hpp"

#include <algorithm>

namespace bw::reporting {

namespace {

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
    : connect_(std::move(connect)), fresh_(std::move(fresh)), options_(std::move(options)),
      clock_(clock) {}

/// Somebody's turn; given on however it ends. Made with the lock held.
struct Desk::Turn {
    Desk& desk;
    std::unique_lock<std::mutex>& lock;
    Turn(Desk& of, std::unique_lock<std::mutex>& held) : desk(of), lock(held) { desk.busy_ = true; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (!lock.owns_lock())
            lock.lock();
        desk.busy_ = false;
        desk.free_.notify_one();
    }
};

Result<std::shared_ptr<const ReportAnswer>> Desk::run(const ReportRequest& request,
                                                      Deadline deadline) {
    const std::string key = key_of(request);
    std::unique_lock lock(mutex_);
    const auto kept_already = [&]() -> std::shared_ptr<const ReportAnswer> {
        const auto fresh = fresh_();
        auto kept = fresh ? find(key, *fresh) : nullptr;
        counts_.kept += kept ? 1 : 0;
        return kept;
    };
    if (auto kept = kept_already())
        return kept; // it needs no turn
    if (!wait_for_turn(lock, deadline))
        return fail(Code::deadline_exceeded, "other reports took all the time");
    const Turn turn(*this, lock);
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
    const Monotonic ended = clock_.monotonic();
    counts_.running += ended - began;
    if (at_peak())
        rests_until_ = ended + std::min(ended - began, options_.rest_max);
    ++(answer ? counts_.run : counts_.failed);
    if (answer)
        keep(key, *answer, *fresh);
    return answer;
}

/// False: the deadline passed before.
bool Desk::wait_for_turn(std::unique_lock<std::mutex>& lock, Deadline deadline) {
    for (;;) {
        const Monotonic now = clock_.monotonic();
        if (!busy_ && now >= rests_until_)
            return true;
        if (now >= deadline.at()) {
            free_.notify_one(); // it may have been meant for another
            return false;
        }
        free_.wait_for(lock, (busy_ ? deadline.at() : std::min(deadline.at(), rests_until_)) - now);
    }
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
    const bool peak = at_peak();
    // Another snapshot, or another primary, may have other rows at the same position.
    StoreVersion same_rows = fresh.at;
    if (peak)
        same_rows.lsn = found->at.lsn;
    // What is missing depends on the moment too, so an answer grows old even where no row changes.
    if (found->at != same_rows || fresh.as_of - found->answer->as_of >
                                      (peak ? options_.kept_for_at_peak : options_.kept_for)) {
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
    return counts_;
}

} // namespace bw::reporting
