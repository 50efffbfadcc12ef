// How an assignment is marked: by plain points, a rubric, or an answer key; by one marker or two;
// which attempt counts. Schemes are versioned: a mark says by which it was given. Reading and
// writing them as JSON is pure; storing is in the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "marking/answer_key.hpp"
#include "marking/points.hpp"
#include "tenancy/database.hpp"

namespace bw::marking {

constexpr std::size_t criteria_limit = 100, levels_limit = 20;
constexpr std::size_t title_bytes_limit = 200, description_bytes_limit = 2000;
constexpr std::size_t rubric_bytes_limit = 256 * 1024;

struct Level {
    std::string id, title;
    Points points;
    bool operator==(const Level&) const = default;
};
struct Criterion {
    std::string id, title, description;
    Points points_max;
    std::vector<Level> levels; // empty: any points up to points_max
    bool operator==(const Criterion&) const = default;
};

enum class Counts : std::uint8_t { latest, best };
std::string_view wire_name(Counts counts);

struct Scheme {
    std::int64_t version = 0; // 0: not stored yet
    Points points_max = {};   // plain points; else the sum
    std::vector<Criterion> rubric = {};
    AnswerKey key = {};
    Counts counts = Counts::latest;              // which recorded attempt; `best` by the key
    std::optional<Points> tolerance = {};        // of two markers; nullopt: there is one
    std::optional<Duration> regrade_window = {}; // after a release; nullopt: no requests
    bool operator==(const Scheme&) const = default;

    /// What points are given for: the rubric's criteria, or one for each question of the key; none
    /// of plain points.
    std::vector<Criterion> items() const;
};

/// 1 to criteria_limit criteria; invalid_field with the first fault's place.
Result<std::vector<Criterion>> read_rubric(std::string_view json, const std::string& pointer);
std::string to_json(const std::vector<Criterion>& rubric);

/// The marking of one assignment: the scheme in force, and what does not go by versions.
struct Marking {
    Scheme scheme = {};
    bool anonymous = false;                // markers are told pseudonyms
    std::optional<Instant> opened_at = {}; // since then everybody's identity is known
    bool hides(bool released) const { return anonymous && !opened_at && !released; }
};
/// nullopt: nothing is set yet.
Result<std::optional<Marking>> marking_of(tenancy::TenantTx& tx, AssignmentId assignment);
/// The same, for whoever changes grades: others wait until this transaction ends. conflict if
/// nothing is set yet.
Result<Marking> lock_marking(tenancy::TenantTx& tx, AssignmentId assignment);
/// `corrupt` if there is no such version.
Result<Scheme> scheme_at(tenancy::TenantTx& tx, AssignmentId assignment, std::int64_t version);

/// As the next version, after `seen` (0: nothing was set); the new version. precondition_failed if
/// another stands, conflict if identities would be opened by it.
Result<std::int64_t> set_marking(tenancy::TenantTx& tx, AssignmentId assignment,
                                 const Marking& marking, std::int64_t seen, UserId by, Instant now);
/// From now on markers are told who handed in what. False: they were already.
Result<bool> open_identities(tenancy::TenantTx& tx, AssignmentId assignment, UserId by,
                             Instant now);

} // namespace bw::marking
