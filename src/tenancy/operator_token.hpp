// Operator tokens: what the people who run the installation show to its operator API. Random, kept
// as hashes in the control plane, known to every process from the directory's refresh.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "tenancy/database.hpp"

namespace bw::tenancy {

struct OperatorTokenKind {
    static constexpr const char* prefix = "opt";
};
using OperatorTokenId = Id<OperatorTokenKind>;

/// Who calls the operator API: the outcome of a verified operator token.
struct Operator {
    OperatorTokenId id;
    std::string name;

    /// As the book of operators' deeds names it.
    std::string actor() const { return id.text() + " " + name; }
};

struct OperatorCredential {
    Operator who;
    Sha256 hash;
};

/// The one whose token this is. Every credential is compared, each in constant time.
std::optional<Operator> operator_of(std::string_view token,
                                    const std::vector<OperatorCredential>& credentials);

struct OperatorTokenRecord {
    OperatorTokenId id;
    std::string name;
    Instant created_at;
    std::optional<Instant> revoked_at;
};

/// Through the doors of bw_operator; each change is in the book of operators' deeds.
class OperatorTokens {
public:
    struct Created {
        OperatorTokenId id;
        std::string token; // "bwop_" and 256 random bits in base64url; shown once, never kept
    };
    /// `rng` must be fit for keys. invalid_field (name).
    static Result<Created> create(Database& operator_database, const std::string& name,
                                  std::string_view actor, const Clock& clock, Rng& rng,
                                  Deadline deadline);
    static Result<std::vector<OperatorTokenRecord>> list(Database& operator_database,
                                                         Deadline deadline);
    /// Refused by every process from its next directory refresh on. not_found; revoking twice is
    /// fine.
    static Result<void> revoke(Database& operator_database, OperatorTokenId id,
                               std::string_view actor, const Clock& clock, Deadline deadline);
};

} // namespace bw::tenancy
