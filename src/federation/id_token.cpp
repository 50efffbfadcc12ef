#include "federation/id_token.hpp"

#include <openssl/evp.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace bw::federation {

namespace {

constexpr std::size_t members_limit = 200, text_bytes_limit = 2'000, list_items_limit = 100,
                      subject_bytes_limit = 255;

Error refused(const char* why) {
    return fail(Code::unauthenticated, why);
}

/// The left half of a hash, as at_hash has it: SHA-256, for Ed25519 SHA-512.
std::string half_hash(std::string_view text, Algorithm algorithm) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size,
               algorithm == Algorithm::eddsa ? EVP_sha512() : EVP_sha256(), nullptr);
    return to_base64url({reinterpret_cast<const char*>(digest.data()), size / 2});
}

} // namespace

Result<Claims> Claims::parse(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
        return refused("the provider's claims are no JSON object");
    Claims out;
    std::size_t members = 0;
    std::map<std::string_view, bool> seen;
    for (auto [name, value] : object) {
        if (!seen.emplace(name, true).second)
            return refused("a claim stands twice");
        if (++members > members_limit)
            return refused("there are too many claims");
        if (std::string_view text; value.get(text) == simdjson::SUCCESS) {
            if (text.size() > text_bytes_limit)
                return refused("a claim is too long");
            out.members_.emplace(name, std::string(text));
        } else if (bool truth = false; value.get(truth) == simdjson::SUCCESS) {
            out.members_.emplace(name, truth);
        } else if (std::int64_t whole = 0; value.get(whole) == simdjson::SUCCESS) {
            out.members_.emplace(name, whole);
        } else if (double number = 0; value.get(number) == simdjson::SUCCESS) {
            if (std::abs(number) < 9e15)
                out.members_.emplace(name, static_cast<std::int64_t>(std::floor(number)));
        } else if (simdjson::dom::array list; value.get(list) == simdjson::SUCCESS) {
            std::vector<std::string> texts;
            for (simdjson::dom::element item : list)
                if (std::string_view one; item.get(one) == simdjson::SUCCESS &&
                                          one.size() <= text_bytes_limit &&
                                          texts.size() < list_items_limit)
                    texts.emplace_back(one);
            out.members_.emplace(name, std::move(texts));
        }
    }
    return out;
}

std::optional<std::string> Claims::text(std::string_view name) const {
    const auto at = members_.find(name);
    if (at == members_.end())
        return std::nullopt;
    const auto* text = std::get_if<std::string>(&at->second);
    return text ? std::optional(*text) : std::nullopt;
}

std::optional<std::int64_t> Claims::number(std::string_view name) const {
    const auto at = members_.find(name);
    if (at == members_.end())
        return std::nullopt;
    const auto* number = std::get_if<std::int64_t>(&at->second);
    return number ? std::optional(*number) : std::nullopt;
}

std::vector<std::string> Claims::texts(std::string_view name) const {
    const auto at = members_.find(name);
    if (at == members_.end())
        return {};
    if (const auto* list = std::get_if<std::vector<std::string>>(&at->second))
        return *list;
    if (const auto* text = std::get_if<std::string>(&at->second))
        return {*text};
    if (const auto* number = std::get_if<std::int64_t>(&at->second))
        return {std::to_string(*number)}; // some number their institutions
    return {};
}

bool Claims::holds(std::string_view name) const {
    const auto at = members_.find(name);
    if (at == members_.end())
        return false;
    if (const auto* truth = std::get_if<bool>(&at->second))
        return *truth;
    if (const auto* number = std::get_if<std::int64_t>(&at->second))
        return *number == 1;
    const auto* text = std::get_if<std::string>(&at->second);
    return text && (*text == "true" || *text == "1");
}

void Claims::add(const Claims& others) {
    for (const auto& [name, value] : others.members_)
        members_.try_emplace(name, value);
}

Result<void> check_id_token(const Claims& claims, Algorithm algorithm,
                            const ExpectedToken& expected) {
    if (claims.text("iss") != expected.issuer)
        return refused("the ID token is another issuer's");
    const auto subject = claims.text("sub");
    if (!subject || subject->empty() || subject->size() > subject_bytes_limit ||
        std::ranges::any_of(*subject, [](unsigned char c) { return c < ' ' || c > '~'; }))
        return refused("the ID token's sub is no short ASCII text");
    const auto audiences = claims.texts("aud");
    if (std::ranges::find(audiences, expected.client_id) == audiences.end())
        return refused("the ID token is for another audience");
    if (claims.has("azp") ? claims.text("azp") != expected.client_id : audiences.size() != 1)
        return refused("the ID token is for another authorized party");
    const auto issued = claims.number("iat"), expires = claims.number("exp");
    if (!issued || !expires)
        return refused("the ID token does not say when it was issued and expires");
    using std::chrono::seconds;
    const std::int64_t now = expected.now.ms / 1000,
                       skew = std::chrono::duration_cast<seconds>(clock_skew).count(),
                       age = std::chrono::duration_cast<seconds>(id_token_age_max).count();
    if (*expires <= now - skew)
        return refused("the ID token has expired");
    if (*issued > now + skew)
        return refused("the ID token is from the future; the clocks here and there differ");
    if (*issued < now - age - skew)
        return refused("the ID token is old");
    if (auto not_before = claims.number("nbf"); not_before && *not_before > now + skew)
        return refused("the ID token is not valid yet; the clocks here and there differ");
    if (claims.text("nonce") != expected.nonce)
        return refused("the ID token is of another sign-in");
    if (claims.has("at_hash") &&
        (!expected.access_token ||
         claims.text("at_hash") != half_hash(*expected.access_token, algorithm)))
        return refused("the access token is not the one that belongs to the ID token");
    return {};
}

} // namespace bw::federation
