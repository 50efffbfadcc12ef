// SignInGuards: what every way of signing in with a secret is held to. All of it follows from one
// key, which the processes of an installation share.
#pragma once

#include <atomic>

#include "auth/challenge.hpp"
#include "auth/device_token.hpp"
#include "auth/guess_limit.hpp"

namespace bw::auth {

/// Thread-safe.
struct SignInGuards {
    explicit SignInGuards(const SecretKey& key, GuessRules rules = {})
        : accounts(key), devices(key), challenges(key), guesses(rules) {}

    const AccountKeys accounts;
    const DeviceTokens devices;
    const Challenges challenges;
    GuessLimit guesses;
    std::atomic<std::uint64_t> second_factors_asked = 0, second_factors_failed = 0;
};

} // namespace bw::auth
