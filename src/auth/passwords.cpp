#include "auth/passwords.hpp"

#include <sodium.h>

#include <array>

#include "auth/hash_arena.hpp"
#include "base/ensure.hpp"

namespace bw::auth {

Result<std::string> hash_password(std::string_view password, PasswordCost cost) {
    std::array<char, crypto_pwhash_STRBYTES> out;
    const HashArena::Use arena(cost.memory_bytes);
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes,
                              cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(Code::unavailable, "out of memory for a password hash");
    return std::string(out.data());
}

bool verify_password(std::string_view hash, std::string_view password) {
    if (hash.size() >= crypto_pwhash_STRBYTES || hash.contains('\0'))
        return false;
    std::array<char, crypto_pwhash_STRBYTES> padded{}; // libsodium reads up to the terminating zero
    hash.copy(padded.data(), hash.size());
    const HashArena::Use arena(PasswordCost{}.memory_bytes);
    return crypto_pwhash_str_verify(padded.data(), password.data(), password.size()) == 0;
}

bool is_password_hash(std::string_view text) {
    if (text.size() >= crypto_pwhash_STRBYTES || !text.starts_with("$argon2id$") ||
        text.contains('\0'))
        return false;
    std::array<char, crypto_pwhash_STRBYTES> padded{};
    text.copy(padded.data(), text.size());
    PasswordCost cost;
    return crypto_pwhash_str_needs_rehash(padded.data(), cost.passes, cost.memory_bytes) != -1;
}

const std::string& nobody_hash() {
    static const std::string hash = [] {
        std::array<char, 32> password;
        randombytes_buf(password.data(), password.size());
        auto made = hash_password({password.data(), password.size()});
        ENSURE(made.has_value(), "no memory for one password hash at start");
        return *made;
    }();
    return hash;
}

} // namespace bw::auth
