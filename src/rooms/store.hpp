// What of rooms is in the database: who holds them, and people's names.
#pragma once

#include <map>
#include <span>

#include "live/live_class.hpp"
#include "tenancy/database.hpp"

namespace bw::rooms {

/// From now on these rooms are this holder's, with the epoch that each has. One that is missing:
/// there is no such class.
tenancy::Step claim_step(std::span<const live::LiveClassId> rooms, std::string_view holder,
                         Instant now);
tenancy::Step epochs_step(std::span<const live::LiveClassId> rooms);
/// Of either.
std::map<live::LiveClassId, std::int64_t> read_epochs(const pg::Rows& rows);

/// conflict: another holds the room. Else nobody claims it until the transaction is over, so that
/// what is written in it is the holder's.
Result<void> check_held(tenancy::TenantTx& tx, live::LiveClassId room, std::int64_t epoch);

tenancy::Step names_step(std::span<const UserId> people);
std::map<UserId, std::string> read_names(const pg::Rows& rows);

} // namespace bw::rooms
