#include "app/reports.hpp"

#include "app/report_exports.hpp"
#include "reporting/upkeep.hpp"

namespace bw::app {

namespace {

constexpr std::size_t waiting_max = 64;

} // namespace

Result<std::unique_ptr<Reports>> Reports::open(const Installation& installation,
                                               std::vector<std::string> standbys,
                                               tenancy::Cluster& cluster, const tenancy::Gate& gate,
                                               const Clock& clock, Rng& rng) {
    reporting::ProjectorOptions options;
    options.stream.conninfo = TRY(installation.conninfo("bw_stream"));
    options.reader.conninfo = TRY(installation.conninfo("bw_app"));
    auto files = TRY(reporting::StoreFiles::open(
        installation.reports(),
        {.memory_bytes_max = report_store_bytes, .exports = export_directory(installation)}, clock,
        rng));
    options.slot = files->slot();
    options.standbys = std::move(standbys);
    options.rewriting.rewrite = [&files = *files](columnar::Connection& from, Deadline deadline) {
        return files.rewrite(from, deadline);
    };
    return std::unique_ptr<Reports>(
        new Reports(std::move(files), std::move(options), cluster, gate, clock, rng));
}

Reports::Reports(std::unique_ptr<reporting::StoreFiles> files, reporting::ProjectorOptions options,
                 tenancy::Cluster& cluster, const tenancy::Gate& gate, const Clock& clock, Rng& rng)
    : files_(std::move(files)), projector_(
                                    std::move(options), [this] { return files_->connect(); },
                                    reporting::rollup_upkeep(clock), clock, rng),
      desk_([this] { return files_->connect(); }, [this] { return fresh(); }, {}, clock),
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

std::optional<reporting::Freshness> Reports::fresh() const {
    const reporting::ProjectorStatus status = projector_.status();
    if (!status.as_of || !status.at)
        return std::nullopt;
    return reporting::Freshness{
        *status.as_of,
        {status.at->lsn.value, status.at->system, status.at->timeline, status.snapshots}};
}

} // namespace bw::app
