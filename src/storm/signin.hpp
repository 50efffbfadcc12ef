// The sign-in storm: everybody arrives before the bell, some with a refresh token, some by single
// sign-on, some with a password alone, while others go on reading. A client of the API alone.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "storm/latencies.hpp"
#include "storm/people.hpp"
#include "storm/plots.hpp"

namespace bw::storm {

enum class ArrivalShape : std::uint8_t {
    ramp, // ever more towards the bell, at the end
    even, // as many in each second
    step  // all in the first second
};

/// The provider of single sign-on stands still (SIGSTOP) and goes on.
struct ProviderOutage {
    std::string pidfile;
    Duration at = {}; // after the first arrival's moment
    Duration lasts = 15s;
};

struct SignInOptions {
    std::string plan_path;
    std::string address = "127.0.0.1"; // numeric
    std::uint16_t port = 0;
    std::string password; // of all who have no refresh token
    Duration over = 60s;
    ArrivalShape shape = ArrivalShape::ramp;
    /// Of those with a refresh token, the share that renewed when their token said so: in `lead`,
    /// ahead of all arrivals. They come to the bell like everybody, and show what they have.
    double steered = 0;
    Duration lead = 60s;
    double impatient = 0.02;     // share of passwords that are sent twice, a moment apart
    double reads_a_second = 200; // of people who have signed in: requests that need no database
    Duration idle_before = 5s;   // reads alone, to compare with
    Duration retry_for = 15min;  // after the intended arrival
    std::uint64_t seed = 1;
    std::size_t connections = 4'096; // as many wait at once; readers have others
    std::string sso_provider = {};   // address and port, numeric, as its issuer has them
    std::optional<ProviderOutage> outage = {};
    std::string report_path = {}, html_path = {};
    std::string store_path = {}; // directory of kept reports; empty: none
    bool progress = true;
};

/// What happened to those who were meant for one second of the storm, or answers in it.
struct SignInSecond {
    std::uint32_t arrivals = 0, in = 0, refused = 0; // the last two by when they happened
    std::uint32_t presented = 0;                     // renewed before, and came with that
    std::uint32_t sso_in = 0;                        // of `in`
    Latencies latencies, reads;                      // by the intended moment; without `sso`
    Latencies sso;
};

/// What was meant for the time in which the provider stood still.
struct OutageReport {
    Duration from{}, to{};
    std::string error; // why it did not happen; else empty
    Latencies refresh, password, sso, reads;
    bool during(Duration at) const { return at >= from && at < to; }
};

struct SignInReport {
    Instant started_at;
    std::string shape;
    std::uint64_t people = 0, with_refresh = 0, in = 0, failed = 0;
    std::uint64_t refusals = 0; // 503 with Retry-After, honoured
    std::uint64_t doubled = 0;  // clicks of the impatient
    std::uint64_t reads = 0, reads_failed = 0;
    std::map<std::string, std::uint64_t> failures;  // by kind
    std::uint64_t steered = 0;                      // renewed ahead of the arrivals, or meant to
    std::uint64_t with_sso = 0, sso_refusals = 0;   // of `refusals`
    std::map<std::string, std::uint64_t> sso_again; // what they tried again after
    Latencies refresh, password, sso, reads_idle, reads_storm, presented;
    std::optional<OutageReport> outage = {};
    Duration lead{}, over{}, all_in{}, lag_max{}; // all_in: from the start to the last answer
    /// By password, answered after somebody of the same institution who had arrived more than
    /// `overtaken_by` later; and the worst of it.
    std::uint64_t overtaken = 0;
    Duration overtaken_worst{};
    static constexpr Duration overtaken_by = 2s;
    std::vector<SignInSecond> seconds;

    /// Everybody is in, no read failed, and the provider stood still if it was to.
    bool ok() const {
        return failed == 0 && in == people && reads_failed == 0 &&
               (!outage || outage->error.empty());
    }
    /// Sign-ins and refreshes that were meant for the busiest second.
    std::uint32_t busiest_second() const;
    std::string text() const;
    std::string json() const;
    std::string html() const;
    std::vector<Plot> plots() const;
    Marks marks() const;
};

/// Order kept: `answered` are arrivals (offsets) of one institution in the order of their answers.
/// How many were overtaken by somebody who came more than `by` later, and the worst.
std::pair<std::uint64_t, Duration> overtakings(const std::vector<Duration>& answered, Duration by);

Result<SignInReport> run_signin(const SignInOptions& options, const Clock& clock, Rng& rng,
                                std::FILE* out);

} // namespace bw::storm
