// Signing keys in the control database: how the processes of an installation share them, rotate
// them once and withdraw them. What a process knows of them is its KeyRing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenancy/database.hpp"
#include "tenancy/key_ring.hpp"

namespace bw::tenancy {

/// What operators do, through the doors of bw_operator; each change is in the book of operators'
/// deeds. `rng` must be fit for keys.
class SigningKeys {
public:
    /// In the order of `signs_from`; revoked ones too.
    static Result<std::vector<KeyRecord>> list(Database& database, Deadline deadline);

    struct Rotation {
        std::optional<TokenAlgorithm> algorithm = {}; // else the newest key's, at first EdDSA
        Duration announce = announce_default; // zero: the new key signs at once, and verifiers with
                                              // an older key set meet a kid that they do not know
    };
    /// The key that signs next. conflict: one is announced already (with announce zero it signs
    /// from now on instead), somebody else rotated at this moment, or there are too many.
    static Result<KeyRecord> rotate(Database& operator_database, const SecretKey& master,
                                    const Rotation& rotation, std::string_view actor, Rng& rng,
                                    Deadline deadline);

    /// Nothing that the key signed, or (nullopt) that any did, counts any more; if it was the one
    /// that signs, another does at once. The epoch with which processes hear of it. not_found;
    /// twice is fine.
    static Result<std::int64_t> revoke(Database& operator_database, const SecretKey& master,
                                       const std::optional<std::string>& kid,
                                       std::string_view actor, Rng& rng, Deadline deadline);

private:
    friend class SigningKeyFeed;
    /// What the door answers.
    static Result<std::string> add(Database& database, const TokenKey& key, const SecretKey& master,
                                   const std::optional<std::string>& newest, Duration announce,
                                   std::optional<Duration> due, std::string_view actor, Rng& rng,
                                   Deadline deadline);
    static Result<std::vector<KeyRecord>> after(Database& database, std::int64_t epoch,
                                                Deadline deadline);
};

struct SigningKeyOptions {
    bool makes_keys = false;                      // a first one, and the next by and by
    Duration rotate_every = 30 * 24h;             // zero: on demand alone
    std::optional<TokenAlgorithm> algorithm = {}; // another than the newest key's: a rotation
};

/// A process's part: hears what others did with the keys, and makes the next one when it is time.
/// On the revocation feed's thread, except before that starts.
class SigningKeyFeed {
public:
    /// All outlive it. `save`, if given, gets the ring as a file's content when it changed.
    SigningKeyFeed(KeyRing& ring, const SecretKey& master, const Clock& clock, Rng& rng,
                   SigningKeyOptions options = {},
                   std::function<void(const std::string&)> save = nullptr);

    /// `after`: an epoch beyond which there is something new, -1 for all there is (what a failover
    /// lost of the ring is then written again); nullopt: nothing is new, as far as epochs tell.
    Result<void> step(Database& database, std::optional<std::int64_t> after, Deadline deadline);

private:
    Result<void> read(Database& database, std::int64_t after, Deadline deadline);
    Result<void> restore(Database& database, const std::vector<KeyRecord>& standing,
                         Deadline deadline);
    Result<void> make_next(Database& database, Deadline deadline);
    bool is_due(const std::optional<KeyRecord>& newest) const;

    KeyRing& ring_;
    const SecretKey master_;
    const Clock& clock_;
    Rng& rng_;
    const SigningKeyOptions options_;
    const std::function<void(const std::string&)> save_;
    bool whole_ = false;             // all has been read once
    bool algorithm_settled_ = false; // by us, once: two processes that differ do not go on for ever
    std::uint64_t saved_version_ = 0;
    Monotonic next_attempt_{};
};

} // namespace bw::tenancy
