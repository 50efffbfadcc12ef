// Announcements: what a section's teachers tell its students. Rows, and the notices and mails that
// say so, in the caller's transaction; who may do what is decided in the routes.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "notices/notices.hpp"
#include "tenancy/database.hpp"

namespace bw::content {

using notices::AnnouncementId;

struct Announcement {
    AnnouncementId id;
    SectionId section;
    std::string title, text; // Markdown, as it was written
    std::int64_t version = 1;
    Instant created_at = {}, changed_at = {};
};

using AnnouncementPosition = std::pair<Instant, AnnouncementId>;
struct AnnouncementPage {
    std::vector<Announcement> items;
    std::optional<AnnouncementPosition> next; // continue before this one
};
/// The newest first; read with read_page(rows, limit).
tenancy::Step announcements_step(SectionId section, std::optional<AnnouncementPosition> before,
                                 int limit);
AnnouncementPage read_page(const pg::Rows& rows, int limit);

Result<std::optional<Announcement>> find_announcement(tenancy::TenantTx& tx, AnnouncementId id);

/// With one notice for all its students, and a job that writes the mails where the institution
/// wants them. The last deed of a transaction (notices::tell_section).
Result<void> announce(tenancy::TenantTx& tx, const Announcement& announcement, UserId by,
                      const Clock& clock, Rng& rng);
/// The new version; nobody is told again. precondition_failed: another version stands.
Result<std::int64_t> change_announcement(tenancy::TenantTx& tx, const Announcement& announcement,
                                         Instant now);
/// It is gone, and so are its notices, and mails that are not written yet.
Result<void> withdraw_announcement(tenancy::TenantTx& tx, const Announcement& announcement,
                                   std::int64_t version);

} // namespace bw::content
