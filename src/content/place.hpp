// Who somebody is in a section: whose page they may see, and change.
#pragma once

#include <string>

#include "tenancy/database.hpp"
#include "tenancy/principal.hpp"

namespace bw::content {

struct Place {
    std::string section_title;
    bool teaches = false; // administrators teach everywhere
};
/// not_found for whoever is neither its teacher nor its student.
Result<Place> place_in(tenancy::TenantTx& tx, const tenancy::Principal& principal,
                       SectionId section, Instant now);
/// The same; forbidden for its students.
Result<Place> teachers_place(tenancy::TenantTx& tx, const tenancy::Principal& principal,
                             SectionId section, Instant now);

} // namespace bw::content
