// One OneRoster file as rows of named columns, and the checks that need no other row: header,
// sourcedId, status, words, dates, numbers. Findings go to one list with their places. For
// oneroster*.cpp and import*.cpp.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "roster/oneroster.hpp"

namespace bw::roster {

class Findings {
public:
    explicit Findings(std::size_t limit) : limit_(limit) {}
    void add(CsvError error) {
        if (errors_.list.size() < limit_)
            errors_.list.push_back(std::move(error));
        else
            errors_.more = true;
    }
    bool none() const { return errors_.list.empty() && !errors_.more; }
    bool full() const { return errors_.more; }
    const ImportErrors& errors() const { return errors_; }
    /// By file, as they are read, then by place.
    void sort();

private:
    std::size_t limit_;
    ImportErrors errors_;
};

enum class Need : bool { optional, required }; // required: in the header, and not empty in any row

struct Column {
    std::string_view name;
    Need need = Need::optional;
};

class Table {
public:
    /// `entity`: the columns sourcedId, status and dateLastModified stand before `columns`, and are
    /// asked for by the functions of their own.
    enum class Shape : bool { plain, entity };

    /// `columns`: what the caller will ask for, by position in this list. Reads the header at once.
    /// The package outlives it.
    Table(const Package& package, std::string_view file, std::vector<Column> columns,
          Findings& findings, Shape shape = Shape::entity);

    /// The next row whose shape is right. False at the end, or where the file cannot be read on.
    bool next();
    /// The header or a row could not be read: what follows it is unknown.
    bool broken() const { return broken_; }
    /// The archive could not be read.
    const std::optional<Error>& source_error() const { return csv_.source_error(); }
    const std::string& file() const { return csv_.file(); }
    std::uint64_t bytes_read() const { return csv_.bytes_read(); }

    /// Where the row begins.
    std::size_t line() const { return row_.empty() ? 1 : row_[0].at.line; }
    /// At most 255 characters; empty if it is missing or too long, and that is said.
    std::string_view sourced_id() const { return sourced_id_; }
    /// A delta takes the row back. Its other columns read as empty, whatever they say.
    bool gone() const { return gone_; }
    std::optional<Instant> modified_at() const { return modified_at_; }

    std::string_view view(std::size_t column) const;
    std::string text(std::size_t column) const { return std::string(view(column)); }
    /// A list within the field, "a,b". Nothing empty, nothing twice.
    std::vector<std::string> list(std::size_t column);
    /// `extensible`: OneRoster 1.2 lets "ext:name" stand beside the listed words.
    std::string_view word(std::size_t column, std::initializer_list<std::string_view> words,
                          bool extensible);
    /// Nothing for an empty one.
    std::optional<bool> flag(std::size_t column);
    std::optional<Date> date(std::size_t column);
    std::optional<double> number(std::size_t column);
    struct DayOrInstant {
        std::optional<Date> day;
        std::optional<Instant> at;
    };
    /// A plain date, or an instant: 1.1 gives dates, 1.2 either.
    DayOrInstant day_or_instant(std::size_t column);
    void wrong(std::size_t column, std::string reason) {
        wrong_in(column, std::move(reason), findings_);
    }
    void wrong_in(std::size_t column, std::string reason, Findings& findings) const;
    CsvPlace place(std::size_t column) const;

private:
    void read_header();
    void read_head();
    void give_up(CsvPlace at, std::string reason);
    const CsvField* field(std::size_t column) const;

    CsvReader csv_;
    std::vector<Column> columns_;
    std::size_t first_ = 0; // of the caller's columns
    bool delta_ = false;
    std::vector<std::size_t> position_of_; // by column; npos: not in this file
    std::vector<CsvField> row_;
    std::size_t width_ = 0;
    Findings& findings_;
    bool broken_ = false;
    std::string_view sourced_id_;
    bool gone_ = false;
    std::optional<Instant> modified_at_;
};

/// Text from outside, fit for a message: cut, quoted.
std::string in_quotes(std::string_view text);
/// The first of the list, as the error of the whole.
Error first_of(const ImportErrors& errors);

} // namespace bw::roster
