// The institutions as rows of control.tenants, which are read through the directory's door, and the
// way into the scope of each. For this module's sources alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "pg/change_stream.hpp"
#include "reporting/mirrored.hpp"

namespace bw::reporting {

class TenantRows {
public:
    /// As the reader's transaction sees them.
    static Result<TenantRows> read(pg::SnapshotReader& reader, Deadline deadline);

    static const MirroredTable& table();
    int count() const { return rows_.count(); }
    std::optional<int> find(const Uuid& tenant) const;
    /// In the order of the mirrored columns; valid as long as this, and until the next call.
    const pg::pgoutput::Row& row(int number);
    /// The transaction sees that tenant's rows from now on, a suspended one's as well.
    Result<void> enter(pg::SnapshotReader& reader, int number, Deadline deadline) const;

private:
    explicit TenantRows(pg::Rows rows) : rows_(std::move(rows)) {}
    pg::Rows rows_;
    pg::pgoutput::Row row_;
    Uuid id_{};
    Bytes generation_;
};

} // namespace bw::reporting
