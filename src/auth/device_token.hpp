// Names under which attempts are counted: AccountKeys says whose password is tried, DeviceTokens
// tells a device that somebody has signed in from ("device cookies",
// https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/secret_box.hpp"
#include "base/time.hpp"

namespace bw::auth {

/// A keyed hash: it tells nobody who it is about, and nobody can aim at a slot of a table.
using AccountKey = std::array<std::uint8_t, 16>;
/// Random. All zeros: a device that is not known.
using DeviceId = std::array<std::uint8_t, 16>;

/// Thread-safe. Processes with the same key give the same names.
class AccountKeys {
public:
    explicit AccountKeys(const SecretKey& key) : key_(key) {}

    /// `username` in its normal form; whether anybody has it does not matter.
    AccountKey of_name(TenantId tenant, std::string_view username) const;
    AccountKey of_second_factor(TenantId tenant, UserId user) const;

private:
    const SecretKey key_;
};

/// Thread-safe.
class DeviceTokens {
public:
    static constexpr Duration lifetime = 180 * 24h; // given anew with each sign-in
    static constexpr std::size_t text_bytes = 58;   // "bwd_" and base64url

    explicit DeviceTokens(const SecretKey& key) : key_(key) {}

    /// Says that this device has signed in to that account, and nothing else: no session, no right.
    std::string write(const AccountKey& account, const DeviceId& device, Instant given) const;
    /// nullopt: for another account, not ours, or too old: the device is unknown.
    std::optional<DeviceId> read(std::string_view text, const AccountKey& account,
                                 Instant now) const;

private:
    const SecretKey key_;
};

} // namespace bw::auth
