#include "storm/day.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/json.hpp"
#include "lane/lane.hpp"
#include "storm/day_crowd.hpp"
#include "storm/day_figures.hpp"
#include "storm/outside.hpp"
#include "storm/report_asks.hpp"
#include "storm/report_counts.hpp"
#include "storm/report_store.hpp"

namespace bw::storm {

namespace {

constexpr Duration set_up_limit = 5min, change_limit = 30s, page_limit = 30s;
constexpr Duration reports_limit = 60s;   // for what was recorded to stand in them
constexpr std::size_t changes_limit = 50; // titles that are changed amid the day
constexpr std::size_t proofs_limit = 200;
constexpr std::size_t content_bytes = 1'024, queue_limit = 2'000'000;
constexpr double pages_a_second = 500; // afterwards

Result<void> check(const DayOptions& o) {
    if (o.bells < 1 || o.bells > 60)
        return fail(Code::invalid_field, "a day has 1 to 60 bells", "bells");
    if (o.deadline_bell > o.bells)
        return fail(Code::invalid_field, "there is no such bell", "deadline-bell");
    if (o.over < 100ms || o.over > o.lesson / 2)
        return fail(Code::invalid_field, "arrivals take at most half a lesson", "over");
    if (o.lesson % o.grain != Duration::zero() ||
        o.lesson * static_cast<std::int64_t>(o.bells) > 11h)
        return fail(Code::invalid_field,
                    "lessons last whole minutes, and the day at most eleven hours", "lesson");
    if (o.lead < before_bell(o.over))
        return fail(Code::invalid_field, "people come before the first bell", "lead");
    for (const double share : {o.passwords, o.asleep, o.duplicates})
        if (!(share >= 0 && share <= 1))
            return fail(Code::invalid_field, "a share is from 0 to 1", "passwords");
    return {};
}

template <class Read>
auto read_file(const std::string& path, Read&& read)
    -> decltype(read(std::declval<std::istream&>(), path)) {
    std::ifstream in(path);
    if (!in)
        return fail(Code::not_found, "this file cannot be read", path);
    return read(in, path);
}

class Day {
public:
    Day(const DayOptions& options, const Clock& clock, Rng& rng, std::FILE* out)
        : options_(options), clock_(clock), rng_(rng), out_(out), began_(clock.monotonic()) {}

    Result<DayReport> hold() {
        CHECK_OK(read_plans());
        CHECK_OK(set_up());
        CHECK_OK(play());
        CHECK_OK(settle());
        look_at_reports();
        look_afterwards();
        await_counts();
        add_figures(report_, samples_, first_, deadline_);
        return std::move(report_);
    }

private:
    void say(const std::string& what) {
        if (!options_.progress)
            return;
        std::fprintf(out_, "%6.1f s  %s\n",
                     static_cast<double>((clock_.monotonic() - began_).count()) / 1e9,
                     what.c_str());
        std::fflush(out_);
    }
    std::unique_ptr<net::Client> client(std::size_t connections) {
        return std::make_unique<CountingClient>(
            net::Client::make({.address = options_.address,
                               .port = options_.port,
                               .connections_limit = connections,
                               .queue_items_limit = queue_limit},
                              clock_),
            answers_);
    }

    Result<void> read_plans() {
        people_ = TRY(read_file(options_.people_path, read_people));
        administrators_ = TRY(read_file(options_.administrators_path, read_administrators));
        seats_ = TRY(seats_of(TRY(read_plan_file(options_.seats_path)), people_));
        std::set<std::string> hosts;
        for (const PlannedPerson& person : people_)
            hosts.insert(person.host);
        std::erase_if(administrators_, [&](const auto& one) { return !hosts.contains(one.host); });
        report_.institutions = administrators_.size();
        if (report_.institutions < hosts.size())
            return fail(Code::bad_request, "an institution has no administrator",
                        options_.administrators_path);
        Bytes name;
        put_le(name, static_cast<std::uint64_t>(clock_.now().ms) ^ (rng_.u64() << 44));
        report_.run = to_hex(name);
        report_.label = options_.label;
        report_.seed = options_.seed;
        report_.people = people_.size();
        report_.submissions = seats_.students.size();
        report_.lesson = options_.lesson;
        report_.over = options_.over;
        report_.live_wanted = options_.live;
        return {};
    }

    /// The timetable of each institution, and the due instants.
    Result<void> set_up() {
        setting_ = client(8);
        api_.emplace(*setting_, clock_, rng_);
        CHECK_OK(find_reports());
        first_ = first_bell(clock_.now(), options_.lead, options_.grain);
        const std::size_t bell =
            options_.deadline_bell == 0 ? options_.bells : options_.deadline_bell;
        deadline_ = first_ + options_.lesson * static_cast<std::int64_t>(bell - 1);
        say(fmt::format("{} people of {} institutions; the first bell rings at {}", people_.size(),
                        administrators_.size(), to_rfc3339(first_)));
        const Deadline until = Deadline::in(clock_, set_up_limit);
        keys_ = TRY(api_->receipt_keys(seats_.assignments.front().host, until));
        for (const PlannedAdministrator& one : administrators_)
            CHECK_OK(set_timetable(*api_, one, options_.password, first_, options_.lesson,
                                   options_.bells, options_.live, until));
        for (const PlannedAssignment& one : seats_.assignments) {
            const std::string etag = TRY(api_->etag_of(one, until));
            CHECK_OK(api_->move_due(one, etag, deadline_, false, until));
            told_.emplace_back(one.id, Told<Instant>{deadline_, clock_.monotonic()});
        }
        if (clock_.now() > first_ - before_bell(options_.over))
            return fail(Code::deadline_exceeded, "the first bell rings before everything is set "
                                                 "up; a longer lead would do");
        return {};
    }

    /// They are no page reads to the server's forecast, so their client counts nothing.
    Result<void> find_reports() {
        report_.reports_wanted = options_.reports;
        if (!options_.reports)
            return {};
        const Deadline until = Deadline::in(clock_, set_up_limit);
        reading_ = net::Client::make(
            {.address = options_.address, .port = options_.port, .connections_limit = 2}, clock_);
        report_seats_ = TRY(find_seats(*api_, seats_, {}, until));
        Api reports(*reading_, clock_, rng_);
        return await_reports(reports, seats_, report_seats_, until);
    }

    void read_reports_from(Monotonic first) {
        const Monotonic until = first +
                                options_.lesson * static_cast<std::int64_t>(options_.bells - 1) +
                                options_.last_lesson.value_or(options_.lesson);
        SeededRng draw(options_.seed);
        const auto asks = draw_asks(seats_, report_seats_, "", 64, draw);
        report_.reports = read_reports(reports_over_http(*reading_), asks, first, until,
                                       options_.report_every, clock_);
    }

    void look_at_reports() {
        if (!options_.reports || !report_.listing_error.empty())
            return;
        say("holding reports against the receipts");
        Api reports(*reading_, clock_, rng_);
        report_.report_counts = compare_counts(reports, seats_, report_seats_, load_.submitted,
                                               rows_, Deadline::in(clock_, reports_limit), clock_);
    }

    Result<void> play() {
        const Monotonic now = clock_.monotonic();
        report_.first_bell = first_;
        report_.started_at = clock_.now();
        report_.begins = first_ - report_.started_at;
        const Monotonic first = now + report_.begins;
        SeededRng draw(options_.seed);
        auto arrivals = draw_day(
            {people_.size(), options_.bells, options_.over, options_.passwords, options_.asleep},
            draw);
        const Duration before = before_bell(options_.over);
        load_ = draw_load(seats_,
                          {.submissions = seats_.students.size(),
                           .over = options_.over,
                           .bell = before,
                           .content_bytes = content_bytes,
                           .duplicates = options_.duplicates},
                          report_.run, draw);
        crowd_client_ = client(options_.connections);
        sending_client_ = client(options_.connections / 2);
        crowd_.emplace(CrowdOptions{options_.password, options_.lesson, options_.retry_for,
                                    options_.seed, options_.pace, options_.live},
                       std::move(people_), seats_, std::move(arrivals), *crowd_client_, clock_,
                       rng_, report_);
        for (const auto& [assignment, due_at] : told_)
            crowd_->told(assignment, {.due_at = due_at, .title = {}});
        sender_.emplace(seats_, load_, SenderOptions{.retry_for = options_.retry_for},
                        std::vector<net::Client*>{sending_client_.get()}, clock_, rng_);
        std::optional<ServerWatch> watch;
        if (options_.admin)
            watch.emplace(options_.admin->first, options_.admin->second, clock_);
        {
            std::jthread coming([&] {
                lane::name_this_thread("storm-crowd");
                crowd_->run(now, first);
            });
            std::jthread sending([&] {
                lane::name_this_thread("storm-sender");
                sender_->run(first + (deadline_ - first_ - before));
            });
            std::jthread reading;
            if (options_.reports)
                reading = std::jthread([&] {
                    lane::name_this_thread("storm-reports");
                    read_reports_from(first);
                });
            change_titles(first + options_.lesson / 2);
            say("everything is changed that changes; the day goes on");
        }
        if (watch)
            samples_ = watch->stop();
        report_.tally = sender_->tally();
        return {};
    }

    /// Amid the first lesson, so that pages that were prepared are so no more.
    void change_titles(Monotonic at) {
        std::this_thread::sleep_for(at - clock_.monotonic());
        const Deadline until = Deadline::in(clock_, change_limit);
        const std::string title = "Storm " + report_.run;
        for (std::size_t i = 0; i < std::min(changes_limit, seats_.assignments.size()); ++i) {
            const PlannedAssignment& one = seats_.assignments[i];
            const auto etag = api_->etag_of(one, until);
            JsonWriter json;
            json.object().member("title", title).end();
            const auto changed =
                etag ? api_->change(one, *etag, json.take(), until) : Result<std::string>(etag);
            if (!changed) {
                ++unchanged_[changed.error().text()];
                continue;
            }
            crowd_->told(one.id,
                         {.due_at = {}, .title = Told<std::string>{title, clock_.monotonic()}});
            ++changes_;
        }
    }

    Result<void> settle() {
        say("verifying receipts, listing what is recorded");
        report_.changes = changes_;
        for (const auto& [what, count] : unchanged_)
            report_.failures["changing a title: " + what] += count;
        report_.failed +=
            std::accumulate(unchanged_.begin(), unchanged_.end(), std::uint64_t{0},
                            [](std::uint64_t sum, const auto& one) { return sum + one.second; });
        HeadBook heads;
        prove_receipts(sender_->take_receipts(), keys_, load_, heads, report_);
        rows_ = list_recorded(
            *api_, seats_, load_, options_.list_for, [&](const std::string& what) { say(what); },
            report_, clock_);
        std::vector<DueAssignment> due;
        for (const PlannedAssignment& one : seats_.assignments)
            due.push_back({one.id, deadline_});
        if (report_.listing_error.empty())
            report_.reckoning = reconcile(load_.submitted, due, rows_, report_.started_at);
        std::vector<Api> journals{*api_};
        report_.heads = heads.check(journals, seats_.assignments.front().host, keys_, proofs_limit,
                                    Deadline::in(clock_, options_.list_for));
        return {};
    }

    /// Everybody who handed in looks once more: it stands on their first page.
    void look_afterwards() {
        std::map<std::pair<UserId, AssignmentId>, const RecordedRow*> last;
        for (const RecordedRow& row : rows_) {
            const RecordedRow*& known = last[{row.user, row.assignment}];
            if (known == nullptr || known->received_at <= row.received_at)
                known = &row;
        }
        std::this_thread::sleep_for(options_.look_after);
        say("everybody looks whether it was handed in");
        const Monotonic listed = clock_.monotonic() + -options_.look_after;
        std::mutex mutex;
        std::condition_variable done;
        std::size_t open = 0;
        Monotonic next = clock_.monotonic();
        for (const PlannedStudent& student : seats_.students) {
            const PlannedAssignment& assignment = seats_.assignments[student.assignment];
            const auto row = last.find({student.user, assignment.id});
            if (row == last.end())
                continue;
            ExpectedPage expected{
                .user = student.user,
                .tenant = assignment.tenant,
                .has_assignment = true,
                .due_at = Told<Instant>{deadline_, listed},
                .latest = Told<HandedIn>{{row->second->id, row->second->received_at}, listed}};
            std::this_thread::sleep_for(next - clock_.monotonic());
            next = next + std::chrono::duration_cast<Duration>(1s / pages_a_second);
            {
                const std::lock_guard lock(mutex);
                ++open;
            }
            const Monotonic asked = clock_.monotonic();
            setting_->send(get_request(student.host, "/v1/first-page", student.access_token),
                           Deadline::in(clock_, page_limit),
                           [&, expected, asked,
                            id = assignment.id](const Result<net::ClientResponse>& outcome) {
                               const auto page =
                                   outcome && outcome->status == 200
                                       ? read_first_page(outcome->body, id)
                                       : Result<FirstPage>(fail(Code::unavailable,
                                                                outcome ? describe(*outcome)
                                                                        : outcome.error().text()));
                               const std::string fault =
                                   page ? fault_of(*page, expected, asked) : page.error().detail;
                               const std::lock_guard lock(mutex);
                               ++report_.pages_afterwards;
                               if (!fault.empty())
                                   ++report_.page_faults["afterwards: " + fault];
                               --open;
                               done.notify_one();
                           });
        }
        std::unique_lock lock(mutex);
        done.wait(lock, [&] { return open == 0; });
    }

    /// What the server's forecast counted, from the samples: it is written once a minute.
    void await_counts() {
        report_.answers = answers_.seen();
        report_.counts_wanted = !options_.samples_path.empty();
        if (!report_.counts_wanted)
            return;
        const Monotonic until = clock_.monotonic() + options_.counted_within;
        say("waiting for the server's own counts");
        for (;; std::this_thread::sleep_for(500ms)) {
            std::ifstream in(options_.samples_path);
            const Samples others =
                read_samples(std::string(std::istreambuf_iterator<char>(in), {}));
            report_.counted = counted_in(others);
            if (report_.counted == report_.answers.came || clock_.monotonic() > until ||
                !report_.counted) {
                samples_.insert(samples_.end(), others.begin(), others.end());
                std::ranges::sort(samples_, {}, &Sample::at);
                return;
            }
        }
    }

    const DayOptions& options_;
    const Clock& clock_;
    Rng& rng_;
    std::FILE* out_;
    const Monotonic began_;
    DayReport report_;
    std::vector<PlannedPerson> people_;
    std::vector<PlannedAdministrator> administrators_;
    Plan seats_;
    std::vector<submissions::ReceiptKey> keys_;
    Instant first_, deadline_;
    std::vector<std::pair<AssignmentId, Told<Instant>>> told_;
    std::uint64_t changes_ = 0;
    std::map<std::string, std::uint64_t> unchanged_; // that could not be made
    Load load_;
    std::vector<RecordedRow> rows_;
    std::vector<ReportSeat> report_seats_;
    Samples samples_;
    Answers answers_;
    // Before the clients, which are destroyed first: their threads call these.
    std::optional<Crowd> crowd_;
    std::optional<Sender> sender_;
    std::unique_ptr<net::Client> setting_, crowd_client_, sending_client_, reading_;
    std::optional<Api> api_;
};

} // namespace

Result<DayReport> run_day(const DayOptions& options, const Clock& clock, Rng& rng, std::FILE* out) {
    CHECK_OK(check(options));
    const DayReport report = TRY(Day(options, clock, rng, out).hold());
    std::fputs(report.text().c_str(), out);
    std::fflush(out);
    if (!options.report_path.empty())
        CHECK_OK(write_report(options.report_path, report.json() + "\n"));
    if (!options.html_path.empty())
        CHECK_OK(write_report(options.html_path, report.html()));
    if (!options.store_path.empty())
        CHECK_OK(store_report(options.store_path, "day", report.started_at, report.json()));
    return report;
}

} // namespace bw::storm
