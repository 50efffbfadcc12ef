// Revocation epochs: what ended before it expired, in memory, so that a sign-out, a changed
// password or a lost device ends tokens within moments and no request asks the database. How
// processes hear of them is revocation_feed.hpp's.
#pragma once

#include <atomic>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::tenancy {

/// Ends tokens whose epoch is below `epoch`: of one session, of a person, or (neither is set) of
/// everybody in the institution.
struct Revocation {
    TenantId tenant;
    std::optional<UserId> user = {};
    std::optional<AuthSessionId> session = {};
    std::int64_t epoch = 0;
    Instant at{}; // the database's; only how long it must be remembered depends on it

    bool operator==(const Revocation&) const = default;
};

/// Thread-safe. For each subject the newest alone is kept.
class Revocations {
public:
    /// Past it, which is logged as an error, an institution's own are folded: here everything that
    /// was issued there before ends. Whoever is not known any more is not let in.
    explicit Revocations(std::size_t items_limit = 1'000'000) : items_limit_(items_limit) {}

    /// Did anything end what was issued at `epoch`?
    bool revoked(TenantId tenant, UserId user, AuthSessionId session, std::int64_t epoch) const;
    /// The newest that ends tokens of this person; 0: none does.
    std::int64_t epoch_of(TenantId tenant, UserId user) const;
    /// Moves with every change: who has asked at the same version need not ask again.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    void add(std::span<const Revocation> ended);
    /// What is older has ended all that it could end: of a session, whose refresh tokens the
    /// database refuses, and of the others.
    void forget_before(Instant sessions, Instant others);
    /// What was folded comes again, one by one: the caller adds all that stands.
    void unfold();
    /// Without what was folded: nobody ended that institution.
    std::vector<Revocation> all() const;
    std::size_t size() const;

    /// The feed has heard from the primary, by an answer to a question that was sent then.
    void heard(Monotonic at) { heard_.store(at.ns); }
    /// Since when nothing newer can be known for sure; before the first: for ever.
    Duration silent_for(Monotonic now) const;

    /// With a checksum, for a process that starts while its database is away.
    std::string to_file() const;
    /// Adds what stands in it; corrupt: nothing of it was taken.
    Result<void> from_file(std::string_view text);

private:
    struct Subject {
        TenantId tenant;
        Uuid of; // user, session, or the tenant itself
        bool operator==(const Subject&) const = default;
    };
    struct SubjectHash {
        std::size_t operator()(const Subject& subject) const noexcept {
            return std::hash<TenantId>()(subject.tenant) * 31 ^
                   std::hash<UserId>()(UserId{subject.of});
        }
    };
    static Subject subject_of(const Revocation& revocation);
    std::int64_t newest(const Subject& subject) const;
    std::int64_t newest_of_all(TenantId tenant) const;
    void fold();

    const std::size_t items_limit_;
    mutable std::shared_mutex mutex_;
    std::unordered_map<Subject, Revocation, SubjectHash> newest_; // guarded by mutex_
    std::unordered_map<TenantId, Revocation> folded_;             // guarded by mutex_
    std::atomic<std::uint64_t> version_ = 0;
    static constexpr std::int64_t never = INT64_MIN;
    std::atomic<std::int64_t> heard_ = never;
};

} // namespace bw::tenancy
