// Class codes: a short code on the board, with which those students whom the teacher opened choose
// a password each, once, within minutes. It opens nobody else's account, and tells the teacher who
// used it and whether somebody tried it on others. And the end of a class's sessions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/vouchers.hpp"

namespace bw::accounts {

struct ClassCode {
    ClassCodeId id;
    std::string code; // shown once
    Instant expires_at;
};
/// The section's older one ends with it; tries of those whom it is for are forgotten. Conflict: two
/// teachers made one at the same moment.
Result<ClassCode> make_class_code(tenancy::TenantTx& tx, const SecretMacs& macs, SectionId section,
                                  const std::vector<Student>& students, UserId made_by,
                                  Duration lifetime, const Clock& clock, Rng& rng);

struct ClassCodeUse {
    UserId person;
    std::string username, given_name, family_name;
    std::optional<Instant> used_at;
};
struct ClassCodeRecord {
    ClassCodeId id;
    UserId made_by;
    Instant made_at, expires_at;
    std::optional<Instant> ended_at;
    std::int64_t misses = 0; // shown with the name of somebody for whom it was not open (any more)
    std::vector<ClassCodeUse> students;
};
/// The section's latest, ended or not; nullopt: it never had one.
Result<std::optional<ClassCodeRecord>> latest_class_code(tenancy::TenantTx& tx, SectionId section);
/// The one that counts, if there is one.
Result<std::optional<ClassCodeId>> end_class_code(tenancy::TenantTx& tx, SectionId section,
                                                  Instant now);

struct SessionsEnded {
    std::int64_t epoch = 0;    // see RevocationFeed::when_confirmed; 0: nothing was ended
    std::int64_t sessions = 0; // that went on until now
};
/// Everything of these persons, or what they began on shared devices, in one statement.
Result<SessionsEnded> end_sessions_of(tenancy::TenantTx& tx, const std::vector<Student>& students,
                                      bool shared_alone, Instant now);

} // namespace bw::accounts
