// XLSX by libxlsxwriter, a row in memory at a time. Cells have types, so nothing is a formula.
#include <fmt/format.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <memory>

#include "exports/forms.hpp"
#include "reporting/asked.hpp"

namespace bw::exports {

namespace {

using reporting::Kind;

constexpr std::int64_t rows_of_sheet = LXW_ROW_MAX - 1; // below the names of the columns
constexpr std::size_t text_bytes_max = 32'767;          // a cell takes so many characters
constexpr double days_to_1970 = 25'569;                 // from the day that spreadsheets count from
constexpr double us_a_day = 86'400e6;

Error fault_of(lxw_error error) {
    switch (error) {
    case LXW_ERROR_CREATING_XLSX_FILE:
    case LXW_ERROR_CREATING_TMPFILE:
    case LXW_ERROR_READING_TMPFILE:
    case LXW_ERROR_ZIP_FILE_OPERATION:
    case LXW_ERROR_ZIP_FILE_ADD:
    case LXW_ERROR_ZIP_CLOSE:
        return fail(Code::unavailable, std::string("writing the file: ") + lxw_strerror(error));
    default:
        return fail(Code::internal, std::string("writing the file: ") + lxw_strerror(error));
    }
}

Result<void> checked(lxw_error error) {
    return error == LXW_NO_ERROR ? Result<void>() : fault_of(error);
}

/// At a character's beginning.
std::string_view cut(std::string_view text) {
    if (text.size() <= text_bytes_max)
        return text;
    std::size_t end = text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return text.substr(0, end);
}

double width_of(Kind kind) {
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

class Book {
public:
    static Result<Book> make(const FileWork& work) {
        std::string directory = work.path.parent_path().string();
        lxw_workbook_options options{
            .constant_memory = LXW_TRUE, .tmpdir = directory.data(), .use_zip64 = LXW_TRUE};
        lxw_workbook* book = workbook_new_opt(work.path.c_str(), &options);
        if (book == nullptr)
            return fault_of(LXW_ERROR_CREATING_XLSX_FILE);
        return Book(work, book);
    }

    Result<void> add(const columnar::Chunk& chunk) {
        for (std::size_t row = 0; row < chunk.count(); ++row) {
            if (sheet_ == nullptr || row_ > rows_of_sheet)
                CHECK_OK(begin_sheet());
            for (std::size_t column = 0; column < work_.lines.columns().size(); ++column)
                if (!chunk.is_null(row, column))
                    CHECK_OK(checked(put(chunk, row, column)));
            ++row_;
        }
        // Its pieces are copied once more before they are packed.
        const auto bytes =
            static_cast<std::uint64_t>(std::max(0L, ftell(sheet_->optimize_tmpfile)));
        if (ferror(sheet_->optimize_tmpfile) != 0)
            return fail(Code::storage_full, "writing the file: the disk took no more");
        if (bytes_before_ + bytes > 4 * work_.bytes_max)
            return too_large_a_file(work_.bytes_max);
        return {};
    }

    Result<void> finish() {
        if (sheet_ == nullptr)
            CHECK_OK(begin_sheet()); // a report without lines has columns
        end_sheet();
        CHECK_OK(about());
        CHECK_OK(room_to_pack());
        return checked(workbook_close(book_.release()));
    }

private:
    /// Packing copies what was written, and nothing can end it.
    Result<void> room_to_pack() const {
        std::error_code error;
        const auto space = std::filesystem::space(work_.path.parent_path(), error);
        if (!error && space.available < 2 * bytes_before_ + work_.disk_bytes_kept_free)
            return fail(Code::storage_full, "the disk on which reports are written has no room to "
                                            "pack the file");
        return {};
    }

    struct Drop { // what was not finished: its pieces go, the file stays unwritten
        void operator()(lxw_workbook* book) const { lxw_workbook_free(book); }
    };
    Book(const FileWork& work, lxw_workbook* book) : work_(work), book_(book) {
        bold_ = workbook_add_format(book);
        format_set_bold(bold_);
        instant_ = workbook_add_format(book);
        format_set_num_format(instant_, "yyyy-mm-dd hh:mm:ss");
        day_ = workbook_add_format(book);
        format_set_num_format(day_, "yyyy-mm-dd");
    }

    Result<void> begin_sheet() {
        if (sheet_ != nullptr)
            end_sheet();
        ++sheets_;
        const std::string name = sheets_ == 1 ? "Data" : fmt::format("Data {}", sheets_);
        sheet_ = workbook_add_worksheet(book_.get(), name.c_str());
        if (sheet_ == nullptr)
            return fault_of(LXW_ERROR_CREATING_TMPFILE);
        const auto& columns = work_.lines.columns();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto at = static_cast<lxw_col_t>(i);
            CHECK_OK(
                checked(worksheet_set_column(sheet_, at, at, width_of(columns[i].kind), nullptr)));
            CHECK_OK(
                checked(worksheet_write_string(sheet_, 0, at, columns[i].name.c_str(), bold_)));
        }
        worksheet_freeze_panes(sheet_, 1, 0);
        row_ = 1;
        return {};
    }
    void end_sheet() {
        worksheet_autofilter(sheet_, 0, 0, static_cast<lxw_row_t>(row_ - 1),
                             static_cast<lxw_col_t>(work_.lines.columns().size() - 1));
        bytes_before_ += static_cast<std::uint64_t>(std::max(0L, ftell(sheet_->optimize_tmpfile)));
    }

    lxw_error put(const columnar::Chunk& chunk, std::size_t row, std::size_t column) {
        const auto at = static_cast<lxw_row_t>(row_);
        const auto to = static_cast<lxw_col_t>(column);
        switch (work_.lines.columns()[column].kind) {
        case Kind::integer:
            return worksheet_write_number(sheet_, at, to,
                                          static_cast<double>(chunk.integer(row, column)), nullptr);
        case Kind::number:
            return worksheet_write_number(sheet_, at, to, chunk.real(row, column), nullptr);
        case Kind::boolean:
            return worksheet_write_boolean(sheet_, at, to, chunk.boolean(row, column), nullptr);
        case Kind::instant:
            return worksheet_write_number(
                sheet_, at, to,
                static_cast<double>(chunk.instant(row, column).value) / us_a_day + days_to_1970,
                instant_);
        case Kind::day:
            return worksheet_write_number(sheet_, at, to,
                                          chunk.day(row, column).value + days_to_1970, day_);
        default: // texts, and ids, which are texts too
            text_ = cut(chunk.text(row, column));
            return worksheet_write_string(sheet_, at, to, text_.c_str(), nullptr);
        }
    }

    Result<void> about() {
        const FileFacts& facts = work_.facts;
        lxw_worksheet* sheet = workbook_add_worksheet(book_.get(), "About");
        if (sheet == nullptr)
            return fault_of(LXW_ERROR_CREATING_TMPFILE);
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
        CHECK_OK(checked(worksheet_set_column(sheet, 0, 0, 20, nullptr)));
        CHECK_OK(checked(worksheet_set_column(sheet, 1, 1, 60, nullptr)));
        lxw_row_t row = 0;
        for (const auto& [name, value] : lines) {
            CHECK_OK(checked(worksheet_write_string(sheet, row, 0, name, bold_)));
            CHECK_OK(checked(
                worksheet_write_string(sheet, row, 1, std::string(cut(value)).c_str(), nullptr)));
            ++row;
        }
        return {};
    }

    const FileWork& work_;
    std::unique_ptr<lxw_workbook, Drop> book_;
    lxw_format *bold_ = nullptr, *instant_ = nullptr, *day_ = nullptr; // the book's
    lxw_worksheet* sheet_ = nullptr;                                   // the book's
    int sheets_ = 0;
    std::int64_t row_ = 0;
    std::uint64_t bytes_before_ = 0; // of the sheets that are full, unpacked
    std::string text_;
};

} // namespace

Result<void> write_xlsx(const FileWork& work) {
    auto book = TRY(Book::make(work));
    auto answer =
        TRY(work.connection.stream(work.lines.select(Lines::Ids::texts), {}, work.deadline));
    std::int64_t rows = 0;
    while (const columnar::Chunk* chunk = TRY(answer.fetch())) {
        CHECK_OK(book.add(*chunk));
        rows += static_cast<std::int64_t>(chunk->count());
        CHECK_OK(work.wrote(rows));
    }
    CHECK_OK(book.finish());
    std::error_code error;
    if (std::filesystem::file_size(work.path, error) > work.bytes_max)
        return too_large_a_file(work.bytes_max);
    return {};
}

} // namespace bw::exports
