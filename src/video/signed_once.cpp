#include "video/signed_once.hpp"

namespace bw::video {

namespace {
constexpr std::size_t shard_classes_limit = 1'000;
}

Result<Playback> SignedOnce::sign(std::string_view ref, Instant now, seconds lifetime) const {
    const std::int64_t second = now.ms / 1'000;
    Shard& shard = shards_[Hash()(ref) % shards_.size()];
    std::lock_guard lock(shard.mutex);
    const auto at = shard.by_ref.find(ref);
    if (at != shard.by_ref.end() && at->second.second == second && at->second.lifetime == lifetime)
        return at->second.playback;
    Playback playback = TRY(provider_->sign(ref, now, lifetime));
    if (at == shard.by_ref.end() && shard.by_ref.size() >= shard_classes_limit)
        shard.by_ref.clear();
    shard.by_ref.insert_or_assign(std::string(ref), Kept{second, lifetime, playback});
    return playback;
}

} // namespace bw::video
