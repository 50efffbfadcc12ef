// Works: what one student handed in to one assignment, as markers see it, under a pseudonym; its
// marks as they are stored. In the caller's transaction.
#pragma once

#include <optional>
#include <vector>

#include "base/secret_box.hpp"
#include "marking/mark.hpp"

namespace bw::marking {

struct WorkKind {
    static constexpr const char* prefix = "wrk";
};
/// Names one student's work for one assignment, and nobody: it follows from both by a keyed hash.
using WorkId = Id<WorkKind>;

/// The key is wiped at the end. Thread-safe.
class Pseudonyms {
public:
    explicit Pseudonyms(const SecretKey& key) : key_(key) {}
    Pseudonyms(const Pseudonyms&) = default;
    Pseudonyms& operator=(const Pseudonyms&) = delete;
    ~Pseudonyms();
    WorkId of(TenantId tenant, AssignmentId assignment, UserId user) const;

private:
    SecretKey key_;
};

constexpr std::int64_t works_limit = 5'000; // of one assignment
constexpr std::int64_t attempts_limit = 50; // of one student, looked at for the best

struct HandedIn {
    SubmissionId submission;
    Instant received_at;
    bool late = false;
};
struct Released {
    std::int64_t number = 0;
    Points points;
    Instant at;
    std::int64_t scheme_version = 0;
    MarkContent content = {};
};
struct Work {
    WorkId id;
    UserId user;
    std::optional<HandedIn> latest;
    Marks marks;
    std::optional<Released> released; // the newest
    bool regrade_open = false;
};

/// Whose works there are: students of the section, and whoever handed in or has a grade; by
/// pseudonym, so that the order says nothing. payload_too_large over works_limit.
Result<std::vector<std::pair<WorkId, UserId>>>
all_works(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms, AssignmentId assignment);
/// not_found if there is none of that name.
Result<UserId> user_of(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms, AssignmentId assignment,
                       WorkId work);

enum class Contents : std::uint8_t { left_out, read };
/// Of these users, in their order. Contents (of marks and grades) may be large: read for few at a
/// time.
Result<std::vector<Work>> read_works(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                                     AssignmentId assignment, const std::vector<UserId>& users,
                                     Contents contents);
Result<Work> read_work(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms, AssignmentId assignment,
                       UserId user);

/// What was handed in, as it is shown to markers.
struct Attempt {
    SubmissionId submission;
    bool structured = false, declares_files = false;
    Bytes content;
    Instant received_at;
    bool late = false;
};
/// The latest first, `limit` at most.
Result<std::vector<Attempt>> recorded_attempts(tenancy::TenantTx& tx, AssignmentId assignment,
                                               UserId user, std::int64_t limit);

/// Instead of the one whose version is `seen` (0: there is none); the new version, or nullopt if
/// another stands by now.
Result<std::optional<std::int64_t>> write_mark(tenancy::TenantTx& tx, AssignmentId assignment,
                                               UserId user, const Mark& mark, std::int64_t seen);
Result<void> write_automatic_mark(tenancy::TenantTx& tx, AssignmentId assignment, UserId user,
                                  const Mark& mark);

} // namespace bw::marking
