// What the mirror says to the store, made of the list of mirrored tables and of nothing else. For
// this module's sources alone.
#pragma once

#include <string>
#include <string_view>

#include "reporting/mirrored.hpp"

namespace bw::reporting::mirror_sql {

inline constexpr std::string_view schemas = R"sql(
create schema if not exists base;
create schema if not exists stream;
create table if not exists stream.watermark (
    system varchar not null, timeline bigint not null, lsn bigint not null, commit_at timestamptz not null,
    applied_at timestamptz not null, list varchar not null, seen varchar not null default '');
alter table stream.watermark add column if not exists seen varchar default ''; -- of a store that is older than the column
create table if not exists stream.set_aside (
    table_name varchar not null, key varchar not null, fault varchar not null, lsn bigint not null, found_at timestamptz not null);
create table if not exists stream.outdated (since timestamptz not null);
create table if not exists stream.published (mark varchar not null);
)sql";
inline constexpr std::string_view read_mark =
    "select coalesce(max(mark), '') from stream.published";
inline constexpr std::string_view forget_mark = "delete from stream.published";
inline constexpr std::string_view note_mark = "insert into stream.published values ($1)";
inline constexpr std::string_view read_outdated = "select min(since) from stream.outdated";
inline constexpr std::string_view note_outdated = "insert into stream.outdated values ($1)";
inline constexpr std::string_view read_watermark =
    "select system, timeline, lsn, commit_at, applied_at, seen from stream.watermark where list = "
    "$1";
inline constexpr std::string_view drop_watermark = "delete from stream.watermark";
inline constexpr std::string_view insert_watermark =
    "insert into stream.watermark values ($1, $2, $3, $4, $5, $6, $7)";
inline constexpr std::string_view count_set_aside = "select count(*)::bigint from stream.set_aside";
inline constexpr std::string_view insert_set_aside =
    "insert into stream.set_aside values ($1, $2, $3, $4, $5)";
inline constexpr std::string_view forget_set_aside = "delete from stream.set_aside";

/// No key of the store's own: its index would see a row twice that is deleted and inserted in one
/// transaction.
std::string base_table(const MirroredTable& table, bool anew);
/// What the makers of figures are told of a table's rows.
struct Followers {
    bool touched = false; // in touched_NAME: rows that changed
    bool counted = false; // in new_NAME: rows that are new, which are not in touched_NAME
};
/// staged_NAME, and those of the followers.
std::string temporary_tables(const MirroredTable& table, Followers followers);
std::string empty(const MirroredTable& table);
/// From staged_NAME into base.NAME; `unchanged`: which columns some rows have from the version that
/// stands.
std::string rewrite(const MirroredTable& table, bool touched, std::uint64_t unchanged);
std::string forget_followers(std::string_view table, Followers followers);

} // namespace bw::reporting::mirror_sql
