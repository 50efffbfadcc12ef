#include "auth/bells.hpp"

#include "auth/bells_sql.hpp"

namespace bw::auth {

Result<BellId> put_bell(tenancy::TenantTx& tx, const tenancy::Bell& bell, BellId fresh) {
    TRY(tx.run(sql::forget_bells));
    pg::Params params;
    params.id(fresh)
        .instant(bell.at)
        .int4(
            static_cast<std::int32_t>(std::chrono::floor<std::chrono::seconds>(bell.lasts).count()))
        .int8(static_cast<std::int64_t>(BellRules{}.items_limit));
    const pg::Rows rows = TRY(tx.run(sql::put_bell, params));
    if (rows.empty())
        return fail(Code::conflict,
                    "there are " + std::to_string(BellRules{}.items_limit) +
                        " bells, which is as many as may be: remove some first",
                    "/at");
    TRY(tx.run(sql::announce_bells));
    return rows.id<BellId>(0, 0);
}

Result<void> remove_bell(tenancy::TenantTx& tx, BellId bell) {
    pg::Params params;
    params.id(bell);
    if (TRY(tx.run(sql::remove_bell, params)).empty())
        return fail(Code::not_found, "there is no such bell");
    TRY(tx.run(sql::announce_bells));
    return {};
}

Result<std::vector<StoredBell>> list_bells(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::list_bells));
    std::vector<StoredBell> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back({rows.id<BellId>(i, 0),
                       {.at = rows.instant(i, 1), .lasts = std::chrono::seconds(rows.int8(i, 2))}});
    return out;
}

} // namespace bw::auth
