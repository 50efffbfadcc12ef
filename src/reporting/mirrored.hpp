// Which tables and columns of the primary the reporting store mirrors: one list, to which the
// publication of the migrations is held by a test. Does not belong here: how rows get there
// (mirror, projector) and what reports make of them.
//
// No names, addresses, words or marks of appearance of people: reports tell ids, and whoever shows
// them adds names from the primary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bw::reporting {

/// The types that mirrored columns have at the primary. Another one does not pass: see
/// primary_tables.hpp.
enum class ColumnType : std::uint8_t {
    boolean,
    int4,
    int8,
    float8,
    text,
    bytea,
    uuid,
    date,
    timestamptz,
};

struct MirroredColumn {
    std::string_view name;
    ColumnType type;
    bool nullable = false;
};

struct MirroredTable {
    std::string_view schema; // at the primary; in the store every table is `base.<name>`
    std::string_view name;
    std::span<const MirroredColumn> columns; // the primary key first, in the key's order
    std::size_t key_columns;

    std::span<const MirroredColumn> key() const { return columns.first(key_columns); }
};

/// In an order in which whoever is referred to comes first.
std::span<const MirroredTable> mirrored_tables();
/// Null: it is not mirrored.
const MirroredTable* mirrored_table(std::string_view schema, std::string_view name);

/// The publication at the primary that carries exactly these tables and columns, and the role that
/// may read it.
inline constexpr std::string_view publication = "bw_reporting";
inline constexpr std::string_view stream_role = "bw_stream";
/// Of the names of the slots by which stores follow it: the rest is each store's own.
inline constexpr std::string_view slot_beginning = "bw_reporting";

/// As PostgreSQL names it ("bigint", "timestamp with time zone").
std::string_view postgres_name(ColumnType type);
/// As DuckDB names it ("BIGINT", "TIMESTAMP WITH TIME ZONE").
std::string_view store_name(ColumnType type);
/// "tenant_id UUID NOT NULL, org_id UUID NOT NULL, ..., parent_org_id UUID": the columns of
/// `base.<name>`.
std::string store_columns(const MirroredTable& table);

} // namespace bw::reporting
