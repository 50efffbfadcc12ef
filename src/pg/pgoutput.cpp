#include "pg/pgoutput.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bw::pg {

namespace {

Error corrupt(const char* what) {
    return fail(Code::corrupt, what);
}

/// Big-endian numbers and strings from the front of bytes that may be too short: then all that
/// follows is empty, and `ok` tells.
class Reader {
public:
    explicit Reader(ByteView bytes) : left_(bytes) {}

    bool ok() const { return ok_; }
    bool at_end() const { return left_.empty(); }
    std::size_t left() const { return left_.size(); }
    ByteView rest() { return take(left_.size()); }

    ByteView take(std::size_t n) {
        if (!ok_ || left_.size() < n) {
            ok_ = false;
            left_ = {};
            return {};
        }
        const ByteView out = left_.substr(0, n);
        left_.remove_prefix(n);
        return out;
    }
    template <class Integer>
    Integer number() {
        const ByteView bytes = take(sizeof(Integer));
        std::uint64_t value = 0;
        for (const char c : bytes)
            value = value << 8 | static_cast<unsigned char>(c);
        return static_cast<Integer>(value);
    }
    std::string_view string() { // ends with a NUL
        const std::size_t end = left_.find('\0');
        if (end == ByteView::npos) {
            ok_ = false;
            left_ = {};
            return {};
        }
        const std::string_view out = left_.substr(0, end);
        left_.remove_prefix(end + 1);
        return out;
    }
    Lsn lsn() { return {number<std::uint64_t>()}; }
    Instant instant() { // rounded down, in whole milliseconds; never overflows
        const std::int64_t ms = number<std::int64_t>() / 1000;
        return {ms + postgres_epoch_us / 1000};
    }

private:
    ByteView left_;
    bool ok_ = true;
};

template <class T>
T& become(pgoutput::Message& message) {
    if (auto* same = std::get_if<T>(&message))
        return *same; // with its memory
    return message.emplace<T>();
}

bool read_row(Reader& in, pgoutput::Row& row) {
    using Kind = pgoutput::Field::Kind;
    row.clear();
    const auto columns = in.number<std::uint16_t>();
    if (columns > in.left()) // each takes a byte at least
        return false;
    for (int i = 0; i < columns && in.ok(); ++i) {
        switch (in.number<char>()) {
        case 'n':
            row.push_back({Kind::null});
            break;
        case 'u':
            row.push_back({Kind::unchanged});
            break;
        case 't':
            row.push_back({Kind::text, in.take(in.number<std::uint32_t>())});
            break;
        case 'b':
            row.push_back({Kind::binary, in.take(in.number<std::uint32_t>())});
            break;
        default:
            return false;
        }
    }
    return in.ok();
}

bool read_relation(Reader& in, pgoutput::Relation& out) {
    out.id = in.number<std::uint32_t>();
    out.schema = in.string();
    out.name = in.string();
    out.replica_identity = in.number<char>();
    const auto columns = in.number<std::uint16_t>();
    out.columns.clear();
    for (int i = 0; i < columns && in.ok(); ++i) {
        const bool key = (in.number<std::uint8_t>() & 1) != 0;
        std::string name{in.string()};
        const auto type = in.number<std::uint32_t>();
        in.number<std::uint32_t>(); // the type's modifier
        out.columns.push_back({key, std::move(name), type});
    }
    return in.ok();
}

bool read_update(Reader& in, pgoutput::Update& out) {
    out.relation = in.number<std::uint32_t>();
    char kind = in.number<char>();
    if (kind == 'K' || kind == 'O') {
        if (!read_row(in, out.old ? *out.old : out.old.emplace()))
            return false;
        kind = in.number<char>();
    } else {
        out.old.reset();
    }
    return kind == 'N' && read_row(in, out.row);
}

bool read_delete(Reader& in, pgoutput::Delete& out) {
    out.relation = in.number<std::uint32_t>();
    const char kind = in.number<char>();
    return (kind == 'K' || kind == 'O') && read_row(in, out.old);
}

bool read_truncate(Reader& in, pgoutput::Truncate& out) {
    const auto relations = in.number<std::uint32_t>();
    in.number<std::uint8_t>(); // cascade, restart identity: the list has the cascade's tables too
    out.relations.clear();
    for (std::uint32_t i = 0; i < relations && in.ok(); ++i)
        out.relations.push_back(in.number<std::uint32_t>());
    return in.ok();
}

bool read_body(char kind, Reader& in, pgoutput::Message& out) {
    switch (kind) {
    case 'B': {
        auto& begin = become<pgoutput::Begin>(out);
        begin.final_lsn = in.lsn();
        begin.commit_at = in.instant();
        in.number<std::uint32_t>(); // the transaction's id
        return true;
    }
    case 'C': {
        auto& commit = become<pgoutput::Commit>(out);
        in.number<std::uint8_t>(); // flags: none are defined
        commit.commit_lsn = in.lsn();
        commit.end_lsn = in.lsn();
        commit.commit_at = in.instant();
        return true;
    }
    case 'R':
        return read_relation(in, become<pgoutput::Relation>(out));
    case 'I': {
        auto& insert = become<pgoutput::Insert>(out);
        insert.relation = in.number<std::uint32_t>();
        return in.number<char>() == 'N' && read_row(in, insert.row);
    }
    case 'U':
        return read_update(in, become<pgoutput::Update>(out));
    case 'D':
        return read_delete(in, become<pgoutput::Delete>(out));
    case 'T':
        return read_truncate(in, become<pgoutput::Truncate>(out));
    case 'O':
    case 'Y':
    case 'M':
        become<pgoutput::Other>(out).kind = kind;
        in.rest();
        return true;
    default:
        return false;
    }
}

void put(Bytes& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift));
}

constexpr std::string_view copy_signature{"PGCOPY\n\377\r\n\0", 11};

} // namespace

std::string Lsn::text() const {
    std::array<char, 20> out;
    char* at = std::to_chars(out.data(), out.data() + 8, value >> 32, 16).ptr;
    *at++ = '/';
    at = std::to_chars(at, out.data() + out.size(), value & 0xffffffff, 16).ptr;
    std::string text(out.data(), at);
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    return text;
}

std::optional<Lsn> Lsn::parse(std::string_view text) {
    std::uint32_t high = 0, low = 0;
    const char* end = text.data() + text.size();
    auto read = std::from_chars(text.data(), end, high, 16);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != '/')
        return std::nullopt;
    read = std::from_chars(read.ptr + 1, end, low, 16);
    if (read.ec != std::errc() || read.ptr != end)
        return std::nullopt;
    return Lsn{static_cast<std::uint64_t>(high) << 32 | low};
}

namespace pgoutput {

Result<void> read(ByteView bytes, Message& out) {
    Reader in(bytes);
    const char kind = in.number<char>();
    if (!read_body(kind, in, out) || !in.ok())
        return corrupt("a change that the server sent cannot be read");
    if (!in.at_end())
        return corrupt("a change that the server sent is longer than it says");
    return {};
}

Result<Frame> read_frame(ByteView bytes) {
    Reader in(bytes);
    const char kind = in.number<char>();
    if (kind == 'w') {
        Data data{in.lsn(), in.lsn(), in.instant(), {}};
        data.message = in.rest();
        if (in.ok())
            return Frame{data};
    } else if (kind == 'k') {
        const Keepalive keepalive{in.lsn(), in.instant(), in.number<char>() != 0};
        if (in.ok() && in.at_end())
            return Frame{keepalive};
    }
    return corrupt("a frame of the change stream cannot be read");
}

Bytes status_frame(Lsn received, Lsn flushed, Instant now, bool reply) {
    Bytes out = "r";
    put(out, received.value);
    put(out, flushed.value);
    put(out, flushed.value); // applied
    put(out, static_cast<std::uint64_t>(now.ms * 1000 - postgres_epoch_us));
    out.push_back(reply ? 1 : 0);
    return out;
}

} // namespace pgoutput

Result<void> BinaryCopy::begin(ByteView& chunk) {
    if (begun_ || chunk.empty())
        return {};
    Reader in(chunk);
    if (in.take(copy_signature.size()) != copy_signature || in.number<std::uint32_t>() != 0)
        return corrupt("this is no copy in binary format");
    in.take(in.number<std::uint32_t>()); // an extension of the header
    if (!in.ok())
        return corrupt("a copy's header is cut short");
    begun_ = true;
    chunk = in.rest();
    return {};
}

/// True: row_ holds a row. False: that was the trailer.
Result<bool> BinaryCopy::next(ByteView& chunk) {
    using Kind = pgoutput::Field::Kind;
    Reader in(chunk);
    const auto columns = in.number<std::int16_t>();
    if (ended_ || (in.ok() && columns == -1 && !in.at_end()))
        return corrupt("a copy goes on after its end");
    row_.clear();
    if (in.ok() && columns == -1) {
        ended_ = true;
        chunk = {};
        return false;
    }
    for (int i = 0; i < columns && in.ok(); ++i) {
        const auto bytes = in.number<std::int32_t>();
        if (bytes < -1)
            return corrupt("a copy has a value of negative length");
        if (bytes == -1)
            row_.push_back({Kind::null});
        else
            row_.push_back({Kind::binary, in.take(static_cast<std::size_t>(bytes))});
    }
    if (!in.ok() || columns < 0)
        return corrupt("a copy's row is cut short");
    chunk = in.rest();
    return true;
}

} // namespace bw::pg
