#include "roster/csv.hpp"

#include <fmt/format.h>

namespace bw::roster {

namespace {

/// Length of the longest prefix that is whole, valid UTF-8 (RFC 3629) without NUL.
std::size_t text_prefix(ByteView bytes) {
    return utf8_prefix(bytes.substr(0, bytes.find('\0')));
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

} // namespace

std::string CsvError::place() const {
    return fmt::format("{}:{}:{}", file, at.line, at.column);
}

CsvReader::CsvReader(std::string file, ByteView bytes, CsvLimits limits)
    : file_(std::move(file)), bytes_(bytes), limits_(limits) {
    if (bytes_.starts_with("\xef\xbb\xbf"))
        bytes_.remove_prefix(3);
    check_text();
}

bool CsvReader::next(std::vector<CsvField>& row) {
    row.clear();
    unescaped_.clear();
    if (error_ || position_ == bytes_.size())
        return false;
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

/// Reads one field and what ends it; `last`: it ended the row.
bool CsvReader::field(std::vector<CsvField>& row, bool& last) {
    CsvField field{{}, place_};
    if (position_ < bytes_.size() && bytes_[position_] == '"') {
        if (!quoted_field(field))
            return false;
    } else {
        const std::size_t start = position_;
        while (position_ < bytes_.size()) {
            char c = bytes_[position_];
            if (c == ',' || c == '\n' || c == '\r')
                break;
            if (c == '"')
                return stop(place_, "a quote inside a field that does not begin with one");
            step(c);
        }
        field.text = bytes_.substr(start, position_ - start);
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
        if (position_ == bytes_.size())
            return stop(field.at, "the quote that opens here is never closed");
        char c = bytes_[position_];
        step(c);
        if (c != '"')
            continue;
        std::string_view piece = bytes_.substr(start, position_ - 1 - start);
        bool doubled = position_ < bytes_.size() && bytes_[position_] == '"';
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
    if (position_ == bytes_.size()) {
        last = true;
        return true;
    }
    if (at_line_end()) {
        position_ += bytes_[position_] == '\r' ? 2 : 1;
        ++place_.line;
        place_.column = 1;
        last = true;
        return true;
    }
    char c = bytes_[position_];
    if (c == '\r')
        return stop(place_, "a carriage return without a line feed");
    if (c != ',')
        return stop(place_, "text after a closing quote");
    step(c);
    return true;
}

bool CsvReader::at_line_end() const {
    return bytes_[position_] == '\n' || bytes_.substr(position_, 2) == "\r\n";
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

void CsvReader::check_text() {
    const std::size_t good = text_prefix(bytes_);
    if (good == bytes_.size())
        return;
    CsvPlace at;
    for (char c : bytes_.substr(0, good)) {
        if (c == '\n')
            at = {at.line + 1, 1};
        else if (!is_continuation(c))
            ++at.column;
    }
    auto byte = static_cast<unsigned char>(bytes_[good]);
    stop(at, byte == 0 ? std::string("a NUL character")
                       : fmt::format("not UTF-8 (byte 0x{:02x})", byte));
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
        if (field.find_first_of(",\"\r\n") == field.npos) {
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
