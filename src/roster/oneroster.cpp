#include "roster/oneroster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "roster/oneroster_files.hpp"

namespace bw::roster {

namespace {

struct Manifest {
    std::string version;
    std::set<std::string> bulk; // names without ".csv"
};

/// These a bulk package cannot do without: the others refer to them, and what is missing would look
/// removed.
std::vector<std::string> needed_files(std::string_view version) {
    std::vector<std::string> names{"orgs",  "academicSessions", "courses", "classes",
                                   "users", "enrollments"};
    if (version != "1.1")
        names.push_back("roles");
    return names;
}

Error first_of(const Findings& findings) {
    const CsvError& e = findings.errors().list.front();
    return fail(Code::invalid_field, e.reason, e.place());
}

Result<Manifest> read_manifest(ByteView bytes, const CsvLimits& limits, Findings& findings) {
    Manifest manifest;
    Table t("manifest.csv", bytes, limits, {{"propertyName", Need::required}, {"value"}}, findings);
    std::optional<Error> delta;
    std::set<std::string> seen;
    while (t.next()) {
        std::string name = t.text(0), value = t.text(1);
        if (!seen.insert(name).second)
            t.wrong(0, fmt::format("{} stands twice", in_quotes(name)));
        if (name == "manifest.version" && value != "1.0")
            t.wrong(
                1, fmt::format("manifest.version {} is not known; expected 1.0", in_quotes(value)));
        if (name == "oneroster.version") {
            manifest.version = value;
            if (value != "1.1" && value != "1.2")
                t.wrong(1, fmt::format("oneroster.version {} is not known; expected 1.1 or 1.2",
                                       in_quotes(value)));
        }
        if (!name.starts_with("file."))
            continue;
        if (value == "bulk")
            manifest.bulk.insert(name.substr(5));
        else if (value == "delta" && !delta)
            delta = fail(Code::not_implemented,
                         fmt::format("{}.csv is marked delta; only bulk files can be imported",
                                     name.substr(5)),
                         fmt::format("manifest.csv:{}:{}", t.place(1).line, t.place(1).column));
        else if (value != "absent" && value != "delta")
            t.wrong(1, fmt::format("{} is none of absent, bulk, delta", in_quotes(value)));
    }
    if (findings.none() && manifest.version.empty())
        findings.add({"manifest.csv", {}, "oneroster.version is missing"});
    if (!findings.none())
        return first_of(findings);
    if (delta)
        return *delta;
    for (const auto& name : needed_files(manifest.version))
        if (!manifest.bulk.contains(name))
            return fail(Code::bad_request,
                        fmt::format("{}.csv must be there and marked bulk", name), "manifest.csv");
    return manifest;
}

/// The files by name, held against the manifest in both directions.
Result<std::map<std::string, ByteView>> match_files(const std::vector<ZipEntry>& entries,
                                                    const Manifest& manifest) {
    std::map<std::string, ByteView> files;
    for (const auto& entry : entries) {
        if (entry.name == "manifest.csv")
            continue;
        std::string name =
            entry.name.ends_with(".csv") ? entry.name.substr(0, entry.name.size() - 4) : "";
        if (!manifest.bulk.contains(name))
            return fail(Code::bad_request,
                        "the archive holds this file, but manifest.csv does not mark it bulk",
                        entry.name);
        files.emplace(std::move(name), entry.bytes);
    }
    for (const auto& name : manifest.bulk)
        if (!files.contains(name))
            return fail(Code::bad_request,
                        "manifest.csv marks this file bulk, but the archive does not hold it",
                        name + ".csv");
    return files;
}

void warn_of_ignored(const std::map<std::string, ByteView>& files, Package& package) {
    std::set<std::string> kept{"categories", "lineItems"};
    for (auto& name : needed_files(package.version))
        kept.insert(std::move(name));
    for (const auto& [name, bytes] : files)
        if (!kept.contains(name))
            package.warnings.push_back(fmt::format("{}.csv is ignored", name));
}

} // namespace

Result<Package> read_package(ByteView zip, const ReadOptions& options, ImportErrors* errors) {
    const auto entries = TRY(read_zip(zip, options.zip));
    auto named = std::ranges::find(entries, "manifest.csv", &ZipEntry::name);
    if (named == entries.end())
        return fail(Code::bad_request, "the archive holds no manifest.csv", "manifest.csv");
    Findings findings(options.errors_limit);
    auto manifest = read_manifest(named->bytes, options.csv, findings);
    if (!manifest) {
        if (errors)
            *errors = findings.errors();
        return std::move(manifest).error();
    }
    const auto files = TRY(match_files(entries, *manifest));
    Package package;
    package.version = manifest->version;
    warn_of_ignored(files, package);
    FilesReader{files, options.csv, package, findings}.read_all();
    if (errors)
        *errors = findings.errors();
    if (!findings.none())
        return first_of(findings);
    return package;
}

Result<Package> read_package_file(const std::filesystem::path& path, const ReadOptions& options,
                                  ImportErrors* errors) {
    std::error_code problem;
    auto size = std::filesystem::file_size(path, problem);
    if (problem)
        return fail(Code::not_found, fmt::format("cannot open the file: {}", problem.message()),
                    path.string());
    if (size > options.zip.total_bytes)
        return fail(Code::payload_too_large,
                    fmt::format("the file is larger than {} bytes", options.zip.total_bytes),
                    path.string());
    Bytes bytes(size, '\0');
    std::ifstream file(path, std::ios::binary);
    if (!file.read(bytes.data(), static_cast<std::streamsize>(size)))
        return fail(Code::unavailable, "cannot read the file", path.string());
    return read_package(bytes, options, errors);
}

void shift(Package& package, std::chrono::days by) {
    auto move = [by](std::optional<Date>& date) {
        if (date)
            *date += by;
    };
    for (auto& s : package.academic_sessions) {
        s.start_date += by;
        s.end_date += by;
    }
    for (auto& r : package.roles) {
        move(r.begin_date);
        move(r.end_date);
    }
    for (auto& e : package.enrollments) {
        move(e.begin_date);
        move(e.end_date);
    }
    if (!package.line_items)
        return;
    for (auto& item : *package.line_items) {
        item.assign_date += by;
        move(item.due_date);
        if (item.due_at)
            item.due_at->ms += std::chrono::milliseconds(by).count();
    }
}

Result<std::chrono::days> shift_to(Package& package, Date date) {
    const Package::AcademicSession* newest = nullptr;
    for (const auto& s : package.academic_sessions)
        if (s.type == "term" && (!newest || s.start_date > newest->start_date))
            newest = &s;
    if (!newest)
        return fail(Code::not_found,
                    "the package has no academic session of type term to shift by");
    auto by = date - newest->start_date;
    shift(package, by);
    return by;
}

std::optional<Date> parse_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    auto number = [&](std::size_t from, std::size_t digits) {
        int value = 0;
        for (char c : text.substr(from, digits)) {
            if (c < '0' || c > '9')
                return -1;
            value = value * 10 + (c - '0');
        }
        return value;
    };
    int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    if (year < 1 || month < 1 || day < 1)
        return std::nullopt;
    std::chrono::year_month_day date{std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok())
        return std::nullopt;
    return Date(date);
}

std::string to_text(Date date) {
    std::chrono::year_month_day d(date);
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()),
                       static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day()));
}

} // namespace bw::roster
