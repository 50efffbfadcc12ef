#include "video/signing.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "base/ensure.hpp"

namespace bw::video {

namespace {

const unsigned char* raw(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(Bytes& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

constexpr int rsa_bits_min = 2048;

} // namespace

std::string to_base64(ByteView bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0'); // and OpenSSL's final zero
    const int size = EVP_EncodeBlock(raw(out), raw(bytes), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

bool same_secret(ByteView a, ByteView b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void HmacSha256::Free::operator()(evp_mac_ctx_st* context) const {
    EVP_MAC_CTX_free(context);
}

HmacSha256::HmacSha256(ByteView key) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(
        EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
    ENSURE(hmac, "OpenSSL has HMAC");
    keyed_.reset(EVP_MAC_CTX_new(hmac.get()));
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    ENSURE(keyed_ && EVP_MAC_init(keyed_.get(), raw(key), key.size(), parameters) == 1,
           "OpenSSL has HMAC-SHA256");
}

Bytes HmacSha256::sign(std::initializer_list<ByteView> parts) const {
    const std::unique_ptr<EVP_MAC_CTX, Free> context(EVP_MAC_CTX_dup(keyed_.get()));
    ENSURE(context, "OpenSSL has memory");
    for (const ByteView part : parts)
        EVP_MAC_update(context.get(), raw(part), part.size());
    Bytes out(32, '\0');
    std::size_t size = 0;
    ENSURE(EVP_MAC_final(context.get(), raw(out), &size, out.size()) == 1 && size == out.size(),
           "a MAC of SHA-256 has 32 bytes");
    return out;
}

void Md5AfterSecret::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Md5AfterSecret::Md5AfterSecret(ByteView secret) : begun_(EVP_MD_CTX_new()) {
    ENSURE(begun_ && EVP_DigestInit_ex(begun_.get(), EVP_md5(), nullptr) == 1 &&
               EVP_DigestUpdate(begun_.get(), secret.data(), secret.size()) == 1,
           "OpenSSL has MD5");
}

Bytes Md5AfterSecret::digest(std::initializer_list<ByteView> parts) const {
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    ENSURE(context && EVP_MD_CTX_copy_ex(context.get(), begun_.get()) == 1, "OpenSSL has memory");
    for (const ByteView part : parts)
        EVP_DigestUpdate(context.get(), part.data(), part.size());
    Bytes out(16, '\0');
    EVP_DigestFinal_ex(context.get(), raw(out), nullptr);
    return out;
}

void RsaSigner::FreeKey::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}
void RsaSigner::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Result<RsaSigner> RsaSigner::from_pem(std::string_view pem, Hash hash) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    RsaSigner out;
    // A key under a passphrase is refused; without the callback OpenSSL would ask the terminal.
    out.key_.reset(PEM_read_bio_PrivateKey(
        bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
    ERR_clear_error();
    if (!out.key_ || EVP_PKEY_get_base_id(out.key_.get()) != EVP_PKEY_RSA)
        return fail(Code::invalid_field, "it holds no RSA private key in PEM without a passphrase");
    if (EVP_PKEY_get_bits(out.key_.get()) < rsa_bits_min)
        return fail(Code::invalid_field, "the RSA key has fewer than 2048 bits");
    out.begun_.reset(EVP_MD_CTX_new());
    ENSURE(out.begun_ && EVP_DigestSignInit(out.begun_.get(), nullptr,
                                            hash == Hash::sha1 ? EVP_sha1() : EVP_sha256(), nullptr,
                                            out.key_.get()) == 1,
           "OpenSSL signs with RSA");
    return out;
}

Bytes RsaSigner::sign(ByteView message) const {
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    ENSURE(context && EVP_MD_CTX_copy_ex(context.get(), begun_.get()) == 1, "OpenSSL has memory");
    Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = out.size();
    ENSURE(EVP_DigestSign(context.get(), raw(out), &size, raw(message), message.size()) == 1,
           "a key that was read signs");
    out.resize(size);
    return out;
}

} // namespace bw::video
