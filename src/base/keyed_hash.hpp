// A keyed hash (BLAKE2b): MACs of what others carry about, and lookups of what must not be read
// from a copy of the database. What it is for stands in the first part, so that no hash of one
// purpose is one of another.
#pragma once

#include <initializer_list>
#include <span>

#include "base/bytes.hpp"
#include "base/secret_box.hpp"

namespace bw {

void keyed_hash(const SecretKey& key, std::initializer_list<ByteView> parts,
                std::span<std::uint8_t> out);

/// Of the parts laid end to end: all but one have one length, or an end that cannot lie in them.
template <std::size_t N>
std::array<std::uint8_t, N> keyed_hash(const SecretKey& key,
                                       std::initializer_list<ByteView> parts) {
    std::array<std::uint8_t, N> out;
    keyed_hash(key, parts, out);
    return out;
}

} // namespace bw
