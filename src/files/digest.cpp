#include "files/digest.hpp"

#include <openssl/evp.h>

#include "base/ensure.hpp"

namespace bw::files {

struct Digest::State {
    struct Free {
        void operator()(EVP_MD_CTX* over) const { EVP_MD_CTX_free(over); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

std::optional<Digest> Digest::make(std::string_view algorithm) {
    const EVP_MD* kind = algorithm == "sha256" ? EVP_sha256()
                         : algorithm == "sha1" ? EVP_sha1()
                         : algorithm == "md5"  ? EVP_md5()
                                               : nullptr;
    if (!kind)
        return std::nullopt;
    auto state = std::make_unique<State>();
    ENSURE(state->context && EVP_DigestInit_ex(state->context.get(), kind, nullptr) == 1,
           "OpenSSL has no such digest");
    return Digest(std::move(state));
}

Digest::Digest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

std::size_t Digest::bytes() const {
    return static_cast<std::size_t>(EVP_MD_CTX_get_size(state_->context.get()));
}

void Digest::update(ByteView bytes) {
    ENSURE(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1,
           "a digest takes any bytes");
}

Bytes Digest::finish() {
    Bytes out(bytes(), '\0');
    ENSURE(EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(out.data()),
                              nullptr) == 1,
           "a digest ends");
    return out;
}

} // namespace bw::files
