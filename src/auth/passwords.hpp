// Password hashes: argon2id by libsodium. Knows nothing about users.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bw::auth {

constexpr std::size_t password_bytes_limit =
    1024; // longer ones are refused before they cost anything

/// Parameters of new hashes (OWASP's second choice: 19 MiB, two passes, one lane). Old ones keep
/// their own.
struct PasswordCost {
    unsigned long long passes = 2;
    std::size_t memory_bytes = 19 * 1024 * 1024;
};

/// The encoded hash ("$argon2id$v=19$..."), 128 bytes at most. Takes milliseconds and the cost's
/// memory.
Result<std::string> hash_password(std::string_view password, PasswordCost cost = {});
/// Takes as long for a wrong password as for a right one.
bool verify_password(std::string_view hash, std::string_view password);
/// Is it an argon2id hash that verify_password can read?
bool is_password_hash(std::string_view text);
/// A hash of no known password, for the user who does not exist: to look it up must take as long.
const std::string& nobody_hash();

} // namespace bw::auth
