#include "app/intake.hpp"

#include "app/background.hpp"
#include "app/http_follower.hpp"
#include "app/http_witness.hpp"
#include "app/operator.hpp"
#include "journal/nats_stream.hpp"
#include "marking/by_key_jobs.hpp"
#include "pipeline/file_jobs.hpp"
#include "submissions/erasure.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr Duration database_wait_at_start = 30s;
constexpr std::size_t proof_queue_limit = 64;

/// What is durable but not recorded yet must be known to retries before the first of them comes.
/// Read twice, for it may be as large as the journal and does not fit memory: first for the last
/// moment, then into the index.
Result<std::unique_ptr<submissions::Intake>>
restore_intake(journal::Journal& journal, std::uint64_t recorded, const std::string& kid,
               submissions::IntakeOptions options, const Clock& clock) {
    Instant last_received{0};
    auto remember = [&](const journal::Entry& entry) {
        if (auto record = submissions::decode_record(entry.record))
            last_received = std::max(last_received, record->statement.received_at);
    };
    auto read_after = [&](std::uint64_t seq, auto&& take) -> Result<void> {
        for (;;) {
            std::vector<journal::Entry> more = TRY(journal.read(seq, 1024, 16 << 20));
            if (more.empty())
                return {};
            seq = more.back().position.seq;
            for (const journal::Entry& entry : more)
                take(entry);
        }
    };
    // What the journal has forgotten is recorded from the archive alone: its retries are old.
    recorded = std::max(recorded, journal.first_seq() - 1);
    const bool is_there = recorded + 1 > journal.first_seq();
    CHECK_OK(read_after(recorded - (is_there ? 1 : 0),
                        remember)); // the last recorded one too, for its time alone
    auto intake = std::make_unique<submissions::Intake>(
        journal, kid, submissions::ReceiveClock(clock, last_received),
        [] { return submissions::ClockError{system_clock_error_ms()}; }, options);
    CHECK_OK(read_after(recorded, [&](const journal::Entry& entry) { intake->restore(entry); }));
    return intake;
}

auto do_later(const Clock& clock, Rng& rng) {
    return [&clock, &rng](TenantId tenant, const submissions::Afterwards& afterwards) {
        auto jobs = pipeline::jobs_after(afterwards);
        std::ranges::move(marking::mark_by_key_later(afterwards.answered, clock.now()),
                          std::back_inserter(jobs));
        return jobs::enqueue_step(tenant, jobs, clock, rng);
    };
}

/// What the archive has of journals before this one, and the database, restored, has not.
Result<void> record_earlier_epochs(IntakeParts& parts, tenancy::Cluster& cluster,
                                   const tenancy::TenantDirectory& directory,
                                   const std::string& kid, const Clock& clock, Rng& rng) {
    for (const std::uint64_t epoch : parts.archive->epochs()) {
        if (epoch == parts.journal->status().epoch)
            continue;
        auto recorder = std::make_unique<submissions::Recorder>(
            *parts.journal, std::make_unique<tenancy::Database>(cluster, "recorder earlier"),
            directory, kid, clock,
            submissions::RecorderOptions{.archive = parts.archive.get(),
                                         .archived_epoch = epoch,
                                         .do_later = do_later(clock, rng)});
        const std::uint64_t recorded =
            TRY(recorder->cursor(Deadline::in(clock, database_wait_at_start)));
        if (recorded >= parts.archive->archived_seq(epoch))
            continue;
        log::warn("earlier_epoch_is_behind",
                  {{"epoch", submissions::epoch_text(epoch)},
                   {"recorded_seq", recorded},
                   {"archived_seq", parts.archive->archived_seq(epoch)}});
        parts.earlier.push_back(std::move(recorder));
        parts.earlier.back()->start();
    }
    return {};
}

Result<std::unique_ptr<journal::Journal>> open_journal(const Installation& installation,
                                                       const ServeOptions& options,
                                                       const ReceiptKeys& keys, const Clock& clock,
                                                       Rng& rng) {
    journal::JournalOptions journal{.directory = installation.journal(),
                                    .total_bytes_limit = options.journal_bytes_limit};
    auto sign = [&keys](ByteView bytes) { return keys.current.sign(bytes); };
    if (!options.journal_servers.empty()) {
        if (!options.follower.empty())
            return fail(Code::invalid_field,
                        "a journal in JetStream has its replicas there: leave it out",
                        "--follower");
        auto stream =
            TRY(journal::open_nats_stream({.servers = options.journal_servers,
                                           .stream = options.journal_stream,
                                           .replicas = options.journal_replicas,
                                           .bytes_limit = options.journal_bytes_limit,
                                           .credentials_file = options.journal_credentials},
                                          clock, rng));
        return journal::Journal::open(std::move(stream), std::move(journal), sign, clock, rng);
    }
    if (!options.follower.empty()) {
        const std::filesystem::path file = options.follower_secret.empty()
                                               ? installation.password_file("follower")
                                               : std::filesystem::path(options.follower_secret);
        auto secret = Installation::read_file(file);
        if (!secret)
            return fail(Code::invalid_field,
                        "no secret at " + file.string() +
                            ": copy secrets/follower.password from the follower's data directory",
                        "--follower-secret");
        while (!secret->empty() && secret->back() == '\n')
            secret->pop_back();
        journal.follower = journal::FollowerOptions{
            .node = TRY(http_follower(options.follower, *std::move(secret), clock)),
            .required = options.follower_required};
    }
    return journal::Journal::open(std::move(journal), sign, clock, rng);
}

} // namespace

void IntakeParts::stop() {
    archiver.reset();
    earlier.clear();
    recorder.reset();
    proofs.reset();
    heads.reset();
    journal.reset();
}

Result<IntakeParts> open_intake(const Installation& installation, const ServeOptions& options,
                                const ReceiptKeys& keys, tenancy::Cluster& cluster,
                                const tenancy::TenantDirectory& directory,
                                std::function<bool()> at_peak, const Clock& clock, Rng& rng) {
    std::vector<submissions::Witness> witnesses;
    for (const std::string& url : options.witnesses)
        witnesses.push_back(TRY(http_witness(url, clock)));
    IntakeParts parts;
    parts.journal = TRY(open_journal(installation, options, keys, clock, rng));
    auto log = TRY(journal::TreeLog::open(
        TRY(journal::open_directory(installation.tree_log())), parts.journal->status().epoch,
        parts.journal->forgotten_tree(), parts.journal->status().groups));
    parts.heads = std::make_unique<submissions::HeadPublisher>(
        *parts.journal, std::move(log), keys.current, clock, submissions::HeadOptions{},
        std::move(witnesses));
    parts.proofs = std::make_unique<submissions::ProofLane>(
        lane::Budget{.name = "proofs", .queue_items_limit = proof_queue_limit}, clock,
        [] { return std::make_unique<submissions::ProofTurn>(); });
    const audit::SubjectKeys persons = TRY(subject_keys(installation, rng));
    auto agree = [&directory, list = submissions::ErasureList(installation.erasures()),
                  store = submissions::KeyStore(installation.person_keys())](
                     tenancy::Database& database, Deadline deadline) -> Result<void> {
        const submissions::Agreed agreed =
            TRY(submissions::agree(list, store, database, directory, deadline, forget_person));
        if (agreed.erased > 0) // the database is an older one
            log::warn("erased_again", {{"persons", agreed.erased}});
        return {};
    };
    if (!options.archive.empty())
        parts.archive = TRY(submissions::Archive::open(
            TRY(journal::open_directory(options.archive)), directory,
            submissions::ArchiveKeys{persons, submissions::KeyStore(installation.person_keys())},
            [&keys](ByteView bytes) { return keys.current.sign(bytes); }, clock, rng));
    std::unique_ptr<tenancy::Database> standby;
    if (auto conninfo = installation.replica_conninfo("bw_app"))
        standby = std::make_unique<tenancy::Database>(*conninfo, "recorder standby", clock);
    parts.recorder = std::make_unique<submissions::Recorder>(
        *parts.journal, std::make_unique<tenancy::Database>(cluster, "recorder"), directory,
        keys.current.kid(), clock,
        submissions::RecorderOptions{
            .keep = std::chrono::hours(options.journal_keep_hours),
            .forget = [&heads =
                           *parts.heads](std::uint64_t up_to,
                                         Instant before) { return heads.forget(up_to, before); },
            .archive = parts.archive.get(),
            .do_later = do_later(clock, rng),
            .on_cursor = agree,
            .make_room = std::move(at_peak)},
        std::move(standby));
    const std::uint64_t recorded =
        TRY(parts.recorder->cursor(Deadline::in(clock, database_wait_at_start)));
    CHECK_OK(parts.recorder->check_next(Deadline::in(clock, database_wait_at_start)));
    parts.intake =
        TRY(restore_intake(*parts.journal, recorded, keys.current.kid(),
                           {.quota = submissions::IntakeQuota{options.submissions_per_minute,
                                                              options.submission_kib_per_minute}},
                           clock));
    parts.recorder->start();
    if (parts.archive) {
        CHECK_OK(record_earlier_epochs(parts, cluster, directory, keys.current.kid(), clock, rng));
        parts.archiver = std::make_unique<submissions::Archiver>(
            *parts.journal, *parts.archive,
            std::make_unique<tenancy::Database>(cluster, "archiver"),
            [&recorder = *parts.recorder] { return recorder.settled_seq(); }, clock,
            submissions::ArchiverOptions{.file_age =
                                             std::chrono::seconds(options.archive_seconds)});
        parts.archiver->start();
    }
    parts.heads->start();
    return parts;
}

} // namespace bw::app
