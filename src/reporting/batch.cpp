#include "reporting/batch.hpp"

#include <fmt/core.h>

#include <cstring>

#include "base/bytes.hpp"

namespace bw::reporting {

namespace {

using pg::pgoutput::Field;

// Packed: for each value its length (4 bytes; -1: null, -2: unchanged) and its bytes.
void pack(Bytes& out, FieldSpan values) {
    std::size_t bytes = 0;
    for (const Field& value : values)
        bytes += 4 + value.bytes.size();
    out.reserve(out.size() + bytes);
    for (const Field& value : values) {
        const std::int32_t length = value.kind == Field::Kind::null ? -1
                                    : value.kind == Field::Kind::unchanged
                                        ? -2
                                        : static_cast<std::int32_t>(value.bytes.size());
        char head[4];
        std::memcpy(head, &length, 4);
        out.append(head, 4);
        out.append(value.bytes);
    }
}

std::uint64_t unchanged_in(FieldSpan row) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
        if (row[i].kind == Field::Kind::unchanged)
            out |= std::uint64_t{1} << i;
    return out;
}

std::size_t width(ColumnType type) {
    switch (type) {
    case ColumnType::boolean:
        return 1;
    case ColumnType::int4:
    case ColumnType::date:
        return 4;
    case ColumnType::int8:
    case ColumnType::float8:
    case ColumnType::timestamptz:
        return 8;
    case ColumnType::uuid:
        return 16;
    case ColumnType::text:
    case ColumnType::bytea:
        break;
    }
    return 0; // any
}

/// Big-endian.
std::int64_t whole(ByteView bytes) {
    std::uint64_t out = 0;
    for (const char c : bytes)
        out = out << 8 | static_cast<unsigned char>(c);
    return bytes.size() == 4 ? static_cast<std::int32_t>(out) : static_cast<std::int64_t>(out);
}

const char* fault_in(ColumnType type, ByteView bytes) {
    if (const std::size_t wanted = width(type); wanted != 0 && bytes.size() != wanted)
        return "it has another length than its type";
    switch (type) {
    case ColumnType::text:
        return is_utf8(bytes) ? nullptr : "it is no UTF-8";
    case ColumnType::date: { // infinity, or so far away that the store's calendar ends before
        const std::int64_t days = whole(bytes);
        return days > -2'000'000 && days < 100'000'000 ? nullptr : "the day is out of range";
    }
    case ColumnType::timestamptz: {
        const std::int64_t us = whole(bytes);
        constexpr std::int64_t most = 9'000'000'000'000'000'000 - pg::postgres_epoch_us;
        return us > -200'000'000'000'000'000 && us < most ? nullptr : "the instant is out of range";
    }
    default:
        return nullptr;
    }
}

} // namespace

std::string fault_in(const MirroredTable& table, FieldSpan row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const MirroredColumn& column = table.columns[i];
        const char* fault = nullptr;
        switch (row[i].kind) {
        case Field::Kind::null:
            fault = column.nullable ? nullptr : "it is missing";
            break;
        case Field::Kind::unchanged:
            fault = i < table.key_columns ? "a key's value is missing" : nullptr;
            break;
        case Field::Kind::text:
            fault = "it came as text";
            break;
        case Field::Kind::binary:
            fault = fault_in(column.type, row[i].bytes);
        }
        if (fault != nullptr)
            return fmt::format("{}: {}", column.name, fault);
    }
    return {};
}

Bytes TableBatch::key_of(FieldSpan row) const {
    Bytes key;
    pack(key, row.first(table_->key_columns));
    return key;
}

void TableBatch::insert(FieldSpan row) {
    auto [at, fresh] = changes_.try_emplace(key_of(row));
    RowChange& change = at->second;
    pack(change.row.emplace(), row);
    change.unchanged = 0;
    bytes_ += at->first.size() + change.row->size() + 64;
}

Result<void> TableBatch::update(std::optional<FieldSpan> old_key, FieldSpan row) {
    std::uint64_t unchanged = unchanged_in(row);
    std::vector<Field> merged;
    Bytes key = key_of(row), before;
    const Bytes from = old_key ? key_of(*old_key) : key;
    if (const auto known = changes_.find(from);
        unchanged != 0 && known != changes_.end() && known->second.row) {
        before = *known->second.row; // copied: it is about to be replaced
        const std::vector<Field> values = unpack(before);
        merged.assign(row.begin(), row.end());
        for (std::size_t i = 0; i < merged.size(); ++i)
            if (merged[i].kind == Field::Kind::unchanged)
                merged[i] = values[i];
        row = merged;
        unchanged = unchanged_in(row);
    }
    if (from != key) {
        if (unchanged != 0)
            return fail(
                Code::conflict,
                fmt::format("a row of {} changed its key and kept values that only the store has",
                            table_->name));
        remove(*old_key);
    }
    auto [at, fresh] = changes_.try_emplace(std::move(key));
    RowChange& change = at->second;
    change.stands = change.stands || fresh;
    change.row.emplace();
    pack(*change.row, row);
    change.unchanged = unchanged;
    bytes_ += at->first.size() + change.row->size() + 64;
    return {};
}

void TableBatch::remove(FieldSpan key) {
    auto [at, fresh] = changes_.try_emplace(key_of(key));
    RowChange& change = at->second;
    change.stands = change.stands || fresh;
    bytes_ += fresh ? at->first.size() + 64 : 0;
    if (!change.stands) {
        changes_.erase(at); // it came and went
        return;
    }
    change.row.reset();
    change.unchanged = 0;
}

void TableBatch::truncate() {
    changes_.clear();
    bytes_ = 0;
    truncated_ = true;
}

void TableBatch::clear() {
    changes_.clear();
    bytes_ = 0;
    truncated_ = false;
}

std::vector<Field> TableBatch::unpack(ByteView packed) {
    std::vector<Field> out;
    unpack(packed, out);
    return out;
}

void TableBatch::unpack(ByteView packed, std::vector<Field>& out) {
    out.clear();
    while (packed.size() >= 4) {
        std::int32_t length = 0;
        std::memcpy(&length, packed.data(), 4);
        packed.remove_prefix(4);
        if (length < 0) {
            out.push_back({length == -1 ? Field::Kind::null : Field::Kind::unchanged});
            continue;
        }
        out.push_back({Field::Kind::binary, packed.substr(0, static_cast<std::size_t>(length))});
        packed.remove_prefix(static_cast<std::size_t>(length));
    }
}

} // namespace bw::reporting
