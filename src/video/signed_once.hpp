// One signature for all who join a class in one second: its providers' terms are whole seconds and
// its rights the class's, so each of them would get the same. An RSA signature costs a hundred
// times what finding a kept one does.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "video/provider.hpp"

namespace bw::video {

/// Thread-safe. Whoever asks while the signature is made waits for it.
class SignedOnce final : public Provider {
public:
    explicit SignedOnce(std::unique_ptr<Provider> provider) : provider_(std::move(provider)) {}

    std::string_view name() const override { return provider_->name(); }
    Caps caps() const override { return provider_->caps(); }
    Result<Stream> create(const StreamSpec& spec, Deadline deadline) override {
        return provider_->create(spec, deadline);
    }
    Result<void> end(std::string_view ref, Deadline deadline) override {
        return provider_->end(ref, deadline);
    }
    Result<Health> poll(std::string_view ref, Deadline deadline) override {
        return provider_->poll(ref, deadline);
    }
    Result<Playback> sign(std::string_view ref, Instant now, seconds lifetime) const override;
    Result<std::vector<Event>> parse_webhook(Headers headers, std::string_view body,
                                             Instant now) const override {
        return provider_->parse_webhook(headers, body, now);
    }

private:
    struct Kept {
        std::int64_t second = 0;
        seconds lifetime{};
        Playback playback;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view ref) const {
            return std::hash<std::string_view>()(ref);
        }
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, Kept, Hash, std::equal_to<>> by_ref;
    };

    const std::unique_ptr<Provider> provider_;
    mutable std::array<Shard, 64> shards_; // so that classes seldom wait for each other's
};

} // namespace bw::video
