// Where the projector hears of the primary's changes: of the log, over a replication slot, or of an
// outbox that triggers write. What is made of them is the same.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pg/change_stream.hpp"
#include "pg/pgoutput.hpp"
#include "reporting/mirror.hpp"

namespace bw::reporting {

struct ProjectorOptions;

/// What the primary keeps for the store.
struct Held {
    std::optional<std::int64_t> bytes_behind = {};
    std::optional<std::int64_t> bytes_left = {}; // until it gives up; absent without a bound
};

/// Not thread-safe. Errors end it: another is opened.
class ChangeSource {
public:
    /// Who is told of changes.
    class Listener {
    public:
        virtual ~Listener() = default;
        /// A transaction, or all changes since the last look; it ends with `whole`, perhaps in a
        /// later read().
        virtual Result<void> begins(pg::Lsn final_lsn) = 0;
        virtual Result<void> change(const pg::pgoutput::Message& message) = 0;
        virtual void whole(Watermark at) = 0;
        /// Nothing for the store is between what was told and this.
        virtual void nothing_until(pg::Lsn lsn) = 0;
    };

    virtual ~ChangeSource() = default;

    /// `conflict`: another process follows under our name.
    virtual Result<pg::LogIdentity> identify() = 0;
    virtual Held held() const = 0; // as it was last heard of
    /// A word for the mirrored tables as this tells of them: another one, and what was told is not
    /// all that was changed. A schema fault: it does not tell of all that is mirrored.
    virtual Result<std::string> mark() = 0;
    /// Why the store cannot go on from `at`, which is on this system's timeline; nullopt: it can.
    virtual Result<std::optional<std::string>> why_anew(const Watermark& at) = 0;

    /// Changes behind the snapshot are kept from now on. The position is of all that `reader`
    /// shows, which is valid until end_snapshot().
    virtual Result<Watermark> begin_snapshot(const pg::LogIdentity& identity,
                                             const std::stop_token& stop) = 0;
    virtual pg::SnapshotReader& reader() = 0;
    virtual Result<void> end_snapshot() = 0;

    virtual Result<void> start(const Watermark& from) = 0;
    /// Tells what has come, and returns after some of it, or at `until`. True: nothing more waits.
    virtual Result<bool> read(Deadline until, const std::stop_token& stop, Listener& listener) = 0;
    /// What read() tells is not to wait for more that might come.
    virtual bool tells_in_batches() const = 0;
    /// Everything up to `at` is safe here. `ask`: whether more waits is to be told soon.
    virtual Result<void> confirm(const Watermark& at, bool ask) = 0;
};

/// By the log, over a replication slot of the store's own. All that it is given outlives it.
Result<std::unique_ptr<ChangeSource>> open_slot_source(const ProjectorOptions& options,
                                                       pg::LogProbe& probe, const Clock& clock);
/// By the outbox, which wants no more rights than those of whoever reads the rows.
Result<std::unique_ptr<ChangeSource>> open_outbox_source(const ProjectorOptions& options,
                                                         pg::LogProbe& probe, const Clock& clock);

} // namespace bw::reporting
