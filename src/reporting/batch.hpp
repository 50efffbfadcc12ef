// Changes of one mirrored table since the store was last written to, a row's last version alone.
// Pure: knows the layout of rows, not the store (mirror).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "base/result.hpp"
#include "pg/pgoutput.hpp"
#include "reporting/mirrored.hpp"

namespace bw::reporting {

/// A row's values in the order of the mirrored columns.
using FieldSpan = std::span<const pg::pgoutput::Field>;

/// Why a row cannot stand in the store; empty: it can. (`unchanged` values are looked at when they
/// are known.)
std::string fault_in(const MirroredTable& table, FieldSpan row);

/// What is to become of one row.
struct RowChange {
    bool stands = false;         // a version of it may be in the store
    std::optional<Bytes> row;    // packed; nullopt: it goes
    std::uint64_t unchanged = 0; // bit i: column i keeps the store's value
};

/// A row is known by its key: see key_of.
class TableBatch {
public:
    explicit TableBatch(const MirroredTable& table) : table_(&table) {}

    void insert(FieldSpan row);
    /// `old_key` if the key changed. `conflict`: the row was moved to another key, and a value of
    /// it is known to the store alone.
    Result<void> update(std::optional<FieldSpan> old_key, FieldSpan row);
    void remove(FieldSpan key);
    void truncate();
    void clear();

    bool empty() const { return changes_.empty() && !truncated_; }
    bool truncated() const { return truncated_; } // before all of the changes
    std::size_t rows() const { return changes_.size(); }
    std::size_t bytes() const { return bytes_; }
    const MirroredTable& table() const { return *table_; }
    const std::unordered_map<Bytes, RowChange>& changes() const { return changes_; }

    /// The packed values of the key's columns.
    Bytes key_of(FieldSpan row) const;
    /// What a packed row or key holds: views into it.
    static std::vector<pg::pgoutput::Field> unpack(ByteView packed);
    /// Likewise, in place of what `out` holds.
    static void unpack(ByteView packed, std::vector<pg::pgoutput::Field>& out);

private:
    const MirroredTable* table_;
    std::unordered_map<Bytes, RowChange> changes_;
    std::size_t bytes_ = 0;
    bool truncated_ = false;
};

} // namespace bw::reporting
