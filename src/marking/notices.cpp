#include "marking/notices.hpp"

#include "mail/outbox.hpp"
#include "marking/marking_sql.hpp"

namespace bw::marking {

namespace {

constexpr Duration notice_lifetime = 3 * 24h;

} // namespace

Result<Policy> read_policy(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::read_policy));
    if (rows.empty())
        return Policy();
    return Policy{rows.int8(0, 0), rows.boolean(0, 1)};
}

Result<Policy> change_policy(tenancy::TenantTx& tx, const Policy& policy, Instant now) {
    pg::Params params;
    params.int8(policy.version).boolean(policy.grade_notices).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::change_policy, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "the policy was changed meanwhile; read it again and decide anew", "If-Match");
    return Policy{rows.int8(0, 0), policy.grade_notices};
}

Result<std::size_t> send_notices(tenancy::TenantTx& tx, const tenancy::TenantInfo& institution,
                                 const std::string& assignment_title,
                                 const std::vector<UserId>& users, const audit::SubjectKeys& keys,
                                 const Clock& clock, Rng& rng) {
    if (users.empty() || !TRY(read_policy(tx)).grade_notices)
        return std::size_t{0};
    std::vector<Uuid> ids;
    for (UserId user : users)
        ids.push_back(user.uuid);
    pg::Params params;
    params.uuids(ids);
    const pg::Rows rows = TRY(tx.run(sql::addresses, params));
    const std::string language = institution.locale.substr(0, 2);
    std::size_t sent = 0;
    for (int row = 0; row < rows.count(); ++row) {
        const std::string address(rows.text(row, 1));
        // What the roster holds may be no address at all: nothing is sent there.
        if (!mail::check_address(address, ""))
            continue;
        auto queued =
            mail::enqueue(tx,
                          {"grade_released",
                           language,
                           {{"institution", institution.name}, {"assignment", assignment_title}},
                           address,
                           rows.id<UserId>(row, 0),
                           notice_lifetime},
                          keys, clock, rng);
        if (!queued && queued.error().code != Code::conflict) // conflict: they have been erased
            return std::move(queued).error();
        sent += queued.has_value();
    }
    return sent;
}

} // namespace bw::marking
