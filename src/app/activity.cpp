#include "app/activity.hpp"

#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t bytes_kept_free = 1'024 * mib; // of the disk, for submissions
constexpr std::size_t submissions_waiting_limit = 1'024;

/// Nobody proves anything by this journal: its heads are not signed.
Signature no_signature(ByteView) {
    return {};
}

} // namespace

ActivityParts open_activity(const Installation& installation, const ServeOptions& options,
                            const journal::Journal& submissions, std::function<bool()> peak,
                            tenancy::Cluster& cluster, const tenancy::TenantDirectory& directory,
                            const Clock& clock, Rng& rng) {
    ActivityParts parts;
    auto journal =
        journal::Journal::open({.directory = installation.activity_journal(),
                                .segment_bytes = 4 * mib,
                                .total_bytes_limit = options.activity_journal_mib * mib,
                                .record_bytes_limit = 16 * 1024,
                                .queue_items_limit = 4'096,
                                .queue_bytes_limit = 16 * mib,
                                .group_linger = 2ms}, // fewer syncs beside those of submissions
                               no_signature, clock, rng);
    if (journal)
        parts.journal = *std::move(journal);
    else
        log::error("activity_journal_not_opened",
                   {{"error", journal.error().text()}, {"next", "no activities are taken in"}});
    auto yields = [&submissions] {
        const journal::JournalStatus status = submissions.status();
        return status.queued > submissions_waiting_limit || status.full || status.sealed;
    };
    parts.intake = std::make_unique<activity::Intake>(
        parts.journal.get(), clock,
        activity::IntakeOptions{.activities_a_minute = options.activities_per_minute,
                                .disk = installation.activity_journal(),
                                .bytes_kept_free = bytes_kept_free,
                                .yields = yields});
    if (!parts.journal)
        return parts;
    parts.recorder = std::make_unique<activity::Recorder>(
        *parts.journal, std::make_unique<tenancy::Database>(cluster, "activity"), directory, clock,
        activity::RecorderOptions{.keep = std::chrono::hours(24) * options.activity_keep_days,
                                  .waits = std::move(peak),
                                  .heard = [&intake = *parts.intake](TenantId tenant, bool kept) {
                                      intake.heard(tenant, kept);
                                  }});
    parts.recorder->start();
    return parts;
}

void ActivityParts::stop() {
    recorder.reset();
    journal.reset();
}

} // namespace bw::app
