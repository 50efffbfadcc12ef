// What a storm sends: which student hands in what, when, and under which key. Drawn beforehand from
// a seed, so that sending costs as little as it can and two storms with one seed differ in their
// keys alone. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "storm/plan.hpp"
#include "storm/reconcile.hpp"
#include "submissions/declared_files.hpp"

namespace bw::storm {

/// One press of the button. A nervous double click is two of them, at once and with one key.
struct Click {
    Duration at;                  // after the start
    std::uint32_t submission = 0; // index into Load::submitted
    bool careless = false;        // the key of a submission once more, with another content
};
constexpr Duration careless_after = 2s; // the first one's arrival

enum class Arrivals : std::uint8_t { deadline, steady };

struct LoadShape {
    std::size_t submissions = 0;
    Duration over{}, bell{};
    std::size_t content_bytes = 1024;
    double duplicates = 0; // share of submissions that are clicked twice
    double careless = 0;   // share whose key comes again with another content
    /// Towards the bell, ever denser; or evenly, as many in each second.
    Arrivals arrivals = Arrivals::deadline;
    std::size_t file_bytes = 0; // not 0: each hands in a file of so many, declared first
};

struct Load {
    std::string
        run; // stands in every key and content: tells this storm's submissions from earlier ones'
    std::vector<Submitted> submitted;      // by time of arrival
    std::vector<std::uint32_t> student_of; // submission -> index into Plan::students
    std::vector<Click> clicks;             // by time
};

/// More submissions than students: each student hands in again, with another key and content.
Load draw_load(const Plan& plan, const LoadShape& shape, std::string run, Rng& rng);

std::string key_of(const std::string& run, std::uint32_t submission);
/// `bytes` letters and digits (at least the run and number that make it distinct), none of which
/// JSON escapes. Made again for every attempt: keeping them would cost a gigabyte for a million.
std::string content_of(const std::string& run, std::uint32_t submission, std::size_t bytes);
/// The file that a submission declares: a text of so many bytes.
submissions::DeclaredFile file_of(const std::string& run, std::uint32_t submission,
                                  std::size_t bytes);

} // namespace bw::storm
