// The plan of a sign-in storm: who arrives, and how.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace bw::storm {

/// Who arrives: by refresh token if there is one, by single sign-on if it says so, else by name and
/// password.
struct PlannedPerson {
    std::string host, username, refresh_token;
    std::string user = {}; // the id, where the plan says it
    bool sso = false;
};
/// One object a line: {"host","username","refresh_token"} or {"host","username","sso":true}; the
/// last may be left out, and `user_id` may be said. Errors say `name`:line and never quote a token.
Result<std::vector<PlannedPerson>> read_people(std::istream& in, const std::string& name);

} // namespace bw::storm
