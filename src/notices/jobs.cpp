#include "notices/jobs.hpp"

#include "notices/notices_sql.hpp"

namespace bw::notices {

namespace {

constexpr int forgotten_at_once = 5'000;

Result<void> forget_old(tenancy::TenantTx& tx, Instant before) {
    pg::Params params;
    params.instant(before).int8(forgotten_at_once);
    TRY(tx.run(sql::forget_old, params));
    return {};
}

} // namespace

std::vector<bw::jobs::Kind> notice_kinds(const Clock& clock) {
    return {{.name = "notices.forget",
             .handler = [&clock](const bw::jobs::Attempt&) -> Result<bw::jobs::Outcome> {
                 return bw::jobs::Effect(
                     [before = clock.now() - notices_kept](tenancy::TenantTx& tx) {
                         return forget_old(tx, before);
                     });
             },
             .every = 24h}};
}

} // namespace bw::notices
