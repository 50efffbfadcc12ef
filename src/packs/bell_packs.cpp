#include "packs/bell_packs.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace bw::packs {

namespace {

constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
constexpr std::size_t overhead_bytes = 512; // nodes of maps, control blocks

} // namespace

std::size_t Pack::bytes() const {
    return overhead_bytes + json.capacity() + gzip.capacity() + etag.capacity() +
           sections.capacity() * sizeof(SectionId);
}

BellPacks::Place BellPacks::place(TenantId tenant) const {
    std::shared_lock lock(mutex_);
    const auto found = places_.find(tenant);
    return found == places_.end() ? nullptr : found->second;
}

BellPacks::Place BellPacks::make_place(TenantId tenant) {
    if (Place there = place(tenant))
        return there;
    std::unique_lock lock(mutex_);
    Place& made = places_[tenant];
    if (!made)
        made = std::make_shared<Institution>();
    return made;
}

/// Both clocks must say that the feed was heard a moment ago: the monotonic one stands still while
/// a machine sleeps, the other may be set.
bool BellPacks::fresh() const {
    const std::int64_t heard_ns = heard_ns_.load(), heard_ms = heard_ms_.load();
    if (heard_ns == never)
        return false;
    const Duration silent = clock_.monotonic() - Monotonic{heard_ns},
                   by_wall = clock_.now() - Instant{heard_ms};
    return silent <= limits_.silence && by_wall >= Duration{} && by_wall <= limits_.silence;
}

/// Its day or its life is over, or it is from a time that has not come.
bool BellPacks::over(const Pack& pack) const {
    const Instant now = clock_.now(), made = pack.prepared_at;
    return now < made || now.ms / day_ms != made.ms / day_ms || now - made >= limits_.life;
}

SharedPack BellPacks::look(const Reader& reader) const {
    const Place at = place(reader.tenant);
    if (!at)
        return nullptr;
    const Monotonic now = clock_.monotonic();
    std::lock_guard lock(at->mutex);
    const auto found = at->packs.find(reader.user);
    if (found == at->packs.end())
        return nullptr;
    const Held& held = found->second;
    if (held.roles != reader.roles || over(*held.pack) || now - held.kept_at >= limits_.life)
        return nullptr;
    const auto deed = at->deeds.find(reader.user);
    if (now < at->all_deeds || (deed != at->deeds.end() && now < deed->second))
        return nullptr;
    return held.pack;
}

SharedPack BellPacks::find(const Reader& reader) {
    const bool heard = fresh();
    SharedPack pack = heard ? look(reader) : nullptr;
    ++(pack ? hits_ : misses_);
    if (!heard)
        ++silent_;
    return pack;
}

bool BellPacks::changed_since(const Institution& at, UserId user, const Pack& pack,
                              Ticket ticket) const {
    auto newer = [&](const auto& changes, auto of) {
        const auto found = changes.find(of);
        return found != changes.end() && found->second > ticket;
    };
    return ticket < kept_from_.load() || at.everybody > ticket || newer(at.users, user) ||
           std::ranges::any_of(pack.sections,
                               [&](SectionId one) { return newer(at.sections, one); });
}

template <class Concerned>
std::size_t BellPacks::drop(Institution& at, Concerned&& concerned) {
    return std::erase_if(at.packs, [&](const auto& entry) {
        if (!concerned(entry.first, *entry.second.pack))
            return false;
        const std::size_t size = entry.second.pack->bytes();
        at.bytes -= size;
        bytes_ -= size;
        --count_;
        return true;
    });
}

bool BellPacks::room_for(const Institution& at, std::size_t bytes) const {
    return bytes <= limits_.pack_bytes && at.bytes + bytes <= limits_.tenant_bytes &&
           bytes_.load() + bytes <= limits_.bytes;
}

BellPacks::Kept BellPacks::keep(const Reader& reader, SharedPack pack, Ticket ticket) {
    const std::size_t size = pack->bytes();
    const Place at = make_place(reader.tenant);
    std::lock_guard lock(at->mutex);
    if (changed_since(*at, reader.user, *pack, ticket))
        return Kept::changed;
    if (const auto old = at->packs.find(reader.user); old != at->packs.end()) {
        const std::size_t freed = old->second.pack->bytes();
        at->packs.erase(old);
        at->bytes -= freed;
        bytes_ -= freed;
        --count_;
    }
    if (!room_for(*at, size))
        drop(*at, [&](UserId, const Pack& old) { return over(old); });
    if (!room_for(*at, size)) {
        ++over_budget_;
        return Kept::no_room;
    }
    at->packs.emplace(reader.user, Held{reader.roles, std::move(pack), clock_.monotonic()});
    at->bytes += size;
    bytes_ += size;
    ++count_;
    return Kept::yes;
}

void BellPacks::note_deed(TenantId tenant, UserId user, Deadline until) {
    const Monotonic now = clock_.monotonic(),
                    after = std::min(until.at(), now + limits_.deed_max) + limits_.deed_after;
    const Place at = make_place(tenant);
    std::lock_guard lock(at->mutex);
    if (at->deeds.size() >= limits_.deeds_limit && !at->deeds.contains(user)) {
        at->all_deeds = std::max(at->all_deeds, after);
        return;
    }
    Monotonic& known = at->deeds[user];
    known = std::max(known, after);
}

void BellPacks::hear(Monotonic asked, Instant asked_at, std::span<const Change> changes) {
    const Ticket answer = answer_.load() + 1;
    answer_ = answer; // pages that are begun from here on show what is told now
    std::unordered_set<TenantId> of;
    for (const Change& change : changes) {
        const Place at = make_place(change.tenant);
        std::lock_guard lock(at->mutex);
        if (change.everybody)
            at->everybody = answer;
        for (UserId user : change.users)
            at->users[user] = answer;
        for (SectionId section : change.sections)
            at->sections[section] = answer;
        of.insert(change.tenant);
    }
    for (TenantId tenant : of) {
        const Place at = place(tenant);
        std::lock_guard lock(at->mutex);
        dropped_ += drop(*at, [&](UserId user, const Pack& pack) {
            return changed_since(*at, user, pack, answer - 1);
        });
    }
    if (clock_.monotonic() >= tidy_at_)
        tidy(answer);
    heard_ms_ = asked_at.ms;
    heard_ns_ = asked.ns;
}

/// What only pages that are being read need to know, those that no deadline lets live so long.
void BellPacks::tidy(Ticket answer) {
    tidy_at_ = clock_.monotonic() + limits_.remembered;
    kept_from_ = answer;
    std::vector<Place> all;
    {
        std::shared_lock lock(mutex_);
        for (const auto& [tenant, at] : places_)
            all.push_back(at);
    }
    const Monotonic now = clock_.monotonic();
    for (const Place& at : all) {
        std::lock_guard lock(at->mutex);
        at->users.clear();
        at->sections.clear();
        std::erase_if(at->deeds, [&](const auto& deed) { return deed.second <= now; });
        drop(*at, [&](UserId, const Pack& pack) { return over(pack); });
    }
}

void BellPacks::forget_all() {
    heard_ns_ = never;
    const Ticket answer = answer_.load() + 1;
    answer_ = answer;
    kept_from_ = answer;
    std::shared_lock lock(mutex_);
    for (const auto& [tenant, at] : places_) {
        std::lock_guard institution(at->mutex);
        drop(*at, [](UserId, const Pack&) { return true; });
        at->users.clear();
        at->sections.clear();
    }
}

PackStatus BellPacks::status() const {
    return {.packs = count_,
            .bytes = bytes_,
            .bytes_limit = limits_.bytes,
            .hits = hits_,
            .misses = misses_,
            .silent = silent_,
            .dropped = dropped_,
            .over_budget = over_budget_,
            .heard = fresh()};
}

} // namespace bw::packs
