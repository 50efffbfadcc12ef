#include "roster/oneroster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "roster/oneroster_files.hpp"

namespace bw::roster {

namespace {

constexpr std::size_t manifest_errors_limit = 100;

/// These a bulk package cannot do without: the others refer to them, and users without roles are
/// nobody.
std::vector<std::string> needed_files(bool v11) {
    std::vector<std::string> names{"orgs",  "academicSessions", "courses", "classes",
                                   "users", "enrollments"};
    if (!v11)
        names.push_back("roles");
    return names;
}

} // namespace

Result<Package> Package::open(const std::filesystem::path& path, const ReadOptions& options,
                              ImportErrors* errors) {
    return open(TRY(ZipArchive::open(path, options.zip)), options, errors);
}

Result<Package> Package::open(Bytes zip, const ReadOptions& options, ImportErrors* errors) {
    return open(TRY(ZipArchive::open(std::move(zip), options.zip)), options, errors);
}

Result<Package> Package::open(ZipArchive archive, const ReadOptions& options,
                              ImportErrors* errors) {
    Package package(std::move(archive), options.csv);
    ImportErrors mine;
    CHECK_OK(package.read_manifest(errors ? *errors : mine));
    CHECK_OK(package.match_files());
    return package;
}

Result<void> Package::read_manifest(ImportErrors& errors) {
    if (!archive_.has("manifest.csv"))
        return fail(Code::bad_request, "the archive holds no manifest.csv", "manifest.csv");
    Findings findings(manifest_errors_limit);
    Table t(*this, "manifest", {{"propertyName", Need::required}, {"value"}}, findings,
            Table::Shape::plain);
    std::set<std::string> seen;
    while (t.next()) {
        std::string name = t.text(0), value = t.text(1);
        if (!seen.insert(name).second)
            t.wrong(0, fmt::format("{} stands twice", in_quotes(name)));
        if (name == "manifest.version" && value != "1.0")
            t.wrong(
                1, fmt::format("manifest.version {} is not known; expected 1.0", in_quotes(value)));
        if (name == "oneroster.version") {
            version_ = value;
            if (value != "1.1" && value != "1.2")
                t.wrong(1, fmt::format("oneroster.version {} is not known; expected 1.1 or 1.2",
                                       in_quotes(value)));
        }
        if (!name.starts_with("file."))
            continue;
        if (value == "bulk" || value == "delta")
            modes_[name.substr(5)] = value == "bulk" ? FileMode::bulk : FileMode::delta;
        else if (value != "absent")
            t.wrong(1, fmt::format("{} is none of absent, bulk, delta", in_quotes(value)));
    }
    if (t.source_error())
        return *t.source_error();
    if (findings.none() && version_.empty())
        findings.add({"manifest.csv", {}, "oneroster.version is missing"});
    errors = findings.errors();
    return findings.none() ? Result<void>() : first_of(errors);
}

/// The manifest held against the archive in both directions.
Result<void> Package::match_files() {
    for (const auto& entry : archive_.entries()) {
        if (entry.name == "manifest.csv")
            continue;
        const std::string name =
            entry.name.ends_with(".csv") ? entry.name.substr(0, entry.name.size() - 4) : "";
        if (!modes_.contains(name))
            return fail(Code::bad_request,
                        "the archive holds this file, but manifest.csv marks it neither bulk nor "
                        "delta",
                        entry.name);
        if (!is_read(name, v11()))
            warnings_.push_back(entry.name + " is ignored");
    }
    for (const auto& [name, mode] : modes_)
        if (!archive_.has(name + ".csv"))
            return fail(Code::bad_request,
                        fmt::format("manifest.csv marks this file {}, but the archive does not "
                                    "hold it",
                                    mode == FileMode::bulk ? "bulk" : "delta"),
                        name + ".csv");
    if (mode() != "bulk")
        return {};
    for (const auto& name : needed_files(v11()))
        if (mode(name) != FileMode::bulk)
            return fail(Code::bad_request,
                        fmt::format("{}.csv must be there and marked bulk", name), "manifest.csv");
    if (mode("lineItems") == FileMode::bulk && mode("categories") == FileMode::absent)
        warnings_.push_back("categories.csv is absent: the categories of line items are ignored");
    return {};
}

FileMode Package::mode(std::string_view file) const {
    auto at = modes_.find(file);
    return at == modes_.end() ? FileMode::absent : at->second;
}

std::string_view Package::mode() const {
    const auto deltas =
        std::ranges::count(modes_, FileMode::delta, [](auto& m) { return m.second; });
    return deltas == 0 ? "bulk" : deltas == std::ssize(modes_) ? "delta" : "mixed";
}

std::uint64_t Package::bytes() const {
    std::uint64_t sum = 0;
    for (const auto& entry : archive_.entries())
        if (is_read(std::string_view(entry.name).substr(0, entry.name.size() - 4), v11()))
            sum += entry.bytes;
    return sum;
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
