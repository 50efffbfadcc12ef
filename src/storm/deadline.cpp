#include "storm/deadline.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "lane/lane.hpp"
#include "storm/api.hpp"
#include "storm/html_report.hpp"
#include "storm/nuisance.hpp"
#include "storm/outside.hpp"
#include "storm/report_store.hpp"
#include "storm/settling.hpp"
#include "storm/uploader.hpp"
#include "submissions/record.hpp"

namespace bw::storm {

namespace {

constexpr Duration set_up_limit = 60s;
constexpr Duration lead_min = 500ms; // between the last due instant's move and the first arrival
constexpr Duration tick = 50ms;      // of the watching thread
constexpr std::size_t proofs_limit = 500; // heads that are held against the latest one

/// Says what happens: an updating line on a terminal, lines of their own elsewhere.
class Progress {
public:
    Progress(std::FILE* out, bool wanted, const Clock& clock)
        : out_(out), wanted_(wanted), terminal_(isatty(fileno(out)) == 1), clock_(clock),
          began_(clock.monotonic()) {}

    void say(const std::string& what) {
        if (!wanted_)
            return;
        finish_line();
        std::fprintf(out_, "%6.1f s  %s\n",
                     static_cast<double>((clock_.monotonic() - began_).count()) / 1e9,
                     what.c_str());
        std::fflush(out_);
    }
    /// At most one a second on a terminal, one every two seconds elsewhere.
    void update(Duration elapsed, const Sender& sender, Duration to_bell, bool last = false) {
        const Monotonic now = clock_.monotonic();
        if (!wanted_ ||
            (!last && shown_ && now - *shown_ < (terminal_ ? Duration(1s) : Duration(2s))))
            return;
        shown_ = now;
        std::fprintf(out_, terminal_ ? "\r\033[K%s" : "%s\n",
                     progress_line(sender.tally(), elapsed, to_bell).c_str());
        std::fflush(out_);
        line_open_ = terminal_;
    }
    void finish_line() {
        if (line_open_)
            std::fputc('\n', out_);
        line_open_ = false;
    }

private:
    std::FILE* out_;
    const bool wanted_, terminal_;
    const Clock& clock_;
    const Monotonic began_;
    std::optional<Monotonic> shown_;
    bool line_open_ = false;
};

Result<Duration> checked_bell(const DeadlineOptions& o) {
    const Duration bell = o.bell_after_start.value_or(o.over * 95 / 100);
    if (o.submissions == 0 || o.submissions > storm_submissions_limit)
        return fail(Code::invalid_field,
                    "a storm has 1 to " + std::to_string(storm_submissions_limit) + " submissions",
                    "submissions");
    if (o.over < 100ms || o.over > 24h)
        return fail(Code::invalid_field, "a storm lasts from 100 ms to a day", "over");
    if (bell < Duration::zero() || bell > o.over)
        return fail(Code::invalid_field, "the bell rings within the storm", "bell-after");
    if (o.content_bytes < 64 || o.content_bytes > submissions::content_bytes_limit)
        return fail(Code::invalid_field,
                    "a content has 64 to " + std::to_string(submissions::content_bytes_limit) +
                        " bytes",
                    "content-bytes");
    if (o.file_bytes != 0 && (o.file_bytes < 64 || o.file_bytes > 64 << 20))
        return fail(Code::invalid_field, "a file has 64 bytes to 64 MiB", "file-bytes");
    if (!(o.duplicates >= 0 && o.duplicates <= 1))
        return fail(Code::invalid_field, "a share is from 0 to 1", "duplicates");
    if (o.connections < std::max<std::size_t>(1, o.intakes.size()) || o.port == 0)
        return fail(Code::invalid_field,
                    "expected a connection for each intake, and the target's port", "target");
    return bell;
}

/// Reads the etags first, so that the time to move every due instant is known before the bell must
/// be fixed. Returns the start.
struct Start {
    Monotonic at;
    Instant wall;
    std::vector<DueAssignment> due;
};
Result<Start> move_due_instants(Api& api, const Plan& plan, Duration bell, bool of_files,
                                const Clock& clock) {
    const Deadline deadline = Deadline::in(clock, set_up_limit);
    const Monotonic began = clock.monotonic();
    std::vector<std::string> etags;
    for (const PlannedAssignment& assignment : plan.assignments)
        etags.push_back(TRY(api.etag_of(assignment, deadline)));
    Start start;
    const Duration lead = lead_min + 3 * (clock.monotonic() - began);
    start.at = clock.monotonic() + lead;
    start.wall = clock.now() + lead;
    const Instant due_at = start.wall + bell;
    for (std::size_t i = 0; i < plan.assignments.size(); ++i) {
        CHECK_OK(api.move_due(plan.assignments[i], etags[i], due_at, of_files, deadline));
        start.due.push_back({plan.assignments[i].id, due_at});
    }
    if (clock.monotonic() > start.at)
        return fail(Code::deadline_exceeded, "moving the due instants took longer than three times "
                                             "reading them; is the server busy?");
    return start;
}

/// Waits for the sender; kills the server at the moment that was asked for.
void watch(const DeadlineOptions& options, Sender& sender, std::jthread& sending,
           const std::atomic<bool>& done, Monotonic start, Duration bell, Progress& progress,
           DeadlineReport& report, const Clock& clock) {
    bool kill_pending = options.kill.has_value();
    while (!done) {
        const Duration elapsed = clock.monotonic() - start;
        if (kill_pending && elapsed >= options.kill->at) {
            kill_pending = false;
            sender.disturbed(); // before: a failure may be seen at once
            report.kill_error = signal_named(options.kill->pidfile, SIGKILL);
            report.killed = report.kill_error.empty();
            progress.say(report.killed ? "*** killed the server (SIGKILL) ***"
                                       : "the server was not killed: " + report.kill_error);
        }
        if (elapsed >= Duration::zero())
            progress.update(elapsed, sender, bell - elapsed);
        std::this_thread::sleep_for(tick);
    }
    sending.join();
    progress.update(clock.monotonic() - start, sender, bell - (clock.monotonic() - start), true);
    progress.finish_line();
    if (kill_pending)
        report.kill_error = "the storm was over before";
}

} // namespace

Result<DeadlineReport> run_deadline(const DeadlineOptions& options, const Clock& clock, Rng& rng,
                                    std::FILE* out) {
    const Duration bell = TRY(checked_bell(options));
    Progress progress(out, options.progress, clock);
    const Plan plan = TRY(read_plan_file(options.plan_path));

    DeadlineReport report;
    // Which storm wrote a row must be plain from its id: never one run's name twice, even from one
    // seed.
    Bytes name;
    put_le(name, static_cast<std::uint64_t>(clock.now().ms) ^ (rng.u64() << 44));
    report.run = to_hex(name);
    report.seed = options.seed;
    report.submissions = options.submissions;
    report.students = plan.students.size();
    report.assignments = plan.assignments.size();
    report.over = options.over;
    report.bell_after_start = bell;
    std::set<TenantId> tenants;
    for (const PlannedAssignment& assignment : plan.assignments)
        tenants.insert(assignment.tenant);
    report.tenants = tenants.size();

    SeededRng draw(options.seed);
    Load load =
        draw_load(plan,
                  {options.submissions, options.over, bell, options.content_bytes,
                   options.duplicates, options.careless, options.arrivals, options.file_bytes},
                  report.run, draw);
    progress.say("drew " + std::to_string(load.submitted.size()) + " submissions of " +
                 std::to_string(plan.students.size()) + " students; moving " +
                 std::to_string(plan.assignments.size()) + " due instants");

    // Before the clients, which are destroyed first: their threads call these.
    std::optional<Sender> sender;
    std::optional<Uploader> uploader;
    auto client_to = [&](const std::string& address, std::uint16_t port, std::size_t connections) {
        return net::Client::make(
            {.address = address,
             .port = port,
             .connections_limit = connections,
             .queue_items_limit = std::max<std::size_t>(100'000, load.clicks.size())},
            clock);
    };
    const std::size_t parts = std::max<std::size_t>(1, options.intakes.size());
    const auto client = client_to(options.address, options.port, options.connections / parts);
    std::vector<std::unique_ptr<net::Client>> others;
    std::vector<net::Client*> intakes;
    std::vector<Api> journals;
    for (const auto& [address, port] : options.intakes)
        intakes.push_back(
            others.emplace_back(client_to(address, port, options.connections / parts)).get());
    if (intakes.empty())
        intakes.push_back(client.get());
    for (net::Client* intake : intakes)
        journals.emplace_back(*intake, clock, rng);
    Api api(*client, clock, rng);
    const auto keys =
        TRY(api.receipt_keys(plan.assignments.front().host, Deadline::in(clock, set_up_limit)));
    const Start start = TRY(move_due_instants(api, plan, bell, options.file_bytes > 0, clock));
    report.started_at = start.wall;
    report.bell_at = start.wall + bell;
    progress.say("the bell rings at " + to_rfc3339(report.bell_at));

    const auto upload_client = client_to(options.address, options.port, options.uploads_at_once);
    SenderOptions sending_options{.content_bytes = options.content_bytes,
                                  .file_bytes = options.file_bytes,
                                  .retry_for = options.retry_for};
    if (options.file_bytes > 0) {
        uploader.emplace(
            plan, load,
            UploaderOptions{.file_bytes = options.file_bytes, .at_once = options.uploads_at_once},
            *upload_client, clock, rng);
        sending_options.on_receipt = [&uploader](std::uint32_t submission) {
            uploader->add(submission);
        };
    }
    sender.emplace(plan, load, std::move(sending_options), intakes, clock, rng);
    std::optional<Nuisance> nuisance(
        NuisanceOptions{options.address, options.port, options.nuisances, options.seed});
    std::atomic<bool> done = false;
    std::jthread sending([&] {
        lane::name_this_thread("storm-sender");
        sender->run(start.at);
        done = true;
    });
    watch(options, *sender, sending, done, start.at, bell, progress, report, clock);
    report.tally = sender->tally();
    report.nuisances = nuisance->opened();
    report.shown_out = nuisance->shown_out();
    nuisance.reset();

    if (uploader) {
        progress.say("uploading what was declared");
        uploader->finish();
        report.uploads = uploader->tally();
    }
    progress.say("verifying receipts");
    HeadBook heads;
    prove_receipts(sender->take_receipts(), keys, load, heads, report);
    progress.say("listing what is recorded");
    const auto rows = list_recorded(
        api, plan, load, options.list_for, [&](const std::string& what) { progress.say(what); },
        report, clock);
    if (report.listing_error.empty()) // otherwise nothing is known to be lost
        report.reckoning = reconcile(load.submitted, start.due, rows, start.wall, options.others);
    progress.say("holding the heads against each other");
    report.heads = heads.check(journals, plan.assignments.front().host, keys, proofs_limit,
                               Deadline::in(clock, options.list_for));
    report.seconds = sender->take_seconds();
    if (!options.events_path.empty()) {
        std::ifstream events(options.events_path);
        report.events = read_events(std::string(std::istreambuf_iterator<char>(events), {}));
    }
    std::fputs(report.text().c_str(), out);
    std::fflush(out);
    if (!options.report_path.empty())
        CHECK_OK(write_report(options.report_path, report.json() + "\n"));
    if (!options.html_path.empty())
        CHECK_OK(write_report(options.html_path, html_report(report)));
    if (!options.store_path.empty())
        CHECK_OK(store_report(options.store_path, "deadline", report.started_at, report.json()));
    return report;
}

} // namespace bw::storm
