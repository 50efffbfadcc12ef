// Erasing a person: their submissions go, and with their key everything that is encrypted under it,
// in the archive and in the audit log. A list outside the database sees to it that a restored
// backup brings nobody back.
#pragma once

#include <functional>
#include <vector>

#include "base/line_file.hpp"
#include "submissions/key_store.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::submissions {

struct Erasure {
    TenantId tenant;
    UserId user;
    Instant at;
    bool operator==(const Erasure&) const = default;
};

/// In the caller's transaction, which waits until no recorder is in the middle of a batch; how many
/// submissions went. Again: changes nothing.
Result<std::uint64_t> erase_person(tenancy::TenantTx& tx, UserId user, Instant now);

/// One line an erasure. Thread-safe, also between processes.
class ErasureList {
public:
    explicit ErasureList(std::filesystem::path file) : file_(std::move(file)) {}
    /// Durable when ok. Before the database hears of it: what fails then is done by the next
    /// agree().
    Result<void> add(const std::vector<Erasure>& erasures) const;
    /// `corrupt` with the line that cannot be read; empty without a file.
    Result<std::vector<Erasure>> all() const;

private:
    const LineFile file_;
};

/// In all three, and `note` in the database's transaction; how many submissions went. What a
/// failure leaves undone the next agree() does.
Result<std::uint64_t> erase_person(const ErasureList& list, const KeyStore& keys,
                                   tenancy::Database& database, const tenancy::TenantScope& scope,
                                   UserId user, Instant now, Deadline deadline,
                                   const std::function<Result<void>(tenancy::TenantTx&)>& note);

struct Agreed {
    std::uint64_t erased = 0;  // in the database, which did not know: it is an older one
    std::uint64_t learned = 0; // by the list, from the database: erased at another node
};
/// What other modules keep about a person goes in the same transaction.
using Forget = std::function<Result<void>(tenancy::TenantTx&, UserId, Instant)>;
/// Brings list, database and key store together: who is erased in one of them is in all. Of
/// institutions that the directory knows.
Result<Agreed> agree(const ErasureList& list, const KeyStore& keys, tenancy::Database& database,
                     const tenancy::TenantDirectory& tenants, Deadline deadline,
                     const Forget& forget = nullptr);

} // namespace bw::submissions
