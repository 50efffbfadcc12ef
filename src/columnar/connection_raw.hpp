// What a Connection holds. For this module's sources alone.
#pragma once

#include <filesystem>
#include <memory>

#include "columnar/connection.hpp"
#include "columnar/raw.hpp"

namespace bw::columnar {

struct Connection::Raw {
    std::shared_ptr<const OwnedDatabase> database; // with the store and its other connections
    OwnedConnection connection;
    std::filesystem::path spill; // the store's
};

struct Prepared::Raw {
    OwnedPrepared statement;
};

} // namespace bw::columnar
