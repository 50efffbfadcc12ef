// Checksums that clients announce (tus 1.0.0, Checksum): of several kinds, over bytes that come
// piece by piece.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace bw::files {

/// The names that Upload-Checksum knows here.
constexpr std::string_view checksum_algorithms = "sha256,sha1,md5";

/// One thread.
class Digest {
public:
    /// nullopt: no algorithm of ours.
    static std::optional<Digest> make(std::string_view algorithm);
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;

    std::size_t bytes() const; // of its outcome
    void update(ByteView bytes);
    Bytes finish(); // the last call

private:
    struct State;
    explicit Digest(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace bw::files
