#include "app/wall_readings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "app/installation.hpp"
#include "auth/passwords.hpp"
#include "base/json.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

using forecast::Kind;
using walls::Evidence, walls::Reading;

constexpr Duration measure_again_after = 1h, note_every = 1min;
constexpr int hash_probes = 3, sync_probes = 16;
constexpr std::uint64_t turns_least = 100;   // fewer tell too little of a lane
constexpr std::uint64_t records_least = 256; // likewise of the recorder, in large batches
/// What a flood fills a commit group with, about; a group may hold 4,096.
constexpr double records_a_sync = 1'024;
/// Of one processor, with HTTP, receipt, signature, recorder and database: 14,734 a second on two
/// (docs/performance.md, bench accept).
constexpr double submission_cpu_seconds = 136e-6;
constexpr std::uint64_t reports_least = 30; // fewer tell too little
constexpr Duration count_every = 50s;       // not over moments: a minute's figure is wanted
/// docs/performance.md, bench changes, in bulk; a submission or a page view is a row, mostly.
constexpr double stream_rows_a_second = 86'396;

double seconds(Duration took) {
    return std::chrono::duration<double>(took).count();
}

std::optional<double> median(std::vector<double> of) {
    if (of.empty())
        return std::nullopt;
    std::ranges::sort(of);
    return of[of.size() / 2];
}

std::optional<double> measure_hash(const Clock& clock) {
    std::vector<double> took;
    for (int i = 0; i < hash_probes; ++i) {
        const Monotonic begin = clock.monotonic();
        if (!auth::hash_password("a probe of what a hash takes"))
            return std::nullopt;
        took.push_back(seconds(clock.monotonic() - begin));
    }
    return median(std::move(took));
}

/// A page written and synced, where the journal lies.
std::optional<double> measure_sync(const std::filesystem::path& directory, const Clock& clock) {
    const std::string path = (directory / ".wall-probe").string();
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return std::nullopt;
    ::unlink(path.c_str());
    const std::string page(4'096, 'x');
    std::vector<double> took;
    for (int i = 0; i < sync_probes; ++i) {
        const Monotonic begin = clock.monotonic();
        if (::pwrite(file, page.data(), page.size(), i * 4'096) < 0 || ::fdatasync(file) != 0)
            break;
        took.push_back(seconds(clock.monotonic() - begin));
    }
    ::close(file);
    return median(std::move(took));
}

/// Of one turn, if enough were seen.
std::optional<double> turn_seconds(const lane::LaneStatus& lane) {
    const std::uint64_t turns = lane.service.count();
    if (turns < turns_least)
        return std::nullopt;
    return seconds(lane.service.sum) / static_cast<double>(turns);
}

std::optional<double> a_minute(double at_once, std::optional<double> each_seconds) {
    if (!each_seconds || *each_seconds <= 0)
        return std::nullopt;
    return at_once * 60 / *each_seconds;
}

std::optional<double> in_ms(std::optional<double> of) {
    return of ? std::optional(*of * 1'000) : std::nullopt;
}

void write_number(JsonWriter& json, const char* name, std::optional<double> value) {
    json.key(name);
    value ? json.value(*value) : json.null();
}

void write_reading(JsonWriter& json, const Reading& reading) {
    json.object().member("limit", reading.limit).member("unit", reading.unit);
    write_number(json, "capacity", reading.capacity);
    write_number(json, "peak", reading.peak);
    json.member("remedy", reading.remedy).key("evidence").array();
    for (const Evidence& one : reading.evidence) {
        json.object().member("what", one.what);
        write_number(json, "value", one.value);
        json.member("unit", one.unit).end();
    }
    json.end().end();
}

void write_verdict(JsonWriter& json, const walls::Verdict& verdict) {
    json.object()
        .member("wall", verdict.wall)
        .member("standing", walls::wire_name(verdict.standing));
    write_number(json, "headroom", verdict.headroom);
    write_number(json, "growth_a_week", verdict.growth_a_week);
    json.key("reached_at");
    verdict.reached_at ? json.value(to_rfc3339(*verdict.reached_at)) : json.null();
    json.key("limits").array();
    if (!verdict.reading.limit.empty())
        write_reading(json, verdict.reading);
    for (const Reading& other : verdict.others)
        write_reading(json, other);
    json.end().end();
}

} // namespace

WallReadings::WallReadings(WallSources sources, const Clock& clock)
    : sources_(std::move(sources)), clock_(clock) {
    if (!sources_.book.empty())
        if (const auto kept = Installation::read_file(sources_.book))
            book_ = walls::PeakBook::parse(*kept);
    register_.add("sign-in", [this] { return sign_in(); });
    register_.add("deadline", [this] { return deadline(); });
    register_.add("tenancy", [this] { return tenancy(); });
    register_.add("reports", [this] { return reports(); });
}

walls::Diagnosis WallReadings::look() {
    measure();
    hear_of_reports();
    note();
    const std::scoped_lock lock(mutex_);
    return register_.look(clock_.now());
}

void WallReadings::measure() {
    const std::scoped_lock one_at_a_time(measuring_);
    const Monotonic now = clock_.monotonic();
    if (measured_at_ && now - *measured_at_ < measure_again_after)
        return;
    Measured made;
    made.hash_seconds = sources_.auth_lane ? measure_hash(clock_) : std::nullopt;
    made.sync_seconds = sources_.journal && !sources_.journal_directory.empty()
                            ? measure_sync(sources_.journal_directory, clock_)
                            : std::nullopt;
    measured_at_ = now;
    const std::scoped_lock lock(mutex_);
    measured_ = made;
}

std::optional<double> WallReadings::peak(std::initializer_list<Kind> kinds) const {
    const auto standing = sources_.keeper ? sources_.keeper->standing() : nullptr;
    if (!standing)
        return std::nullopt;
    const forecast::Forecast& total = standing->board.total();
    std::optional<double> highest;
    const std::size_t minutes = total.lines.front().expected.size();
    for (std::size_t minute = 0; minute < minutes; ++minute) {
        double here = 0;
        bool known = false;
        for (const Kind kind : kinds) {
            const forecast::Line& line = total.lines[forecast::place(kind)];
            if (line.basis == forecast::Basis::unknown || minute >= line.expected.size())
                continue;
            known = true;
            here += static_cast<double>(line.expected[minute]) / 1'000;
        }
        if (known)
            highest = std::max(highest.value_or(0), here);
    }
    return highest;
}

/// Asks how they are, and counts what was run since a minute ago into the week.
void WallReadings::hear_of_reports() {
    if (!sources_.reports)
        return;
    const std::scoped_lock one_at_a_time(hearing_);
    auto told = sources_.reports();
    const Monotonic now = clock_.monotonic();
    const std::scoped_lock lock(mutex_);
    heard_ = told ? std::optional(*std::move(told)) : std::nullopt;
    if (!heard_)
        return;
    const Duration since = counted_ ? now - counted_->at : Duration::zero();
    if (counted_ && since < count_every)
        return;
    // Where its process began anew, what it counted before is not known: the next minute tells.
    if (counted_ && heard_->run >= counted_->run)
        book_changed_ =
            book_.note("report", clock_.now(),
                       static_cast<double>(heard_->run - counted_->run) * 60 / seconds(since)) ||
            book_changed_;
    counted_ = {heard_->run, now};
}

void WallReadings::note() {
    const std::scoped_lock one_at_a_time(keeping_);
    std::string text;
    {
        const std::scoped_lock lock(mutex_);
        bool changed = std::exchange(book_changed_, false);
        const Instant now = clock_.now();
        for (const auto& [name, kinds] :
             std::initializer_list<std::pair<const char*, std::initializer_list<Kind>>>{
                 {"password", {Kind::password}},
                 {"submission", {Kind::submission}},
                 {"page_read", {Kind::page_read}}})
            if (const auto events = peak(kinds))
                changed = book_.note(name, now, *events) || changed;
        if (!changed || sources_.book.empty())
            return;
        text = book_.text();
    }
    if (const auto kept = Installation::write_file(sources_.book, text, false); !kept)
        log::warn("peaks_not_kept", {{"error", kept.error().text()}});
}

void WallReadings::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { note_on(stop); });
}

void WallReadings::note_on(const std::stop_token& stop) {
    lane::name_this_thread("walls");
    while (!stop.stop_requested()) {
        hear_of_reports();
        note();
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, note_every, [] { return false; });
    }
}

std::vector<Reading> WallReadings::sign_in() {
    Reading hashes{.limit = "password hashes",
                   .unit = "sign-ins by password a minute",
                   .capacity = {},
                   .peak = peak({Kind::password}),
                   .past = book_.past("password", clock_.now()),
                   .remedy = "Give role auth more processors and threads (--auth-threads), on more "
                             "servers; let people renew before the bell: keep the timetable true."};
    if (!sources_.auth_lane)
        return {hashes};
    const lane::LaneStatus lane = sources_.auth_lane->status();
    // What was seen under load says more than a probe, which has a processor for itself.
    const auto seen = turn_seconds(lane);
    const double processors = std::thread::hardware_concurrency();
    hashes.capacity =
        seen ? a_minute(lane.threads, seen)
             : a_minute(std::min<double>(lane.threads, processors), measured_.hash_seconds);
    hashes.evidence = {{"threads of lane auth", lane.threads, ""},
                       {"processors", processors, ""},
                       {"a turn of lane auth took, on average", in_ms(seen), "ms"},
                       {"a password's hash takes, alone", in_ms(measured_.hash_seconds), "ms"},
                       {"waiting now", static_cast<double>(lane.queued), ""},
                       {"refused since the process began", static_cast<double>(lane.refused), ""},
                       {"renewals expected in their busiest minute", peak({Kind::refresh}), ""}};
    return {hashes};
}

std::vector<Reading> WallReadings::deadline() {
    Reading syncs{.limit = "journal syncs",
                  .unit = "submissions a minute",
                  .capacity = {},
                  .peak = peak({Kind::submission}),
                  .past = book_.past("submission", clock_.now()),
                  .remedy = "Put the journal on a disk that syncs faster; spread due instants: the "
                            "deadline load shows teachers what they collide with."};
    if (!sources_.journal)
        return {syncs};
    const journal::JournalStatus journal = sources_.journal->status();
    syncs.capacity = a_minute(records_a_sync, measured_.sync_seconds);
    syncs.evidence = {{"a sync of the journal's disk takes", in_ms(measured_.sync_seconds), "ms"},
                      {"submissions that one sync may carry", records_a_sync, ""},
                      {"accepted and not durable yet", static_cast<double>(journal.queued), ""},
                      {"room left in the journal",
                       static_cast<double>(journal.bytes_limit -
                                           std::min(journal.bytes_used, journal.bytes_limit)),
                       "bytes"}};
    const double processors = std::thread::hardware_concurrency();
    Reading work{.limit = "processors",
                 .unit = syncs.unit,
                 .capacity = a_minute(processors, submission_cpu_seconds),
                 .peak = syncs.peak,
                 .past = syncs.past,
                 .evidence = {{"processors", processors, ""},
                              {"a submission takes, of one, as benched",
                               submission_cpu_seconds * 1'000, "ms"}},
                 .remedy = "Give role intake more processors, or servers of its own."};
    Reading recording{.limit = "recorder",
                      .unit = syncs.unit,
                      .capacity = {},
                      .peak = syncs.peak,
                      .past = syncs.past,
                      .remedy = "Give PostgreSQL a faster disk and more memory. Receipts do not "
                                "wait for the recorder, but what students see as recorded does, "
                                "and the journal keeps all that is not."};
    if (sources_.recorder) {
        const submissions::RecorderStatus recorder = sources_.recorder->status();
        std::optional<double> each;
        if (recorder.measured_records >= records_least)
            each = seconds(recorder.measured) / static_cast<double>(recorder.measured_records);
        recording.capacity = a_minute(1, each);
        recording.evidence = {
            {"a submission takes the recorder, in batches of 128 and more", in_ms(each), "ms"},
            {"submissions so measured", static_cast<double>(recorder.measured_records), ""},
            {"durable and not recorded yet",
             static_cast<double>(journal.durable_seq -
                                 std::min(journal.durable_seq, recorder.recorded_seq)),
             ""}};
    }
    return {syncs, work, recording};
}

std::vector<Reading> WallReadings::tenancy() {
    Reading reads{.limit = "reads",
                  .unit = "pages a minute",
                  .capacity = {},
                  .peak = peak({Kind::page_read}),
                  .past = book_.past("page_read", clock_.now()),
                  .remedy =
                      "Give role api more threads (--api-threads) and a replica to read from; "
                      "give the largest institution a quota, or a server of its own."};
    if (!sources_.api_lane)
        return {reads};
    const lane::LaneStatus lane = sources_.api_lane->status();
    const auto seen = turn_seconds(lane);
    reads.capacity = a_minute(lane.threads, seen);
    reads.evidence = {{"threads of lane api", lane.threads, ""},
                      {"a turn of lane api took, on average", in_ms(seen), "ms"},
                      {"waiting now", static_cast<double>(lane.queued), ""},
                      {"refused since the process began", static_cast<double>(lane.refused), ""}};
    return {reads};
}

std::vector<Reading> WallReadings::reports() {
    const Instant now = clock_.now();
    Reading desk{.limit = "report thread",
                 .unit = "reports a minute",
                 .capacity = {},
                 .peak = book_.lately("report", now),
                 .past = book_.past("report", now),
                 .remedy = "Give the process with role report a processor of its own, or a "
                           "machine; make the report that takes longest from rollups "
                           "(docs/reporting.md)."};
    Reading stream{.limit = "change stream",
                   .unit = "rows a minute",
                   .capacity = {},
                   .peak = peak({Kind::submission, Kind::page_read}),
                   .remedy = "Give the process with role report a machine of its own: students do "
                             "not wait for it, but what reports tell grows old."};
    if (!heard_)
        return {desk, stream};
    const std::uint64_t answered = heard_->run + heard_->failed;
    std::optional<double> each;
    if (answered >= reports_least)
        each = heard_->running_seconds / static_cast<double>(answered);
    desk.capacity = a_minute(1, each);
    desk.evidence = {
        {"a report took, on average", in_ms(each), "ms"},
        {"reports so measured", static_cast<double>(answered), ""},
        {"answered with what was just answered", static_cast<double>(heard_->kept), ""},
        {"turned away since its process began", static_cast<double>(heard_->turned_away), ""},
        {"what they tell is so old now", heard_->lag_seconds, "s"}};
    stream.capacity = 60 * stream_rows_a_second;
    stream.evidence = {
        {"rows a second that it takes in, as benched", stream_rows_a_second, ""},
        {"rows that it took in since its process began", static_cast<double>(heard_->rows), ""},
        {"of log that it has not read",
         heard_->slot_bytes_behind ? std::optional(static_cast<double>(*heard_->slot_bytes_behind))
                                   : std::nullopt,
         "bytes"}};
    return {desk, stream};
}

std::string WallReadings::json() {
    const walls::Diagnosis found = look();
    JsonWriter json;
    json.object()
        .member("as_of", to_rfc3339(clock_.now()))
        .member("said", found.said)
        .key("nearest");
    found.nearest ? json.value(*found.nearest) : json.null();
    json.key("walls").array();
    for (const walls::Verdict& verdict : found.walls)
        write_verdict(json, verdict);
    json.end().end();
    return json.take();
}

} // namespace bw::app
