#include "submissions/head_publisher.hpp"

#include <algorithm>

#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::submissions {

namespace {

constexpr std::size_t groups_at_once = 4096;

} // namespace

HeadPublisher::HeadPublisher(journal::Journal& journal, std::unique_ptr<journal::TreeLog> log,
                             const SigningKey& key, const Clock& clock, HeadOptions options,
                             std::vector<Witness> witnesses)
    : journal_(journal), log_(std::move(log)), key_(key), clock_(clock),
      options_(std::move(options)), witnesses_(std::move(witnesses)) {
    for (const Witness& witness : witnesses_)
        status_.witnesses.push_back({.name = witness.name});
}

HeadPublisher::~HeadPublisher() {
    stop();
}

Result<void> HeadPublisher::publish() {
    for (;;) {
        auto groups = TRY(journal_.groups(log_->size(), groups_at_once));
        CHECK_OK(log_->append(groups));
        if (groups.empty())
            break;
    }
    const std::uint64_t size = log_->size();
    if (size == 0 || (latest() && latest()->head.size == size))
        return {};
    const journal::Group last = TRY(log_->group(size));
    SignedHead head{.head = {.cell = options_.cell,
                             .epoch = journal_.status().epoch,
                             .size = size,
                             .root = TRY(log_->root(size)),
                             .time = last.time,
                             .durability = journal_.durability_of(last)},
                    .kid = key_.kid()};
    head.signature = key_.sign(head.head.signed_bytes());
    std::lock_guard lock(mutex_);
    latest_ = std::move(head);
    logged_seq_ = last.first_seq + last.size - 1;
    status_.published_size = size;
    status_.published_at = clock_.now();
    wake_.notify_all();
    return {};
}

void HeadPublisher::show() {
    const std::optional<SignedHead> head = latest();
    for (std::size_t i = 0; head && i < witnesses_.size(); ++i) {
        {
            std::lock_guard lock(mutex_);
            if (status_.witnesses[i].size >= head->head.size)
                continue;
        }
        auto taken = witnesses_[i].show(*head, Deadline::in(clock_, options_.witness_deadline));
        std::lock_guard lock(mutex_);
        HeadStatus::Shown& shown = status_.witnesses[i];
        if (taken)
            shown.size = head->head.size;
        if (shown.failing == taken.has_value())
            log::write(
                taken ? log::Level::info : log::Level::warn,
                taken ? "witness_takes_heads_again" : "witness_takes_no_heads",
                {{"witness", shown.name}, {"error", taken ? std::string() : taken.error().text()}});
        shown.failing = !taken;
    }
}

void HeadPublisher::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    // Of their own: a witness that hangs holds up no head.
    if (!witnesses_.empty())
        showing_ = std::jthread([this](const std::stop_token& stop) { run_showing(stop); });
}

void HeadPublisher::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    showing_.request_stop();
    thread_.join();
    if (showing_.joinable())
        showing_.join();
}

void HeadPublisher::run(const std::stop_token& stop) {
    lane::name_this_thread("heads");
    for (;;) {
        const bool last = stop.stop_requested();
        auto published = publish();
        {
            std::lock_guard lock(mutex_);
            if (status_.failing == published.has_value())
                log::write(published ? log::Level::info : log::Level::error,
                           published ? "heads_published_again" : "heads_not_published",
                           {{"error", published ? std::string() : published.error().text()}});
            status_.failing = !published;
        }
        if (last)
            return;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, options_.interval, [&] { return stop.stop_requested(); });
    }
}

void HeadPublisher::run_showing(const std::stop_token& stop) {
    lane::name_this_thread("witnesses");
    std::unique_lock lock(mutex_);
    // The first head as soon as there is one.
    wake_.wait(lock, stop, [&] { return latest_.has_value(); });
    while (!stop.stop_requested()) {
        lock.unlock();
        show();
        lock.lock();
        wake_.wait_for(lock, stop, options_.witness_interval,
                       [&] { return stop.stop_requested(); });
    }
}

std::optional<SignedHead> HeadPublisher::latest() const {
    std::lock_guard lock(mutex_);
    return latest_;
}

Result<ConsistencyProof> HeadPublisher::prove(std::uint64_t from_size) const {
    if (from_size == 0)
        return fail(Code::invalid_field, "expected the size of a head, 1 or more", "from_size");
    std::optional<SignedHead> head = latest();
    if (!head || head->head.size < from_size)
        return fail(Code::not_found,
                    "no head of that size is published yet: a receipt's is within seconds");
    std::vector<Sha256> path = TRY(log_->consistency_path(from_size, head->head.size));
    return ConsistencyProof{from_size, std::move(path), *std::move(head)};
}

Result<void> HeadPublisher::forget(std::uint64_t up_to_seq, Instant written_before) {
    std::uint64_t logged = 0;
    {
        std::lock_guard lock(mutex_);
        logged = logged_seq_;
    }
    return journal_.forget(std::min(up_to_seq, logged), written_before);
}

HeadStatus HeadPublisher::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

} // namespace bw::submissions
