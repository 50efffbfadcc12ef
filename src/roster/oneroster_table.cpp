#include "roster/oneroster_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace bw::roster {

namespace {

constexpr std::size_t absent = std::string_view::npos;
constexpr std::size_t id_characters_limit = 255; // the specification's, for a GUID

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_extension(std::string_view text) {
    if (!text.starts_with("ext:") || text.size() == 4 || text.size() > 64)
        return false;
    return std::ranges::all_of(text.substr(4), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

} // namespace

Table::Table(std::string file, ByteView bytes, const CsvLimits& limits, std::vector<Column> columns,
             Findings& findings)
    : csv_(std::move(file), bytes, limits), columns_(std::move(columns)),
      position_of_(columns_.size(), absent), findings_(findings) {
    read_header();
}

void Table::read_header() {
    if (!csv_.next(row_)) {
        give_up(csv_.error() ? csv_.error()->at : CsvPlace{},
                csv_.error() ? csv_.error()->reason : "the file is empty: it has no header");
        return;
    }
    width_ = row_.size();
    for (std::size_t i = 0; i < row_.size(); ++i) {
        for (std::size_t before = 0; before < i; ++before)
            if (row_[before].text == row_[i].text)
                give_up(row_[i].at,
                        fmt::format("the column {} stands twice", in_quotes(row_[i].text)));
        for (std::size_t column = 0; column < columns_.size(); ++column)
            if (columns_[column].name == row_[i].text)
                position_of_[column] = i;
    }
    for (std::size_t column = 0; column < columns_.size(); ++column)
        if (columns_[column].need == Need::required && position_of_[column] == absent)
            give_up({}, fmt::format("the column \"{}\" is missing", columns_[column].name));
}

bool Table::next() {
    while (!broken_) {
        if (!csv_.next(row_)) {
            if (csv_.error())
                give_up(csv_.error()->at, csv_.error()->reason);
            return false;
        }
        if (row_.size() != width_) {
            findings_.add({file(), row_[0].at,
                           fmt::format("{} fields, but the header has {}", row_.size(), width_)});
            continue;
        }
        for (std::size_t column = 0; column < columns_.size(); ++column) {
            std::string_view value = view(column);
            if (columns_[column].need == Need::required && value.empty())
                wrong(column, "a value is required");
            if (columns_[column].name == "status" && value == "tobedeleted")
                wrong(column,
                      "\"tobedeleted\" belongs in delta files; in a bulk file the row is left out");
            else if (columns_[column].name == "status" && !value.empty() && value != "active")
                wrong(column,
                      fmt::format("{} is no status; it is empty or \"active\" in a bulk file",
                                  in_quotes(value)));
        }
        return true;
    }
    return false;
}

std::string_view Table::view(std::size_t column) const {
    const CsvField* f = field(column);
    return f ? f->text : std::string_view();
}

std::string Table::key(std::size_t column, SourcedIds& ids) {
    std::string_view id = view(column);
    if (id.empty())
        return {}; // said already
    if (characters(id) > id_characters_limit)
        wrong(column, fmt::format("longer than {} characters", id_characters_limit));
    else if (std::size_t line = ids.add(id, place(column).line))
        wrong(column,
              fmt::format("the sourcedId {} stands in line {} already", in_quotes(id), line));
    return std::string(id);
}

std::string Table::reference(std::size_t column, const SourcedIds& target) {
    std::string_view id = view(column);
    if (!id.empty() && !target.unknown() && !target.has(id))
        wrong(column,
              fmt::format("refers to {}, which is not in {}", in_quotes(id), target.file()));
    return std::string(id);
}

std::vector<std::string> Table::references(std::size_t column, const SourcedIds& target) {
    std::vector<std::string> out;
    std::string_view rest = view(column);
    while (!rest.empty()) {
        auto comma = rest.find(',');
        std::string_view id = trimmed(rest.substr(0, comma));
        rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
        if (id.empty() || std::ranges::find(out, id) != out.end()) {
            wrong(column, id.empty() ? "an empty place in the list"
                                     : fmt::format("{} stands twice in the list", in_quotes(id)));
            continue;
        }
        if (!target.unknown() && !target.has(id))
            wrong(column,
                  fmt::format("refers to {}, which is not in {}", in_quotes(id), target.file()));
        out.emplace_back(id);
    }
    return out;
}

std::string Table::word(std::size_t column, std::initializer_list<std::string_view> words,
                        bool extensible) {
    std::string_view value = view(column);
    if (!value.empty() && std::ranges::find(words, value) == words.end() &&
        !(extensible && is_extension(value)))
        wrong(column, fmt::format("{} is none of {}", in_quotes(value), fmt::join(words, ", ")));
    return std::string(value);
}

bool Table::flag(std::size_t column) {
    std::string_view value = view(column);
    if (!value.empty() && value != "true" && value != "false")
        wrong(column, fmt::format("{} is neither true nor false", in_quotes(value)));
    return value == "true";
}

std::optional<Date> Table::date(std::size_t column) {
    std::string_view value = view(column);
    if (value.empty())
        return std::nullopt;
    auto date = parse_date(value);
    if (!date)
        wrong(column,
              fmt::format("{} is no date; expected one such as 2026-11-23", in_quotes(value)));
    return date;
}

std::optional<double> Table::number(std::size_t column) {
    std::string_view value = view(column);
    if (value.empty())
        return std::nullopt;
    double number = 0;
    auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (code != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) {
        wrong(column, fmt::format("{} is no number", in_quotes(value)));
        return std::nullopt;
    }
    return number;
}

void Table::wrong(std::size_t column, std::string reason) {
    findings_.add({file(), place(column), fmt::format("{}: {}", columns_[column].name, reason)});
}

CsvPlace Table::place(std::size_t column) const {
    const CsvField* f = field(column);
    return f ? f->at : row_.empty() ? CsvPlace{} : row_[0].at;
}

const CsvField* Table::field(std::size_t column) const {
    std::size_t position = position_of_[column];
    return position == absent ? nullptr : &row_[position];
}

void Table::give_up(CsvPlace at, std::string reason) {
    broken_ = true;
    findings_.add({file(), at, std::move(reason)});
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t limit = 80;
    std::size_t end = std::min(text.size(), limit);
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end; // never cut inside a character
    return fmt::format("\"{}{}\"", text.substr(0, end), end < text.size() ? ".." : "");
}

} // namespace bw::roster
