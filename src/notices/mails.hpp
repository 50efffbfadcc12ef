// Mails that there is something to see, where the institution wants them. They say what it is
// about, never what it says.
#pragma once

#include <span>
#include <string_view>

#include "audit/subject_keys.hpp"
#include "base/rng.hpp"
#include "mail/message.hpp"
#include "tenancy/database.hpp"
#include "tenancy/tenant.hpp"

namespace bw::notices {

struct Policy {
    std::int64_t version = 0; // 0: as at first
    bool grade_mails = false, announcement_mails = false;
};
Result<Policy> read_policy(tenancy::TenantTx& tx);
/// After the one whose version `policy` has; precondition_failed if another stands.
Result<Policy> change_policy(tenancy::TenantTx& tx, const Policy& policy, Instant now);

/// What mails are made with. Everything outlives it.
struct MailParts {
    const audit::SubjectKeys& keys; // what mails are kept under until they are sent
    const Clock& clock;
    Rng& rng;
};

/// Into the outbox, in the caller's transaction; how many. `parameters` are the template's, beside
/// the institution's name. Nothing for whoever has no address.
Result<std::size_t> send_mails(tenancy::TenantTx& tx, const tenancy::TenantInfo& institution,
                               std::string_view template_name, mail::Parameters parameters,
                               std::span<const UserId> users, const MailParts& parts);

/// A section's students by id, `limit` at a time: for whoever writes to them bit by bit.
Result<std::vector<UserId>> students_after(tenancy::TenantTx& tx, SectionId section, UserId after,
                                           int limit);

} // namespace bw::notices
