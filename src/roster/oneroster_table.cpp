#include "roster/oneroster_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <tuple>

namespace bw::roster {

namespace {

constexpr std::size_t absent = std::string_view::npos;
constexpr std::size_t id_characters_limit = 255; // the specification's, for a GUID
constexpr std::size_t title_characters_limit = 1000;

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

/// PostgreSQL's own bounds are wider, but a year 0 or an instant that leaves four digits is a
/// mistake.
bool is_year_of_ours(std::string_view time) {
    return !time.starts_with("0000") && !time.starts_with("0001") && !time.starts_with("9999");
}

CsvSource source_of(const Package& package, const std::string& file) {
    auto stream = package.archive().stream(file);
    if (!stream)
        return [error = std::move(stream).error()](std::span<char>) -> Result<std::size_t> {
            return error;
        };
    return [stream = *std::move(stream)](std::span<char> out) mutable { return stream.read(out); };
}

/// The order of Findings: that in which the files are read.
std::size_t rank(std::string_view file) {
    constexpr std::array<std::string_view, 11> order{
        "manifest.csv", "orgs.csv",  "academicSessions.csv", "courses.csv",     "classes.csv",
        "users.csv",    "roles.csv", "demographics.csv",     "enrollments.csv", "categories.csv",
        "lineItems.csv"};
    return static_cast<std::size_t>(std::ranges::find(order, file) - order.begin());
}

} // namespace

void Findings::sort() {
    std::ranges::sort(errors_.list, {}, [](const CsvError& e) {
        return std::tuple(rank(e.file), e.at.line, e.at.column, std::string_view(e.reason));
    });
}

Table::Table(const Package& package, std::string_view file, std::vector<Column> columns,
             Findings& findings, Shape shape)
    : csv_(fmt::format("{}.csv", file), source_of(package, fmt::format("{}.csv", file)),
           package.csv_limits()),
      columns_(std::move(columns)), delta_(package.mode(file) == FileMode::delta),
      findings_(findings) {
    if (shape == Shape::entity) {
        const Need told = delta_ ? Need::required : Need::optional;
        columns_.insert(
            columns_.begin(),
            {{"sourcedId", Need::required}, {"status", told}, {"dateLastModified", told}});
        first_ = 3;
    }
    position_of_.assign(columns_.size(), absent);
    read_header();
}

void Table::read_header() {
    if (!csv_.next(row_)) {
        if (source_error()) {
            broken_ = true;
            return;
        }
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
            if (source_error())
                broken_ = true;
            else if (csv_.error())
                give_up(csv_.error()->at, csv_.error()->reason);
            return false;
        }
        if (row_.size() != width_) {
            findings_.add({file(), row_[0].at,
                           fmt::format("{} fields, but the header has {}", row_.size(), width_)});
            continue;
        }
        read_head();
        for (std::size_t column = 0; !gone_ && column + first_ < columns_.size(); ++column)
            if (columns_[column + first_].need == Need::required && view(column).empty())
                wrong(column, "a value is required");
            else if (columns_[column + first_].name == "title" &&
                     characters(view(column)) > title_characters_limit)
                wrong(column, fmt::format("longer than {} characters", title_characters_limit));
        return true;
    }
    return false;
}

/// sourcedId, status and dateLastModified of the row.
void Table::read_head() {
    if (first_ == 0)
        return;
    auto value = [this](std::size_t i) {
        const CsvField* f = field(i);
        return f ? f->text : std::string_view();
    };
    auto say = [this](std::size_t i, std::string reason) {
        const CsvField* f = field(i);
        findings_.add({file(), f ? f->at : row_[0].at,
                       fmt::format("{}: {}", columns_[i].name, std::move(reason))});
    };
    for (std::size_t i = 0; i < first_; ++i)
        if (columns_[i].need == Need::required && value(i).empty())
            say(i, i == 0 ? "a value is required" : "a value is required in a delta file");
    sourced_id_ = value(0);
    if (characters(sourced_id_) > id_characters_limit) {
        say(0, fmt::format("longer than {} characters", id_characters_limit));
        sourced_id_ = {};
    }
    const std::string_view status = value(1);
    gone_ = delta_ && status == "tobedeleted";
    if (!delta_ && status == "tobedeleted")
        say(1, "\"tobedeleted\" belongs in delta files; in a bulk file the row is left out");
    else if (!gone_ && !status.empty() && status != "active")
        say(1, fmt::format("{} is no status; it is {}", in_quotes(status),
                           delta_ ? "\"active\" or \"tobedeleted\" in a delta file"
                                  : "empty or \"active\" in a bulk file"));
    modified_at_.reset();
    if (value(2).empty())
        return;
    if (auto day = parse_date(value(2)))
        modified_at_ = Instant{std::chrono::milliseconds(day->time_since_epoch()).count()};
    else if (auto at = from_rfc3339(value(2)); at && is_year_of_ours(value(2)))
        modified_at_ = *at;
    else
        say(2, fmt::format("{} is no time; expected one such as 2026-11-23T08:59:00Z",
                           in_quotes(value(2))));
}

std::string_view Table::view(std::size_t column) const {
    const CsvField* f = gone_ ? nullptr : field(first_ + column);
    return f ? f->text : std::string_view();
}

std::vector<std::string> Table::list(std::size_t column) {
    std::vector<std::string> out;
    std::string_view rest = view(column);
    while (!rest.empty()) {
        auto comma = rest.find(',');
        std::string_view id = trimmed(rest.substr(0, comma));
        rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
        if (id.empty() || std::ranges::find(out, id) != out.end())
            wrong(column, id.empty() ? "an empty place in the list"
                                     : fmt::format("{} stands twice in the list", in_quotes(id)));
        else
            out.emplace_back(id);
    }
    return out;
}

std::string_view Table::word(std::size_t column, std::initializer_list<std::string_view> words,
                             bool extensible) {
    std::string_view value = view(column);
    if (!value.empty() && std::ranges::find(words, value) == words.end() &&
        !(extensible && is_extension(value)))
        wrong(column, fmt::format("{} is none of {}", in_quotes(value), fmt::join(words, ", ")));
    return value;
}

std::optional<bool> Table::flag(std::size_t column) {
    std::string_view value = view(column);
    if (value.empty())
        return std::nullopt;
    if (value != "true" && value != "false")
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

Table::DayOrInstant Table::day_or_instant(std::size_t column) {
    std::string_view value = view(column);
    if (value.empty())
        return {};
    if (auto day = parse_date(value))
        return {.day = day, .at = {}};
    if (auto at = from_rfc3339(value); at && is_year_of_ours(value))
        return {.day = {}, .at = *at};
    wrong(column, fmt::format("{} is neither a date such as 2026-11-23 nor a time such as "
                              "2026-11-23T08:59:00Z",
                              in_quotes(value)));
    return {};
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

void Table::wrong_in(std::size_t column, std::string reason, Findings& findings) const {
    findings.add(
        {file(), place(column), fmt::format("{}: {}", columns_[first_ + column].name, reason)});
}

CsvPlace Table::place(std::size_t column) const {
    const CsvField* f = field(first_ + column);
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

Error first_of(const ImportErrors& errors) {
    const CsvError& e = errors.list.front();
    return fail(Code::invalid_field, e.reason, e.place());
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t limit = 80;
    std::size_t end = std::min(text.size(), limit);
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end; // never cut inside a character
    return fmt::format("\"{}{}\"", text.substr(0, end), end < text.size() ? ".." : "");
}

} // namespace bw::roster
