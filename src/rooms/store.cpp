#include "rooms/store.hpp"

#include "rooms/rooms_sql.hpp"

namespace bw::rooms {

namespace {

template <class IdType>
std::vector<Uuid> uuids_of(std::span<const IdType> ids) {
    std::vector<Uuid> out;
    out.reserve(ids.size());
    for (const IdType id : ids)
        out.push_back(id.uuid);
    return out;
}

} // namespace

tenancy::Step claim_step(std::span<const live::LiveClassId> rooms, std::string_view holder,
                         Instant now) {
    pg::Params params;
    params.uuids(uuids_of(rooms)).text(holder).instant(now);
    return {sql::claim_rooms, std::move(params)};
}

tenancy::Step epochs_step(std::span<const live::LiveClassId> rooms) {
    pg::Params params;
    params.uuids(uuids_of(rooms));
    return {sql::room_epochs, std::move(params)};
}

std::map<live::LiveClassId, std::int64_t> read_epochs(const pg::Rows& rows) {
    std::map<live::LiveClassId, std::int64_t> out;
    for (int row = 0; row < rows.count(); ++row)
        out[rows.id<live::LiveClassId>(row, 0)] = rows.int8(row, 1);
    return out;
}

Result<void> check_held(tenancy::TenantTx& tx, live::LiveClassId room, std::int64_t epoch) {
    pg::Params params;
    params.id(room).int8(epoch);
    if (TRY(tx.run(sql::room_is_held, params)).empty())
        return fail(Code::conflict, "another process holds the room");
    return {};
}

tenancy::Step names_step(std::span<const UserId> people) {
    pg::Params params;
    params.uuids(uuids_of(people));
    return {sql::names_of, std::move(params)};
}

std::map<UserId, std::string> read_names(const pg::Rows& rows) {
    std::map<UserId, std::string> out;
    for (int row = 0; row < rows.count(); ++row)
        out[rows.id<UserId>(row, 0)] = rows.text(row, 1);
    return out;
}

} // namespace bw::rooms
