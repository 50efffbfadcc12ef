// The data directories of a private cluster: which is the primary's, whether one can serve as the
// replica's, and how one takes another's place. Every step may be cut short by a crash. Private to
// pg.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "pg/process.hpp"

namespace bw::pg {

inline std::filesystem::path second_of(const std::filesystem::path& cluster) {
    return cluster / "replica";
}

/// The directory of the server that is recorded as the primary: the cluster's own, or, after a
/// promotion, replica/. `conflict` if its data are missing while others are there: a new, empty
/// cluster must not take the place of the only copy.
Result<std::filesystem::path> primary_directory(const std::filesystem::path& cluster);
/// Durable when it returns. The file `primary` holds `data` or `replica/data`.
Result<void> record_primary(const std::filesystem::path& cluster,
                            const std::filesystem::path& directory);

/// Has a server been left to follow another one there?
bool is_standby(const std::filesystem::path& directory);
Result<void> make_standby(const std::filesystem::path& data, const Identity& user);
/// The major version that the data belong to; empty if there are none.
std::string data_version(const std::filesystem::path& directory);
std::optional<std::int64_t> system_identifier(const std::filesystem::path& directory);

/// Where a base backup is made; whatever an earlier one left there is removed.
Result<std::filesystem::path> fresh_data(const std::filesystem::path& directory,
                                         const Identity& user);
/// What was made there becomes the data; the data before are removed. Never a mixture of the two.
Result<void> adopt_fresh_data(const std::filesystem::path& directory);
/// The data of a primary that was replaced: kept as data.former until a replica follows the new
/// one.
Result<void> set_former_aside(const std::filesystem::path& directory);
void remove_former(const std::filesystem::path& directory);
/// Removes what crashes have left half-removed.
void remove_leftovers(const std::filesystem::path& directory);

} // namespace bw::pg
