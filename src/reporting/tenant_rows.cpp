#include "reporting/tenant_rows.hpp"

#include "tenancy/tenancy_sql.hpp"

namespace bw::reporting {

namespace {

using pg::pgoutput::Field;

Bytes big_endian(std::int64_t value) {
    Bytes out;
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift));
    return out;
}

} // namespace

const MirroredTable& TenantRows::table() {
    return *mirrored_table("control", "tenants");
}

Result<TenantRows> TenantRows::read(pg::SnapshotReader& reader, Deadline deadline) {
    return TenantRows(TRY(reader.run(tenancy::sql::tenant_directory, {"0"}, deadline)));
}

std::optional<int> TenantRows::find(const Uuid& tenant) const {
    for (int i = 0; i < rows_.count(); ++i)
        if (rows_.uuid(i, 0) == tenant)
            return i;
    return std::nullopt;
}

const pg::pgoutput::Row& TenantRows::row(int number) {
    id_ = rows_.uuid(number, 0);
    generation_ = big_endian(rows_.int8(number, 1));
    row_ = {{Field::Kind::binary, view(id_)},
            {Field::Kind::binary, rows_.text(number, 2)},
            {Field::Kind::binary, rows_.text(number, 6)},
            {Field::Kind::binary, generation_}};
    return row_;
}

Result<void> TenantRows::enter(pg::SnapshotReader& reader, int number, Deadline deadline) const {
    TRY(reader.run(tenancy::sql::scope_enter,
                   {to_text(rows_.uuid(number, 0)), std::to_string(rows_.int8(number, 1)), "true"},
                   deadline));
    return {};
}

} // namespace bw::reporting
