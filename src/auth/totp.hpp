// Time-based one-time passwords (RFC 6238 over RFC 4226): HMAC-SHA-1, steps of 30 s, six digits,
// which is what every authenticator app knows. Pure functions: who owns a secret and which step is
// used up, second_factor.hpp knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace bw::auth {

constexpr std::size_t totp_secret_bytes = 20; // RFC 4226 4, R6
constexpr int totp_digits = 6;

std::int64_t totp_step(Instant at);
/// With leading zeros; at most 9 digits.
std::string totp_code(ByteView secret, std::int64_t step, int digits = totp_digits);
/// Of the steps before, at and after `now` the one that has this code. Takes as long for a wrong
/// code as for a right one.
std::optional<std::int64_t> totp_match(ByteView secret, std::string_view code, Instant now);

/// RFC 4648 section 6, without padding.
std::string to_base32(ByteView bytes);
/// What an authenticator app reads from a QR code (Key Uri Format of google-authenticator).
std::string otpauth_uri(std::string_view issuer, std::string_view account, ByteView secret);

} // namespace bw::auth
