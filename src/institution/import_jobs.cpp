#include "institution/import_jobs.hpp"

#include <fmt/format.h>

#include <mutex>
#include <optional>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"
#include "institution/import_details.hpp"
#include "institution/package_file.hpp"
#include "roster/import_runs.hpp"
#include "submissions/assignments.hpp"

namespace bw::institution {

namespace {

constexpr Duration import_limit = 1h;
constexpr int attempts_max = 5;

jobs::NewJob job_about(const char* kind, ImportId id) {
    JsonWriter args;
    args.object().member("import_id", id.text()).end();
    return {.kind = kind,
            .args = args.take(),
            .priority = jobs::Priority::high, // somebody looks at it
            .attempts_max = attempts_max,
            .unique_key = id.text()};
}

/// Writes down how far imports are, on a connection of its own. Thread-safe.
class ProgressBook {
public:
    explicit ProgressBook(const ImportWork& work) : work_(work) {}

    /// False: it is cancelled. What cannot be written down is not: the next word will be.
    bool note(const tenancy::TenantScope& scope, ImportId id, const Progress& progress) {
        constexpr Duration limit = 2s;
        std::lock_guard lock(mutex_);
        if (!database_)
            database_ = work_.database();
        const auto noted =
            database_->run(scope, Deadline::in(work_.clock, limit),
                           [&](tenancy::TenantTx& tx) { return note_progress(tx, id, progress); });
        return !noted || *noted;
    }

private:
    const ImportWork& work_;
    std::mutex mutex_;
    std::unique_ptr<tenancy::Database> database_; // guarded by mutex_
};

/// One attempt at one import: how far it is, and whether somebody wants it ended.
class Watch {
public:
    Watch(const ImportWork& work, ProgressBook& book, const jobs::Attempt& attempt, ImportId id)
        : work_(work), book_(book), attempt_(attempt), id_(id),
          chain_(attempt.stop, [this] { stop_.request_stop(); }) {}

    void see(const roster::Progress& p) {
        if (what_ != p.what || p.rows < rows_of_file_) { // another file
            rows_before_ += rows_of_file_;
            what_ = p.what;
        }
        rows_of_file_ = p.rows;
        const bool new_step = step_ != p.step;
        step_ = p.step;
        const Monotonic now = work_.clock.monotonic();
        if (!new_step && now - noted_at_ < work_.progress_every)
            return;
        noted_at_ = now;
        cancelled_ = !book_.note(attempt_.tenant.scope, id_,
                                 {.step = step_ + (what_.empty() ? "" : " " + what_),
                                  .rows = rows(),
                                  .bytes = static_cast<std::int64_t>(p.bytes),
                                  .bytes_total = static_cast<std::int64_t>(p.bytes_total)});
        if (cancelled_)
            stop_.request_stop();
    }
    std::int64_t rows() const { return rows_before_ + rows_of_file_; }
    std::stop_token stop() const { return stop_.get_token(); }
    bool cancelled() const { return cancelled_; }

private:
    const ImportWork& work_;
    ProgressBook& book_;
    const jobs::Attempt& attempt_;
    const ImportId id_;
    std::string step_, what_;
    std::int64_t rows_before_ = 0, rows_of_file_ = 0;
    Monotonic noted_at_{};
    bool cancelled_ = false;
    std::stop_source stop_;
    std::stop_callback<std::function<void()>> chain_;
};

/// A package on this machine's disk, open.
struct Opened {
    PackageFile file;
    roster::Package package;
};

class Importing {
public:
    Importing(const ImportWork& work, ProgressBook& book, const jobs::Attempt& attempt, ImportId id)
        : work_(work), attempt_(attempt), id_(id), watch_(work, book, attempt, id) {}

    Result<jobs::Outcome> check();
    Result<jobs::Outcome> apply();

private:
    template <class Deed>
    auto in_transaction(Deed deed) {
        return attempt_.database.run(attempt_.tenant.scope, attempt_.deadline, deed);
    }
    Result<Opened> open(files::UploadId upload);
    roster::ImportOptions options(const ImportRecord& record);
    Result<Plan> plan(const ImportRecord& record, const roster::Package& package);
    Result<void> apply_plan(const ImportRecord& record, const roster::Package& package);
    Result<jobs::Outcome> ended(const ImportRecord& record, Error error);

    const ImportWork& work_;
    const jobs::Attempt& attempt_;
    const ImportId id_;
    Watch watch_;
    roster::ImportErrors errors_;
};

Result<Opened> Importing::open(files::UploadId upload) {
    auto found = TRY(in_transaction(
        [&](tenancy::TenantTx& tx)
            -> Result<std::optional<std::pair<files::Upload, std::vector<files::Part>>>> {
            using Found = std::optional<std::pair<files::Upload, std::vector<files::Part>>>;
            auto one = TRY(files::find(tx, upload));
            if (!one || one->state != files::State::complete)
                return Found();
            return Found(std::pair{*std::move(one), TRY(files::parts_of(tx, upload))});
        }));
    if (!found)
        return fail(Code::not_found, "the upload was removed; send the package again");
    auto file = TRY(PackageFile::of(files::Reader(work_.store, std::move(found->second)),
                                    found->first.size, work_.scratch, attempt_.deadline));
    auto package = TRY(roster::Package::open(file.path(), {}, &errors_));
    return Opened{std::move(file), std::move(package)};
}

roster::ImportOptions Importing::options(const ImportRecord& record) {
    return {.source = record.source,
            .clock = work_.clock,
            .rng = work_.rng,
            .progress = [this](const roster::Progress& p) { watch_.see(p); },
            .stop = watch_.stop()};
}

Result<Plan> Importing::plan(const ImportRecord& record, const roster::Package& package) {
    roster::ImportOptions dry = options(record);
    dry.dry_run = dry.tell_losses = true;
    dry.examples = samples_limit;
    const auto report = TRY(in_transaction(
        [&](tenancy::TenantTx& tx) { return roster::import(tx, package, dry, &errors_); }));
    return Plan{.mode = std::string(package.mode()),
                .counts = report.json(),
                .fingerprint = report.fingerprint,
                .details = plan_details(package, report),
                .digest = TRY(roster::import_digest(package, dry)),
                .rows = watch_.rows(),
                .loses = !report.losses.empty()};
}

/// What failed for good is said in the book, with the end of the job; the rest is tried again.
Result<jobs::Outcome> Importing::ended(const ImportRecord& record, Error error) {
    if (watch_.cancelled())
        return jobs::Effect();
    error = roster::import_error(std::move(error), attempt_.database.last_sqlstate());
    const bool last = attempt_.job.attempt >= attempt_.job.attempts_max;
    if (attempt_.stop.stop_requested() || (fault(error.code) != Fault::permanent && !last))
        return error;
    return jobs::Effect(
        [work = &work_, id = id_, error, upload = record.upload,
         details = failure_details(error, errors_)](tenancy::TenantTx& tx) -> Result<void> {
            if (!TRY(fail_import(tx, id, error, details, work->clock.now())))
                return {}; // cancelled in the meantime
            JsonWriter json;
            json.object().member("code", wire_name(error.code)).end();
            CHECK_OK(audit::record(tx, {"operator", "roster_import.failed", id.text(), json.text()},
                                   work->clock, work->rng));
            // A package that is no good goes. Of one that is, another plan can be made.
            if (upload && fault(error.code) == Fault::permanent &&
                error.code != Code::precondition_failed)
                TRY(files::begin_removing(tx, *upload));
            return {};
        });
}

Result<jobs::Outcome> Importing::check() {
    const auto record =
        TRY(in_transaction([&](tenancy::TenantTx& tx) -> Result<std::optional<ImportRecord>> {
            if (!TRY(begin_checking(tx, id_)))
                return std::optional<ImportRecord>(); // it was cancelled, or planned before
            return find_import(tx, id_);
        }));
    if (!record || !record->upload)
        return jobs::Effect();
    auto planned = [&]() -> Result<Plan> {
        const Opened opened = TRY(open(*record->upload));
        return plan(*record, opened.package);
    }();
    if (!planned)
        return ended(*record, std::move(planned).error());
    return jobs::Effect([work = &work_, id = id_,
                         plan = *std::move(planned)](tenancy::TenantTx& tx) -> Result<void> {
        TRY(save_plan(tx, id, plan, work->clock.now())); // unless it was cancelled
        return {};
    });
}

/// The roster, what follows from it, the book and the audit log in one transaction, which stands if
/// nobody has cancelled the import: then the row is not as it was.
Result<void> Importing::apply_plan(const ImportRecord& record, const roster::Package& package) {
    roster::ImportOptions meant = options(record);
    meant.planned = record.fingerprint;
    if (record.accepted)
        meant.guard.percent = 100;
    return in_transaction([&](tenancy::TenantTx& tx) -> Result<void> {
        const auto report = TRY(roster::import(tx, package, meant, &errors_));
        const auto assignments =
            TRY(submissions::assignments_from_line_items(tx, attempt_.tenant.zone));
        if (!report.nothing_written() || assignments > 0) {
            const std::string by = record.applied_by ? record.applied_by->text() : "operator";
            CHECK_OK(audit::record(tx, {by, "roster.imported", record.source, report.json()},
                                   work_.clock, work_.rng));
        }
        TRY(files::begin_removing(tx, *record.upload)); // unless others count on it
        if (!TRY(end_applying(tx, id_, report, work_.clock.now())))
            return fail(Code::conflict, "cancelled");
        return {};
    });
}

Result<jobs::Outcome> Importing::apply() {
    const auto record =
        TRY(in_transaction([&](tenancy::TenantTx& tx) -> Result<std::optional<ImportRecord>> {
            return find_import(tx, id_);
        }));
    if (!record || !record->upload || record->outcome != "applying")
        return jobs::Effect(); // applied by an attempt that did not live to say so, or cancelled
    auto applied = [&]() -> Result<void> {
        const Opened opened = TRY(open(*record->upload));
        return apply_plan(*record, opened.package);
    }();
    if (!applied)
        return ended(*record, std::move(applied).error());
    return jobs::Effect();
}

Result<ImportId> import_in(const jobs::Attempt& attempt) {
    const auto args = TRY(JsonObject::parse(attempt.job.args, {"import_id"}));
    const auto id = ImportId::parse(TRY(args.string("import_id", 64)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", "import_id");
    return *id;
}

} // namespace

jobs::NewJob check_job(ImportId id) {
    return job_about(roster_check, id);
}

jobs::NewJob apply_job(ImportId id) {
    return job_about(roster_apply, id);
}

std::vector<jobs::Kind> import_kinds(ImportWork work) {
    // Shared by the handlers, which are copied.
    struct Shared {
        explicit Shared(ImportWork given) : work(std::move(given)), book(work) {}
        const ImportWork work;
        ProgressBook book;
    };
    const auto shared = std::make_shared<Shared>(std::move(work));
    auto kind = [&](const char* name, Result<jobs::Outcome> (Importing::*what)()) {
        return jobs::Kind{
            .name = name,
            .handler = [shared, what](const jobs::Attempt& attempt) -> Result<jobs::Outcome> {
                Importing importing(shared->work, shared->book, attempt, TRY(import_in(attempt)));
                return (importing.*what)();
            },
            .time_limit = import_limit};
    };
    std::vector<jobs::Kind> out;
    out.push_back(kind(roster_check, &Importing::check));
    out.push_back(kind(roster_apply, &Importing::apply));
    return out;
}

} // namespace bw::institution
