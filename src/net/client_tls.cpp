#include "net/client_tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/ensure.hpp"

namespace bw::net {

namespace {

std::string last_error() {
    const unsigned long code = ::ERR_get_error();
    const char* reason = code ? ::ERR_reason_error_string(code) : nullptr;
    ::ERR_clear_error();
    return reason ? reason : "unknown reason";
}

bool is_numeric(const std::string& host) {
    std::array<unsigned char, 16> bytes;
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

} // namespace

Result<std::shared_ptr<const TlsTrust>> TlsTrust::load(const std::string& authorities_file) {
    ssl_ctx_st* context = ::SSL_CTX_new(::TLS_client_method());
    ENSURE(context, "OpenSSL has no memory");
    std::shared_ptr<const TlsTrust> out(new TlsTrust(context)); // shared by a client's threads
    ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    ::SSL_CTX_set_alpn_protos(context, http_1_1.data(), http_1_1.size());
    const bool loaded =
        authorities_file.empty()
            ? ::SSL_CTX_set_default_verify_paths(context) == 1
            : ::SSL_CTX_load_verify_locations(context, authorities_file.c_str(), nullptr) == 1;
    if (!loaded)
        return fail(Code::unavailable,
                    "cannot load certificate authorities from " +
                        (authorities_file.empty() ? "the system's store" : authorities_file) +
                        ": " + last_error());
    return out;
}

TlsTrust::~TlsTrust() {
    ::SSL_CTX_free(context_);
}

ClientTls::ClientTls(const TlsTrust& trust, const std::string& host)
    : ssl_(::SSL_new(trust.context_)) {
    ENSURE(ssl_, "OpenSSL has no memory");
    ::SSL_set_bio(ssl_, ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
    X509_VERIFY_PARAM* rules = ::SSL_get0_param(ssl_);
    ::X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                 X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    // Without a name to check any valid certificate would do: that must not happen.
    const bool named = is_numeric(host)
                           ? ::X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1
                           : !host.empty() && ::SSL_set1_host(ssl_, host.c_str()) == 1 &&
                                 ::SSL_set_tlsext_host_name(ssl_, host.c_str()) == 1;
    ENSURE(named, "TLS needs a host that the certificate must be for");
    ::SSL_set_connect_state(ssl_);
}

ClientTls::~ClientTls() {
    ::SSL_free(ssl_);
}

/// True: go on, perhaps with more bytes.
bool ClientTls::check(int outcome) {
    switch (::SSL_get_error(ssl_, outcome)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return true;
    case SSL_ERROR_ZERO_RETURN:
        ended_ = true;
        failure_ = "the other end closed the session";
        return false;
    default:
        break;
    }
    const long verified = ::SSL_get_verify_result(ssl_);
    failure_ = !ready_ && verified != X509_V_OK ? std::string("the certificate was refused: ") +
                                                      ::X509_verify_cert_error_string(verified)
                                                : "TLS failed: " + last_error();
    return false;
}

bool ClientTls::take(std::string_view from_wire) {
    ::ERR_clear_error();
    if (!from_wire.empty())
        ENSURE(::BIO_write(::SSL_get_rbio(ssl_), from_wire.data(),
                           static_cast<int>(from_wire.size())) ==
                   static_cast<int>(from_wire.size()),
               "a memory BIO takes everything");
    if (!ready_) {
        const int outcome = ::SSL_do_handshake(ssl_);
        if (outcome != 1)
            return check(outcome);
        ENSURE(::SSL_get_verify_result(ssl_) == X509_V_OK, "an unverified session");
        ready_ = true;
    }
    for (;;) {
        std::array<char, 16 * 1024> plain;
        const int n = ::SSL_read(ssl_, plain.data(), static_cast<int>(plain.size()));
        if (n <= 0)
            return check(n);
        received_.append(plain.data(), static_cast<std::size_t>(n));
    }
}

bool ClientTls::send(std::string_view plain) {
    ENSURE(ready_, "nothing is sent before the certificate was verified");
    ::ERR_clear_error();
    const int n = ::SSL_write(ssl_, plain.data(), static_cast<int>(plain.size()));
    return n > 0 || check(n);
}

std::string ClientTls::to_wire() {
    BIO* out = ::SSL_get_wbio(ssl_);
    std::string bytes(::BIO_ctrl_pending(out), '\0');
    if (!bytes.empty())
        ::BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

} // namespace bw::net
