#include "content/announcement_jobs.hpp"

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "content/announcements.hpp"
#include "notices/mails.hpp"

namespace bw::content {

namespace {

constexpr int written_at_once = 100;
constexpr std::size_t id_bytes_limit = 64;

jobs::NewJob job_for(AnnouncementId announcement, UserId after) {
    JsonWriter args;
    args.object()
        .member("announcement_id", announcement.text())
        .member("after", after.text())
        .end();
    return {.kind = announcement_mails, .args = args.take()};
}

template <class IdType>
Result<IdType> id_in(const JsonObject& args, const char* name) {
    auto id = IdType::parse(TRY(args.string(name, id_bytes_limit)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", name);
    return *id;
}

/// One transaction: the mails of these students, and the job for those behind them.
Result<void> write_mails(tenancy::TenantTx& tx, const tenancy::TenantInfo& tenant,
                         AnnouncementId id, UserId after, const notices::MailParts& parts) {
    const auto announcement = TRY(find_announcement(tx, id));
    if (!announcement)
        return {}; // it was withdrawn
    const auto students =
        TRY(notices::students_after(tx, announcement->section, after, written_at_once));
    TRY(notices::send_mails(tx, tenant, "announcement", {{"title", announcement->title}}, students,
                            parts));
    if (students.size() == written_at_once)
        TRY(jobs::enqueue(tx, job_for(id, students.back()), parts.clock, parts.rng));
    return {};
}

} // namespace

Result<void> mail_later(tenancy::TenantTx& tx, AnnouncementId announcement, const Clock& clock,
                        Rng& rng) {
    TRY(jobs::enqueue(tx, job_for(announcement, UserId{}), clock, rng));
    return {};
}

std::vector<jobs::Kind> announcement_kinds(const audit::SubjectKeys& keys, const Clock& clock,
                                           Rng& rng) {
    return {
        {.name = announcement_mails,
         .handler = [keys, &clock, &rng](const jobs::Attempt& attempt) -> Result<jobs::Outcome> {
             const auto args =
                 TRY(JsonObject::parse(attempt.job.args, {"announcement_id", "after"}));
             const auto id = TRY(id_in<AnnouncementId>(args, "announcement_id"));
             const auto after = TRY(id_in<UserId>(args, "after"));
             return jobs::Effect(
                 [&keys, &clock, &rng, tenant = attempt.tenant, id, after](tenancy::TenantTx& tx) {
                     return write_mails(tx, tenant, id, after, {keys, clock, rng});
                 });
         }}};
}

} // namespace bw::content
