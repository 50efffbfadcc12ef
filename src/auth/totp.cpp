#include "auth/totp.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "base/ensure.hpp"
#include "base/percent.hpp"

namespace bw::auth {

namespace {

constexpr std::int64_t step_ms = 30'000;

} // namespace

std::int64_t totp_step(Instant at) {
    return at.ms / step_ms;
}

std::string totp_code(ByteView secret, std::int64_t step, int digits) {
    std::array<unsigned char, 8> counter;
    for (std::size_t i = 0; i < counter.size(); ++i)
        counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
    std::array<unsigned char, 20> mac;
    unsigned int written = 0;
    const bool done = HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
                           counter.data(), counter.size(), mac.data(), &written) != nullptr;
    ENSURE(done && written == mac.size(), "HMAC-SHA-1 has 20 bytes");
    const std::size_t at = mac.back() & 0xf; // RFC 4226 5.3: dynamic truncation
    std::uint32_t number = mac[at] & 0x7fU;
    for (std::size_t i = 1; i < 4; ++i)
        number = number << 8 | mac[at + i];
    std::string code(static_cast<std::size_t>(digits), '0');
    for (std::size_t i = code.size(); i-- > 0; number /= 10)
        code[i] = static_cast<char>('0' + number % 10);
    return code;
}

std::optional<std::int64_t> totp_match(ByteView secret, std::string_view code, Instant now) {
    std::optional<std::int64_t> found;
    for (std::int64_t step = totp_step(now) - 1; step <= totp_step(now) + 1; ++step) {
        const std::string right = totp_code(secret, step);
        if (code.size() == right.size() &&
            sodium_memcmp(code.data(), right.data(), right.size()) == 0)
            found = step;
    }
    return found;
}

std::string to_base32(ByteView bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    auto put = [&] { out += letters[(held >> bits) & 31]; };
    for (char c : bytes) {
        held = (held << 8 | static_cast<unsigned char>(c)) & 0xfff;
        for (bits += 8; bits >= 5;) {
            bits -= 5;
            put();
        }
    }
    if (bits > 0) {
        held <<= 5 - bits;
        bits = 0;
        put();
    }
    return out;
}

std::string otpauth_uri(std::string_view issuer, std::string_view account, ByteView secret) {
    return "otpauth://totp/" + percent_encoded(issuer) + ":" + percent_encoded(account) +
           "?secret=" + to_base32(secret) + "&issuer=" + percent_encoded(issuer) +
           "&algorithm=SHA1&digits=6&period=30";
}

} // namespace bw::auth
