#include "net/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>

#include "base/ensure.hpp"

namespace bw::net {

namespace {

/// RFC 5869 with SHA-256.
template <std::size_t N>
void hkdf(const Bytes& secret, std::string info, std::array<std::uint8_t, N>& out) {
    struct Free {
        void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
        void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
    };
    std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    std::unique_ptr<EVP_KDF_CTX, Free> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    std::string digest = "SHA256", key = secret;
    const std::array<OSSL_PARAM, 4> params{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end()};
    bool derived = context && EVP_KDF_derive(context.get(), out.data(), N, params.data()) == 1;
    OPENSSL_cleanse(key.data(), key.size());
    ENSURE(derived, "HKDF failed");
}

void put_be(std::uint64_t value, std::uint8_t* out) {
    for (int i = 0; i < 8; ++i)
        out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

} // namespace

TicketKeys::TicketKeys(Bytes secret, Duration step, int steps_kept)
    : secret_(std::move(secret)),
      step_ms_(std::chrono::duration_cast<std::chrono::milliseconds>(step).count()),
      steps_kept_(static_cast<std::uint64_t>(steps_kept)) {
    ENSURE(secret_.size() >= 32, "a ticket secret has 32 bytes or more");
    ENSURE(step_ms_ > 0 && steps_kept >= 0, "a step is a time");
}

TicketKeys::~TicketKeys() {
    OPENSSL_cleanse(secret_.data(), secret_.size());
}

std::uint64_t TicketKeys::step_at(Instant now) const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms, 0) / step_ms_);
}

TicketKey TicketKeys::derive(std::uint64_t step) const {
    std::array<std::uint8_t, 8> number{};
    put_be(step, number.data());
    std::array<std::uint8_t, 8 + 32 + 32> bytes{};
    hkdf(secret_, "bellwether tls session ticket" + std::string(view(number)), bytes);
    TicketKey key{};
    std::copy_n(number.begin(), 8, key.name.begin());
    std::copy_n(bytes.begin(), 8, key.name.begin() + 8);
    std::copy_n(bytes.begin() + 8, 32, key.cipher_key.begin());
    std::copy_n(bytes.begin() + 40, 32, key.mac_key.begin());
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

TicketKey TicketKeys::current(Instant now) const {
    return derive(step_at(now));
}

std::optional<TicketKey> TicketKeys::find(const std::array<std::uint8_t, 16>& name,
                                          Instant now) const {
    std::uint64_t step = 0;
    for (std::size_t i = 0; i < 8; ++i)
        step = step << 8 | name[i];
    std::uint64_t at = step_at(now);
    if (step > at + 1 || step + steps_kept_ < at)
        return std::nullopt;
    TicketKey key = derive(step);
    if (CRYPTO_memcmp(key.name.data(), name.data(), name.size()) != 0)
        return std::nullopt;
    return key;
}

} // namespace bw::net
