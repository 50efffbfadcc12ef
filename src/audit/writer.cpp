#include "audit/writer.hpp"

#include "audit/audit_sql.hpp"
#include "base/json.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::audit {

namespace {

constexpr std::int32_t tenants_limit = 1'000; // of one growth of the trees
constexpr std::int32_t events_limit = 10'000; // of one tenant's growth

} // namespace

Writer::Writer(std::unique_ptr<tenancy::Database> database,
               const tenancy::TenantDirectory& directory, const SigningKey& key,
               const SubjectKeys& subject_keys, const Clock& clock, Rng& rng, WriterOptions options)
    : database_(std::move(database)), directory_(directory), key_(key), subject_keys_(subject_keys),
      clock_(clock), rng_(rng), options_(options) {}

Writer::~Writer() {
    stop();
}

void Writer::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Writer::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void Writer::record(const tenancy::TenantScope& scope, const Event& event,
                    std::optional<StoredEvent::Personal> personal) {
    const Instant now = clock_.now();
    Item item{scope,
              {AuditEventId::make(now, rng_), now, std::string(event.actor),
               std::string(event.action), std::string(event.subject), std::string(event.details),
               std::move(personal)}};
    std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue_items_limit) {
        ++missed_.try_emplace(scope.tenant(), Missed{scope, 0}).first->second.events;
        ++lost_;
        return;
    }
    queue_.push_back(std::move(item));
    if (queue_.size() == options_.batch_items_limit)
        wake_.notify_one();
}

void Writer::run(const std::stop_token& stop) {
    lane::name_this_thread("audit");
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, options_.interval, [&] {
                return queue_.size() >= options_.batch_items_limit && !failing_;
            });
        }
        const bool last = stop.stop_requested();
        const bool failing_before = failing_; // said once, until it works again
        const Deadline deadline = Deadline::in(clock_, options_.deadline);
        Result<void> done;
        do {
            done = step(deadline);
            if (!done && !failing_before)
                log::warn("audit_step_failed", {{"error", done.error().text()}});
        } while (done && last && status().queued > 0);
        if (last)
            return;
    }
}

Result<void> Writer::step(Deadline deadline) {
    auto work = [&]() -> Result<void> {
        if (Batch batch = take(); !batch.empty()) {
            auto written = write(batch, deadline);
            if (!written && fault(written.error().code) != Fault::permanent) {
                // Again with the same ids: what did get in is not written twice.
                put_back(std::move(batch));
                return written;
            }
            if (!written)
                CHECK_OK(write_each(std::move(batch), deadline));
        }
        return grow_trees(deadline);
    };
    Result<void> done = work();
    failing_ = !done;
    return done;
}

Writer::Batch Writer::take() {
    Batch batch;
    std::lock_guard lock(mutex_);
    for (auto& [tenant, missed] : std::exchange(missed_, {})) {
        JsonWriter details;
        details.object().member("count", missed.events).end();
        const Instant now = clock_.now();
        batch[tenant].push_back({missed.scope,
                                 {AuditEventId::make(now, rng_), now, "audit", "audit.events_lost",
                                  "", details.take(), std::nullopt}});
    }
    for (std::size_t i = 0; i < options_.batch_items_limit && !queue_.empty(); ++i) {
        Item item = std::move(queue_.front());
        queue_.pop_front();
        batch[item.scope.tenant()].push_back(std::move(item));
    }
    return batch;
}

void Writer::put_back(Batch batch) {
    std::lock_guard lock(mutex_);
    for (auto& [tenant, items] : batch)
        for (Item& item : items)
            queue_.push_front(std::move(item));
}

Result<void> Writer::write(Batch& batch, Deadline deadline) {
    const Keys keys = TRY(keys_for(batch, deadline));
    std::vector<tenancy::ScopedSteps> groups;
    std::size_t count = 0;
    for (auto& [tenant, items] : batch) {
        tenancy::ScopedSteps group{items.front().scope, {}};
        for (Item& item : items) {
            std::optional<SecretKey> key;
            if (item.event.personal)
                key = keys.at({tenant, item.event.personal->about});
            if (!key)
                item.event.personal.reset(); // about an erased person nothing personal is kept
            group.steps.push_back(insert_step(tenant, item.event, key, rng_));
            ++count;
        }
        groups.push_back(std::move(group));
    }
    TRY(database_->run_batch(groups, {}, deadline));
    written_ += count;
    return {};
}

Result<Writer::Keys> Writer::keys_for(const Batch& batch, Deadline deadline) {
    Keys keys;
    std::vector<std::pair<TenantId, UserId>> asked; // in the order of the answers, two each
    std::vector<tenancy::ScopedSteps> groups;
    const Instant now = clock_.now();
    for (const auto& [tenant, items] : batch) {
        tenancy::ScopedSteps group{items.front().scope, {}};
        for (const Item& item : items) {
            if (!item.event.personal ||
                !keys.try_emplace({tenant, item.event.personal->about}).second)
                continue;
            const UserId person = item.event.personal->about;
            asked.emplace_back(tenant, person);
            for (tenancy::Step& step : subject_keys_.steps(tenant, person, now, rng_))
                group.steps.push_back(std::move(step));
        }
        if (!group.steps.empty())
            groups.push_back(std::move(group));
    }
    if (asked.empty())
        return keys;
    const auto answers = TRY(database_->run_batch(groups, {}, deadline));
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const pg::Rows& row = answers[2 * i + 1];
        keys[asked[i]] = TRY(subject_keys_.unwrap(
            asked[i].first, asked[i].second,
            row.is_null(0, 0) ? std::nullopt : std::optional(row.bytes(0, 0))));
    }
    return keys;
}

/// One tenant at a time, after a batch was refused for good: what one tenant's rows are refused for
/// costs no other its events.
Result<void> Writer::write_each(Batch batch, Deadline deadline) {
    while (!batch.empty()) {
        Batch one;
        one.insert(batch.extract(batch.begin()));
        const std::size_t count = one.begin()->second.size();
        auto written = write(one, deadline);
        if (written)
            continue;
        if (fault(written.error().code) != Fault::permanent) {
            batch.merge(one);
            put_back(std::move(batch));
            return written;
        }
        lost_ += count;
        log::error("audit_events_refused", {{"tenant", one.begin()->first.text()},
                                            {"count", count},
                                            {"error", written.error().text()}});
    }
    return {};
}

Result<void> Writer::grow_trees(Deadline deadline) {
    pg::Params limit;
    limit.int4(tenants_limit);
    const auto waiting =
        TRY(database_->run_batch({}, {{sql::pending_tenants, std::move(limit)}}, deadline));
    for (int row = 0; row < waiting[0].count(); ++row) {
        const auto tenant = directory_.by_id(waiting[0].id<TenantId>(row, 0));
        if (!tenant)
            continue; // newer than our directory: next time
        grown_ += TRY(database_->run(tenant->scope, deadline, [&](tenancy::TenantTx& tx) {
            return grow(tx, events_limit, key_, clock_);
        }));
    }
    return {};
}

WriterStatus Writer::status() const {
    std::lock_guard lock(mutex_);
    return {queue_.size(), written_, lost_, grown_, failing_};
}

} // namespace bw::audit
