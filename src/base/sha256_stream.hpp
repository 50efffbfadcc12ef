// SHA-256 over bytes that come piece by piece.
#pragma once

#include <memory>

#include "base/crypto.hpp"

namespace bw {

/// One thread.
class Sha256Stream {
public:
    Sha256Stream();
    ~Sha256Stream();
    void update(ByteView bytes);
    /// Begins anew afterwards.
    Sha256 finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace bw
