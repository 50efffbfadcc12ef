// UUIDs as DuckDB keeps them: a signed 128-bit number whose highest bit is flipped, so that they
// sort as their bytes do. For this module's sources alone.
#pragma once

#include <duckdb.h>

#include <cstdint>

#include "base/ids.hpp"

namespace bw::columnar {

inline constexpr std::uint64_t uuid_flip = std::uint64_t{1} << 63;

inline duckdb_uhugeint to_number(const Uuid& uuid) {
    duckdb_uhugeint number{0, 0};
    for (std::size_t i = 0; i < 8; ++i) {
        number.upper = number.upper << 8 | uuid[i];
        number.lower = number.lower << 8 | uuid[8 + i];
    }
    return number;
}

inline duckdb_hugeint to_duckdb(const Uuid& uuid) {
    const duckdb_uhugeint number = to_number(uuid);
    return {number.lower, static_cast<std::int64_t>(number.upper ^ uuid_flip)};
}

inline Uuid from_duckdb(duckdb_hugeint value) {
    Uuid uuid;
    const std::uint64_t upper = static_cast<std::uint64_t>(value.upper) ^ uuid_flip;
    for (std::size_t i = 0; i < 8; ++i) {
        uuid[i] = static_cast<std::uint8_t>(upper >> (56 - 8 * i));
        uuid[8 + i] = static_cast<std::uint8_t>(value.lower >> (56 - 8 * i));
    }
    return uuid;
}

} // namespace bw::columnar
