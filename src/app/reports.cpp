#include "app/reports.hpp"

#include <algorithm>

#include "app/peak_watch.hpp"
#include "app/report_exports.hpp"
#include "reporting/upkeep.hpp"

namespace bw::app {

namespace {

constexpr std::size_t waiting_max = 64;
constexpr Duration sized_every = 10s, sizing_limit = 200ms;

ReportState report_state(const reporting::ProjectorStatus& projector,
                         const reporting::Desk::Counts& desk, std::uint64_t turned_away,
                         Instant now) {
    ReportState out{.state = std::string(wire_name(projector.state)),
                    .reason = projector.reason,
                    .as_of = projector.as_of,
                    .lag_seconds = {},
                    .slot_bytes_behind = projector.slot_bytes_behind,
                    .slot_bytes_left = projector.slot_bytes_left,
                    .set_aside = projector.set_aside,
                    .rows = projector.rows,
                    .commits = projector.commits,
                    .snapshots = projector.snapshots,
                    .run = desk.run,
                    .kept = desk.kept,
                    .failed = desk.failed,
                    .turned_away = turned_away,
                    .running_seconds = std::chrono::duration<double>(desk.running).count(),
                    .memory_bytes = {},
                    .file_bytes = {},
                    .hint_listeners = {}};
    if (out.as_of)
        out.lag_seconds = std::max(0.0, std::chrono::duration<double>(now - *out.as_of).count());
    return out;
}

std::optional<std::uint64_t> bytes_of(const std::filesystem::path& directory) {
    std::error_code error;
    std::uint64_t bytes = 0;
    for (std::filesystem::recursive_directory_iterator at(directory, error), end;
         !error && at != end; at.increment(error)) {
        std::error_code gone; // a file that goes meanwhile counts as none
        if (const auto size = at->file_size(gone); !gone && !at->is_symlink(gone))
            bytes += size;
    }
    return error ? std::nullopt : std::optional(bytes);
}

} // namespace

Result<std::unique_ptr<Reports>> Reports::open(const Installation& installation,
                                               const ServeOptions& serve, tenancy::Cluster& cluster,
                                               const tenancy::Gate& gate, lane::DemandHints& hints,
                                               const Clock& clock, Rng& rng) {
    reporting::ProjectorOptions options;
    if (serve.report_source == "outbox")
        options.source = reporting::ReportSource::outbox;
    else
        options.stream.conninfo = TRY(installation.conninfo("bw_stream"));
    options.reader.conninfo = TRY(installation.conninfo("bw_app"));
    auto files = TRY(reporting::StoreFiles::open(
        installation.reports(),
        {.memory_bytes_max = report_store_bytes, .exports = export_directory(installation)}, clock,
        rng));
    options.slot = files->slot();
    options.standbys = serve.report_standbys;
    options.at_peak = watch_peaks(hints, "reports", clock);
    options.rewriting.is_quiet = watch_quiet(hints, "rewriting of reports", clock);
    options.rewriting.rewrite = [&files = *files](columnar::Connection& from, Deadline deadline) {
        return files.rewrite(from, deadline);
    };
    auto at_peak = options.at_peak;
    return std::unique_ptr<Reports>(new Reports(installation.reports(), std::move(files),
                                                std::move(options), cluster, gate, hints,
                                                std::move(at_peak), clock, rng));
}

Reports::Reports(std::filesystem::path directory, std::unique_ptr<reporting::StoreFiles> files,
                 reporting::ProjectorOptions options, tenancy::Cluster& cluster,
                 const tenancy::Gate& gate, const lane::DemandHints& hints,
                 std::function<bool()> at_peak, const Clock& clock, Rng& rng)
    : directory_(std::move(directory)), hints_(hints), clock_(clock), files_(std::move(files)),
      projector_(
          std::move(options), [this] { return files_->connect(); }, reporting::rollup_upkeep(clock),
          clock, rng),
      desk_([this] { return connect(); }, [this] { return fresh(); },
            {.at_peak = std::move(at_peak)}, clock),
      lane_(lane::Budget{.name = "report",
                         .threads = report_threads,
                         .queue_items_limit = waiting_max},
            clock, [&cluster] { return std::make_unique<tenancy::Database>(cluster, "report"); }),
      parts_{gate, lane_, desk_, clock} {}

Reports::~Reports() {
    stop();
}

void Reports::stop() {
    lane_.stop();
    projector_.stop();
}

ReportState Reports::state() const {
    ReportState out =
        report_state(projector_.status(), desk_.counts(), lane_.status().refused, clock_.now());
    const Sizes of = sizes();
    out.memory_bytes = of.memory_bytes;
    out.file_bytes = of.file_bytes;
    out.hint_listeners = hints_.names();
    return out;
}

Reports::Sizes Reports::sizes() const {
    std::lock_guard lock(sizing_);
    const Monotonic now = clock_.monotonic();
    if (sized_at_ && now - *sized_at_ < sized_every)
        return sizes_;
    sized_at_ = now;
    sizes_ = {{}, bytes_of(directory_)};
    if (auto connection = files_->connect()) {
        auto answer = (*connection)
                          ->run("select sum(memory_usage_bytes)::bigint from duckdb_memory()", {},
                                Deadline::in(clock_, sizing_limit));
        if (answer)
            for (const auto& row : answer->rows())
                if (const auto* bytes = std::get_if<std::int64_t>(&row[0]))
                    sizes_.memory_bytes = static_cast<std::uint64_t>(*bytes);
    }
    return sizes_;
}

std::optional<reporting::Freshness> Reports::fresh() const {
    const reporting::ProjectorStatus status = projector_.status();
    if (!status.as_of || !status.at)
        return std::nullopt;
    return reporting::Freshness{
        *status.as_of,
        {status.at->lsn.value, status.at->system, status.at->timeline, status.snapshots}};
}

} // namespace bw::app
