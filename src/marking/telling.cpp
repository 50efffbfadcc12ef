#include "marking/telling.hpp"

#include "notices/mails.hpp"
#include "notices/notices.hpp"

namespace bw::marking {

Result<std::size_t> tell_released(tenancy::TenantTx& tx, const tenancy::TenantInfo& institution,
                                  AssignmentId assignment, const std::string& title,
                                  const std::vector<UserId>& users, const audit::SubjectKeys& keys,
                                  const Clock& clock, Rng& rng) {
    std::size_t mails = 0;
    if (!users.empty() && TRY(notices::read_policy(tx)).grade_mails)
        mails = TRY(notices::send_mails(tx, institution, "grade_released", {{"assignment", title}},
                                        users, {keys, clock, rng}));
    CHECK_OK(notices::tell_persons(tx, notices::Kind::grade_released, assignment.uuid, users,
                                   clock.now(), rng));
    return mails;
}

} // namespace bw::marking
