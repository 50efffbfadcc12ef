// ArrivalTickets: who was refused because the hash lane was full proves with one when they first
// came, so that the early are not overtaken by the late.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/secret_box.hpp"
#include "base/time.hpp"

namespace bw::auth {

/// Thread-safe.
class ArrivalTickets {
public:
    static constexpr Duration lifetime = 10min;
    static constexpr std::size_t text_bytes = 32; // base64url

    explicit ArrivalTickets(const SecretKey& key) : key_(key) {}

    /// Good for this user name alone; `username` in its normal form.
    std::string write(TenantId tenant, std::string_view username, Instant arrived) const;
    /// nullopt: for another name, not ours, or too old to matter: then the bearer is a newcomer.
    std::optional<Instant> read(std::string_view text, TenantId tenant, std::string_view username,
                                Instant now) const;

private:
    const SecretKey key_;
};

} // namespace bw::auth
