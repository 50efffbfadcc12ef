// An institution as every process knows it, and the states it can be in (the table in README.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "tenancy/quota.hpp"
#include "tenancy/scope.hpp"

namespace bw::tenancy {

enum class TenantState : std::uint8_t { active, suspended };
std::string_view wire_name(TenantState state);
std::optional<TenantState> tenant_state_from(std::string_view name);

/// What callers of a suspended institution are told, whoever they are: forbidden, and no more.
inline Error suspended_institution() {
    return fail(Code::forbidden,
                "the institution is suspended; those who run this installation know more");
}

/// A moment at which many will want to be signed in, and what begins with it: a lesson, an exam.
struct Bell {
    Instant at;
    Duration lasts{};
    bool operator==(const Bell&) const = default;
};

struct TenantInfo {
    TenantScope scope;
    std::string slug; // the first label of the institution's host name
    std::string name;
    std::string zone; // IANA
    std::string locale = "en";
    TenantState state = TenantState::active;
    std::vector<std::string> hosts = {}; // with a dot: domains of its own; else former slugs
    Quotas quotas = {};
    std::vector<Bell> bells = {}; // that are not over, in their order
};

} // namespace bw::tenancy
