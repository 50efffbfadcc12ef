// Requests of students that their grade be looked at again. In the caller's transaction; the states
// stand in README.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "marking/grades.hpp"

namespace bw::marking {

constexpr std::size_t request_bytes_limit = 4000;

struct RegradeKind {
    static constexpr const char* prefix = "rgr";
};
using RegradeId = Id<RegradeKind>;

enum class RegradeState : std::uint8_t { open, upheld, changed, withdrawn };
std::string_view wire_name(RegradeState state);

struct Regrade {
    RegradeId id = {};
    AssignmentId assignment = {};
    UserId user = {};
    std::int64_t number = 0; // of the grade
    RegradeState state = RegradeState::open;
    std::string text = {};
    Instant made_at = {};
    std::optional<std::string> answer = {};
    std::optional<UserId> ended_by = {};
    std::optional<Instant> ended_at = {};
};

/// Until when the grade may be asked about; nullopt: not at all.
std::optional<Instant> asked_until(const Scheme& scheme, Instant released_at);

/// About the newest grade, once. not_found without one; conflict outside the window, or if it was
/// asked about before.
Result<Regrade> ask_regrade(tenancy::TenantTx& tx, AssignmentId assignment, UserId user,
                            const std::string& text, Instant now, Rng& rng);
Result<std::optional<Regrade>> find_regrade(tenancy::TenantTx& tx, RegradeId id);
Result<std::optional<Regrade>> latest_regrade(tenancy::TenantTx& tx, AssignmentId assignment,
                                              UserId user);

struct RegradePage {
    std::vector<Regrade> items;
    std::optional<std::pair<Instant, RegradeId>> next;
};
/// In the order in which they came.
Result<RegradePage> list_regrades(tenancy::TenantTx& tx, AssignmentId assignment, bool open_only,
                                  std::optional<std::pair<Instant, RegradeId>> after, int limit);

/// By the student. not_found if it is another's, conflict if it has ended.
Result<Regrade> withdraw_regrade(tenancy::TenantTx& tx, RegradeId id, UserId student, Instant now);
/// `changed` releases the work's present result in the same transaction, unless a newer grade than
/// the one in question was released already; conflict if nothing has changed, or the request has
/// ended. True: a grade was released by this.
Result<bool> decide_regrade(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                            const Regrade& request, RegradeState outcome, const std::string& answer,
                            UserId by, Instant now);

} // namespace bw::marking
