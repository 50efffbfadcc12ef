// What a Connection holds. For this module's sources alone.
#pragma once

#include "columnar/connection.hpp"
#include "columnar/raw.hpp"

namespace bw::columnar {

struct Connection::Raw {
    OwnedConnection connection;
};

struct Prepared::Raw {
    OwnedPrepared statement;
};

} // namespace bw::columnar
