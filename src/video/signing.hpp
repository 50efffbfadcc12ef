// What providers sign with, over OpenSSL. A signer is made once from its secret and keeps what of
// the work does not depend on the message; each use copies that. What is signed is the adapters'
// business.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

struct evp_mac_ctx_st;
struct evp_md_ctx_st;
struct evp_pkey_st;

namespace bw::video {

/// RFC 4648 section 4, with padding.
std::string to_base64(ByteView bytes);
/// In a time that does not depend on where they differ.
bool same_secret(ByteView a, ByteView b);

/// Thread-safe.
class HmacSha256 {
public:
    explicit HmacSha256(ByteView key);
    Bytes sign(std::initializer_list<ByteView> parts) const;

private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const;
    };
    std::unique_ptr<evp_mac_ctx_st, Free> keyed_;
};

/// MD5 over a secret and then the message: what nginx's secure_link computes, and nothing else
/// should. Thread-safe.
class Md5AfterSecret {
public:
    explicit Md5AfterSecret(ByteView secret);
    Bytes digest(std::initializer_list<ByteView> parts) const;

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> begun_;
};

/// PKCS#1 v1.5 signatures. Thread-safe.
class RsaSigner {
public:
    enum class Hash : std::uint8_t { sha1, sha256 };
    /// `pem`: a private key, PKCS#1 or PKCS#8, of 2048 bits or more.
    static Result<RsaSigner> from_pem(std::string_view pem, Hash hash);
    Bytes sign(ByteView message) const;

private:
    struct FreeKey {
        void operator()(evp_pkey_st* key) const;
    };
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    RsaSigner() = default;
    std::unique_ptr<evp_pkey_st, FreeKey> key_;
    std::unique_ptr<evp_md_ctx_st, Free> begun_;
};

} // namespace bw::video
