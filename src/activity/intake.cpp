#include "activity/intake.hpp"

#include <sys/statvfs.h>

namespace bw::activity {

namespace {

/// As submissions' quotas: a bucket counts whole ones a second, and holds what comes in a minute.
constexpr std::int32_t units = 60;

bool is_short(const std::filesystem::path& disk, std::uint64_t bytes_kept_free) {
    struct statvfs info;
    return !disk.empty() && ::statvfs(disk.c_str(), &info) == 0 &&
           std::uint64_t{info.f_bavail} * info.f_frsize < bytes_kept_free;
}

} // namespace

Intake::Intake(journal::Journal* journal, const Clock& clock, IntakeOptions options)
    : journal_(journal), clock_(clock), options_(std::move(options)) {}

std::optional<Error> Intake::refusal() const {
    if (!journal_)
        return fail(Code::unavailable, "activities are not taken in at this time");
    if (options_.yields && options_.yields())
        return fail(Code::overloaded, "submissions go first; send the same again later");
    if (is_short(options_.disk, options_.bytes_kept_free))
        return fail(Code::storage_full, "what is left of the disk is for submissions");
    return std::nullopt;
}

void Intake::accept(TenantId tenant, UserId user, std::vector<Activity> activities,
                    Monotonic received, Done done) {
    const std::size_t count = activities.size();
    if (is_off(tenant, received)) {
        not_wanted_ += count;
        return done(Taken{.activities = 0, .kept = false});
    }
    const tenancy::Rate rate{.per_second = options_.activities_a_minute,
                             .burst = options_.activities_a_minute * units};
    const auto cost = static_cast<std::int64_t>(units * count);
    const auto decision =
        buckets_.take(tenancy::Counted::principal, tenant, user, rate, received, cost);
    if (!decision.admitted) {
        over_quota_ += count;
        Error error = fail(Code::quota_exceeded,
                           "more activities than one person may send in a minute; nothing was "
                           "taken: wait, then send the same again");
        error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(decision.retry_after);
        return done(std::move(error));
    }
    if (auto refused = refusal()) {
        shed_ += count;
        buckets_.give_back(tenancy::Counted::principal, tenant, user, rate, cost);
        return done(*std::move(refused));
    }
    Bytes record = encode({tenant, user, clock_.now(), std::move(activities)});
    journal_->append(
        std::move(record), [this, count, tenant, user, rate, cost,
                            done = std::move(done)](Result<journal::Committed> outcome) mutable {
            if (outcome) {
                taken_ += count;
                return done(Taken{.activities = count});
            }
            (outcome.error().code == Code::overloaded || outcome.error().code == Code::storage_full
                 ? shed_
                 : failed_) += count;
            buckets_.give_back(tenancy::Counted::principal, tenant, user, rate, cost);
            done(std::move(outcome).error());
        });
}

bool Intake::is_off(TenantId tenant, Monotonic now) {
    std::lock_guard lock(mutex_);
    const auto at = off_until_.find(tenant);
    if (at == off_until_.end())
        return false;
    if (now < at->second)
        return true;
    off_until_.erase(at); // the next batch goes to the recorder, which looks anew
    return false;
}

void Intake::heard(TenantId tenant, bool kept) {
    std::lock_guard lock(mutex_);
    if (kept)
        off_until_.erase(tenant);
    else
        off_until_[tenant] = clock_.monotonic() + options_.off_for;
}

IntakeStatus Intake::status() const {
    return {taken_, over_quota_, shed_, failed_, not_wanted_};
}

} // namespace bw::activity
