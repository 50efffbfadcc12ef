#include "storm/report_store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>

#include "base/disk.hpp"
#include "storm/outside.hpp"

namespace bw::storm {

namespace {

namespace fs = std::filesystem;
namespace json = simdjson::dom;

constexpr std::size_t files_limit = 10'000, id_bytes_limit = 100;
constexpr std::string_view ending = ".json";

struct File {
    std::string id;
    fs::file_time_type written;
};

/// Regular files alone, never what a link leads to.
Result<std::string> content_of(const fs::path& path) {
    const disk::Descriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.open())
        return errno == ENOENT
                   ? fail(Code::not_found, "there is no such report")
                   : fail(Code::corrupt, std::string("it cannot be read: ") + strerror(errno));
    struct stat about{};
    if (fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode))
        return fail(Code::corrupt, "it is no file");
    if (about.st_size > static_cast<off_t>(stored_report_bytes_limit))
        return fail(Code::corrupt, "it is larger than 4 MiB");
    std::string out(static_cast<std::size_t>(about.st_size), '\0');
    out.resize(TRY(disk::read_at(file, 0, out.data(), out.size(), path)));
    return out;
}

Error wrong(const char* what) {
    return fail(Code::corrupt, std::string("it is no storm's report: ") + what);
}

bool are_lines(json::element plot) {
    json::array lines;
    std::string_view text;
    bool logarithmic = false;
    if (plot["title"].get(text) || plot["unit"].get(text) || plot["logarithmic"].get(logarithmic) ||
        plot["lines"].get(lines))
        return false;
    return std::ranges::all_of(lines, [](json::element line) {
        std::string_view name;
        json::array values;
        return !line["name"].get(name) && !line["values"].get(values) &&
               std::ranges::all_of(values, [](json::element value) {
                   return value.is_null() || value.is_number();
               });
    });
}

bool is_mark(json::element mark) {
    std::string_view what;
    double second = 0;
    return !mark["second"].get(second) && !mark["what"].get(what);
}

} // namespace

bool is_report_id(std::string_view id) {
    auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !id.empty() && id.size() <= id_bytes_limit && plain(id.front()) &&
           std::ranges::all_of(id, [&](char c) { return plain(c) || c == '-' || c == '_'; });
}

Result<ReportHead> report_head(const std::string& text) {
    json::parser parser;
    json::element report;
    if (parser.parse(text).get(report) != simdjson::SUCCESS || !report.is_object())
        return wrong("it is not a JSON object, or was cut");
    ReportHead head;
    std::string_view storm, started_at;
    if (report["storm"].get(storm))
        return wrong("no `storm`");
    head.storm = storm;
    if (report["started_at"].get(started_at))
        return wrong("no `started_at`");
    const auto at = from_rfc3339(started_at);
    if (!at)
        return wrong("`started_at` is no instant");
    head.started_at = *at;
    if (report["users"].get(head.users))
        return wrong("no `users`");
    if (report["ok"].get(head.ok))
        return wrong("no `ok`");
    json::array plots, marks;
    if (report["plots"].get(plots) || !std::ranges::all_of(plots, are_lines))
        return wrong("no `plots`, or plots without lines");
    if (report["marks"].get(marks) || !std::ranges::all_of(marks, is_mark))
        return wrong("no `marks`, or marks without a second");
    return head;
}

Result<void> store_report(const fs::path& directory, std::string_view storm, Instant started_at,
                          const std::string& json) {
    std::error_code ec;
    fs::create_directories(directory, ec);
    std::string at = to_rfc3339(started_at); // 2026-11-30T02:16:36.123Z
    std::erase_if(at, [](char c) { return c == '-' || c == ':' || c == '.'; });
    const fs::path file = directory / (std::string(storm) + "-" + at + std::string(ending));
    const fs::path fresh = file.string() + ".new"; // no report's name
    CHECK_OK(write_report(fresh, json));
    fs::rename(fresh, file, ec);
    if (ec)
        return fail(Code::unavailable, "the report cannot be kept: " + ec.message(), file);
    return {};
}

Result<StoredReports> stored_reports(const fs::path& directory, std::size_t limit) {
    std::error_code ec;
    std::vector<File> files;
    fs::directory_iterator at(directory, ec);
    if (ec)
        return fail(Code::not_found, "no directory of reports: " + ec.message());
    for (std::size_t seen = 0; at != fs::directory_iterator() && seen < files_limit; ++seen) {
        const fs::path path = at->path();
        const std::string id = path.stem();
        const auto written = fs::last_write_time(path, ec);
        if (!ec && path.extension() == ending && is_report_id(id))
            files.push_back({id, written});
        at.increment(ec);
        if (ec)
            break;
    }
    StoredReports out{.items = {}, .all = files.size()};
    std::ranges::sort(files, [](const File& a, const File& b) {
        return std::tie(b.written, b.id) < std::tie(a.written, a.id);
    });
    files.resize(std::min(files.size(), limit));
    for (const File& file : files) {
        StoredReport& report =
            out.items.emplace_back(StoredReport{.id = file.id, .head = {}, .damage = {}});
        const auto content = content_of(directory / (file.id + std::string(ending)));
        auto head = content ? report_head(*content) : Result<ReportHead>(content.error());
        if (content)
            report.bytes = static_cast<std::int64_t>(content->size());
        if (head)
            report.head = *std::move(head);
        else
            report.damage = head.error().detail;
    }
    return out;
}

Result<std::string> stored_report(const fs::path& directory, std::string_view id) {
    if (!is_report_id(id))
        return fail(Code::not_found, "there is no such report");
    std::string content = TRY(content_of(directory / (std::string(id) + std::string(ending))));
    CHECK_OK(report_head(content));
    return content;
}

} // namespace bw::storm
