#include "reporting/primary_tables.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/crypto.hpp"

namespace bw::reporting {

namespace {

constexpr std::string_view schema_fault = "schema", snapshot_field = "snapshot"; // Error.field

std::uint32_t type_id(ColumnType type) { // pg_type's object ids, fixed for ever
    switch (type) {
    case ColumnType::boolean:
        return 16;
    case ColumnType::int4:
        return 23;
    case ColumnType::int8:
        return 20;
    case ColumnType::float8:
        return 701;
    case ColumnType::text:
        return 25;
    case ColumnType::bytea:
        return 17;
    case ColumnType::uuid:
        return 2950;
    case ColumnType::date:
        return 1082;
    case ColumnType::timestamptz:
        return 1184;
    }
    return 0;
}

} // namespace

bool is_schema_fault(const Error& error) {
    return error.field == schema_fault;
}

bool wants_snapshot(const Error& error) {
    return error.field == snapshot_field;
}

Error snapshot_wanted(std::string why) {
    return fail(Code::conflict, std::move(why), std::string(snapshot_field));
}

Result<std::string> mark_of(std::span<const pg::PublishedTable> published,
                            std::string_view wanted) {
    std::string marks;
    for (const MirroredTable& table : mirrored_tables()) {
        const auto found = std::ranges::find_if(published, [&](const pg::PublishedTable& one) {
            return one.schema == table.schema && one.name == table.name;
        });
        const auto has = [&](const MirroredColumn& column) {
            return std::ranges::count(found->columns, column.name) == 1;
        };
        if (found == published.end() || !found->whole || !std::ranges::all_of(table.columns, has))
            return fail(Code::precondition_failed,
                        fmt::format("{}.{} is not {}", table.schema, table.name, wanted),
                        std::string(schema_fault));
        marks += found->mark + ";";
    }
    return to_hex(view(sha256(marks))).substr(0, 32);
}

Result<std::string> published_mark(pg::LogProbe& probe, Deadline deadline) {
    return mark_of(TRY(probe.published(publication, deadline)),
                   fmt::format("in the publication {} with all that reports need of it: migrations "
                               "put it there",
                               publication));
}

Result<void> fits(const MirroredTable& table, std::span<const std::uint32_t> types) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (types[i] != type_id(table.columns[i].type))
            return fail(Code::precondition_failed,
                        fmt::format("{}.{} is of type {} at the primary, not {}: this program is "
                                    "of another version than the database",
                                    table.name, table.columns[i].name, types[i],
                                    postgres_name(table.columns[i].type)),
                        std::string(schema_fault));
    return {};
}

Result<std::vector<std::size_t>> places_in(const pg::pgoutput::Relation& relation,
                                           const MirroredTable& table) {
    std::vector<std::size_t> places;
    std::vector<std::uint32_t> types;
    for (const MirroredColumn& column : table.columns) {
        const auto found =
            std::ranges::find(relation.columns, column.name, &pg::pgoutput::Column::name);
        if (found == relation.columns.end())
            return fail(Code::precondition_failed,
                        fmt::format("{}.{} is no column at the primary any more: this program is "
                                    "of another version than the database",
                                    relation.name, column.name),
                        std::string(schema_fault));
        places.push_back(static_cast<std::size_t>(found - relation.columns.begin()));
        types.push_back(found->type);
    }
    CHECK_OK(fits(table, types));
    return places;
}

} // namespace bw::reporting
