// The key ring: which keys access tokens are signed with and verify under, in memory. How processes
// share them is signing_keys.hpp's.
#pragma once

#include <array>
#include <atomic>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret_box.hpp"
#include "base/time.hpp"
#include "tenancy/token_key.hpp"

namespace bw::tenancy {

constexpr Duration token_life_max = 5h;    // of any access token that we sign, across a lesson too
constexpr Duration clock_skew_max = 5min;  // between two processes; a minute each, with room
constexpr Duration key_set_max_age = 5min; // for which others may keep our public keys
constexpr Duration announce_default = 15min; // from a key's publication to its first signature
static_assert(announce_default >= key_set_max_age + clock_skew_max);
/// From the moment the next one signs until nothing that a key signed is good any more.
constexpr Duration retirement = token_life_max + clock_skew_max;

constexpr std::size_t kid_bytes = 16;

/// A key as the control database keeps it. The moments are the database's.
struct KeyRecord {
    std::string kid;
    TokenAlgorithm algorithm = TokenAlgorithm::eddsa;
    Bytes sealed; // the private half under the master key; empty: it was revoked
    Instant announced_at, signs_from;
    std::optional<Instant> revoked_at = {};

    bool operator==(const KeyRecord&) const = default;
};

/// README.md, "Signing keys", has the table.
enum class KeyState : std::uint8_t { announced, signing, retired, revoked, gone };
std::string_view wire_name(KeyState state);

/// Of each: `records` lie in the order of `signs_from`, then `kid`.
std::vector<KeyState> key_states(std::span<const KeyRecord> records, Instant now);

/// The private half as it is kept. What is opened is of that kid and algorithm, and was sealed
/// under this master key: whoever can write the database alone makes no key.
Bytes seal_token_key(const TokenKey& key, const SecretKey& master, Rng& rng);
std::optional<TokenKey> unseal_token_key(const KeyRecord& record, const SecretKey& master);

/// Thread-safe.
class KeyRing {
public:
    explicit KeyRing(const SecretKey& master) : master_(master) {}
    ~KeyRing();
    /// Keys that hold for ever, of which the first signs, and no others come: for tools and tests.
    KeyRing(std::initializer_list<TokenKey> keys);

    /// What signs now; nullopt: this process knows no key.
    std::optional<TokenKey> signer(Instant now) const;

    struct Holding {
        TokenKey key;
        Instant until; // what it signed is good no longer, unless version() moves before
    };
    /// The key that a token names. unauthenticated: it was revoked, or there is none.
    /// unavailable, with Retry-After: none is known, and the store is yet to be looked at for it
    /// (wants_look); nobody waits.
    Result<Holding> find(std::string_view kid, Instant now, Monotonic at) const;

    /// The public halves (RFC 7517) of all that verify or will.
    std::string jwk_set(Instant now) const;
    /// Moves with every change.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
    /// In the order of `signs_from`; none that is gone.
    std::vector<KeyRecord> records(Instant now) const;

    /// Takes in what is new. A revoked key stays revoked, the earlier `signs_from` counts, and what
    /// does not open under the master key is left out: how many there were.
    std::size_t merge(std::span<const KeyRecord> records, Instant now);

    /// With a checksum, the private halves sealed: for a process that starts while its database is
    /// away.
    std::string to_file(Instant now) const;
    /// corrupt: nothing of it was taken.
    Result<void> from_file(std::string_view text, Instant now);

    /// Somebody showed a kid that is not known; at most once in `look_interval`.
    bool wants_look(Monotonic now);
    /// All that the store has was read, by a question that was sent then.
    void looked(Monotonic at) { looked_.store(at.ns); }
    static constexpr std::chrono::milliseconds look_interval{1000};

private:
    struct Keys { // side by side, in the order of signs_from
        std::vector<KeyRecord> records;
        std::vector<std::optional<TokenKey>> opened; // none: it was revoked
    };
    using Opened = std::map<std::string, std::pair<KeyRecord, std::optional<TokenKey>>>; // by kid
    std::shared_ptr<const Keys> keys() const;
    static Keys in_order(const Opened& by_kid, Instant now);
    Error unknown(std::string_view kid, Monotonic at) const;

    SecretKey master_{};
    const bool complete_ = false;
    mutable std::mutex mutex_;
    std::shared_ptr<const Keys> keys_ =
        std::make_shared<const Keys>(); // shared by readers until the last is done
    std::atomic<std::uint64_t> version_ = 0;

    struct Stranger {
        std::array<char, kid_bytes> kid{};
        Monotonic met{INT64_MIN};
    };
    static constexpr Duration stranger_memory = 10s; // then it is looked for again
    mutable std::array<Stranger, 64> strangers_;     // guarded by mutex_
    mutable std::atomic<bool> wanted_ = false;
    std::atomic<std::int64_t> looked_ = INT64_MIN;
};

} // namespace bw::tenancy
