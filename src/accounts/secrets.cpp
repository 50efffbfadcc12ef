#include "accounts/secrets.hpp"

#include <sodium.h>

#include "base/keyed_hash.hpp"

namespace bw::accounts {

namespace {

constexpr std::string_view link_prefix = "bwl_";
constexpr std::size_t link_bytes = 32;

char capital(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

} // namespace

std::string make_code(std::size_t chars, Rng& rng) {
    // The largest multiple of the alphabet's size that a byte holds: beyond it, throw again.
    constexpr std::size_t fair = 256 / code_letters.size() * code_letters.size();
    std::string code;
    while (code.size() < chars)
        if (const std::uint8_t byte = rng.bytes<1>()[0]; byte < fair)
            code += code_letters[byte % code_letters.size()];
    return code;
}

std::optional<std::string> read_code(std::string_view typed) {
    std::string code;
    for (char c : typed) {
        if (c == ' ' || c == '-')
            continue;
        if (!code_letters.contains(capital(c)) || code.size() == person_code_chars)
            return std::nullopt;
        code += capital(c);
    }
    if (code.size() != class_code_chars && code.size() != person_code_chars)
        return std::nullopt;
    return code;
}

std::string shown_code(std::string_view code) {
    const std::size_t half = code.size() / 2;
    return std::string(code.substr(0, half)) + "-" + std::string(code.substr(half));
}

std::string make_link_token(Rng& rng) {
    return std::string(link_prefix) + to_base64url(view(rng.bytes<link_bytes>()));
}

bool is_link_token(std::string_view text) {
    if (!text.starts_with(link_prefix))
        return false;
    const auto bytes = from_base64url(text.substr(link_prefix.size()));
    return bytes && bytes->size() == link_bytes;
}

SecretMacs::~SecretMacs() {
    sodium_memzero(key_.data(), key_.size());
}

Sha256 SecretMacs::mac(std::string_view purpose, TenantId tenant, ByteView person,
                       ByteView secret) const {
    // A purpose ends in a line end, and what follows it has one length.
    return keyed_hash<sizeof(Sha256)>(key_, {purpose, view(tenant.uuid), person, secret});
}

Sha256 SecretMacs::of_link(TenantId tenant, std::string_view token) const {
    return mac("bellwether password link v1\n", tenant, {}, token);
}

Sha256 SecretMacs::of_person_code(TenantId tenant, UserId person, std::string_view code) const {
    return mac("bellwether person's code v1\n", tenant, view(person.uuid), code);
}

Sha256 SecretMacs::of_class_code(TenantId tenant, std::string_view code) const {
    return mac("bellwether class code v1\n", tenant, {}, code);
}

std::int32_t SecretMacs::cell_of(TenantId tenant, std::string_view name) const {
    const Sha256 hash = mac("bellwether tries v1\n", tenant, {}, name);
    return static_cast<std::int32_t>(get_le<std::uint32_t>(view(hash)) % cells);
}

} // namespace bw::accounts
