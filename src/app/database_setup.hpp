// A database made ready for the server: it exists, is migrated, and its login roles have passwords
// that we hold.
#pragma once

#include <functional>
#include <string>

#include "app/installation.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw::app {

constexpr const char* database_name = "bellwether";

/// `superuser_conninfo(database)` reaches a database as a superuser; `role_conninfo(role,
/// password)` is what the server will use, stored in the installation. Idempotent. Returns how many
/// migrations were applied.
Result<int> set_up_database(
    const Installation& installation,
    const std::function<std::string(const std::string&)>& superuser_conninfo,
    const std::function<std::string(const std::string&, const std::string&)>& role_conninfo,
    const Clock& clock, Rng& rng, Deadline deadline);

} // namespace bw::app
