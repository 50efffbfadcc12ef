#include "tenancy/principal.hpp"

#include "base/ensure.hpp"

namespace bw::tenancy {

std::string_view wire_name(Role role) {
    switch (role) {
    case Role::student:
        return "student";
    case Role::teacher:
        return "teacher";
    case Role::administrator:
        return "administrator";
    }
    ensure_failed("wire_name", "a role without a wire name");
}

std::optional<Role> role_from(std::string_view name) {
    for (Role role : all_roles)
        if (wire_name(role) == name)
            return role;
    return std::nullopt;
}

} // namespace bw::tenancy
