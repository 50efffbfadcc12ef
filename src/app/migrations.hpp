// The forward timeline of migrations/*.sql, compiled in.
#pragma once

#include <vector>

#include "pg/migrate.hpp"

namespace bw::app {

const std::vector<pg::Migration>& timeline();

} // namespace bw::app
