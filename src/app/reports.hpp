// Reports in this process (role report): the store that it owns, the projector that keeps it up,
// the desk that answers.
#pragma once

#include "app/installation.hpp"
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
    /// `standbys`: see pg::LogProbe. `conflict`: another process has the store open. All outlive
    /// it.
    static Result<std::unique_ptr<Reports>>
    open(const Installation& installation, std::vector<std::string> standbys,
         tenancy::Cluster& cluster, const tenancy::Gate& gate, const Clock& clock, Rng& rng);
    ~Reports();
    /// To the store, for whoever works beside the desk; ends before this.
    Result<std::unique_ptr<columnar::Connection>> connect() { return files_->connect(); }
    std::optional<reporting::Freshness> fresh() const;
    void add_routes(net::RouteTable& routes) const { reporting::add_routes(routes, parts_); }
    void start() { projector_.start(); }
    /// After the server has drained.
    void stop();

private:
    Reports(std::unique_ptr<reporting::StoreFiles> files, reporting::ProjectorOptions options,
            tenancy::Cluster& cluster, const tenancy::Gate& gate, const Clock& clock, Rng& rng);

    std::unique_ptr<reporting::StoreFiles> files_;
    reporting::Projector projector_;
    reporting::Desk desk_;
    tenancy::DatabaseLane lane_;
    const reporting::RouteParts parts_;
};

} // namespace bw::app
