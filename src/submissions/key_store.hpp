// The keys that the archive is sealed under, beside it: the database may be lost and restored from
// before a key was made, and what is sealed must still open. The database alone says who is erased.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <span>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace bw::submissions {

/// A file for each institution, a line for each person: the key as the database has it, wrapped
/// under the installation's. Thread-safe, also between processes.
class KeyStore {
public:
    /// The directory is made by the first add().
    explicit KeyStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

    using Wrapped = std::map<UserId, Bytes>;
    /// Has it a key of anybody, of any institution?
    Result<bool> has_any() const;
    /// Of those of `users` that it has. Reads the institution's whole file.
    Result<Wrapped> of(TenantId tenant, const std::set<UserId>& users) const;
    /// Synced when ok. They must not be there yet.
    Result<void> add(TenantId tenant, const Wrapped& keys) const;
    /// What is there of the institution is durable when ok: an earlier add() may have failed at
    /// that.
    Result<void> sync(TenantId tenant) const;
    /// For good; how many were there.
    Result<std::size_t> drop(TenantId tenant, const std::set<UserId>& users) const;

private:
    std::filesystem::path file_of(TenantId tenant) const { return directory_ / tenant.text(); }
    const std::filesystem::path directory_;
};

} // namespace bw::submissions
