// One OneRoster file as rows of named columns, and the checks that every file shares: header,
// sourcedId, status, references, words, dates, numbers. Findings go to one list with their places.
// For oneroster*.cpp alone.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
    bool none() const { return errors_.list.empty(); }
    const ImportErrors& errors() const { return errors_; }

private:
    std::size_t limit_;
    ImportErrors errors_;
};

/// The sourcedIds of one file and the lines they stand in.
class SourcedIds {
public:
    explicit SourcedIds(std::string file) : file_(std::move(file)) {}
    const std::string& file() const { return file_; }
    /// The line it stands in already, or 0 and it is added.
    std::size_t add(std::string_view id, std::size_t line) {
        auto [at, fresh] = lines_.try_emplace(std::string(id), line);
        return fresh ? 0 : at->second;
    }
    bool has(std::string_view id) const { return lines_.contains(id); }
    /// The file could not be read to its end, so nothing can be said about references to it.
    void give_up() { unknown_ = true; }
    bool unknown() const { return unknown_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    std::string file_;
    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> lines_;
    bool unknown_ = false;
};

enum class Need : bool { optional, required }; // required: in the header, and not empty in any row

struct Column {
    std::string_view name;
    Need need = Need::optional;
};

class Table {
public:
    /// `columns`: what the caller will ask for, by position in this list. Reads the header at once.
    Table(std::string file, ByteView bytes, const CsvLimits& limits, std::vector<Column> columns,
          Findings& findings);

    /// The next row whose shape is right. False at the end, or where the file cannot be read on.
    bool next();
    /// The header or a row could not be read: what follows it is unknown.
    bool broken() const { return broken_; }
    const std::string& file() const { return csv_.file(); }

    std::string_view view(std::size_t column) const;
    std::string text(std::size_t column) const { return std::string(view(column)); }
    /// sourcedId: at most 255 characters, once in the file.
    std::string key(std::size_t column, SourcedIds& ids);
    /// Must be among `target` unless empty.
    std::string reference(std::size_t column, const SourcedIds& target);
    std::vector<std::string> references(std::size_t column, const SourcedIds& target);
    /// `extensible`: OneRoster 1.2 lets "ext:name" stand beside the listed words.
    std::string word(std::size_t column, std::initializer_list<std::string_view> words,
                     bool extensible);
    bool flag(std::size_t column);
    std::optional<Date> date(std::size_t column);
    std::optional<double> number(std::size_t column);
    void wrong(std::size_t column, std::string reason);
    CsvPlace place(std::size_t column) const;

private:
    void read_header();
    void give_up(CsvPlace at, std::string reason);
    const CsvField* field(std::size_t column) const;

    CsvReader csv_;
    std::vector<Column> columns_;
    std::vector<std::size_t> position_of_; // by column; npos: not in this file
    std::vector<CsvField> row_;
    std::size_t width_ = 0;
    Findings& findings_;
    bool broken_ = false;
};

/// Text from outside, fit for a message: cut, quoted.
std::string in_quotes(std::string_view text);

} // namespace bw::roster
