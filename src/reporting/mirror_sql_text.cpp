#include "reporting/mirror_sql_text.hpp"

#include <fmt/core.h>

namespace bw::reporting::mirror_sql {

namespace {

std::string columns(const MirroredTable& table, std::string_view prefix) {
    std::string out;
    for (const MirroredColumn& column : table.columns)
        out += fmt::format("{}{}\"{}\"", out.empty() ? "" : ", ", prefix, column.name);
    return out;
}

/// b is the store's row, s the staged one.
std::string same_key(const MirroredTable& table) {
    std::string out;
    for (const MirroredColumn& column : table.key())
        out += fmt::format("{}b.\"{}\" = s.\"{}\"", out.empty() ? "" : " and ", column.name,
                           column.name);
    return out;
}

std::string nullable_columns(const MirroredTable& table) {
    std::string out;
    for (const MirroredColumn& column : table.columns)
        out += fmt::format("\"{}\" {}, ", column.name, store_name(column.type));
    return out;
}

} // namespace

std::string base_table(const MirroredTable& table, bool anew) {
    return fmt::format("create {} base.\"{}\" ({});\n",
                       anew ? "or replace table" : "table if not exists", table.name,
                       store_columns(table));
}

std::string temporary_tables(const MirroredTable& table, Followers followers) {
    std::string out = fmt::format(
        "create or replace temp table \"staged_{}\" ({}_row boolean, _unchanged bigint);\n",
        table.name, nullable_columns(table));
    if (followers.touched)
        out += fmt::format("create or replace temp table \"touched_{}\" ({});\n", table.name,
                           store_columns(table));
    if (followers.counted)
        out += fmt::format("create or replace temp table \"new_{}\" ({});\n", table.name,
                           store_columns(table));
    return out;
}

std::string empty(const MirroredTable& table) {
    return fmt::format("delete from base.\"{}\"", table.name);
}

std::string rewrite(const MirroredTable& table, bool touched, std::uint64_t unchanged) {
    const std::string key = same_key(table);
    std::string out;
    if (touched)
        out += fmt::format("insert into \"touched_{0}\" select {1} from base.\"{0}\" b join "
                           "\"staged_{0}\" s on {2};\n",
                           table.name, columns(table, "b."), key);
    if (unchanged != 0) {
        std::string kept;
        for (std::size_t i = table.key_columns; i < table.columns.size(); ++i)
            if ((unchanged >> i & 1) != 0)
                kept += fmt::format("{0}\"{1}\" = case when (s._unchanged >> {2}) & 1 = 1 then "
                                    "b.\"{1}\" else s.\"{1}\" end",
                                    kept.empty() ? "" : ", ", table.columns[i].name, i);
        out += fmt::format("update \"staged_{0}\" s set {1} from base.\"{0}\" b where s._unchanged "
                           "<> 0 and {2};\n",
                           table.name, kept, key);
        // Of a row that was set aside nothing stands: what the update did not say is not known.
        out += fmt::format("delete from \"staged_{0}\" s where s._unchanged <> 0 and not exists "
                           "(select 1 from base.\"{0}\" b where {1});\n",
                           table.name, key);
    }
    out += fmt::format("delete from base.\"{0}\" b using \"staged_{0}\" s where {1};\n", table.name,
                       key);
    out += fmt::format("insert into base.\"{0}\" select {1} from \"staged_{0}\" where _row;\n",
                       table.name, columns(table, ""));
    if (touched)
        out +=
            fmt::format("insert into \"touched_{0}\" select {1} from \"staged_{0}\" where _row;\n",
                        table.name, columns(table, ""));
    return out + fmt::format("delete from \"staged_{0}\";\n", table.name);
}

std::string forget_followers(std::string_view table, Followers followers) {
    std::string out;
    if (followers.touched)
        out += fmt::format("delete from \"touched_{}\";", table);
    if (followers.counted)
        out += fmt::format("delete from \"new_{}\";", table);
    return out;
}

} // namespace bw::reporting::mirror_sql
