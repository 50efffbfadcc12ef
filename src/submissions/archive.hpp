// The archive: what was recorded, for longer than the journal keeps it. Each record is encrypted
// under the key of the person it is from, so that erasing the person erases it here too, while the
// tree over all records stays verifiable. A database that was restored from an old backup is
// brought up to date from it.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "audit/subject_keys.hpp"
#include "journal/file.hpp"
#include "journal/journal.hpp"
#include "submissions/key_store.hpp"
#include "tenancy/database.hpp"
#include "tenancy/directory.hpp"

namespace bw::submissions {

/// What an archive seals with and opens by.
struct ArchiveKeys {
    audit::SubjectKeys persons; // how they are wrapped
    KeyStore store;             // keeps those that something is sealed under
};

/// Thread-safe. One file holds whole commit groups, is written once and never changed.
class Archive {
public:
    /// `sign` as for Journal::open: heads are signed again when they are read. not_found in an
    /// empty directory if the key store has keys: the archive that they are of is elsewhere.
    static Result<std::unique_ptr<Archive>> open(std::unique_ptr<journal::Directory> directory,
                                                 const tenancy::TenantDirectory& tenants,
                                                 ArchiveKeys keys, journal::Journal::Sign sign,
                                                 const Clock& clock, Rng& rng);

    std::vector<std::uint64_t> epochs() const;
    /// The last record of that epoch that is here; 0: none.
    std::uint64_t archived_seq(std::uint64_t epoch) const;
    /// Here, or in a gap that was accepted?
    bool knows(std::uint64_t epoch, std::uint64_t seq) const {
        return find(epoch, seq).has_value();
    }
    /// The last record of the gap that this one is in; nullopt: it is in none.
    std::optional<std::uint64_t> gap_end(std::uint64_t epoch, std::uint64_t seq) const;
    /// The records up to `last_seq` were forgotten before they could be archived: they are missed
    /// from now on, and by nobody.
    Result<void> accept_gap(std::uint64_t epoch, std::uint64_t last_seq);
    /// Entries of whole groups, one after the other, all of them submissions; durable when ok.
    /// Those of persons who are erased are written without their content. One thread.
    Result<void> write(std::span<const journal::Entry> entries, tenancy::Database& database,
                       Deadline deadline);

    struct Stretch {
        std::vector<journal::Entry> entries; // without those of erased persons
        std::uint64_t to = 0;                // the last record that was looked at
    };
    /// What follows `after_seq`, at most to the end of a file. not_found if the next record is not
    /// here, `corrupt` if what is here does not verify.
    Result<Stretch> read(std::uint64_t epoch, std::uint64_t after_seq, std::size_t items_limit,
                         std::size_t bytes_limit, tenancy::Database& database, Deadline deadline);

private:
    struct File {
        std::uint64_t first_seq, last_seq;
        std::string name; // empty: a gap
    };
    using Person = std::pair<TenantId, UserId>;
    using Keys = std::map<Person, std::optional<SecretKey>>; // nullopt: erased

    Archive(std::unique_ptr<journal::Directory> directory, const tenancy::TenantDirectory& tenants,
            ArchiveKeys keys, journal::Journal::Sign sign, const Clock& clock, Rng& rng);
    Result<void> leave_out_erased(const std::map<TenantId, KeyStore::Wrapped>& fresh, Keys& keys,
                                  tenancy::Database& database, Deadline deadline) const;
    Result<void> mark(const std::vector<std::string>& names);
    struct Loaded;
    Result<std::shared_ptr<const Loaded>> load(const std::string& name);
    std::optional<File> find(std::uint64_t epoch, std::uint64_t seq) const;
    enum class For : std::uint8_t { sealing, opening };
    Result<Keys> keys_of(const std::vector<Person>& persons, For purpose,
                         tenancy::Database& database, Deadline deadline) const;

    const std::unique_ptr<journal::Directory> directory_;
    const tenancy::TenantDirectory& tenants_;
    const ArchiveKeys keys_;
    const journal::Journal::Sign sign_;
    const Clock& clock_;
    Rng& rng_;
    mutable std::mutex mutex_;                         // guards what follows
    std::map<std::uint64_t, std::vector<File>> files_; // by epoch, in order
    std::shared_ptr<const Loaded> loaded_; // read last, to its end not yet; shared by who reads it
};

struct ArchiveVerified {
    std::uint64_t files = 0, groups = 0, records = 0;
};
/// Every file's checksum and every group's roots; needs no key.
Result<ArchiveVerified> verify_archive(journal::Directory& directory);

struct ArchiverOptions {
    std::size_t file_bytes = 8 * 1024 * 1024; // of records in a file, at most; half is enough
    Duration file_age = 60s;                  // of the oldest record: then less is enough
    Duration interval = 1s;
    Duration deadline = 30s;
};

struct ArchiverStatus {
    std::uint64_t archived_seq = 0;
    bool failing = false;
};

/// Carries recorded records into the archive, by hand (step) or on a thread of its own (start).
class Archiver {
public:
    /// `settled`: up to which record everything is recorded and nothing waits for an operator.
    Archiver(const journal::Journal& journal, Archive& archive,
             std::unique_ptr<tenancy::Database> database, std::function<std::uint64_t()> settled,
             const Clock& clock, ArchiverOptions options = {});
    ~Archiver();

    /// Writes at most one file; false: there is not enough for one yet.
    Result<bool> step();
    void start();
    void stop();
    ArchiverStatus status() const;

private:
    void run(const std::stop_token& stop);

    const journal::Journal& journal_;
    Archive& archive_;
    const std::unique_ptr<tenancy::Database> database_;
    const std::function<std::uint64_t()> settled_;
    const Clock& clock_;
    const ArchiverOptions options_;
    const std::uint64_t epoch_;
    std::atomic<bool> failing_ = false;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::submissions
