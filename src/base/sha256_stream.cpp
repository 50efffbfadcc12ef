#include "base/sha256_stream.hpp"

#include <sodium.h>

namespace bw {

struct Sha256Stream::State {
    crypto_hash_sha256_state state;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
    crypto_hash_sha256_init(&state_->state);
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::update(ByteView bytes) {
    crypto_hash_sha256_update(&state_->state, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
}

Sha256 Sha256Stream::finish() {
    Sha256 out;
    crypto_hash_sha256_final(&state_->state, out.data());
    crypto_hash_sha256_init(&state_->state);
    return out;
}

} // namespace bw
