// Fuzzes the CSV reader and everything behind it: any bytes as one file of a package end in a
// Package or in errors, and what is read, written and read again is the same.
#include <cstdint>
#include <cstdlib>

#include "base/ensure.hpp"
#include "base/rng.hpp"
#include "roster/csv.hpp"
#include "roster/oneroster_files.hpp"
#include "roster/sample.hpp"

namespace {

using namespace bw;
using namespace bw::roster;

std::vector<std::vector<std::string>> read_rows(ByteView bytes, bool& ok) {
    CsvReader reader("f.csv", bytes,
                     {.field_bytes = 200, .row_bytes = 1000, .fields = 8, .rows = 100});
    std::vector<std::vector<std::string>> rows;
    std::vector<CsvField> row;
    while (reader.next(row)) {
        rows.emplace_back();
        for (const auto& field : row)
            rows.back().emplace_back(field.text);
    }
    ok = !reader.error();
    return rows;
}

const std::vector<ZipEntry>& good_files() {
    static const auto entries = [] {
        SeededRng rng(1);
        return *read_zip(sample_zip({.sections = 2,
                                     .students = 3,
                                     .around = Date(std::chrono::days(20000)),
                                     .due = {Date(std::chrono::days(20010))}},
                                    rng));
    }();
    return entries;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    ByteView bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    bool ok = false;
    auto rows = read_rows(bytes, ok);
    std::string written;
    bool lone_empty = false; // a row of one empty field cannot be told from an empty line
    for (const auto& row : rows) {
        lone_empty |= row.size() == 1 && row[0].empty();
        append_csv_row(written, std::vector<std::string_view>(row.begin(), row.end()));
    }
    if (ok && !lone_empty) {
        bool again = false;
        ENSURE(read_rows(written, again) == rows && again, "written and read again");
    }
    // One file of a good package is replaced: the first byte says which.
    std::map<std::string, ByteView> files;
    for (const auto& entry : good_files())
        if (entry.name != "manifest.csv")
            files[entry.name.substr(0, entry.name.size() - 4)] = entry.bytes;
    std::next(files.begin(), static_cast<std::ptrdiff_t>(data[0] % files.size()))->second = bytes;
    Package package;
    package.version = data[0] & 0x80 ? "1.1" : "1.2";
    Findings findings(100);
    CsvLimits limits;
    FilesReader{files, limits, package, findings}.read_all();
    ENSURE(findings.errors().list.size() <= 100, "bounded");
    return 0;
}
