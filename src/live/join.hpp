// Join: everything that somebody needs to be in a live class, in one answer, computed from memory.
// Asked again it renews what runs out.
#pragma once

#include "live/audience.hpp"
#include "live/grant.hpp"

namespace bw::live {

/// How often a player says how it goes.
constexpr Duration heartbeat_every = 30s;

struct JoinRules {
    Duration opens = 15min;             // before the beginning
    std::chrono::seconds lifetime{120}; // of a URL at most: so long one works who was put out
    Duration look_again = 10s;          // while there is no stream
    // Jitter: players start so far apart that edges see 2,000 a second.
    Duration slot_default = 5s, slot_min = 200ms, slot_max = 30s;
    double people_per_second = 2'000;
    std::size_t edges_limit = 8; // that one viewer is told
};

/// How far apart players of `people` start; 0: nobody knows how many they are.
Duration slot_window(std::size_t people, const JoinRules& rules = {});
/// When this one starts, by chance in [0, 1): at once when the window is over.
Instant slot(Instant bell, Instant now, Duration window, double chance);

/// What whoever joins is computed with. All outlive it.
struct JoinParts {
    const Audience& audience;
    const video::Provider& provider;
    /// What comes before paths of providers with edges of our own, the best first for a viewer of
    /// this region ("": nobody knows which): "https://edge.example".
    std::function<std::vector<std::string>(std::string_view region, std::string_view ref)>
        edges_for = {};
    /// What a player of theirs sends its heartbeats with; null: nobody takes any.
    std::function<std::string(const LiveClass&, TenantId, UserId, Instant now)> heartbeat_token =
        {};
    SecretKey grant_key, slot_key;
    Rng& rng;
    JoinRules rules = {};
};

enum class OnAir : std::uint8_t { nothing, slate, teacher };
std::string_view name(OnAir on_air);

struct Joined {
    std::shared_ptr<const Seats> seats;
    bool teaches = false;
    std::optional<video::Playback> playback; // none: there is no stream yet
    std::vector<std::string> edges; // that take its path, it is at the first; none: a vendor's
    Instant renew_at;               // at the latest, and at a moment of one's own
    Instant play_at;
    OnAir on_air = OnAir::nothing;
    RoomGrant grant;
    std::string grant_text;
    std::string heartbeat_token; // empty: nothing is counted
};

/// not_found; forbidden: not of the class, or put out; conflict: not yet, over,
/// or it does not take place. `region`: of the viewer, as edges are configured. Pure CPU.
Result<Joined> join(const JoinParts& parts, TenantId tenant, LiveClassId id, UserId user,
                    Instant now, std::string_view region = {});

} // namespace bw::live
