// PostgreSQL's binary format of the types in values.hpp: big-endian integers, microseconds since
// 2000 for instants, arrays as dimensions, element type and length-prefixed elements. No I/O.
#include "pg/values.hpp"

#include <charconv>
#include <limits>

#include "base/ensure.hpp"
#include "pg/types.hpp"

namespace bw::pg {

namespace {

constexpr std::int64_t epoch_2000_ms = 946'684'800'000;

template <class Integer>
void put_be(std::string& out, Integer value) {
    for (std::size_t i = sizeof(Integer); i-- > 0;)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

template <class Integer>
Integer get_be(std::string_view bytes) {
    ENSURE(bytes.size() == sizeof(Integer), "a value of another width");
    std::uint64_t value = 0;
    for (char c : bytes)
        value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<Integer>(value);
}

/// What the server cannot represent becomes a value that it refuses (22008), not another instant.
std::int64_t microseconds(Instant v) {
    std::int64_t ms = 0, us = 0;
    if (__builtin_sub_overflow(v.ms, epoch_2000_ms, &ms) || __builtin_mul_overflow(ms, 1000, &us))
        return std::numeric_limits<std::int64_t>::max() - 1; // max itself is 'infinity'
    return us;
}

/// `element(i)` appends element i's length and bytes; `has_null` is a hint the server checks
/// nothing by.
template <class Element>
void put_array(std::string& out, Oid type, std::size_t count, bool has_null, Element&& element) {
    ENSURE(count <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
           "an array too long");
    put_be<std::int32_t>(out, count == 0 ? 0 : 1); // dimensions: an empty array has none
    put_be<std::int32_t>(out, has_null ? 1 : 0);
    put_be<std::int32_t>(out, static_cast<std::int32_t>(type));
    if (count == 0)
        return;
    put_be<std::int32_t>(out, static_cast<std::int32_t>(count));
    put_be<std::int32_t>(out, 1); // lower bound
    for (std::size_t i = 0; i < count; ++i)
        element(i);
}

void put_element(std::string& out, std::string_view bytes) {
    ENSURE(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
           "an element too long");
    put_be<std::int32_t>(out, static_cast<std::int32_t>(bytes.size()));
    out.append(bytes);
}

void put_element(std::string& out, std::int64_t v) {
    put_be<std::int32_t>(out, 8);
    put_be<std::int64_t>(out, v);
}

void put_element(std::string& out, bool v) {
    put_be<std::int32_t>(out, 1);
    out.push_back(v ? 1 : 0);
}

void put_null_element(std::string& out) {
    put_be<std::int32_t>(out, -1);
}

template <class T>
bool any_null(std::span<const std::optional<T>> v) {
    for (const auto& e : v)
        if (!e)
            return true;
    return false;
}

} // namespace

Params& Params::done(Oid type) {
    ends_.push_back(buffer_.size());
    types_.push_back(type);
    nulls_.push_back(false);
    return *this;
}

void Params::clear() {
    buffer_.clear();
    ends_.clear();
    types_.clear();
    nulls_.clear();
}

Params& Params::text(std::string_view v) {
    buffer_.append(v);
    return done(type::text);
}

Params& Params::bytes(ByteView v) {
    buffer_.append(v);
    return done(type::bytea);
}

Params& Params::json(std::string_view v) {
    buffer_.push_back(1); // jsonb's version
    buffer_.append(v);
    return done(type::jsonb);
}

Params& Params::int8(std::int64_t v) {
    put_be(buffer_, v);
    return done(type::int8);
}

Params& Params::int4(std::int32_t v) {
    put_be(buffer_, v);
    return done(type::int4);
}

Params& Params::boolean(bool v) {
    buffer_.push_back(v ? 1 : 0);
    return done(type::boolean);
}

Params& Params::uuid(const Uuid& v) {
    buffer_.append(view(v));
    return done(type::uuid);
}

Params& Params::instant(Instant v) {
    put_be(buffer_, microseconds(v));
    return done(type::timestamptz);
}

Params& Params::null() {
    done(type::any);
    nulls_.back() = true;
    return *this;
}

Params& Params::texts(std::span<const std::optional<std::string>> v) {
    put_array(buffer_, type::text, v.size(), any_null(v), [&](std::size_t i) {
        if (v[i])
            put_element(buffer_, std::string_view(*v[i]));
        else
            put_null_element(buffer_);
    });
    return done(type::text_array);
}

Params& Params::texts(std::span<const std::string> v) {
    put_array(buffer_, type::text, v.size(), false,
              [&](std::size_t i) { put_element(buffer_, std::string_view(v[i])); });
    return done(type::text_array);
}

Params& Params::bytes_array(std::span<const Bytes> v) {
    put_array(buffer_, type::bytea, v.size(), false,
              [&](std::size_t i) { put_element(buffer_, std::string_view(v[i])); });
    return done(type::bytea_array);
}

Params& Params::uuids(std::span<const Uuid> v) {
    put_array(buffer_, type::uuid, v.size(), false,
              [&](std::size_t i) { put_element(buffer_, view(v[i])); });
    return done(type::uuid_array);
}

Params& Params::uuids(std::span<const std::optional<Uuid>> v) {
    put_array(buffer_, type::uuid, v.size(), any_null(v), [&](std::size_t i) {
        if (v[i])
            put_element(buffer_, view(*v[i]));
        else
            put_null_element(buffer_);
    });
    return done(type::uuid_array);
}

Params& Params::int8s(std::span<const std::int64_t> v) {
    put_array(buffer_, type::int8, v.size(), false,
              [&](std::size_t i) { put_element(buffer_, v[i]); });
    return done(type::int8_array);
}

Params& Params::int8s(std::span<const std::optional<std::int64_t>> v) {
    put_array(buffer_, type::int8, v.size(), any_null(v), [&](std::size_t i) {
        if (v[i])
            put_element(buffer_, *v[i]);
        else
            put_null_element(buffer_);
    });
    return done(type::int8_array);
}

Params& Params::booleans(std::span<const bool> v) {
    put_array(buffer_, type::boolean, v.size(), false,
              [&](std::size_t i) { put_element(buffer_, v[i]); });
    return done(type::boolean_array);
}

Params& Params::booleans(const std::vector<bool>& v) {
    put_array(buffer_, type::boolean, v.size(), false,
              [&](std::size_t i) { put_element(buffer_, static_cast<bool>(v[i])); });
    return done(type::boolean_array);
}

Params& Params::instants(std::span<const Instant> v) {
    put_array(buffer_, type::timestamptz, v.size(), false,
              [&](std::size_t i) { put_element(buffer_, microseconds(v[i])); });
    return done(type::timestamptz_array);
}

std::int64_t Rows::affected() const {
    std::string_view digits = PQcmdTuples(result_.get());
    std::int64_t count = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return count; // commands that affect no rows have no number
}

bool Rows::is_null(int row, int column) const {
    ENSURE(row >= 0 && row < count(), "no such row");
    ENSURE(column >= 0 && column < PQnfields(result_.get()), "no such column");
    return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Rows::raw(int row, int column) const {
    ENSURE(!is_null(row, column), "the value of a NULL");
    ENSURE(PQfformat(result_.get(), column) == 1, "not an answer in binary format");
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::string_view Rows::text(int row, int column) const {
    std::string_view value = raw(row, column);
    ENSURE(type::reads_as_text(PQftype(result_.get(), column)), "not a text column");
    return value;
}

ByteView Rows::bytes(int row, int column) const {
    ByteView value = raw(row, column);
    ENSURE(PQftype(result_.get(), column) == type::bytea, "not a bytea column");
    return value;
}

std::string_view Rows::json(int row, int column) const {
    std::string_view value = raw(row, column);
    Oid oid = PQftype(result_.get(), column);
    ENSURE(oid == type::json || oid == type::jsonb, "not a json column");
    if (oid == type::json)
        return value;
    ENSURE(!value.empty() && value[0] == 1, "a jsonb version this program does not know");
    return value.substr(1);
}

std::int64_t Rows::int8(int row, int column) const {
    std::string_view value = raw(row, column);
    switch (PQftype(result_.get(), column)) {
    case type::int8:
        return get_be<std::int64_t>(value);
    case type::int4:
        return get_be<std::int32_t>(value);
    case type::int2:
        return get_be<std::int16_t>(value);
    default:
        ensure_failed("Rows::int8", "not an integer column");
    }
}

bool Rows::boolean(int row, int column) const {
    std::string_view value = raw(row, column);
    ENSURE(PQftype(result_.get(), column) == type::boolean, "not a boolean column");
    return get_be<std::uint8_t>(value) != 0;
}

Uuid Rows::uuid(int row, int column) const {
    std::string_view value = raw(row, column);
    ENSURE(PQftype(result_.get(), column) == type::uuid && value.size() == 16, "not a uuid column");
    return *to_array<16>(value);
}

Instant Rows::instant(int row, int column) const {
    std::string_view value = raw(row, column);
    ENSURE(PQftype(result_.get(), column) == type::timestamptz, "not a timestamptz column");
    auto us = get_be<std::int64_t>(value);
    ENSURE(us != std::numeric_limits<std::int64_t>::max() &&
               us != std::numeric_limits<std::int64_t>::min(),
           "an infinite timestamp is no Instant");
    std::int64_t ms = us / 1000;
    if (us % 1000 < 0)
        --ms; // cut towards the past on both sides of 2000
    return {ms + epoch_2000_ms};
}

} // namespace bw::pg
