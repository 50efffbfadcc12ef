#include "roster/csv.hpp"

#include <fmt/format.h>

namespace bw::roster {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t read_ahead_bytes = 1024 * 1024; // past the longest row

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

} // namespace

std::string CsvError::place() const {
    return fmt::format("{}:{}:{}", file, at.line, at.column);
}

CsvReader::CsvReader(std::string file, CsvSource source, CsvLimits limits)
    : file_(std::move(file)), source_(std::move(source)), limits_(limits) {}

CsvReader::CsvReader(std::string file, ByteView bytes, CsvLimits limits)
    : CsvReader(
          std::move(file),
          [bytes](std::span<char> out) mutable -> Result<std::size_t> {
              const std::size_t n = bytes.copy(out.data(), out.size());
              bytes.remove_prefix(n);
              return n;
          },
          limits) {}

bool CsvReader::next(std::vector<CsvField>& row) {
    row.clear();
    unescaped_.clear();
    if (error_ || source_error_)
        return false;
    fill();
    if (source_error_)
        return false;
    if (end_of_text())
        return no_text_ && stop(place_, *no_text_);
    if (at_line_end())
        return stop(place_, "an empty line");
    if (++rows_ > limits_.rows)
        return stop(place_, fmt::format("more than {} rows", limits_.rows));
    const std::size_t start = position_;
    const CsvPlace at = place_;
    for (bool last = false; !last;) {
        if (row.size() == limits_.fields)
            return stop(place_, fmt::format("a row of more than {} fields", limits_.fields));
        if (!field(row, last))
            return false;
        if (position_ - start > limits_.row_bytes)
            return stop(at, fmt::format("a row longer than {} bytes", limits_.row_bytes));
    }
    return true;
}

/// The window holds a whole row, or the stream to its end, or what is too much for a row.
void CsvReader::fill() {
    const std::size_t row = limits_.row_bytes + 4;
    if (ended_ || no_text_ || checked_ - position_ >= row)
        return;
    const bool first = bytes_read_ == 0;
    window_.erase(0, position_);
    checked_ -= position_;
    position_ = 0;
    while (!ended_ && window_.size() < row + read_ahead_bytes) {
        const std::size_t before = window_.size();
        window_.resize(before + read_bytes);
        auto got = source_(std::span(window_).subspan(before));
        window_.resize(before + (got ? *got : 0));
        if (!got) {
            source_error_ = std::move(got).error();
            return;
        }
        bytes_read_ += *got;
        ended_ = *got == 0;
    }
    if (first && window_.starts_with(byte_order_mark))
        position_ = checked_ = byte_order_mark.size();
    check_text();
}

/// Valid UTF-8 (RFC 3629) without NUL. A character that the window cuts is looked at next time.
void CsvReader::check_text() {
    const ByteView unchecked = ByteView(window_).substr(checked_);
    checked_ += utf8_prefix(unchecked.substr(0, unchecked.find('\0')));
    if (checked_ == window_.size() || (!ended_ && window_.size() - checked_ < 4))
        return;
    const auto byte = static_cast<unsigned char>(window_[checked_]);
    no_text_ =
        byte == 0 ? std::string("a NUL character") : fmt::format("not UTF-8 (byte 0x{:02x})", byte);
}

/// Reads one field and what ends it; `last`: it ended the row.
bool CsvReader::field(std::vector<CsvField>& row, bool& last) {
    CsvField field{{}, place_};
    if (!end_of_text() && window_[position_] == '"') {
        if (!quoted_field(field))
            return false;
    } else {
        const std::size_t start = position_;
        while (!end_of_text()) {
            char c = window_[position_];
            if (c == ',' || c == '\n' || c == '\r')
                break;
            if (c == '"')
                return stop(place_, "a quote inside a field that does not begin with one");
            step(c);
        }
        field.text = text().substr(start, position_ - start);
    }
    if (field.text.size() > limits_.field_bytes)
        return stop(field.at, fmt::format("a field longer than {} bytes", limits_.field_bytes));
    row.push_back(field);
    return end_of_field(last);
}

bool CsvReader::quoted_field(CsvField& field) {
    step('"');
    std::size_t start = position_;
    std::string* built = nullptr;
    for (;;) {
        if (end_of_text()) {
            if (no_text_)
                return stop(place_, *no_text_);
            return stop(field.at, ended_ ? "the quote that opens here is never closed"
                                         : fmt::format("the quote that opens here is not closed "
                                                       "within {} bytes",
                                                       limits_.row_bytes));
        }
        char c = window_[position_];
        step(c);
        if (c != '"')
            continue;
        std::string_view piece = text().substr(start, position_ - 1 - start);
        bool doubled = !end_of_text() && window_[position_] == '"';
        if (doubled && !built)
            built = &unescaped_.emplace_back();
        if (built)
            *built += piece;
        if (!doubled) {
            field.text = built ? std::string_view(*built) : piece;
            return true;
        }
        *built += '"';
        step('"');
        start = position_;
    }
}

bool CsvReader::end_of_field(bool& last) {
    if (end_of_text()) {
        last = true;
        return !no_text_ || stop(place_, *no_text_);
    }
    if (at_line_end()) {
        position_ += window_[position_] == '\r' ? 2 : 1;
        ++place_.line;
        place_.column = 1;
        last = true;
        return true;
    }
    char c = window_[position_];
    if (c == '\r')
        return stop(place_, "a carriage return without a line feed");
    if (c != ',')
        return stop(place_, "text after a closing quote");
    step(c);
    return true;
}

bool CsvReader::at_line_end() const {
    return window_[position_] == '\n' || text().substr(position_, 2) == "\r\n";
}

void CsvReader::step(char c) {
    ++position_;
    if (c == '\n') {
        ++place_.line;
        place_.column = 1;
    } else if (!is_continuation(c)) {
        ++place_.column;
    }
}

bool CsvReader::stop(CsvPlace at, std::string reason) {
    error_ = CsvError{file_, at, std::move(reason)};
    return false;
}

void append_csv_row(std::string& out, const std::vector<std::string_view>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        std::string_view field = fields[i];
        if (i > 0)
            out += ',';
        if (field.find_first_of(",\"\r\n") == field.npos && !field.starts_with(byte_order_mark)) {
            out += field;
            continue;
        }
        out += '"';
        for (char c : field) {
            if (c == '"')
                out += '"';
            out += c;
        }
        out += '"';
    }
    out += "\r\n";
}

} // namespace bw::roster
