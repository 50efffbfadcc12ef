#include "exports/writing.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "files/digest.hpp"
#include "lane/lane.hpp"
#include "reporting/asked.hpp"
#include "telemetry/log.hpp"

namespace bw::exports {

namespace {

constexpr Duration until_filled = 10s; // the store has nothing yet, or nothing new enough
/// What was so when somebody was erased may have been committed a little later than they were.
constexpr Duration erasure_margin = 1min;
constexpr std::size_t names_at_once = 5'000;
constexpr std::size_t piece_bytes = 1U << 20;

/// Linux has a niceness for each thread; it cannot be taken back, so it is the worker's own.
void go_last(int nice) {
    if (nice > 0)
        static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice));
}

/// The disk is shared with what students hand in.
Result<void> room_is_left(const WritingWork& work) {
    std::error_code error;
    const auto space = std::filesystem::space(work.directory, error);
    if (!error && space.available < work.disk_bytes_kept_free)
        return fail(Code::storage_full, "the disk on which reports are written is nearly full");
    return {};
}

} // namespace

// ---- looking on ----

Watch::Watch(const WritingWork& work, const jobs::Attempt& attempt, ExportId id,
             std::int64_t number, columnar::Connection& connection,
             const std::filesystem::path& file)
    : work_(work), attempt_(attempt), id_(id), number_(number), connection_(connection),
      file_(file),
      stopped_(
          attempt.stop,
          [this] { end(fail(Code::unavailable, "the process ends, or the job was cancelled")); }),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Watch::~Watch() = default;

Result<void> Watch::wrote(std::int64_t rows) {
    rows_ = rows;
    if (!ended_)
        return {};
    std::lock_guard lock(mutex_);
    return *why_;
}

Error Watch::why(Error otherwise) const {
    std::lock_guard lock(mutex_);
    return why_ ? *why_ : std::move(otherwise);
}

void Watch::end(Error why) {
    {
        std::lock_guard lock(mutex_);
        if (why_)
            return;
        why_ = std::move(why);
        ended_ = true;
    }
    connection_.interrupt();
}

void Watch::run(const std::stop_token& stop) {
    lane::name_this_thread("export watch");
    const auto database = work_.database();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    while (!wake_.wait_for(lock, stop, work_.look_every, [&] { return stop.stop_requested(); }))
        look(*database);
}

void Watch::look(tenancy::Database& database) {
    const std::int64_t total = total_;
    const auto goes_on = database.run(
        attempt_.tenant.scope, Deadline::in(work_.clock, 2s), [&](tenancy::TenantTx& tx) {
            return note_progress(tx, id_, number_, rows_,
                                 total < 0 ? std::nullopt : std::optional(total));
        });
    if (goes_on && !*goes_on) { // what cannot be written down is not: the next word will be
        cancelled_ = true;
        return end(fail(Code::conflict, "cancelled"));
    }
    if (const auto left = room_is_left(work_); !left)
        return end(left.error());
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file_, error);
    if (!error && bytes > work_.file_bytes_max)
        end(too_large_a_file(work_.file_bytes_max));
}

// ---- writing ----

std::filesystem::path Writing::file() const {
    return work_.directory / id_.text();
}

/// The asker's rights are those of today, not those of when they asked.
Result<std::optional<Writing::Begun>> Writing::begin() {
    return in_transaction([&](tenancy::TenantTx& tx) -> Result<std::optional<Begun>> {
        const auto number = TRY(begin_attempt(tx, id_));
        if (!number)
            return std::optional<Begun>();
        const Instant now = work_.clock.now();
        const auto found = TRY(find(tx, id_, std::nullopt, now));
        if (!found)
            return std::optional<Begun>();
        const Wanted& wanted = found->wanted;
        const reporting::Report* report = reporting::find_report(wanted.report);
        if (report == nullptr)
            return fail(Code::not_found, "there is no such report any more");
        const tenancy::Roles roles = TRY(roles_of(tx, found->user));
        if (!report->readers.any_of(roles) ||
            (wanted.whole && !roles.has(tenancy::Role::administrator)))
            return fail(Code::forbidden, "whoever asked for it may not read this report any more");
        reporting::ReportRequest request{
            report, TRY(reporting::arguments_from_json(*report, wanted.arguments)), tx.tenant(),
            std::nullopt};
        return std::optional(
            Begun{*number, *found,
                  TRY(reporting::placed(std::move(request), found->user, wanted.whole, now, tx))});
    });
}

Result<void> Writing::add_names(Lines& lines) {
    const auto people = TRY(lines.people(attempt_.deadline));
    for (std::size_t at = 0; at < people.size(); at += names_at_once) {
        const std::span some(people.data() + at, std::min(names_at_once, people.size() - at));
        const auto names = TRY(
            in_transaction([&](tenancy::TenantTx& tx) { return reporting::names_of(tx, some); }));
        CHECK_OK(lines.add_names(names));
    }
    return {};
}

Result<Made> Writing::make(const Begun& begun, const reporting::Freshness& fresh, Watch& watch,
                           columnar::Connection& connection) {
    CHECK_OK(room_is_left(work_));
    Lines lines = TRY(Lines::take(connection, begun.request, fresh.as_of, attempt_.deadline));
    watch.counted(lines.count());
    CHECK_OK(add_names(lines));
    const Duration lag = std::max(work_.clock.now() - fresh.as_of, Duration::zero());
    Made made{.rows = lines.count(),
              .as_of = fresh.as_of,
              .lag = lag,
              .stale = lag > reporting::stale_after};
    const FileFacts facts{.title = begun.request.report->title,
                          .report = begun.request.report->id,
                          .institution = attempt_.tenant.name,
                          .arguments = begun.record.wanted.arguments,
                          .as_of = made.as_of,
                          .lag = lag,
                          .stale = made.stale};
    CHECK_OK(write_file(begun.record.wanted.form,
                        {.connection = connection,
                         .lines = lines,
                         .facts = facts,
                         .path = file(),
                         .bytes_max = work_.file_bytes_max,
                         .deadline = attempt_.deadline,
                         .wrote = [&](std::int64_t rows) { return watch.wrote(rows); }}));
    return made;
}

/// The file on this machine's disk, into the store.
Result<void> Writing::put(const Begun& begun, Made& made, Watch& watch) {
    const std::string prefix = object_prefix(attempt_.tenant.scope.tenant(), id_);
    // Of attempts that died.
    CHECK_OK(work_.store.remove_series(prefix, begun.number - 1, {}, attempt_.deadline));
    const auto draft =
        TRY(work_.store.begin(prefix + "/" + std::to_string(begun.number), attempt_.deadline));
    const int fd = ::open(file().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(Code::internal, "the file that was written is gone");
    const std::shared_ptr<void> closed(nullptr, [fd](void*) { ::close(fd); });
    auto digest = files::Digest::make("sha256");
    std::string piece(piece_bytes, '\0');
    for (;;) {
        const ssize_t n = ::read(fd, piece.data(), piece.size());
        if (n < 0)
            return fail(Code::unavailable, "the file that was written cannot be read");
        if (n == 0)
            break;
        CHECK_OK(watch.wrote(made.rows));
        const ByteView bytes(piece.data(), static_cast<std::size_t>(n));
        digest->update(bytes);
        CHECK_OK(draft->append(bytes, attempt_.deadline));
        made.bytes += bytes.size();
    }
    CHECK_OK(watch.wrote(made.rows)); // what was cancelled is no object
    CHECK_OK(draft->sync(attempt_.deadline));
    CHECK_OK(draft->finish(attempt_.deadline));
    made.sha256 = *to_array<32>(digest->finish());
    return {};
}

jobs::Effect Writing::completed(const Begun& begun, const Made& made) {
    return [work = &work_, id = id_, made, number = begun.number,
            wanted = begun.record.wanted](tenancy::TenantTx& tx) -> Result<void> {
        const auto erased = TRY(last_erasure_held(tx));
        if (erased && made.as_of <= *erased + erasure_margin) { // they may stand in it
            TRY(begin_again(tx, id, number, until_filled, work->clock, work->rng));
            return {};
        }
        const Instant now = work->clock.now();
        const auto found = TRY(find(tx, id, std::nullopt, now));
        if (!found || !TRY(complete(tx, id, number, made, now)))
            return {}; // cancelled, or removed: the sweep removes the object
        JsonWriter details;
        details.object()
            .member("report", wanted.report)
            .member("format", wire_name(wanted.form))
            .key("arguments")
            .raw(wanted.arguments)
            .member("rows", made.rows)
            .member("bytes", made.bytes)
            .member("sha256", to_hex(view(made.sha256)))
            .member("as_of", to_rfc3339(made.as_of))
            .end();
        return audit::record(tx, {found->user.text(), "report.exported", id.text(), details.text()},
                             work->clock, work->rng);
    };
}

/// What failed for good is said in the row, with the end of the job; the rest is tried again.
Result<jobs::Outcome> Writing::failed(Error error) {
    const bool last = attempt_.job.attempt >= attempt_.job.attempts_max;
    const bool for_good = error.code == Code::payload_too_large ||
                          error.code == Code::storage_full || // again would fill it again
                          fault(error.code) == Fault::permanent;
    if (attempt_.stop.stop_requested() || (!for_good && !last))
        return error;
    log::warn("report_export_failed", {{"export", id_.text()}, {"error", error.text()}});
    if (error.code == Code::internal || error.code == Code::corrupt)
        error.detail = "something went wrong on our side; the log says what";
    return jobs::Effect([work = &work_, id = id_, error](tenancy::TenantTx& tx) -> Result<void> {
        if (!TRY(fail_export(tx, id, error, work->clock.now())))
            return {};
        JsonWriter details;
        details.object().member("code", bw::wire_name(error.code)).end();
        return audit::record(tx, {"operator", "report.export_failed", id.text(), details.text()},
                             work->clock, work->rng);
    });
}

Result<jobs::Outcome> Writing::run() {
    go_last(work_.nice);
    const auto fresh = work_.fresh();
    bool over = false;
    const auto erased =
        TRY(in_transaction([&](tenancy::TenantTx& tx) -> Result<std::optional<Instant>> {
            const auto found = TRY(find(tx, id_, std::nullopt, work_.clock.now()));
            over = !found || ended(found->state);
            return last_erasure(tx);
        }));
    if (over)
        return jobs::Effect();
    if (!fresh || (erased && fresh->as_of <= *erased + erasure_margin))
        return jobs::Snooze{until_filled};
    auto begun = begin();
    if (!begun)
        return failed(std::move(begun).error());
    if (!*begun)
        return jobs::Effect();
    auto connection = work_.connect();
    if (!connection)
        return failed(std::move(connection).error());
    const std::shared_ptr<void> removed(nullptr, [path = file()](void*) {
        std::error_code ignored; // the next process empties the directory
        std::filesystem::remove(path, ignored);
    });
    Watch watch(work_, attempt_, id_, (*begun)->number, **connection, file());
    auto made = make(**begun, *fresh, watch, **connection);
    if (made)
        if (auto stored = put(**begun, *made, watch); !stored)
            made = std::move(stored).error();
    if (watch.cancelled())
        return jobs::Effect();
    if (!made)
        return failed(watch.why(std::move(made).error()));
    return completed(**begun, *made);
}

} // namespace bw::exports
