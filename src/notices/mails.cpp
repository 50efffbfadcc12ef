#include "notices/mails.hpp"

#include <string>
#include <vector>

#include "mail/outbox.hpp"
#include "notices/notices_sql.hpp"

namespace bw::notices {

namespace {

constexpr Duration mail_lifetime = 3 * 24h;

} // namespace

Result<Policy> read_policy(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::read_policy));
    if (rows.empty())
        return Policy();
    return Policy{rows.int8(0, 0), rows.boolean(0, 1), rows.boolean(0, 2)};
}

Result<Policy> change_policy(tenancy::TenantTx& tx, const Policy& policy, Instant now) {
    pg::Params params;
    params.int8(policy.version)
        .boolean(policy.grade_mails)
        .boolean(policy.announcement_mails)
        .instant(now);
    const pg::Rows rows = TRY(tx.run(sql::change_policy, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "the policy was changed meanwhile; read it again and decide anew", "If-Match");
    Policy changed = policy;
    changed.version = rows.int8(0, 0);
    return changed;
}

Result<std::size_t> send_mails(tenancy::TenantTx& tx, const tenancy::TenantInfo& institution,
                               std::string_view template_name, mail::Parameters parameters,
                               std::span<const UserId> users, const MailParts& parts) {
    std::vector<Uuid> ids;
    for (UserId user : users)
        ids.push_back(user.uuid);
    pg::Params params;
    params.uuids(ids);
    const pg::Rows rows = TRY(tx.run(sql::addresses, params));
    const std::string language = institution.locale.substr(0, 2);
    parameters["institution"] = institution.name;
    std::size_t sent = 0;
    for (int row = 0; row < rows.count(); ++row) {
        const std::string address(rows.text(row, 1));
        // What the roster holds may be no address at all: nothing is sent there.
        if (!mail::check_address(address, ""))
            continue;
        auto queued = mail::enqueue(
            tx,
            {template_name, language, parameters, address, rows.id<UserId>(row, 0), mail_lifetime},
            parts.keys, parts.clock, parts.rng);
        if (!queued && queued.error().code != Code::conflict) // conflict: they have been erased
            return std::move(queued).error();
        sent += queued.has_value();
    }
    return sent;
}

Result<std::vector<UserId>> students_after(tenancy::TenantTx& tx, SectionId section, UserId after,
                                           int limit) {
    pg::Params params;
    params.id(section).id(after).int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::students_after, params));
    std::vector<UserId> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(rows.id<UserId>(row, 0));
    return out;
}

} // namespace bw::notices
