// One assignment's submissions in one file, with everything that is needed to check them: for an
// auditor who has the file and nothing else.
#pragma once

#include <filesystem>
#include <functional>

#include "submissions/heads.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::submissions {

struct ExportSource {
    tenancy::Database& database;
    const tenancy::TenantInfo& tenant;
    std::vector<ReceiptKey> keys; // all that receipts may verify under
    const SigningKey& key;        // the current one: the manifest is signed with it
    /// From the head of that size to the journal's latest; nullopt: that journal's permanent log is
    /// not here. All proofs of one epoch lead to one head.
    std::function<Result<std::optional<ConsistencyProof>>(std::uint64_t epoch, std::uint64_t size)>
        prove;
    std::function<void(std::uint64_t submissions)> progress = {};
    bool contents = false; // what was handed in, too
};

struct ExportSummary {
    std::uint64_t submissions = 0, heads = 0;
    std::uint64_t unproven_heads = 0; // of journals whose log is not here
};

/// Writes a zip; not_found if there is no such assignment. Memory is bounded but for an index of
/// the heads (16 bytes each).
Result<ExportSummary> export_assignment(const ExportSource& source, AssignmentId assignment,
                                        const std::filesystem::path& out, const Clock& clock);

struct ExportFindings {
    std::uint64_t submissions = 0, recorded = 0, refused = 0, late = 0, contents = 0;
    std::uint64_t heads = 0, proven = 0;
    std::vector<SignedHead> latest;  // of each journal
    std::vector<std::string> faults; // what does not hold, in words; the first hundred
    std::uint64_t fault_count = 0;
};

/// Checks every claim of such a file, with the file alone: what does not hold is in `faults`, and
/// an error means that it could not be read. `trusted`: keys from elsewhere, instead of the file's
/// own, under which a forger's would verify too. `witnessed`: heads from elsewhere, of the same
/// size as one in the file.
Result<ExportFindings> verify_export(const std::filesystem::path& file,
                                     const std::vector<ReceiptKey>& trusted,
                                     const std::vector<SignedHead>& witnessed);

} // namespace bw::submissions
