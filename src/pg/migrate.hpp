// Migrations: one forward timeline of numbered .sql files, each applied once, in order, in a
// transaction of its own.
#pragma once

#include <string>
#include <vector>

#include "pg/connection.hpp"

namespace bw::pg {

struct Migration {
    int number;       // from the file name: 0001_control.sql is 1
    std::string name; // "0001_control"
    std::string text;
};

/// Applies what `schema_migration` does not list yet; two processes at once are serialised by an
/// advisory lock. A file whose text changed after it was applied, or a gap in the numbers, is an
/// error and applies nothing. Returns how many were applied. The caller's connection needs the
/// right to create roles and schemas.
Result<int> migrate(Connection& connection, const std::vector<Migration>& timeline,
                    Deadline deadline);

} // namespace bw::pg
