#include "tenancy/signing_keys.hpp"

#include <algorithm>

#include "telemetry/log.hpp"
#include "tenancy/signing_keys_sql.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view schedule = "schedule"; // who rotates when nobody in particular does
constexpr Duration attempt_interval = 1min;       // after one that failed

std::int64_t ms(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::optional<KeyRecord> newest_of(const std::vector<KeyRecord>& records) {
    for (std::size_t i = records.size(); i-- > 0;)
        if (!records[i].revoked_at)
            return records[i];
    return std::nullopt;
}

std::optional<std::string> kid_of(const std::optional<KeyRecord>& record) {
    return record ? std::optional(record->kid) : std::nullopt;
}

/// The next key must open where the others do.
Result<void> check_master(const std::optional<KeyRecord>& newest, const SecretKey& master) {
    if (newest && !unseal_token_key(*newest, master))
        return fail(Code::forbidden, "the keys in the database are sealed under another master key "
                                     "than secrets/master.key here: copy it from a server's");
    return {};
}

} // namespace

Result<std::vector<KeyRecord>> SigningKeys::after(Database& database, std::int64_t epoch,
                                                  Deadline deadline) {
    pg::Params params;
    params.int8(epoch);
    auto answers = TRY(database.run_plain({{sql::signing_keys_after, params}}, deadline));
    const pg::Rows& rows = answers.front();
    std::vector<KeyRecord> out;
    for (int i = 0; i < rows.count(); ++i) {
        const auto algorithm = token_algorithm_from(rows.text(i, 1));
        if (!algorithm)
            return fail(Code::corrupt, "a signing key has an unknown algorithm");
        out.push_back(
            {.kid = std::string(rows.text(i, 0)),
             .algorithm = *algorithm,
             .sealed = rows.is_null(i, 2) ? Bytes() : Bytes(rows.bytes(i, 2)),
             .announced_at = rows.instant(i, 3),
             .signs_from = rows.instant(i, 4),
             .revoked_at = rows.is_null(i, 5) ? std::nullopt : std::optional(rows.instant(i, 5))});
    }
    return out;
}

Result<std::vector<KeyRecord>> SigningKeys::list(Database& database, Deadline deadline) {
    return after(database, -1, deadline);
}

Result<std::string> SigningKeys::add(Database& database, const TokenKey& key,
                                     const SecretKey& master,
                                     const std::optional<std::string>& newest, Duration announce,
                                     std::optional<Duration> due, std::string_view actor, Rng& rng,
                                     Deadline deadline) {
    pg::Params params;
    params.text(key.kid()).text(wire_name(key.algorithm()));
    params.bytes(seal_token_key(key, master, rng)).optional_text(newest).int8(ms(announce));
    due ? params.int8(ms(*due)) : params.null();
    params.int8(ms(retirement)).text(actor);
    auto answers = TRY(database.run_plain({{sql::signing_key_add, params}}, deadline));
    return std::string(answers.front().text(0, 0));
}

Result<KeyRecord> SigningKeys::rotate(Database& operator_database, const SecretKey& master,
                                      const Rotation& rotation, std::string_view actor, Rng& rng,
                                      Deadline deadline) {
    const auto newest = newest_of(TRY(list(operator_database, deadline)));
    CHECK_OK(check_master(newest, master));
    const TokenAlgorithm algorithm = rotation.algorithm ? *rotation.algorithm
                                     : newest           ? newest->algorithm
                                                        : TokenAlgorithm::eddsa;
    const TokenKey key = TokenKey::make(algorithm, rng);
    const std::string outcome =
        TRY(add(operator_database, key, master, kid_of(newest),
                newest ? rotation.announce : Duration::zero(), std::nullopt, actor, rng, deadline));
    if (outcome == "pending")
        return fail(Code::conflict, "the key " + newest->kid +
                                        " is announced already; it signs from " +
                                        to_rfc3339(newest->signs_from));
    if (outcome == "newer")
        return fail(Code::conflict, "somebody else rotated the keys at this moment");
    if (outcome == "full")
        return fail(Code::conflict,
                    "there are too many keys that still verify; wait for the oldest "
                    "to go, or revoke some");
    const std::string& next = outcome == "promoted" ? newest->kid : key.kid();
    for (KeyRecord& record : TRY(list(operator_database, deadline)))
        if (record.kid == next)
            return std::move(record);
    return fail(Code::conflict, "somebody else revoked the key at this moment");
}

Result<std::int64_t> SigningKeys::revoke(Database& operator_database, const SecretKey& master,
                                         const std::optional<std::string>& kid,
                                         std::string_view actor, Rng& rng, Deadline deadline) {
    const auto newest = newest_of(TRY(list(operator_database, deadline)));
    if (kid) // all of them go when the master key is replaced, too
        CHECK_OK(check_master(newest, master));
    const TokenKey fresh =
        TokenKey::make(newest ? newest->algorithm : TokenAlgorithm::eddsa, rng); // if it is needed
    pg::Params params;
    params.optional_text(kid).text(fresh.kid()).text(wire_name(fresh.algorithm()));
    params.bytes(seal_token_key(fresh, master, rng)).text(actor);
    auto answers = TRY(operator_database.run_plain({{sql::signing_key_revoke, params}}, deadline));
    if (answers.front().text(0, 0) == "unknown")
        return fail(Code::not_found, "there is no such signing key");
    return answers.front().int8(0, 1);
}

SigningKeyFeed::SigningKeyFeed(KeyRing& ring, const SecretKey& master, const Clock& clock, Rng& rng,
                               SigningKeyOptions options,
                               std::function<void(const std::string&)> save)
    : ring_(ring), master_(master), clock_(clock), rng_(rng), options_(std::move(options)),
      save_(std::move(save)) {}

Result<void> SigningKeyFeed::step(Database& database, std::optional<std::int64_t> after,
                                  Deadline deadline) {
    if (!whole_ || ring_.wants_look(clock_.monotonic()))
        after = -1;
    if (after)
        CHECK_OK(read(database, *after, deadline));
    if (options_.makes_keys)
        CHECK_OK(make_next(database, deadline));
    if (save_ && saved_version_ != ring_.version()) {
        saved_version_ = ring_.version();
        save_(ring_.to_file(clock_.now()));
    }
    return {};
}

Result<void> SigningKeyFeed::read(Database& database, std::int64_t after, Deadline deadline) {
    const Monotonic asked = clock_.monotonic();
    const auto standing = TRY(SigningKeys::after(database, after, deadline));
    if (const std::size_t unreadable = ring_.merge(standing, clock_.now()))
        log::warn("signing_keys_unreadable",
                  {{"count", unreadable}, {"why", "sealed under another master key than ours"}});
    if (after == -1) {
        CHECK_OK(restore(database, standing, deadline));
        ring_.looked(asked);
        whole_ = true;
    }
    return {};
}

/// What is known here and does not stand in the database: a failover lost it.
Result<void> SigningKeyFeed::restore(Database& database, const std::vector<KeyRecord>& standing,
                                     Deadline deadline) {
    for (const KeyRecord& known : ring_.records(clock_.now())) {
        auto there = std::ranges::find(standing, known.kid, &KeyRecord::kid);
        if (there != standing.end() &&
            there->revoked_at.has_value() == known.revoked_at.has_value() &&
            there->signs_from == known.signs_from)
            continue;
        pg::Params params;
        params.text(known.kid).text(wire_name(known.algorithm));
        known.sealed.empty() ? params.null() : params.bytes(known.sealed);
        params.instant(known.announced_at).instant(known.signs_from);
        known.revoked_at ? params.instant(*known.revoked_at) : params.null();
        TRY(database.run_plain({{sql::signing_key_restore, params}}, deadline));
        log::warn("signing_key_restored", {{"kid", known.kid}});
    }
    return {};
}

bool SigningKeyFeed::is_due(const std::optional<KeyRecord>& newest) const {
    if (!newest)
        return whole_;
    const Instant now = clock_.now();
    if (newest->signs_from > now)
        return false;
    return (options_.algorithm && *options_.algorithm != newest->algorithm &&
            !algorithm_settled_) ||
           (options_.rotate_every > Duration::zero() &&
            newest->signs_from + options_.rotate_every - announce_default <= now);
}

/// One of the processes that find it due at the same moment does it: the door sees to that.
Result<void> SigningKeyFeed::make_next(Database& database, Deadline deadline) {
    const auto newest = newest_of(ring_.records(clock_.now()));
    if (!is_due(newest) || clock_.monotonic() < next_attempt_)
        return {};
    next_attempt_ = clock_.monotonic() +
                    std::chrono::duration_cast<Duration>(attempt_interval * (1 + rng_.unit()));
    const TokenAlgorithm algorithm = options_.algorithm ? *options_.algorithm
                                     : newest           ? newest->algorithm
                                                        : TokenAlgorithm::eddsa;
    const bool changes = newest && newest->algorithm != algorithm;
    const TokenKey key = TokenKey::make(algorithm, rng_);
    const std::string outcome = TRY(SigningKeys::add(
        database, key, master_, kid_of(newest), newest ? announce_default : Duration::zero(),
        newest && !changes ? std::optional(options_.rotate_every - announce_default) : std::nullopt,
        schedule, rng_, deadline));
    if (outcome == "added") {
        algorithm_settled_ = true;
        next_attempt_ = {};
        log::info("signing_key_announced",
                  {{"kid", key.kid()}, {"algorithm", std::string(wire_name(key.algorithm()))}});
    }
    return read(database, -1, deadline);
}

} // namespace bw::tenancy
