// What a principal may do: a closed set of permissions, derived from roles by the one table in
// permission.cpp. Which rows within the institution (one's own, one's sections') stays with each
// module.
#pragma once

#include <cstdint>
#include <string_view>

#include "tenancy/principal.hpp"

namespace bw::tenancy {

enum class Permission : std::uint8_t {
    assignments_read,
    assignments_write,
    submissions_write, // hand in
    submissions_read,  // one's own
    submissions_read_others,
    roster_read,
    roster_read_demographics,
    roster_write,
    credentials_write, // of others: reset a password
    sign_in_policy,    // read and change the institution's
    sign_in_delays,    // lift those of one's students
    audit_read,
    identity_providers_write,
    bells_write, // when many will come
    jobs_read,
    jobs_write,      // retry, cancel, redrive
    marking_write,   // of one's sections: schemes, marks, releases
    notice_policy,   // what the institution wants told by mail
    content_write,   // of one's sections: materials, announcements
    identities_open, // of what is marked anonymously
    grades_read,     // one's own
    regrades_write,  // ask about one's own
};

std::string_view wire_name(Permission permission); // "roster:read_demographics"

bool permits(Roles roles, Permission permission);

} // namespace bw::tenancy
