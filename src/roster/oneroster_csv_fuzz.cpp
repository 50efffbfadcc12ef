// Fuzzes the CSV reader and everything behind it: any bytes as one file of a package, whole or a
// delta, end in staged rows or in findings, and what is read, written and read again is the same.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

#include "base/ensure.hpp"
#include "base/rng.hpp"
#include "roster/csv.hpp"
#include "roster/oneroster_files.hpp"
#include "roster/package_for_test.hpp"
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

/// The headers of a good package's files but for the manifest; no row needs another to be read.
const std::map<std::string, std::string>& headers() {
    static const auto files = [] {
        SeededRng rng(1);
        auto entries = *test::unzip(sample_zip({.sections = 2,
                                                .students = 3,
                                                .around = Date(std::chrono::days(20000)),
                                                .due = {Date(std::chrono::days(20010))},
                                                .families = true},
                                               rng));
        std::map<std::string, std::string> out;
        for (const auto& [name, text] : entries)
            if (name != "manifest.csv")
                out[name] = text.substr(0, text.find('\n') + 1);
        return out;
    }();
    return files;
}

struct Choice {
    std::string file; // the one that is fuzzed
    bool v11, delta, with_header;
};

Choice choice_of(std::uint8_t byte) {
    const auto at =
        std::next(headers().begin(), static_cast<std::ptrdiff_t>((byte & 0x1f) % headers().size()));
    return {at->first, (byte & 0x80) != 0, (byte & 0x40) != 0, (byte & 0x20) != 0};
}

Bytes package_with(const Choice& choice, ByteView bytes) {
    std::map<std::string, std::string> files = headers();
    std::string& fuzzed = files.at(choice.file);
    fuzzed = (choice.with_header ? fuzzed : "") + std::string(bytes);
    std::string manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.";
    manifest += choice.v11 ? "1\n" : "2\n";
    for (const auto& [name, text] : files)
        manifest += "file." + name.substr(0, name.size() - 4) +
                    (choice.delta && name == choice.file ? ",delta\n" : ",bulk\n");
    files["manifest.csv"] = manifest;
    return test::zip_of({files.begin(), files.end()});
}

/// What COPY would refuse to take apart: each row ends once and has the entity's columns.
void check_rows(Entity entity, std::string_view text) {
    static constexpr std::array<std::size_t, entity_count> columns{9, 11, 9,  11, 3, 13,
                                                                   3, 11, 18, 12, 7, 16};
    ENSURE(text.ends_with('\n'), "whole rows");
    std::size_t tabs = 0;
    for (char c : text) {
        ENSURE(c != '\r' && c != '\0', "escaped or refused");
        tabs += c == '\t';
        if (c == '\n')
            ENSURE(std::exchange(tabs, 0) + 1 == columns[static_cast<std::size_t>(entity)],
                   "as many fields as the table has columns");
    }
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
    const Choice choice = choice_of(data[0]);
    auto package = Package::open(package_with(choice, bytes));
    ENSURE(package, "the manifest and the archive are good");
    Findings findings(100);
    SeededRng rng(1);
    StagedRows staged([](Entity entity, std::string_view text) -> Result<void> {
        check_rows(entity, text);
        return {};
    });
    FilesReader reader(*package, staged, findings, Instant{0}, rng, std::chrono::days(data[0] % 3));
    ENSURE(reader.read_all(), "what is wrong in the rows is a finding");
    ENSURE(findings.errors().list.size() <= 100, "bounded");
    // A file read again for places finds rows where they were.
    findings.sort();
    const std::multimap<std::int64_t, Misplaced> lines{{2, {"sourcedId", "again"}}};
    ENSURE(add_with_places(*package, choice.file, lines, findings), "the archive can be read");
    return 0;
}
