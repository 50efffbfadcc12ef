// RFC 4180, UTF-8. What a spreadsheet would take for a formula is defused.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "exports/forms.hpp"
#include "reporting/asked.hpp"

namespace bw::exports {

namespace {

using reporting::Kind;

constexpr std::size_t buffer_bytes = 1U << 20;
constexpr std::int64_t us_a_day = 86'400'000'000;

class OutFile {
public:
    static Result<OutFile> make(const FileWork& work) {
        const int fd = ::open(work.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
            return fault_of(errno);
        return OutFile(fd, work.bytes_max);
    }
    OutFile(OutFile&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), bytes_max_(other.bytes_max_),
          written_(other.written_) {}
    OutFile& operator=(OutFile&&) = delete;
    ~OutFile() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    Result<void> put(std::string& buffer) {
        written_ += buffer.size();
        if (written_ > bytes_max_)
            return too_large_a_file(bytes_max_);
        for (std::string_view left = buffer; !left.empty();) {
            const ssize_t n = ::write(fd_, left.data(), left.size());
            if (n < 0 && errno != EINTR)
                return fault_of(errno);
            left.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
        }
        buffer.clear();
        return {};
    }

private:
    OutFile(int fd, std::uint64_t bytes_max) : fd_(fd), bytes_max_(bytes_max) {}
    static Error fault_of(int error) {
        return fail(error == ENOSPC || error == EDQUOT ? Code::storage_full : Code::unavailable,
                    std::string("writing the file: ") + std::strerror(error));
    }
    int fd_;
    std::uint64_t bytes_max_, written_ = 0;
};

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
    out.append(text.data(), end.ptr);
}

void append_padded(std::string& out, std::int64_t number, int digits) {
    std::array<char, 20> text{};
    for (int i = digits; i-- > 0; number /= 10)
        text[static_cast<std::size_t>(i)] = static_cast<char>('0' + number % 10);
    out.append(text.data(), static_cast<std::size_t>(digits));
}

/// to_rfc3339, which would take most of the time: neighbours share their day.
class Dates {
public:
    void append_day(std::string& out, std::int64_t day) {
        if (day != day_) {
            day_ = day;
            text_ = to_rfc3339({day * (us_a_day / 1000)}).substr(0, 10);
        }
        out += text_;
    }
    void append_instant(std::string& out, std::int64_t us) {
        const std::int64_t day = us / us_a_day - (us % us_a_day < 0);
        append_day(out, day);
        const std::int64_t ms = (us - day * us_a_day) / 1000;
        out += 'T';
        append_padded(out, ms / 3'600'000, 2);
        out += ':';
        append_padded(out, ms / 60'000 % 60, 2);
        out += ':';
        append_padded(out, ms / 1000 % 60, 2);
        out += '.';
        append_padded(out, ms % 1000, 3);
        out += 'Z';
    }

private:
    std::int64_t day_ = INT64_MIN;
    std::string text_;
};

void append_text(std::string& out, std::string_view text) {
    const bool formula = !text.empty() && std::string_view("=+-@\t\r").contains(text.front());
    if (!text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos) {
        out += formula ? "'" : "";
        out += text;
        return;
    }
    out += formula ? "\"'" : "\""; // an empty text is quoted: NULL is not
    for (const char c : text) {
        out += c;
        if (c == '"')
            out += c;
    }
    out += '"';
}

void append_id(std::string& out, std::string_view prefix, const Uuid& id) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += prefix;
    out += '_';
    for (const std::uint8_t byte : id) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

void append_value(std::string& out, const columnar::Chunk& chunk, std::size_t row,
                  std::size_t column, Kind kind, Dates& dates) {
    if (chunk.is_null(row, column))
        return;
    switch (kind) {
    case Kind::integer:
        return append_number(out, chunk.integer(row, column));
    case Kind::number:
        return append_number(out, chunk.real(row, column));
    case Kind::text:
        return append_text(out, chunk.text(row, column));
    case Kind::boolean:
        out += chunk.boolean(row, column) ? "true" : "false";
        return;
    case Kind::instant:
        return dates.append_instant(out, chunk.instant(row, column).value);
    case Kind::day:
        return dates.append_day(out, chunk.day(row, column).value);
    default:
        return append_id(out, reporting::id_prefix(kind), chunk.uuid(row, column));
    }
}

} // namespace

Result<void> write_csv(const FileWork& work) {
    auto file = TRY(OutFile::make(work));
    const auto& columns = work.lines.columns();
    std::string buffer;
    buffer.reserve(buffer_bytes * 2);
    for (std::size_t i = 0; i < columns.size(); ++i)
        buffer += (i == 0 ? "" : ",") + columns[i].name;
    buffer += "\r\n";
    auto answer =
        TRY(work.connection.stream(work.lines.select(Lines::Ids::uuids), {}, work.deadline));
    Dates dates;
    std::int64_t rows = 0;
    while (const columnar::Chunk* chunk = TRY(answer.fetch())) {
        for (std::size_t row = 0; row < chunk->count(); ++row) {
            for (std::size_t column = 0; column < columns.size(); ++column) {
                if (column > 0)
                    buffer += ',';
                append_value(buffer, *chunk, row, column, columns[column].kind, dates);
            }
            buffer += "\r\n";
            if (buffer.size() >= buffer_bytes)
                CHECK_OK(file.put(buffer));
        }
        rows += static_cast<std::int64_t>(chunk->count());
        CHECK_OK(work.wrote(rows));
    }
    return file.put(buffer);
}

} // namespace bw::exports
