#include "storm/report_hour.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "lane/cores.hpp"
#include "lane/lane.hpp"
#include "storm/day_plan.hpp"
#include "storm/day_school.hpp"
#include "storm/load.hpp"
#include "storm/outside.hpp"
#include "storm/processes.hpp"
#include "storm/report_store.hpp"
#include "storm/server_watch.hpp"
#include "storm/student_reads.hpp"

namespace bw::storm {

namespace {

constexpr Duration set_up_limit = 5min, lead = 300ms, year = 24h * 365;
constexpr std::size_t content_bytes = 1'024, proofs_limit = 200;
constexpr double shared_bar = 2.5, apart_bar = 1.3; // times the students' p99 without reports

Result<void> check(const ReportHourOptions& o) {
    if (o.port == 0 || o.reports.second == 0)
        return fail(Code::invalid_field, "expected the ports of the server and of the reports",
                    "target");
    if (o.rounds < 1 || o.rounds > 100)
        return fail(Code::invalid_field, "1 to 100 rounds", "rounds");
    if (o.phase < o.every || o.every < 10ms || o.phase > 10min || o.between < 100ms ||
        o.between > 1min)
        return fail(Code::invalid_field,
                    "a phase has at least one report, and lasts at most ten minutes", "phase");
    if (!(o.reads_a_second > 0 && o.reads_a_second <= 10'000) ||
        !(o.hand_ins_a_second > 0 && o.hand_ins_a_second <= 1'000))
        return fail(Code::invalid_field, "students read and hand in", "reads");
    if (o.apart && lane::allowed_cores().size() < 2)
        return fail(Code::invalid_field, "this machine has one core", "apart");
    return {};
}

class Hour {
public:
    Hour(const ReportHourOptions& options, const Clock& clock, Rng& rng, std::FILE* out)
        : options_(options), clock_(clock), rng_(rng), out_(out), began_(clock.monotonic()),
          cores_(lane::allowed_cores()) {}
    ~Hour() {
        if (options_.apart)
            (void)place(false); // whoever is measured next has the machine again
    }

    Result<ReportHourReport> hold() {
        CHECK_OK(set_up());
        plan_phases();
        CHECK_OK(play());
        settle();
        return std::move(report_);
    }

private:
    struct Phase {
        std::size_t way = 0;
        ReportPhase* figures = nullptr;
        std::size_t asks = 0; // where its own begin
        Duration from{};
    };

    void say(const std::string& what) {
        if (!options_.progress)
            return;
        std::fprintf(out_, "%6.1f s  %s\n",
                     static_cast<double>((clock_.monotonic() - began_).count()) / 1e9,
                     what.c_str());
        std::fflush(out_);
    }
    std::unique_ptr<net::Client> client(const std::string& address, std::uint16_t port,
                                        std::size_t connections) {
        return net::Client::make(
            {.address = address, .port = port, .connections_limit = connections}, clock_);
    }

    Result<void> set_up() {
        plan_ = TRY(read_plan_file(options_.plan_path));
        setting_ = client(options_.address, options_.port, 8);
        api_.emplace(*setting_, clock_, rng_);
        reading_ = client(options_.reports.first, options_.reports.second, 2);
        const Deadline until = Deadline::in(clock_, set_up_limit);
        Bytes name;
        put_le(name, static_cast<std::uint64_t>(clock_.now().ms) ^ (rng_.u64() << 44));
        report_.run = to_hex(name);
        report_.seed = options_.seed;
        report_.students = plan_.students.size();
        report_.phase = options_.phase;
        report_.every = options_.every;
        report_.reads_a_second = options_.reads_a_second;
        report_.hand_ins_a_second = options_.hand_ins_a_second;
        keys_ = TRY(api_->receipt_keys(plan_.assignments.front().host, until));
        CHECK_OK(find_readers(until));
        const Instant due = clock_.now() + 24h; // nothing is late
        for (const PlannedAssignment& one : plan_.assignments) {
            const std::string etag = TRY(api_->etag_of(one, until));
            CHECK_OK(api_->move_due(one, etag, due, false, until));
            due_.push_back({one.id, due});
        }
        Api reports(*reading_, clock_, rng_);
        return await_reports(reports, plan_, seats_, until);
    }

    /// Whose class each assignment is, and an administrator of its institution.
    Result<void> find_readers(Deadline until) {
        std::map<std::string, std::string> administrators; // by host
        if (!options_.administrators_path.empty()) {
            std::ifstream in(options_.administrators_path);
            for (const PlannedAdministrator& one :
                 TRY(read_administrators(in, options_.administrators_path))) {
                const auto answer = TRY(
                    api_->ask(sign_in_request(one.host, one.username, options_.password), until));
                administrators[one.host] = TRY(read_session(answer.body)).access_token;
            }
        }
        seats_ = TRY(find_seats(*api_, plan_, administrators, until));
        std::set<std::string> hosts;
        for (const PlannedAssignment& one : plan_.assignments)
            hosts.insert(one.host);
        report_.institutions = hosts.size();
        return {};
    }

    void plan_phases() {
        auto& ways = report_.ways;
        ways.push_back({.name = "none"});
        sources_.emplace_back();
        auto add = [&](std::string way, std::size_t beside, double bar, ReportSource source) {
            ways.push_back({.name = std::move(way), .beside = beside, .bar = bar});
            sources_.push_back(std::move(source));
        };
        for (const auto& [where, source] : options_.others)
            add(where, 0, 0, source);
        const ReportSource here = reports_over_http(*reading_);
        add("a process of their own", 0, shared_bar, here);
        const std::size_t shared = ways.size();
        if (options_.apart) {
            add("none, a core kept free", shared, 0, {});
            add("a process on a core of its own", shared, apart_bar, here);
        }
        const auto rounds = static_cast<std::size_t>(options_.rounds);
        for (ReportWay& way : ways)
            way.rounds.resize(rounds);
        asks_each_ = static_cast<std::size_t>(options_.phase / options_.every);
        SeededRng draw(options_.seed);
        asks_ = draw_asks(plan_, seats_, to_rfc3339(clock_.now() - year).substr(0, 10),
                          asks_each_ * rounds, draw);
        // Each round's ways begin with another one; those of the other placement stay together.
        add_phase(0, report_.first, 0);
        for (std::size_t round = 0; round < rounds; ++round) {
            for (std::size_t i = 0; i < shared; ++i)
                add_phase((i + round) % shared, round);
            for (std::size_t i = shared; i < ways.size(); ++i)
                add_phase(round % 2 == 0 ? i : ways.size() - 1 - (i - shared), round);
        }
        add_phase(0, report_.last, rounds - 1);
    }
    void add_phase(std::size_t way, std::size_t round) {
        add_phase(way, report_.ways[way].rounds[round], round);
    }
    void add_phase(std::size_t way, ReportPhase& figures, std::size_t round) {
        const auto before = static_cast<std::int64_t>(phases_.size());
        phases_.push_back({way, &figures, asks_each_ * round,
                           options_.between + before * (options_.phase + options_.between)});
    }

    Result<void> play() {
        const Duration over =
            phases_.back().from + options_.phase + options_.between; // of students' doings
        SeededRng draw(options_.seed);
        const double hand_ins =
            options_.hand_ins_a_second * std::chrono::duration<double>(over).count();
        load_ =
            draw_load(plan_,
                      {.submissions = std::max<std::size_t>(1, static_cast<std::size_t>(hand_ins)),
                       .over = over,
                       .bell = over,
                       .content_bytes = content_bytes,
                       .arrivals = Arrivals::steady},
                      report_.run, draw);
        say(fmt::format("{} students of {} institutions, {} phases of {} s: {:.0f} s",
                        plan_.students.size(), report_.institutions, phases_.size(),
                        std::chrono::duration<double>(options_.phase).count(),
                        std::chrono::duration<double>(over).count()));
        const auto students = client(options_.address, options_.port, options_.connections);
        const auto hands = client(options_.address, options_.port, options_.connections / 2);
        StudentReads reads(plan_, *students, clock_, rng_);
        sender_.emplace(plan_, load_, SenderOptions{.content_bytes = content_bytes},
                        std::vector<net::Client*>{hands.get()}, clock_, rng_);
        report_.started_at = clock_.now() + lead;
        const Monotonic start = clock_.monotonic() + lead;
        Result<void> played;
        {
            const std::jthread reading([&] {
                lane::name_this_thread("storm-students");
                reads.run(start, over, options_.reads_a_second, phases_.size() + 1,
                          [this](Duration at) { return phase_at(at); });
            });
            const std::jthread handing([&] {
                lane::name_this_thread("storm-sender");
                sender_->run(start);
            });
            for (const Phase& phase : phases_)
                if (played)
                    played = play(phase, start);
        }
        CHECK_OK(std::move(played));
        auto figures = reads.take_phases();
        for (std::size_t i = 0; i < phases_.size(); ++i) {
            phases_[i].figures->students = std::move(figures[i].latencies);
            phases_[i].figures->students_failed = figures[i].failed;
        }
        report_.failed_between = figures.back().failed;
        for (const StudentReads::Phase& phase : figures) {
            report_.refused += phase.refused;
            if (report_.failure.empty())
                report_.failure = phase.failure;
        }
        report_.seconds_of_reads = reads.take_seconds();
        report_.lag_max = reads.lag_max();
        report_.tally = sender_->tally();
        count_transactions();
        return {};
    }
    std::size_t phase_at(Duration at) const {
        const auto whole = options_.phase + options_.between;
        const auto index = static_cast<std::size_t>(at / whole);
        return index < phases_.size() && at >= phases_[index].from ? index : phases_.size();
    }

    Result<void> play(const Phase& phase, Monotonic start) {
        const ReportWay& way = report_.ways[phase.way];
        if (options_.apart)
            CHECK_OK(place(way.beside != 0));
        const Monotonic from = start + phase.from, until = from + options_.phase;
        std::this_thread::sleep_for(from - clock_.monotonic());
        say(fmt::format("reports: {}", way.name));
        report_.marks.emplace_back(std::chrono::duration<double>(phase.from).count(), way.name);
        const Duration primary = took(options_.primary);
        const Duration reports = took(options_.apart ? options_.apart->reports : 0);
        if (const ReportSource& source = sources_[phase.way])
            phase.figures->reports =
                read_reports(source, std::span(asks_).subspan(phase.asks, asks_each_), from, until,
                             options_.every, clock_);
        std::this_thread::sleep_for(until - clock_.monotonic());
        phase.figures->primary_took = took(options_.primary) - primary;
        phase.figures->reports_took = took(options_.apart ? options_.apart->reports : 0) - reports;
        return {};
    }
    static Duration took(pid_t process) {
        return process == 0 ? Duration::zero() : processor_time(process);
    }
    /// Reports on the last core, everything else on the others; or all on all.
    Result<void> place(bool apart) {
        const lane::Cores others(cores_.begin(), cores_.end() - (apart ? 1 : 0));
        CHECK_OK(keep_family_to(::getpid(), others));
        CHECK_OK(keep_family_to(options_.apart->students, others));
        return keep_family_to(options_.apart->reports, apart ? lane::Cores{cores_.back()} : cores_);
    }
    void count_transactions() {
        if (options_.samples_path.empty())
            return;
        std::ifstream in(options_.samples_path);
        const Samples samples = read_samples(std::string(std::istreambuf_iterator<char>(in), {}));
        for (const Phase& phase : phases_) {
            const Instant from = report_.started_at + phase.from;
            phase.figures->transactions =
                grown(samples, "primary_transactions", from, from + options_.phase);
        }
    }

    void settle() {
        say("verifying receipts, listing what is recorded");
        HeadBook heads;
        prove_receipts(sender_->take_receipts(), keys_, load_, heads, report_);
        const auto rows = list_recorded(
            *api_, plan_, load_, options_.list_for, [&](const std::string& what) { say(what); },
            report_, clock_);
        if (report_.listing_error.empty())
            report_.reckoning = reconcile(load_.submitted, due_, rows, report_.started_at);
        std::vector<Api> journals{*api_};
        report_.heads = heads.check(journals, plan_.assignments.front().host, keys_, proofs_limit,
                                    Deadline::in(clock_, options_.list_for));
        say("waiting until reports are as of then, and holding them against the receipts");
        Api reports(*reading_, clock_, rng_);
        report_.counts = compare_counts(reports, plan_, seats_, load_.submitted, rows,
                                        Deadline::in(clock_, options_.list_for), clock_);
    }

    const ReportHourOptions& options_;
    const Clock& clock_;
    Rng& rng_;
    std::FILE* out_;
    const Monotonic began_;
    const lane::Cores cores_;
    ReportHourReport report_;
    Plan plan_;
    std::vector<ReportSeat> seats_;
    std::vector<submissions::ReceiptKey> keys_;
    std::vector<DueAssignment> due_;
    std::vector<ReportSource> sources_; // of each way; none: nobody reads
    std::vector<ReportAsk> asks_;       // of each round as many; the same in all its ways
    std::size_t asks_each_ = 0;
    std::vector<Phase> phases_;
    Load load_;
    std::optional<Sender> sender_;
    std::unique_ptr<net::Client> setting_, reading_;
    std::optional<Api> api_;
};

} // namespace

Result<ReportHourReport> run_report_hour(const ReportHourOptions& options, const Clock& clock,
                                         Rng& rng, std::FILE* out) {
    CHECK_OK(check(options));
    ReportHourReport report = TRY(Hour(options, clock, rng, out).hold());
    std::fputs(report.text().c_str(), out);
    std::fflush(out);
    if (!options.report_path.empty())
        CHECK_OK(write_report(options.report_path, report.json()));
    if (!options.html_path.empty())
        CHECK_OK(write_report(options.html_path, report.html()));
    if (!options.store_path.empty())
        CHECK_OK(store_report(options.store_path, "report", report.started_at, report.json()));
    return report;
}

} // namespace bw::storm
