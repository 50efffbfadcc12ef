// What is wrong between the rows of a staged package: keys that stand twice, references that lead
// nowhere, usernames that are taken. For import.cpp alone.
#pragma once

#include <string>

#include "roster/oneroster_files.hpp"
#include "tenancy/database.hpp"

namespace bw::roster {

/// What a staged package is held against.
struct Staged {
    tenancy::TenantTx& tx;
    const Package& package;
    const std::string& source;
    const FilesReader& reader;

    FileMode mode(Entity entity) const;
    bool delta(Entity entity) const { return mode(entity) == FileMode::delta; }
    bool present(Entity entity) const { return mode(entity) != FileMode::absent; }
    pg::Params by_source() const { return std::move(pg::Params().text(source)); }
};

/// Before the targets are resolved: within one file.
Result<void> check_keys(const Staged& staged, Findings& findings);
/// After it: from file to file, and against what is known.
Result<void> check_references(const Staged& staged, Findings& findings);

} // namespace bw::roster
