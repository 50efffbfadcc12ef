// BellPacks: first pages in memory, each of one person, until something that they say has changed.
// Knows nothing of what a page says, of databases or of HTTP; who reads pages is page_reads.hpp's,
// how changes are heard change_feed.hpp's.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "tenancy/principal.hpp"

namespace bw::packs {

/// A person's first page, ready to be sent. Shared by the store and by answers on their way.
struct Pack {
    std::string json, gzip; // the same; `gzip` is empty where it would not be smaller
    std::string etag;       // of what it says, whenever that was
    Instant prepared_at;
    std::vector<SectionId> sections = {}; // whose changes concern it
    std::size_t bytes() const;
};
using SharedPack = std::shared_ptr<const Pack>;

/// Whose page: a token's tenant, person and roles, all three.
struct Reader {
    TenantId tenant;
    UserId user;
    tenancy::Roles roles;
};

/// What somebody wrote: of these users, of whoever is in these sections, or of everybody.
struct Change {
    TenantId tenant;
    std::vector<UserId> users = {};
    std::vector<SectionId> sections = {};
    bool everybody = false;
};

struct PackLimits {
    std::size_t bytes = 128 << 20, tenant_bytes = 64 << 20; // 0: nothing is kept
    std::size_t pack_bytes = 256 << 10;                     // larger ones are not kept
    /// Longer without word from the feed, by either clock, and no pack is served: so much older
    /// than what the database shows may an answer be, at most.
    Duration silence = 2s;
    Duration life = 15min;            // of a pack; and no pack outlives its day (UTC)
    Duration deed_after = 3s;         // a deed's request may last, and be heard of, for so long
    Duration deed_max = 60s;          // after it a deed no longer keeps its person's pack back
    std::size_t deeds_limit = 50'000; // of an institution
    Duration remembered = 15s;        // changes, for pages that are being read
};

struct PackStatus {
    std::size_t packs = 0, bytes = 0, bytes_limit = 0;
    std::uint64_t hits = 0, misses = 0; // misses: there was none, for whatever reason
    std::uint64_t silent = 0;           // of them: the feed had not been heard
    std::uint64_t dropped = 0;          // something had changed
    std::uint64_t over_budget = 0;      // not kept
    bool heard = false;                 // packs are served now
};

/// Thread-safe.
class BellPacks {
public:
    BellPacks(const Clock& clock, PackLimits limits = {}) : clock_(clock), limits_(limits) {}

    /// Null: there is none, it is too old, its person has just done something, or the feed is
    /// silent.
    SharedPack find(const Reader& reader);
    /// Somebody is read anew who did not want it from memory: counted as a miss.
    void pass_by() { ++misses_; }
    /// Is there one, whether or not the feed is heard?
    bool holds(const Reader& reader) const { return look(reader) != nullptr; }

    /// The feed's last answer when a page began to be read: the page shows all that it told.
    using Ticket = std::uint64_t;
    /// Before the page's first statement is sent.
    Ticket begin() const { return answer_.load(); }
    enum class Kept : std::uint8_t { yes, no_room, changed };
    /// `changed`: what it says may have, since `ticket`.
    Kept keep(const Reader& reader, SharedPack pack, Ticket ticket);

    /// A request of this person that may change something has come; it is over by `until`.
    void note_deed(TenantId tenant, UserId user, Deadline until);

    /// From the feed, one caller at a time: all changes that a question shows which was asked then.
    void hear(Monotonic asked, Instant asked_at, std::span<const Change> changes);
    /// Changes may have been missed: nothing that is known, or being read, is kept.
    void forget_all();

    PackStatus status() const;

private:
    struct Held {
        tenancy::Roles roles;
        SharedPack pack;
        Monotonic kept_at;
    };
    struct Institution {
        std::mutex mutex; // of all below
        std::unordered_map<UserId, Held> packs;
        std::size_t bytes = 0;
        // When they changed, for pages that are being read:
        std::unordered_map<UserId, Ticket> users;
        std::unordered_map<SectionId, Ticket> sections;
        Ticket everybody = 0;
        std::unordered_map<UserId, Monotonic> deeds; // until when its person's is kept back
        Monotonic all_deeds{};                       // the same of everybody: there were too many
    };
    using Place = std::shared_ptr<Institution>; // shared with whoever looks into it just now

    Place place(TenantId tenant) const;
    Place make_place(TenantId tenant);
    bool fresh() const;
    bool good(const Held& held, const Reader& reader) const;
    bool over(const Pack& pack) const;
    bool changed_since(const Institution& at, UserId user, const Pack& pack, Ticket ticket) const;
    bool room_for(const Institution& at, std::size_t bytes) const;
    SharedPack look(const Reader& reader) const;
    template <class Concerned>
    std::size_t drop(Institution& at, Concerned&& concerned);
    void tidy(Ticket answer);

    const Clock& clock_;
    const PackLimits limits_;
    mutable std::shared_mutex mutex_;
    std::unordered_map<TenantId, Place> places_; // guarded by mutex_
    std::atomic<Ticket> answer_ = 1;             // the number of the feed's last answer
    std::atomic<Ticket> kept_from_ = 1;          // with earlier ones nothing is kept
    static constexpr std::int64_t never = INT64_MIN;
    std::atomic<std::int64_t> heard_ns_ = never, heard_ms_ = never; // by both clocks
    Monotonic tidy_at_{};                                           // the feed's
    std::atomic<std::size_t> bytes_ = 0, count_ = 0;
    std::atomic<std::uint64_t> hits_ = 0, misses_ = 0, silent_ = 0, dropped_ = 0, over_budget_ = 0;
};

} // namespace bw::packs
