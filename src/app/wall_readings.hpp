// What is known of the walls in this process: what its lanes and its journal's disk can do, as
// measured or benched, and what the forecast expects. Wiring; the rules are walls'.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "app/health.hpp"
#include "forecast/keeper.hpp"
#include "walls/peak_book.hpp"
#include "walls/walls.hpp"

namespace bw::app {

struct WallSources {
    const tenancy::DatabaseLane* auth_lane = nullptr; // null without role auth
    const tenancy::DatabaseLane* api_lane = nullptr;  // null without role api
    const journal::Journal* journal = nullptr;        // null without role intake
    const submissions::Recorder* recorder = nullptr;  // the same
    std::filesystem::path journal_directory = {};     // empty: it is on no disk here
    const forecast::Keeper* keeper = nullptr;
    /// How reports are, here or in another process; may take a second. None: nobody is asked.
    std::function<Result<ReportState>()> reports = {};
    std::filesystem::path book = {}; // where past weeks' peaks are kept
};

/// Thread-safe. Everything outlives it.
class WallReadings {
public:
    WallReadings(WallSources sources, const Clock& clock);

    /// For modules that know of a wall of their own.
    walls::Register& walls() { return register_; }
    /// Blocks for some 100 ms the first time, and then once an hour: it measures. For as long as
    /// the journal's disk hangs, if it does.
    walls::Diagnosis look();
    /// Keeps the week's peak, as it is forecast.
    void note();
    /// note() once a minute on a thread of its own, which a disk that hangs may keep.
    void start();
    std::string json();

private:
    struct Measured {
        std::optional<double> hash_seconds, sync_seconds;
    };
    void measure();
    void hear_of_reports();
    void note_on(const std::stop_token& stop);
    std::optional<double> peak(std::initializer_list<forecast::Kind> kinds) const;
    std::vector<walls::Reading> sign_in();
    std::vector<walls::Reading> deadline();
    std::vector<walls::Reading> tenancy();
    std::vector<walls::Reading> reports();

    const WallSources sources_;
    const Clock& clock_;
    walls::Register register_;
    // Each before mutex_: held while a disk, or another process, is waited for.
    std::mutex measuring_, keeping_, hearing_;
    std::optional<Monotonic> measured_at_;
    std::mutex mutex_;
    Measured measured_;
    std::optional<ReportState> heard_; // when they were last asked about; nullopt: no answer came
    struct Counted {
        std::uint64_t run = 0;
        Monotonic at;
    };
    std::optional<Counted> counted_; // reports that had been run a minute ago
    walls::PeakBook book_;
    bool book_changed_ = false; // and not written
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::app
