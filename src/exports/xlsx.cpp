// XLSX (ECMA-376): sheets as they are written go through deflate into the file, so that a row is in
// memory at a time and nothing lies on the disk but the file. Cells have types, so nothing is a
// formula. Deflate at its fastest: the usual level takes three times as long for a sixth less.
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include "exports/forms.hpp"
#include "reporting/asked.hpp"

namespace bw::exports {

namespace {

using reporting::Kind;

constexpr std::int64_t rows_of_sheet = (1 << 20) - 1; // below the names of the columns
constexpr std::size_t text_bytes_max = 32'767;        // a cell takes so many characters
constexpr double days_to_1970 = 25'569;               // from the day that spreadsheets count from
constexpr double us_a_day = 86'400e6;
constexpr int instant_digits = 9; // of a day: a tenth of a millisecond
constexpr std::size_t piece_bytes = 1 << 16;
/// Of a sheet, before deflate: beyond 4 GiB a zip takes another form, which not everybody reads.
constexpr std::uint64_t sheet_bytes_max = 4'000'000'000;

/// Places in `styles`.
enum class Style : std::uint8_t { plain, bold, instant, day };
constexpr std::string_view styles =
    R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">)"
    R"(<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd hh:mm:ss"/>)"
    R"(<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts>)"
    R"(<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>)"
    R"(<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>)"
    R"(<fills count="2"><fill><patternFill patternType="none"/></fill>)"
    R"(<fill><patternFill patternType="gray125"/></fill></fills>)"
    R"(<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>)"
    R"(<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>)"
    R"(<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>)"
    R"(<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>)"
    R"(<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>)"
    R"(<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>)"
    R"(<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>)"
    R"(</styleSheet>)";

constexpr std::string_view xml_head = R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
                                      "\n";
constexpr std::string_view relationships =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// At a character's beginning.
std::string_view cut(std::string_view text) {
    if (text.size() <= text_bytes_max)
        return text;
    std::size_t end = text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return text.substr(0, end);
}

/// `_x000A_` in a text would be read as the character of that number.
bool looks_like_a_number(std::string_view text) {
    return text.size() >= 7 && text[1] == 'x' && text[6] == '_' &&
           std::ranges::all_of(text.substr(2, 4), [](unsigned char c) { return std::isxdigit(c); });
}

/// What stands in an element's text for the character at `at`; empty: itself.
std::string_view escape_of(std::string_view text, std::size_t at, std::array<char, 8>& number) {
    const char c = text[at];
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '_':
        return looks_like_a_number(text.substr(at)) ? "_x005F_" : "";
    default: // XML has no such characters
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n')
            return {};
        return {number.data(), fmt::format_to(number.data(), "_x{:04X}_", c)};
    }
}

void add_escaped(std::string& out, std::string_view text) {
    std::array<char, 8> number{};
    std::size_t from = 0; // what was not added yet: most texts are themselves, at one stroke
    for (std::size_t at = 0; at < text.size(); ++at)
        if (const auto escape = escape_of(text, at, number); !escape.empty()) {
            out.append(text.substr(from, at - from)).append(escape);
            from = at + 1;
        }
    out.append(text.substr(from));
}

std::string letters_of(std::size_t column) { // A to Z, AA, ...
    std::string out;
    for (std::size_t left = column + 1; left > 0; left = (left - 1) / 26)
        out.insert(out.begin(), static_cast<char>('A' + (left - 1) % 26));
    return out;
}

int width_of(Kind kind) {
    switch (kind) {
    case Kind::integer:
    case Kind::number:
    case Kind::boolean:
    case Kind::day:
        return 12;
    case Kind::instant:
        return 20;
    case Kind::text:
        return 28;
    default:
        return 38; // an id
    }
}

/// A zip on its way to the disk, one part after the other.
class Zip {
public:
    static Result<Zip> make(const FileWork& work) {
        Zip zip(work);
        archive* out = zip.archive_.get();
        CHECK_OK(zip.checked(archive_write_set_format_zip(out)));
        CHECK_OK(zip.checked(archive_write_set_options(
            out, "zip:compression=deflate,zip:compression-level=1,zip:!zip64")));
        CHECK_OK(zip.checked(archive_write_set_bytes_in_last_block(out, 1)));
        CHECK_OK(zip.checked(archive_write_open_filename(out, work.path.c_str())));
        return zip;
    }

    Result<void> begin_part(const std::string& name) {
        const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(
            archive_entry_new(), &archive_entry_free);
        archive_entry_set_pathname(entry.get(), name.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_mtime(entry.get(), work_.facts.as_of.ms / 1000, 0);
        part_bytes_ = 0;
        piece_ = xml_head;
        return checked(archive_write_header(archive_.get(), entry.get()));
    }
    /// To be added to; goes to the disk by the way.
    std::string& piece() { return piece_; }
    Result<void> flush_if_full() { return piece_.size() < piece_bytes ? Result<void>() : flush(); }
    Result<void> end_part() {
        CHECK_OK(flush());
        return checked(archive_write_finish_entry(archive_.get()));
    }
    Result<void> part(const std::string& name, std::string_view content) {
        CHECK_OK(begin_part(name));
        piece_ += content;
        return end_part();
    }
    Result<void> finish() {
        CHECK_OK(checked(archive_write_close(archive_.get())));
        return not_too_large();
    }

private:
    struct Drop { // what was not finished stays a piece of a file
        void operator()(archive* a) const {
            archive_write_fail(a);
            archive_write_free(a);
        }
    };
    explicit Zip(const FileWork& work) : work_(work), archive_(archive_write_new()) {}

    Result<void> flush() {
        part_bytes_ += piece_.size();
        if (part_bytes_ > sheet_bytes_max)
            return too_large_a_file(work_.bytes_max);
        const la_ssize_t written = archive_write_data(archive_.get(), piece_.data(), piece_.size());
        if (written < 0)
            return fault();
        piece_.clear();
        return not_too_large();
    }
    Result<void> not_too_large() const {
        const la_int64_t bytes = archive_filter_bytes(archive_.get(), -1);
        return bytes > 0 && static_cast<std::uint64_t>(bytes) > work_.bytes_max
                   ? Result<void>(too_large_a_file(work_.bytes_max))
                   : Result<void>();
    }
    Result<void> checked(int outcome) const {
        return outcome == ARCHIVE_OK ? Result<void>() : Result<void>(fault());
    }
    Error fault() const {
        const int error = archive_errno(archive_.get());
        const char* why = archive_error_string(archive_.get());
        return fail(error == ENOSPC || error == EDQUOT ? Code::storage_full : Code::unavailable,
                    std::string("writing the file: ") + (why == nullptr ? "" : why));
    }

    const FileWork& work_;
    std::unique_ptr<archive, Drop> archive_;
    std::string piece_;
    std::uint64_t part_bytes_ = 0;
};

class Book {
public:
    static Result<Book> make(const FileWork& work) { return Book(work, TRY(Zip::make(work))); }

    Result<void> begin() {
        CHECK_OK(zip_.part("[Content_Types].xml", content_types()));
        CHECK_OK(zip_.part("_rels/.rels", rels("officeDocument", "xl/workbook.xml", 0)));
        CHECK_OK(zip_.part("xl/workbook.xml", workbook()));
        CHECK_OK(zip_.part("xl/_rels/workbook.xml.rels", rels("worksheet", "", sheets_ + 1)));
        CHECK_OK(zip_.part("xl/styles.xml", styles));
        return begin_sheet();
    }

    Result<void> add(const columnar::Chunk& chunk) {
        for (std::size_t row = 0; row < chunk.count(); ++row) {
            if (row_ > rows_of_sheet) {
                CHECK_OK(end_sheet());
                CHECK_OK(begin_sheet());
            }
            begin_row();
            for (std::size_t column = 0; column < letters_.size(); ++column)
                if (!chunk.is_null(row, column))
                    put(chunk, row, column);
            end_row();
            CHECK_OK(zip_.flush_if_full());
        }
        return {};
    }

    Result<void> finish() {
        CHECK_OK(end_sheet());
        CHECK_OK(about());
        return zip_.finish();
    }

private:
    Book(const FileWork& work, Zip zip)
        : work_(work), zip_(std::move(zip)),
          sheets_(
              std::max<std::int64_t>(1, (work.lines.count() + rows_of_sheet - 1) / rows_of_sheet)) {
        for (std::size_t i = 0; i < work.lines.columns().size(); ++i)
            letters_.push_back(letters_of(i));
    }

    // ---- what holds the sheets together ----

    std::string content_types() const {
        std::string out =
            R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">)"
            R"(<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>)"
            R"(<Default Extension="xml" ContentType="application/xml"/>)";
        const auto add = [&](const std::string& part, std::string_view type) {
            out += fmt::format(
                R"(<Override PartName="/xl/{}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"/>)",
                part, type);
        };
        add("workbook.xml", "sheet.main");
        add("styles.xml", "styles");
        for (std::int64_t i = 1; i <= sheets_ + 1; ++i)
            add(fmt::format("worksheets/sheet{}.xml", i), "worksheet");
        return out + "</Types>";
    }
    /// To one part, or to the sheets and their styles.
    static std::string rels(std::string_view type, std::string_view target, std::int64_t sheets) {
        std::string out =
            R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">)";
        const auto add = [&](std::int64_t id, std::string_view of, std::string_view at) {
            out += fmt::format(R"(<Relationship Id="rId{}" Type="{}/{}" Target="{}"/>)", id,
                               relationships, of, at);
        };
        if (sheets == 0)
            add(1, type, target);
        for (std::int64_t i = 1; i <= sheets; ++i)
            add(i, type, fmt::format("worksheets/sheet{}.xml", i));
        if (sheets > 0)
            add(sheets + 1, "styles", "styles.xml");
        return out + "</Relationships>";
    }
    static std::string name_of(std::int64_t sheet) {
        return sheet == 1 ? "Data" : fmt::format("Data {}", sheet);
    }
    std::string workbook() const {
        std::string sheets, filters;
        for (std::int64_t i = 1; i <= sheets_; ++i) {
            sheets +=
                fmt::format(R"(<sheet name="{}" sheetId="{}" r:id="rId{}"/>)", name_of(i), i, i);
            filters += fmt::format(
                R"(<definedName name="_xlnm._FilterDatabase" localSheetId="{}" hidden="1">'{}'!$A$1:${}${}</definedName>)",
                i - 1, name_of(i), letters_.back(), rows_in(i) + 1);
        }
        return fmt::format(
            R"(<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{}">)"
            R"(<sheets>{}<sheet name="About" sheetId="{}" r:id="rId{}"/></sheets><definedNames>{}</definedNames></workbook>)",
            relationships, sheets, sheets_ + 1, sheets_ + 1, filters);
    }
    std::int64_t rows_in(std::int64_t sheet) const {
        return std::min(rows_of_sheet, work_.lines.count() - (sheet - 1) * rows_of_sheet);
    }

    // ---- a sheet ----

    Result<void> begin_worksheet(std::int64_t number, bool frozen, std::string_view widths) {
        CHECK_OK(zip_.begin_part(fmt::format("xl/worksheets/sheet{}.xml", number)));
        fmt::format_to(
            std::back_inserter(zip_.piece()),
            R"(<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">{}</sheetView></sheetViews><cols>{}</cols><sheetData>)",
            frozen ? R"(<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>)"
                   : "",
            widths);
        row_ = 0;
        return {};
    }
    static std::string width(std::size_t column, int characters) {
        return fmt::format(R"(<col min="{0}" max="{0}" width="{1}" customWidth="1"/>)", column + 1,
                           characters);
    }
    Result<void> begin_sheet() {
        const auto& columns = work_.lines.columns();
        std::string widths;
        for (std::size_t i = 0; i < columns.size(); ++i)
            widths += width(i, width_of(columns[i].kind));
        CHECK_OK(begin_worksheet(++sheet_, true, widths));
        begin_row();
        for (std::size_t i = 0; i < columns.size(); ++i)
            text(i, columns[i].name, Style::bold);
        end_row();
        return {};
    }
    Result<void> end_sheet() {
        fmt::format_to(std::back_inserter(zip_.piece()),
                       R"(</sheetData><autoFilter ref="A1:{}{}"/></worksheet>)", letters_.back(),
                       row_);
        return zip_.end_part();
    }

    void begin_row() {
        row_text_ = std::to_string(++row_);
        zip_.piece().append("<row r=\"").append(row_text_).append("\">");
    }
    void end_row() { zip_.piece() += "</row>"; }
    std::string& cell(std::size_t column, Style style, std::string_view type) {
        std::string& out = zip_.piece();
        out.append("<c r=\"").append(letters_[column]).append(row_text_);
        if (style != Style::plain)
            out.append("\" s=\"").push_back(static_cast<char>('0' + static_cast<int>(style)));
        return out.append(type);
    }
    void text(std::size_t column, std::string_view value, Style style = Style::plain) {
        std::string& out = cell(column, style, "\" t=\"inlineStr\"><is><t");
        const bool has_edges =
            !value.empty() && (static_cast<unsigned char>(value.front()) <= ' ' ||
                               static_cast<unsigned char>(value.back()) <= ' ');
        out += has_edges ? " xml:space=\"preserve\">" : ">";
        add_escaped(out, cut(value));
        out += "</t></is></c>";
    }
    void number(std::size_t column, auto value, Style style = Style::plain) {
        std::array<char, 64> digits{};
        const auto end = [&] {
            if constexpr (std::is_floating_point_v<decltype(value)>)
                if (style == Style::instant)
                    return std::to_chars(digits.begin(), digits.end(), value,
                                         std::chars_format::fixed, instant_digits);
            return std::to_chars(digits.begin(), digits.end(), value);
        }();
        cell(column, style, "\"><v>").append(digits.begin(), end.ptr).append("</v></c>");
    }
    void put(const columnar::Chunk& chunk, std::size_t row, std::size_t column) {
        switch (work_.lines.columns()[column].kind) {
        case Kind::integer:
            return number(column, chunk.integer(row, column));
        case Kind::number:
            return number(column, chunk.real(row, column));
        case Kind::boolean:
            cell(column, Style::plain, "\" t=\"b\"><v>")
                .append(chunk.boolean(row, column) ? "1" : "0")
                .append("</v></c>");
            return;
        case Kind::instant:
            return number(column,
                          static_cast<double>(chunk.instant(row, column).value) / us_a_day +
                              days_to_1970,
                          Style::instant);
        case Kind::day:
            return number(column, chunk.day(row, column).value + days_to_1970, Style::day);
        default: // texts, and ids, which are texts too
            return text(column, chunk.text(row, column));
        }
    }

    Result<void> about() {
        const FileFacts& facts = work_.facts;
        const std::pair<const char*, std::string> lines[] = {
            {"Report", facts.title},
            {"Report id", facts.report},
            {"Institution", facts.institution},
            {"Arguments", facts.arguments},
            {"As of", to_rfc3339(facts.as_of)},
            {"Lag in seconds",
             fmt::format("{:.3f}", std::chrono::duration<double>(facts.lag).count())},
            {"Stale", facts.stale ? "yes" : "no"},
            {"Rows", std::to_string(work_.lines.count())},
            {"Rows without figures, for being about too few people",
             std::to_string(work_.lines.suppressed())},
            {"Times", "UTC"},
        };
        CHECK_OK(begin_worksheet(++sheet_, false, width(0, 20) + width(1, 60)));
        letters_ = {"A", "B"};
        for (const auto& [name, value] : lines) {
            begin_row();
            text(0, name, Style::bold);
            text(1, value);
            end_row();
        }
        zip_.piece() += "</sheetData></worksheet>";
        return zip_.end_part();
    }

    const FileWork& work_;
    Zip zip_;
    const std::int64_t sheets_;        // of lines
    std::vector<std::string> letters_; // of the columns
    std::int64_t sheet_ = 0, row_ = 0; // that is being written, from 1 on
    std::string row_text_;
};

} // namespace

Result<void> write_xlsx(const FileWork& work) {
    auto book = TRY(Book::make(work));
    CHECK_OK(book.begin());
    auto answer =
        TRY(work.connection.stream(work.lines.select(Lines::Ids::texts), {}, work.deadline));
    std::int64_t rows = 0;
    while (const columnar::Chunk* chunk = TRY(answer.fetch())) {
        CHECK_OK(book.add(*chunk));
        rows += static_cast<std::int64_t>(chunk->count());
        CHECK_OK(work.wrote(rows));
    }
    return book.finish();
}

} // namespace bw::exports
