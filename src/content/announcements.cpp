#include "content/announcements.hpp"

#include <algorithm>

#include "content/announcement_jobs.hpp"
#include "content/content_sql.hpp"
#include "notices/mails.hpp"

namespace bw::content {

namespace {

constexpr Instant end_of_time{253'402'300'799'999}; // the year 9999

Announcement read_announcement(const pg::Rows& rows, int row) {
    return {.id = rows.id<AnnouncementId>(row, 0),
            .section = rows.id<SectionId>(row, 1),
            .title = std::string(rows.text(row, 2)),
            .text = std::string(rows.text(row, 3)),
            .version = rows.int8(row, 4),
            .created_at = rows.instant(row, 5),
            .changed_at = rows.instant(row, 6)};
}

Error changed_meanwhile() {
    return fail(Code::precondition_failed,
                "it was changed meanwhile; read it again, bring together what both say, and send "
                "the new ETag",
                "If-Match");
}

} // namespace

tenancy::Step announcements_step(SectionId section, std::optional<AnnouncementPosition> before,
                                 int limit) {
    const auto [at, id] = before.value_or(AnnouncementPosition{end_of_time, {}});
    tenancy::Step step{sql::list_announcements, {}};
    step.params.id(section).instant(at).id(id).int8(
        limit + 1); // one more tells whether there is a next page
    return step;
}

AnnouncementPage read_page(const pg::Rows& rows, int limit) {
    AnnouncementPage page;
    for (int row = 0; row < std::min(rows.count(), limit); ++row)
        page.items.push_back(read_announcement(rows, row));
    if (rows.count() > limit)
        page.next = {page.items.back().created_at, page.items.back().id};
    return page;
}

Result<std::optional<Announcement>> find_announcement(tenancy::TenantTx& tx, AnnouncementId id) {
    pg::Params params;
    params.id(id);
    const pg::Rows rows = TRY(tx.run(sql::get_announcement, params));
    return rows.empty() ? std::optional<Announcement>() : read_announcement(rows, 0);
}

Result<void> announce(tenancy::TenantTx& tx, const Announcement& announcement, UserId by,
                      const Clock& clock, Rng& rng) {
    pg::Params params;
    params.id(announcement.id)
        .id(announcement.section)
        .text(announcement.title)
        .text(announcement.text)
        .id(by)
        .instant(announcement.created_at);
    TRY(tx.run(sql::add_announcement, params));
    if (TRY(notices::read_policy(tx)).announcement_mails)
        CHECK_OK(mail_later(tx, announcement.id, clock, rng));
    return notices::tell_section(tx, notices::Kind::announcement, announcement.id.uuid,
                                 announcement.section, announcement.created_at, rng);
}

Result<std::int64_t> change_announcement(tenancy::TenantTx& tx, const Announcement& announcement,
                                         Instant now) {
    pg::Params params;
    params.id(announcement.id)
        .int8(announcement.version)
        .text(announcement.title)
        .text(announcement.text)
        .instant(now);
    const pg::Rows rows = TRY(tx.run(sql::change_announcement, params));
    if (rows.empty())
        return changed_meanwhile();
    return rows.int8(0, 0);
}

Result<void> withdraw_announcement(tenancy::TenantTx& tx, const Announcement& announcement,
                                   std::int64_t version) {
    pg::Params params;
    params.id(announcement.id).int8(version);
    if (TRY(tx.run(sql::withdraw_announcement, params)).empty())
        return changed_meanwhile();
    return notices::take_back(tx, announcement.section, announcement.id.uuid);
}

} // namespace bw::content
