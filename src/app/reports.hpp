// Reports in this process: the store that it owns, the projector that keeps it up,
// the desk that answers.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>

#include "app/installation.hpp"
#include "app/report_state.hpp"
#include "app/serve.hpp"
#include "lane/demand.hpp"
#include "reporting/desk.hpp"
#include "reporting/projector.hpp"
#include "reporting/routes.hpp"
#include "reporting/store_files.hpp"

namespace bw::app {

/// What the store may take; the process needs 250 MiB more.
constexpr std::uint64_t report_store_bytes = 512ULL << 20;
/// Wait for reports, and ask the primary for names; a connection each.
constexpr int report_threads = 2;

class Reports {
public:
    /// `hints`: reports take less at a peak, a snapshot waits for its end, and the store's file is
    /// made anew in a quiet time. `conflict`: another process has the store open. All outlive it.
    static Result<std::unique_ptr<Reports>>
    open(const Installation& installation, const ServeOptions& serve, tenancy::Cluster& cluster,
         const tenancy::Gate& gate, lane::DemandHints& hints, const Clock& clock, Rng& rng);
    ~Reports();
    /// To the store, for whoever works beside the desk; ends before this.
    Result<std::unique_ptr<columnar::Connection>> connect() { return files_->connect_reader(); }
    std::optional<reporting::Freshness> fresh() const;
    void add_routes(net::RouteTable& routes) const { reporting::add_routes(routes, parts_); }
    void start() { projector_.start(); }
    /// Whoever asks waits here, fair between institutions.
    const tenancy::DatabaseLane& lane() const { return lane_; }
    /// Asks the store, at most once in some seconds. Thread-safe.
    ReportState state() const;
    /// After the server has drained.
    void stop();

private:
    Reports(std::filesystem::path directory, std::unique_ptr<reporting::StoreFiles> files,
            reporting::ProjectorOptions options, tenancy::Cluster& cluster,
            const tenancy::Gate& gate, const lane::DemandHints& hints,
            std::function<bool()> at_peak, const Clock& clock, Rng& rng);
    struct Sizes {
        std::optional<std::uint64_t> memory_bytes, file_bytes;
    };
    Sizes sizes() const;

    const std::filesystem::path directory_;
    const lane::DemandHints& hints_;
    const Clock& clock_;

    std::unique_ptr<reporting::StoreFiles> files_;
    reporting::Projector projector_;
    reporting::Desk desk_;
    tenancy::DatabaseLane lane_;
    const reporting::RouteParts parts_;
    mutable std::mutex sizing_;
    mutable Sizes sizes_;
    mutable std::optional<Monotonic> sized_at_;
};

} // namespace bw::app
