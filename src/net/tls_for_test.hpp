// A TLS client and certificates made on the spot, for tests of the server's TLS.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "base/ensure.hpp"
#include "net/raw_client.hpp"

namespace bw::net {

template <auto free_function>
struct FreeIn {
    template <class T>
    void operator()(T* what) const {
        free_function(what);
    }
};
using TestKey = std::unique_ptr<EVP_PKEY, FreeIn<EVP_PKEY_free>>;
using TestSession = std::unique_ptr<SSL_SESSION, FreeIn<SSL_SESSION_free>>;

inline TestKey make_key() {
    return TestKey(EVP_EC_gen("P-256"));
}

/// A self-signed certificate, valid from and until so many seconds from now.
inline std::string make_certificate(EVP_PKEY* key, const std::string& name, long from = -86'400,
                                    long until = 86'400) {
    std::unique_ptr<X509, FreeIn<X509_free>> x(X509_new());
    X509_set_version(x.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(x.get()), until);
    X509_set_pubkey(x.get(), key);
    X509_NAME* subject = X509_get_subject_name(x.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x.get(), subject);
    ENSURE(X509_sign(x.get(), key, EVP_sha256()) > 0, "a certificate cannot be signed");
    std::unique_ptr<BIO, FreeIn<BIO_free>> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), x.get());
    char* text = nullptr;
    long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

inline std::string pem_of(EVP_PKEY* key, const char* password = nullptr) {
    std::unique_ptr<BIO, FreeIn<BIO_free>> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(out.get(), key, password ? EVP_aes_256_cbc() : nullptr, password,
                                  password ? static_cast<int>(std::string(password).size()) : 0,
                                  nullptr, nullptr);
    char* text = nullptr;
    long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

struct TlsClientOptions {
    int version = TLS1_3_VERSION;
    std::string alpn = "\x08http/1.1";
    SSL_SESSION* session = nullptr; // to resume
};

/// Like Raw, under TLS. It trusts everybody.
class TlsClient {
public:
    explicit TlsClient(std::uint16_t port, const TlsClientOptions& options = {})
        : raw_(port), context_(SSL_CTX_new(TLS_client_method())),
          ssl_((SSL_CTX_set_min_proto_version(context_.get(), options.version),
                SSL_CTX_set_max_proto_version(context_.get(), options.version),
                SSL_new(context_.get()))) {
        if (!options.alpn.empty())
            SSL_set_alpn_protos(ssl_.get(),
                                reinterpret_cast<const unsigned char*>(options.alpn.data()),
                                static_cast<unsigned>(options.alpn.size()));
        if (options.session)
            SSL_set_session(ssl_.get(), options.session);
        SSL_set_fd(ssl_.get(), raw_.fd());
        timeval patience{20, 0};
        ::setsockopt(raw_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        connected_ = SSL_connect(ssl_.get()) == 1;
    }

    ~TlsClient() { // else OpenSSL takes the session for broken, and will not resume it
        SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    bool connected() const { return connected_; }
    Raw& raw() { return raw_; }
    SSL* ssl() { return ssl_.get(); }
    TlsClient& send(std::string_view bytes) {
        if (!bytes.empty())
            SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
        return *this;
    }
    /// One whole answer with a Content-Length.
    std::string answer() {
        std::size_t size = std::string::npos;
        for (;;) {
            if (std::size_t end = buffer_.find("\r\n\r\n");
                size == std::string::npos && end != std::string::npos)
                size =
                    end + 4 + std::stoul(buffer_.substr(buffer_.find("Content-Length: ") + 16, 10));
            if (size <= buffer_.size()) {
                std::string out = buffer_.substr(0, size);
                buffer_.erase(0, size);
                return out;
            }
            if (!more())
                return std::exchange(buffer_, {});
        }
    }
    /// Everything until the server says close_notify.
    std::string rest() {
        while (more()) {
        }
        if (SSL_get_shutdown(ssl_.get()) != SSL_RECEIVED_SHUTDOWN)
            buffer_ += "<no close_notify>";
        return std::exchange(buffer_, {});
    }
    bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    /// After an answer: tickets of TLS 1.3 come with the first bytes.
    TestSession session() { return TestSession(SSL_get1_session(ssl_.get())); }
    std::string server_name() {
        std::unique_ptr<X509, FreeIn<X509_free>> x(SSL_get1_peer_certificate(ssl_.get()));
        char name[100] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(x.get()), NID_commonName, name,
                                  sizeof name);
        return name;
    }

private:
    bool more() {
        char bytes[4096];
        int n = SSL_read(ssl_.get(), bytes, sizeof bytes);
        if (n > 0)
            buffer_.append(bytes, static_cast<std::size_t>(n));
        return n > 0;
    }

    Raw raw_;
    std::unique_ptr<SSL_CTX, FreeIn<SSL_CTX_free>> context_;
    std::unique_ptr<SSL, FreeIn<SSL_free>> ssl_;
    std::string buffer_;
    bool connected_ = false;
};

} // namespace bw::net
