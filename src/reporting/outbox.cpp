#include "reporting/outbox.hpp"

#include "reporting/reporting_sql.hpp"

namespace bw::reporting {

Result<std::optional<OutboxState>> outbox_state(tenancy::Database& database, Deadline deadline) {
    const auto answers = TRY(database.run_batch({}, {{sql::outbox_list, {}}}, deadline));
    const pg::Rows& rows = answers.front();
    if (rows.empty())
        return std::nullopt;
    OutboxState out{rows.int8(0, 0), rows.int8(0, 1), rows.boolean(0, 2)};
    for (int i = 0; i < rows.count(); ++i)
        if (!rows.is_null(i, 3))
            out.readers.push_back(
                {std::string(rows.text(i, 3)), rows.instant(i, 4), rows.int8(i, 5)});
    return out;
}

Result<void> switch_outbox(tenancy::Database& database, std::optional<std::int64_t> bytes_limit,
                           std::string_view actor, Deadline deadline) {
    pg::Params params;
    params.boolean(bytes_limit.has_value()).int8(bytes_limit.value_or(0)).text(actor);
    TRY(database.run_batch({}, {{sql::outbox_switch, std::move(params)}}, deadline));
    return {};
}

Result<void> forget_person(tenancy::TenantTx& tx) {
    TRY(tx.run(sql::outbox_let_go));
    return {};
}

} // namespace bw::reporting
