// First pages in this process (role api): what is in memory, who hears of changes, who prepares.
#pragma once

#include "app/serve.hpp"
#include "packs/change_feed.hpp"
#include "packs/page_reads.hpp"
#include "packs/preparer.hpp"
#include "tenancy/gate.hpp"

namespace bw::app {

struct FirstPagesStatus {
    packs::PackStatus packs;
    packs::PreparerStatus preparer;
};

class FirstPages {
public:
    /// All outlive it. `gate` tells it of deeds from now on, which it must outlive in turn.
    FirstPages(const ServeOptions& options, tenancy::Cluster& cluster, tenancy::DatabaseLane& lane,
               tenancy::Gate& gate, const tenancy::TenantDirectory& directory, const Clock& clock);
    void start();
    /// Before the lane ends.
    void stop();
    packs::PageReads& reads() { return reads_; }
    packs::ChangeFeed& feed() { return feed_; }
    FirstPagesStatus status() const { return {packs_.status(), preparer_.status()}; }

private:
    packs::BellPacks packs_;
    packs::ChangeFeed feed_;
    packs::PageReads reads_;
    packs::Preparer preparer_;
};

} // namespace bw::app
