// Erasing a person: their submissions go, and with their key everything that is encrypted under it,
// in the archive and in the audit log. A list outside the database sees to it that a restored
// backup brings nobody back.
#pragma once

#include <filesystem>
#include <vector>

#include "audit/subject_keys.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::submissions {

struct Erasure {
    TenantId tenant;
    UserId user;
    Instant at;
    bool operator==(const Erasure&) const = default;
};

/// In the caller's transaction; how many submissions went. Again: changes nothing.
Result<std::uint64_t> erase_person(tenancy::TenantTx& tx, UserId user, Instant now,
                                   const audit::SubjectKeys& keys, Rng& rng);

/// One line an erasure. One thread.
class ErasureList {
public:
    explicit ErasureList(std::filesystem::path file) : file_(std::move(file)) {}
    /// Durable when ok. Before the database hears of it: what fails then is done at the next start.
    Result<void> add(const Erasure& erasure) const;
    /// `corrupt` with the line that cannot be read; empty without a file.
    Result<std::vector<Erasure>> all() const;

private:
    const std::filesystem::path file_;
};

/// Does every erasure again that the database knows nothing of; how many.
Result<std::uint64_t> apply(const std::vector<Erasure>& erasures, tenancy::Database& database,
                            const tenancy::TenantDirectory& tenants, const audit::SubjectKeys& keys,
                            const Clock& clock, Rng& rng);

} // namespace bw::submissions
