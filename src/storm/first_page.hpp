// What a first page must say, whoever asks, and when it may no longer say what was true before.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "submissions/record.hpp"

namespace bw::storm {

/// What somebody handed in; what is received later takes its place.
struct HandedIn {
    SubmissionId id;
    Instant received_at;
};
/// Somebody's assignment on their page.
struct AssignmentOnPage {
    std::string title;
    Instant due_at;
    std::optional<HandedIn> latest; // as far as it is recorded
};

struct FirstPage {
    UserId user;
    TenantId tenant;
    Duration behind_max{}; // what changed longer ago is in it
    std::optional<AssignmentOnPage> assignment;
    bool whole = true; // no more assignments than are on it
};
/// GET /v1/first-page, of which `assignment` is looked at. corrupt.
Result<FirstPage> read_first_page(std::string_view body,
                                  const std::optional<AssignmentId>& assignment);

/// A value that somebody was told is true now: earlier pages may show what was before.
template <class T>
struct Told {
    T value;
    Monotonic at; // when they were told
};

struct ExpectedPage {
    UserId user;
    TenantId tenant;
    bool has_assignment = false;
    std::optional<Told<Instant>> due_at = {};
    std::optional<Told<std::string>> title = {};
    std::optional<Told<HandedIn>> latest = {}; // or something later
};

/// What is wrong with a page that was asked for at `asked`; empty: nothing.
std::string fault_of(const FirstPage& page, const ExpectedPage& expected, Monotonic asked);

} // namespace bw::storm
