#include "submissions/intake.hpp"

#include "base/ensure.hpp"

namespace bw::submissions {

Intake::Intake(journal::Journal& journal, std::string kid, ReceiveClock receive_clock,
               ClockErrorSource clock_error, IntakeOptions options)
    : journal_(journal), kid_(std::move(kid)), receive_clock_(receive_clock),
      clock_error_(std::move(clock_error)), options_(options) {}

namespace {

using tenancy::Counted;

/// A bucket counts whole ones a second, and 60 a minute are not the least that makes sense: it
/// counts 60ths. It holds what comes in a minute.
constexpr std::int32_t units = 60;
tenancy::Rate a_minute(std::int32_t rate) {
    return {.per_second = rate, .burst = rate * units};
}

std::int64_t kib_of(const Statement& statement) {
    return (static_cast<std::int64_t>(statement.content_bytes) + 1023) / 1024;
}

/// What the kernel says of the wall clock is true of our moments only as far as they follow it.
ClockError with_distance(ClockError error, Duration apart) {
    if (!error.ms || apart <= 1ms) // 1 ms: two roundings
        return error;
    const auto sum = std::chrono::ceil<std::chrono::milliseconds>(apart).count() + *error.ms;
    return {static_cast<std::uint32_t>(
        std::min<std::int64_t>(sum, UINT32_MAX - 1))}; // the last one stands for "unknown"
}

} // namespace

void Intake::accept(Offer offer, Done done) {
    Statement statement{offer.tenant,
                        offer.user,
                        offer.assignment,
                        std::move(offer.idempotency_key),
                        receive_clock_.at(offer.received),
                        with_distance(clock_error_(), receive_clock_.apart()),
                        static_cast<std::uint32_t>(offer.content.size()),
                        sha256(offer.content),
                        offer.kind};
    const SubmissionId id = statement.submission_id();
    Shard& shard = shard_of(id);
    {
        std::unique_lock lock(shard.mutex);
        auto at = shard.known.find(id);
        const bool is_new = at == shard.known.end();
        if (is_new) {
            if (auto refusal = over_quota(statement, offer.received)) {
                lock.unlock();
                return done(*std::move(refusal));
            }
            at = shard.known.try_emplace(id, Known{statement.content_sha256, std::nullopt, {}})
                     .first;
        }
        Known& known = at->second;
        if (!is_new && known.content_sha256 != statement.content_sha256) {
            lock.unlock();
            return done(
                fail(Code::idempotency_key_reused,
                     "this key was used for another content; a new submission needs a new key",
                     "Idempotency-Key"));
        }
        if (known.received) {
            Received again = *known.received;
            lock.unlock();
            again.replayed = true;
            return done(std::move(again));
        }
        if (known.waiters.size() >= options_.waiters_limit) {
            lock.unlock();
            return done(fail(Code::overloaded, "too many retries of this submission at once"));
        }
        known.waiters.push_back(std::move(done));
        if (!is_new)
            return; // the first one's commit answers this one too
    }
    Bytes encoded = encode(statement);
    Bytes record = encoded + offer.content;
    const std::size_t leaf_bytes = encoded.size();
    journal_.append(std::move(record), leaf_bytes,
                    [this, statement = std::move(statement),
                     encoded = std::move(encoded)](Result<journal::Committed> outcome) mutable {
                        committed(statement, std::move(encoded), std::move(outcome));
                    });
}

std::optional<Error> Intake::over_quota(const Statement& statement, Monotonic now) {
    if (!options_.quota)
        return std::nullopt;
    const auto [submissions, kib] = *options_.quota;
    auto refused = [](const char* of_what, Duration wait) {
        Error error = fail(Code::quota_exceeded,
                           std::string("you hand in more ") + of_what +
                               " than one person may in a minute; nothing was taken: wait, then "
                               "send the same again");
        error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait);
        return error;
    };
    const auto by_number = buckets_.take(Counted::submissions, statement.tenant, statement.user,
                                         a_minute(submissions), now, units);
    if (!by_number.admitted)
        return refused("submissions", by_number.retry_after);
    const auto by_bytes = buckets_.take(Counted::submission_bytes, statement.tenant, statement.user,
                                        a_minute(kib), now, units * kib_of(statement));
    if (by_bytes.admitted)
        return std::nullopt;
    buckets_.give_back(Counted::submissions, statement.tenant, statement.user,
                       a_minute(submissions), units);
    return refused("bytes", by_bytes.retry_after);
}

void Intake::uncount(const Statement& statement) {
    if (!options_.quota)
        return;
    buckets_.give_back(Counted::submissions, statement.tenant, statement.user,
                       a_minute(options_.quota->submissions_a_minute), units);
    buckets_.give_back(Counted::submission_bytes, statement.tenant, statement.user,
                       a_minute(options_.quota->kib_a_minute), units * kib_of(statement));
}

void Intake::committed(const Statement& statement, Bytes encoded,
                       Result<journal::Committed> outcome) {
    const SubmissionId id = statement.submission_id();
    Shard& shard = shard_of(id);
    std::vector<Done> waiters;
    std::optional<Received> received;
    std::optional<Error> refused;
    {
        std::lock_guard lock(shard.mutex);
        auto at = shard.known.find(id);
        ENSURE(at != shard.known.end(), "a commit that nobody began");
        waiters = std::move(at->second.waiters);
        if (outcome) {
            received = Received{std::move(encoded), *std::move(outcome), false};
            at->second.received = received;
            at->second.waiters.clear();
            remember(shard, id);
        } else {
            // The retry begins anew; if this one did last, the recorder merges the two.
            refused = std::move(outcome).error();
            uncount(statement);
            shard.known.erase(at);
        }
    }
    for (Done& waiter : waiters) {
        if (refused) {
            waiter(*refused);
        } else {
            waiter(*received);
            received->replayed = true;
        }
    }
}

void Intake::remember(Shard& shard, SubmissionId id) {
    shard.oldest_first.push_back(id);
    if (shard.oldest_first.size() > options_.index_items_limit / shard_count) {
        shard.known.erase(shard.oldest_first.front());
        shard.oldest_first.pop_front();
    }
}

std::optional<Received> Intake::find(SubmissionId submission) const {
    const Shard& shard = shard_of(submission);
    std::lock_guard lock(shard.mutex);
    auto at = shard.known.find(submission);
    return at == shard.known.end() ? std::nullopt : at->second.received;
}

void Intake::restore(const journal::Entry& entry) {
    auto record = decode_record(entry.record);
    if (!record)
        return; // the recorder sets it aside and says so
    const SubmissionId id = record->statement.submission_id();
    Shard& shard = shard_of(id);
    std::lock_guard lock(shard.mutex);
    Received received{entry.record.substr(0, record->statement_bytes),
                      {entry.position, entry.group, entry.index, entry.nonce},
                      false};
    if (shard.known
            .try_emplace(id, Known{record->statement.content_sha256, std::move(received), {}})
            .second)
        remember(shard, id);
}

Receipt Intake::receipt(const Received& received) const {
    const journal::Committed& commit = received.commit;
    return make_receipt(received.statement, commit.nonce, commit.index, *commit.group, kid_);
}

} // namespace bw::submissions
