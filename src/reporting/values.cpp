#include "reporting/values.hpp"

#include <bit>

namespace bw::reporting {

namespace {

constexpr std::int32_t postgres_epoch_days = 10'957; // 2000-01-01

template <class Integer>
Integer whole(ByteView bytes) {
    std::uint64_t out = 0;
    for (const char c : bytes)
        out = out << 8 | static_cast<unsigned char>(c);
    return static_cast<Integer>(out);
}

} // namespace

void append(columnar::Appender& to, ColumnType type, const pg::pgoutput::Field& field) {
    if (field.kind != pg::pgoutput::Field::Kind::binary) {
        to.null();
        return;
    }
    const ByteView bytes = field.bytes;
    switch (type) {
    case ColumnType::boolean:
        to.boolean(bytes[0] != 0);
        break;
    case ColumnType::int4:
        to.integer(whole<std::int32_t>(bytes));
        break;
    case ColumnType::int8:
        to.integer(whole<std::int64_t>(bytes));
        break;
    case ColumnType::float8:
        to.real(std::bit_cast<double>(whole<std::uint64_t>(bytes)));
        break;
    case ColumnType::text:
        to.text(bytes);
        break;
    case ColumnType::bytea:
        to.bytes(bytes);
        break;
    case ColumnType::uuid:
        to.uuid(to_array<16>(bytes).value_or(Uuid{}));
        break;
    case ColumnType::date:
        to.day(whole<std::int32_t>(bytes) + postgres_epoch_days);
        break;
    case ColumnType::timestamptz:
        to.micros(whole<std::int64_t>(bytes) + pg::postgres_epoch_us);
        break;
    }
}

} // namespace bw::reporting
