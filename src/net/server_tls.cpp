#include "net/server_tls.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/ensure.hpp"
#include "net/ticket_keys.hpp"

namespace bw::net {

struct TlsContext::Tickets {
    TicketKeys keys;
    const Clock& clock;
    Rng& rng;
};

namespace {

constexpr std::size_t ticket_secret_bytes_min = 32;

template <auto free_function>
struct FreeWith {
    template <class T>
    void operator()(T* what) const {
        free_function(what);
    }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using File = std::unique_ptr<BIO, FreeWith<BIO_free>>;

/// OpenSSL's words for its oldest error, and forgets the rest.
std::string take_error() {
    unsigned long code = ERR_get_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason ? reason : "";
}

// ---- The socket, as OpenSSL sees it: like its own, but a write to a gone client is no SIGPIPE
// ----

int fd_of(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int socket_read(BIO* bio, char* to, int room) {
    BIO_clear_retry_flags(bio);
    auto n = ::recv(fd_of(bio), to, static_cast<std::size_t>(room), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    return static_cast<int>(n);
}

int socket_write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    auto n = ::send(fd_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    return static_cast<int>(n);
}

long socket_control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        ENSURE(made && BIO_meth_set_read(made, socket_read) &&
                   BIO_meth_set_write(made, socket_write) &&
                   BIO_meth_set_ctrl(made, socket_control),
               "out of memory");
        return made;
    }();
    return method;
}

// ---- What is read from files ----

Result<File> open_file(const std::string& path) {
    errno = 0;
    File file(BIO_new_file(path.c_str(), "r"));
    int error = errno;
    if (file)
        return file;
    ERR_clear_error();
    return fail(Code::bad_request, "cannot read " + path + ": " + std::strerror(error), path);
}

Result<Key> load_key(const std::string& path) {
    File file = TRY(open_file(path));
    auto no_password = [](char*, int, int, void*) { return -1; }; // never ask at a terminal
    Key key(PEM_read_bio_PrivateKey(file.get(), nullptr, no_password, nullptr));
    if (!key)
        return fail(Code::bad_request,
                    path + " holds no unencrypted PEM private key: " + take_error(), path);
    return key;
}

Result<void> check_dates(const X509* certificate, const std::string& path, const Clock& clock) {
    std::time_t now = clock.now().ms / 1000;
    if (X509_cmp_time(X509_get0_notBefore(certificate), &now) > 0)
        return fail(Code::bad_request, "the certificate in " + path + " is not valid yet", path);
    if (X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0)
        return fail(Code::bad_request, "the certificate in " + path + " has expired", path);
    return {};
}

Result<void> load_pair(SSL_CTX* context, const TlsOptions& options, const Clock& clock) {
    const std::string& path = options.certificate_file;
    TRY(open_file(path)); // for its words; what follows opens it again
    if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) != 1)
        return fail(Code::bad_request, path + " holds no PEM certificate chain: " + take_error(),
                    path);
    X509* certificate = SSL_CTX_get0_certificate(context);
    CHECK_OK(check_dates(certificate, path, clock));
    Key key = TRY(load_key(options.key_file));
    if (X509_check_private_key(certificate, key.get()) != 1) {
        ERR_clear_error();
        return fail(Code::bad_request,
                    "the key in " + options.key_file + " does not belong to the certificate in " +
                        path,
                    options.key_file);
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return fail(Code::bad_request, options.key_file + " cannot be used: " + take_error(),
                    options.key_file);
    return {};
}

Result<Bytes> load_ticket_secret(const std::string& path, Rng& rng) {
    if (path.empty())
        return Bytes(view(rng.bytes<32>()));
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return fail(Code::bad_request, "cannot read " + path + ": " + std::strerror(errno), path);
    Bytes secret(std::istreambuf_iterator<char>(file), {});
    if (secret.size() < ticket_secret_bytes_min)
        return fail(Code::bad_request, path + " holds fewer than 32 bytes of ticket secret", path);
    return secret;
}

// ---- What OpenSSL calls back for ----

/// HTTP/1.1, or no talk at all (RFC 7301 3.2). Who offers nothing gets HTTP/1.1.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int size, void*) {
    static constexpr std::string_view ours = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    int found = SSL_select_next_proto(&chosen, out_size,
                                      reinterpret_cast<const unsigned char*>(ours.data()),
                                      static_cast<unsigned>(ours.size()), offered, size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

enum TicketAnswer : int { ticket_failed = -1, ticket_none = 0, ticket_good = 1, ticket_renew = 2 };

bool set_mac_key(EVP_MAC_CTX* mac, TicketKey& key) {
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 3> params{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac_key.data(),
                                          key.mac_key.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}

} // namespace

// ---- TlsContext ----

TlsContext::TlsContext() = default;

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsOptions& options,
                                                           const Clock& clock, Rng& rng) {
    ERR_clear_error();
    std::shared_ptr<TlsContext> made(new TlsContext);
    SSL_CTX* context = made->context_ = SSL_CTX_new(TLS_server_method());
    ENSURE(context, "out of memory");
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 2); // RSA of 2048 bits and more
    // Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
    ENSURE(SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
           "OpenSSL without its ciphers");
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // Idle sessions give their buffers back; a write may be continued from a moved buffer.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1); // one recv for a record, not two
    SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
    CHECK_OK(load_pair(context, options, clock));

    made->tickets_.reset(
        new Tickets{.keys = {TRY(load_ticket_secret(options.ticket_secret_file, rng)),
                             options.ticket_step, options.ticket_steps_kept},
                    .clock = clock,
                    .rng = rng});
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets alone: nothing is kept
    static constexpr std::string_view name = "bellwether";
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(name.data()),
                                   name.size());
    SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(
                                     options.ticket_step * (options.ticket_steps_kept + 1))
                                     .count());
    SSL_CTX_set_app_data(context, made->tickets_.get());
    auto ticket_key = [](SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int encrypt) -> int {
        const auto* tickets =
            static_cast<const Tickets*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
        Instant now = tickets->clock.now();
        TicketKey key = tickets->keys.current(now);
        if (encrypt != 0) {
            std::ranges::copy(key.name, name);
            tickets->rng.fill(
                {iv, static_cast<std::size_t>(EVP_CIPHER_get_iv_length(EVP_aes_256_cbc()))});
            bool ready = EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher_key.data(), iv,
                                             nullptr) == 1 &&
                         set_mac_key(mac, key);
            return ready ? ticket_good : ticket_failed;
        }
        std::array<std::uint8_t, 16> asked{};
        std::copy_n(name, asked.size(), asked.begin());
        std::optional<TicketKey> found = tickets->keys.find(asked, now);
        if (!found)
            return ticket_none; // a full handshake, and a new ticket
        bool ready = EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), found->cipher_key.data(), iv,
                                         nullptr) == 1 &&
                     set_mac_key(mac, *found);
        if (!ready)
            return ticket_failed;
        return found->name == key.name ? ticket_good : ticket_renew;
    };
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
    return std::shared_ptr<const TlsContext>(std::move(made));
}

// ---- TlsSession ----

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int fd)
    : context_(std::move(context)), ssl_(SSL_new(context_->context_)) {
    BIO* socket = ssl_ ? BIO_new(socket_method()) : nullptr;
    ENSURE(socket, "out of memory");
    BIO_set_data(socket, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    BIO_set_init(socket, 1);
    SSL_set_bio(ssl_, socket, socket); // takes it
    SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() {
    SSL_free(ssl_);
}

Io TlsSession::outcome(int returned) {
    switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_NONE:
        return {Io::Need::nothing, static_cast<std::size_t>(returned)};
    case SSL_ERROR_WANT_READ:
        return {Io::Need::readable};
    case SSL_ERROR_WANT_WRITE:
        return {Io::Need::writable};
    case SSL_ERROR_ZERO_RETURN:
        return {Io::Need::over};
    default:
        broken_ = true;
        why_ = take_error();
        return {Io::Need::over};
    }
}

Io TlsSession::handshake() {
    ERR_clear_error();
    return outcome(SSL_do_handshake(ssl_));
}

Io TlsSession::read(char* to, std::size_t room) {
    ERR_clear_error();
    return outcome(SSL_read(ssl_, to, static_cast<int>(std::min<std::size_t>(room, 1 << 30))));
}

Io TlsSession::write(const char* from, std::size_t size) {
    ERR_clear_error();
    return outcome(SSL_write(ssl_, from, static_cast<int>(std::min<std::size_t>(size, 1 << 30))));
}

bool TlsSession::pending() const {
    return SSL_has_pending(ssl_) == 1;
}

void TlsSession::close_notify() {
    if (broken_ || SSL_in_init(ssl_))
        return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

} // namespace bw::net
