// Certificates for tests: an authority made on the spot, and what it signs. Header-only; for test
// programs alone.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/ensure.hpp"

namespace bw::net {

class TestAuthority {
public:
    struct Wanted {
        std::string alt_names = "DNS:localhost,IP:127.0.0.1";
        long from_seconds = -3600, to_seconds = 3600; // from now
        bool self_signed = false;
    };

    explicit TestAuthority(std::filesystem::path directory)
        : directory_(std::move(directory)), key_(new_key()),
          certificate_(sign("Test authority", key_.get(), {.alt_names = "", .self_signed = true})) {
        write(file(), certificate_.get(), nullptr);
    }
    std::filesystem::path file() const { return directory_ / "authority.pem"; }

    /// A file with certificate and key.
    std::filesystem::path issue(const std::string& name, const Wanted& wanted) {
        Key key = new_key();
        Certificate certificate = sign(name, key.get(), wanted);
        std::filesystem::path path = directory_ / (name + ".pem");
        write(path, certificate.get(), key.get());
        return path;
    }

private:
    using Key = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
    using Certificate = std::unique_ptr<X509, decltype(&::X509_free)>;

    static Key new_key() { return {::EVP_EC_gen("P-256"), &::EVP_PKEY_free}; }

    Certificate sign(const std::string& name, EVP_PKEY* key, const Wanted& wanted) {
        Certificate out(::X509_new(), &::X509_free);
        X509* x = out.get();
        ::X509_set_version(x, X509_VERSION_3);
        ::ASN1_INTEGER_set(::X509_get_serialNumber(x), ++serial_);
        ::X509_gmtime_adj(::X509_getm_notBefore(x), wanted.from_seconds);
        ::X509_gmtime_adj(::X509_getm_notAfter(x), wanted.to_seconds);
        ::X509_set_pubkey(x, key);
        ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                     0);
        X509* issuer = wanted.self_signed ? x : certificate_.get();
        ::X509_set_issuer_name(x, ::X509_get_subject_name(issuer));
        if (wanted.alt_names.empty())
            extend(x, issuer, NID_basic_constraints, "critical,CA:TRUE");
        else
            extend(x, issuer, NID_subject_alt_name, wanted.alt_names);
        ENSURE(::X509_sign(x, wanted.self_signed ? key : key_.get(), ::EVP_sha256()) > 0,
               "a test's certificate was not signed");
        return out;
    }
    static void extend(X509* x, X509* issuer, int what, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
        X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
        ENSURE(extension, "a test's certificate has an odd extension");
        ::X509_add_ext(x, extension, -1);
        ::X509_EXTENSION_free(extension);
    }
    static void write(const std::filesystem::path& path, X509* certificate, EVP_PKEY* key) {
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(path.c_str(), "w"),
                                                            &std::fclose);
        ENSURE(out, "cannot write a test's certificate");
        ::PEM_write_X509(out.get(), certificate);
        if (key)
            ::PEM_write_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    }

    std::filesystem::path directory_;
    long serial_ = 0;
    Key key_;
    Certificate certificate_{nullptr, &::X509_free};
};

} // namespace bw::net
