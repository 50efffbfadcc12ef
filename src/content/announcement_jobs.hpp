// The job that writes an announcement's mails, so many students at a time: a section of thousands
// keeps no teacher waiting.
#pragma once

#include <vector>

#include "audit/subject_keys.hpp"
#include "jobs/handler.hpp"
#include "jobs/queue.hpp"
#include "notices/notices.hpp"

namespace bw::content {

constexpr const char* announcement_mails = "announcement.mails";

Result<void> mail_later(tenancy::TenantTx& tx, notices::AnnouncementId announcement,
                        const Clock& clock, Rng& rng);

/// `clock` and `rng` outlive them.
std::vector<jobs::Kind> announcement_kinds(const audit::SubjectKeys& keys, const Clock& clock,
                                           Rng& rng);

} // namespace bw::content
