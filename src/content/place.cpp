#include "content/place.hpp"

#include "roster/users.hpp"

namespace bw::content {

Result<Place> place_in(tenancy::TenantTx& tx, const tenancy::Principal& principal,
                       SectionId section, Instant now) {
    const auto found = TRY(roster::place_in_section(tx, principal.user, section, now));
    const bool everywhere = principal.roles.has(tenancy::Role::administrator);
    if (!found || !(found->teaches || found->attends || everywhere))
        return fail(Code::not_found, "there is no such section");
    return Place{found->title, found->teaches || everywhere};
}

Result<Place> teachers_place(tenancy::TenantTx& tx, const tenancy::Principal& principal,
                             SectionId section, Instant now) {
    Place place = TRY(place_in(tx, principal, section, now));
    if (!place.teaches)
        return fail(Code::forbidden, "only the section's teachers do this");
    return place;
}

} // namespace bw::content
