// Who calls: the outcome of a verified access token.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "tenancy/scope.hpp"

namespace bw::tenancy {

/// OneRoster's roles, folded to what permissions need.
enum class Role : std::uint8_t { student = 1, teacher = 2, administrator = 4 };

class Roles {
public:
    constexpr Roles() = default;
    constexpr Roles(Role role) : bits_(static_cast<std::uint8_t>(role)) {}
    constexpr bool has(Role role) const { return bits_ & static_cast<std::uint8_t>(role); }
    constexpr Roles with(Role role) const {
        Roles r = *this;
        r.bits_ |= static_cast<std::uint8_t>(role);
        return r;
    }
    constexpr bool any_of(Roles others) const { return (bits_ & others.bits_) != 0; }
    constexpr bool none() const { return bits_ == 0; }
    constexpr bool operator==(const Roles&) const = default;
    /// As they are kept: the sum of Role's values. What is none of them is nothing.
    constexpr std::uint8_t bits() const { return bits_; }
    static constexpr Roles of_bits(std::int64_t bits) {
        Roles out;
        out.bits_ = static_cast<std::uint8_t>(bits & 7);
        return out;
    }

private:
    std::uint8_t bits_ = 0;
};

constexpr Role all_roles[] = {Role::student, Role::teacher, Role::administrator};
constexpr Roles staff = Roles(Role::teacher).with(Role::administrator);

std::string_view wire_name(Role role); // "student", "teacher", "administrator"
std::optional<Role> role_from(std::string_view name);

struct Principal {
    TenantScope scope;
    UserId user;
    AuthSessionId session;
    Roles roles;
    Instant expires_at;
    // Of the token: by these TokenVerifier::still_good asks again whether it counts.
    std::int64_t epoch = 0;
    std::array<char, 16> kid = {};
};

} // namespace bw::tenancy
