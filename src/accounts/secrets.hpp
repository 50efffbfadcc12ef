// Secrets that let somebody choose a password: links for mail, codes for people's hands, and what
// is kept of either. Who gets one, and for how long it counts, is not decided here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/secret_box.hpp"

namespace bw::accounts {

/// What codes are written with: no vowels, so that no word comes of it, and nothing that is taken
/// for something else in print or handwriting (0 O 1 I L U V).
constexpr std::string_view code_letters = "23456789BCDFGHJKMNPQRSTWXYZ";
constexpr std::size_t class_code_chars = 6;   // 28 bits: for minutes, and only for who is opened
constexpr std::size_t person_code_chars = 10; // 47 bits: for weeks, however often it is tried

/// Each letter as likely as any other.
std::string make_code(std::size_t chars, Rng& rng);
/// As it was meant: capitals, without blanks and dashes. nullopt: no code of either length.
std::optional<std::string> read_code(std::string_view typed);
/// "BCDFG-HJKMN", "BCD-FGH": as people copy it.
std::string shown_code(std::string_view code);

/// "bwl_" and 256 random bits in base64url.
std::string make_link_token(Rng& rng);
bool is_link_token(std::string_view text);

/// Keyed by a key of the installation that the database does not have: a short code cannot be found
/// by trying all of them on a stolen copy. Thread-safe.
class SecretMacs {
public:
    explicit SecretMacs(const SecretKey& key) : key_(key) {}
    ~SecretMacs();
    SecretMacs(const SecretMacs&) = default;
    SecretMacs& operator=(const SecretMacs&) = delete;

    Sha256 of_link(TenantId tenant, std::string_view token) const;
    Sha256 of_person_code(TenantId tenant, UserId person, std::string_view code) const;
    Sha256 of_class_code(TenantId tenant, std::string_view code) const;
    /// Where tries of a name are counted: one of `cells`.
    std::int32_t cell_of(TenantId tenant, std::string_view name) const;
    static constexpr std::int32_t cells = 1 << 16;

private:
    Sha256 mac(std::string_view purpose, TenantId tenant, ByteView person, ByteView secret) const;
    SecretKey key_;
};

} // namespace bw::accounts
