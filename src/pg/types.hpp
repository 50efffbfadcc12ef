// The object ids of PostgreSQL's built-in types that this program speaks
// (src/include/catalog/pg_type.dat; fixed for ever), and which of them a value may be given for.
// Private to pg.
#pragma once

#include <libpq-fe.h>

namespace bw::pg::type {

inline constexpr Oid any = 0; // NULL goes everywhere
inline constexpr Oid boolean = 16, bytea = 17, character = 18, name = 19, int8 = 20, int2 = 21,
                     int4 = 23, text = 25;
inline constexpr Oid json = 114, unknown = 705, bpchar = 1042, varchar = 1043, timestamptz = 1184,
                     uuid = 2950;
inline constexpr Oid jsonb = 3802;
inline constexpr Oid boolean_array = 1000, bytea_array = 1001, int8_array = 1016, text_array = 1009;
inline constexpr Oid varchar_array = 1015, timestamptz_array = 1185, uuid_array = 2951;

/// Enums, domains and extensions' types begin here.
inline constexpr Oid first_user_type = 16384;

constexpr bool reads_as_text(Oid oid) {
    return oid == text || oid == varchar || oid == bpchar || oid == name || oid == unknown ||
           oid == character || oid >= first_user_type;
}

/// May a value made for type `given` be bound to a parameter that the server inferred to be
/// `wanted`? Widths alone would let an Instant pass for a bigint, or eight letters for either: the
/// server reads bytes, not intentions.
constexpr bool fits(Oid given, Oid wanted) {
    return given == any || given == wanted ||
           (given == text && (reads_as_text(wanted) || wanted == json)) ||
           wanted >= first_user_type;
}

} // namespace bw::pg::type
