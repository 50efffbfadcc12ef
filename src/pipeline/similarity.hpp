// Texts of submissions compared with each other: kept with their prints, and found again by them.
// Under the caller's transaction or scope. What a teacher sees of it: similarity_routes.cpp.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "pipeline/match.hpp"
#include "tenancy/database.hpp"

namespace bw::pipeline {

/// Pairs are kept from this score on (and words_threshold words), so that a teacher may look below
/// score_threshold.
constexpr double score_kept = 0.05;
/// Texts that are compared word by word with a new one: those with the most prints in common.
constexpr int candidates_limit = 50;
constexpr int shared_prints_min = 2;

/// A print that stands in more texts of the institution than this is a common phrase: a tenth of
/// the assignment's, at least 10 (so that a group of friends is none), at most 100 (so that what
/// everybody writes costs little to find).
constexpr std::int64_t texts_before_common(std::int64_t texts_of_assignment) {
    return std::clamp<std::int64_t>(texts_of_assignment / 10, 10, 100);
}

/// A submission's text as it is compared.
struct Prepared {
    SubmissionId submission;
    AssignmentId assignment;
    UserId author;
    std::vector<Word> words; // without template
    std::vector<std::int64_t> prints;
};
/// nullopt: nothing is to be compared: no such recorded text, its author handed in another one
/// since, or the assignment does not ask for it.
Result<std::optional<Prepared>> prepare(tenancy::TenantTx& tx, SubmissionId submission);

/// Keeps it for those that come after it, instead of what its author handed in before. To be
/// committed before find_suspects(): of two that are compared at once, one at least then sees the
/// other.
Result<void> keep(tenancy::TenantTx& tx, const Prepared& text);

/// Texts that share prints with it, and which prints are common phrases.
struct Suspects {
    struct Text {
        SubmissionId submission;
        AssignmentId assignment;
        Bytes content;
        std::string text_template; // of its assignment
    };
    std::vector<Text> texts;
    std::unordered_set<std::uint64_t> common;
};
/// Reads alone. Those with the most prints in common, none of the author's own.
Result<Suspects> find_suspects(tenancy::TenantTx& tx, const Prepared& text);

struct Found {
    SubmissionId other;
    AssignmentId other_assignment;
    Match match; // `here` is the text that was compared
};
/// Word by word; common phrases do not count on either side. Pure.
std::vector<Found> compare(const Prepared& text, const Suspects& suspects);

/// What was found, from both sides; the text counts as compared. Found again, it is as found last.
Result<void> keep(tenancy::TenantTx& tx, const Prepared& text, const std::vector<Found>& found);

/// Spans as bytes, seven numbers of 32 bits each, and back; corrupt if they are none.
Bytes encode(const std::vector<Span>& spans);
Result<std::vector<Span>> decode_spans(ByteView bytes);

// ---- what an assignment's teachers decide ----

struct Settings {
    bool on = false;
    std::string text_template;
    std::int64_t version = 1; // the assignment's
    bool takes_texts = true;
    std::int64_t compared = 0, waiting = 0; // texts
};
constexpr std::size_t template_bytes_limit = 64 * 1024;
/// not_found: there is no such assignment.
Result<Settings> get_settings(tenancy::TenantTx& tx, AssignmentId assignment);
/// The new version; precondition_failed if `version` has moved on, conflict if the assignment takes
/// no texts. With another template all its texts are to be compared anew.
Result<std::int64_t> set_settings(tenancy::TenantTx& tx, AssignmentId assignment, bool on,
                                  const std::string& text_template, std::int64_t version);
/// Recorded texts that are not kept yet, by id.
Result<std::vector<SubmissionId>> not_yet_compared(tenancy::TenantTx& tx, AssignmentId assignment,
                                                   SubmissionId after, int limit);

// ---- what is read back ----

struct Pair {
    SubmissionId submission, other;
    UserId author, other_author;
    AssignmentId other_assignment;
    std::int64_t score = 0, words = 0; // thousandths; on the submission's side
};
struct PairPage {
    std::vector<Pair> items;
    std::optional<Pair> next; // pass it on as `after`
};
Result<PairPage> list_pairs(tenancy::TenantTx& tx, AssignmentId assignment, std::int64_t score_min,
                            const std::optional<Pair>& after, int limit);

struct MatchRecord {
    SubmissionId other;
    UserId other_author;
    AssignmentId other_assignment;
    std::int64_t score = 0, words = 0;
    std::vector<Span> spans;
    std::optional<Bytes> other_text; // if the caller may read it
};
struct Report {
    UserId author;
    Bytes text;
    bool caller_teaches = false, identity_hidden = false; // marked anonymously
    std::int64_t words = 0, words_counted = 0;
    std::optional<Instant> compared_at{}; // nullopt: not yet, or no longer: see the README
    std::vector<MatchRecord> matches;     // the highest score first
    bool more = false;                    // than the limit
};
/// not_found: there is no such submission. Who may see it is for whoever asks to decide.
Result<Report> report_of(tenancy::TenantTx& tx, SubmissionId submission, UserId caller,
                         bool reads_all, std::int64_t score_min, int limit);

} // namespace bw::pipeline
