// What a provider says about somebody: claims, and whether an ID token may be believed (OpenID
// Connect Core 1.0, sections 3.1.3.6 and 3.1.3.7). Its signature is jose.hpp's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "federation/jose.hpp"

namespace bw::federation {

/// The members of a JSON object that are texts, truths, whole numbers or lists of texts; others are
/// left out.
class Claims {
public:
    /// unauthenticated: no JSON object, a member that stands twice, more than 200 members, or a
    /// text longer than 2,000 bytes.
    static Result<Claims> parse(std::string_view json);

    std::optional<std::string> text(std::string_view name) const;
    std::optional<std::int64_t>
    number(std::string_view name) const; // NumericDate may have decimals
    /// One text, or a list of them.
    std::vector<std::string> texts(std::string_view name) const;
    bool has(std::string_view name) const { return members_.contains(name); }
    /// true, or what some providers write instead: "true", "1", 1.
    bool holds(std::string_view name) const;
    /// Takes over what is not here yet.
    void add(const Claims& others);

private:
    using Value = std::variant<std::string, bool, std::int64_t, std::vector<std::string>>;
    std::map<std::string, Value, std::less<>> members_;
};

/// What an ID token must say to be ours.
struct ExpectedToken {
    std::string issuer, client_id, nonce;
    std::optional<std::string> access_token; // that came with it: at_hash is of it, if present
    Instant now;
};
constexpr Duration clock_skew = 60s, id_token_age_max = 15min;

/// unauthenticated unless the token was made by this issuer (exactly), for this client alone or
/// with us as its authorized party, now, and for the sign-in with this nonce.
Result<void> check_id_token(const Claims& claims, Algorithm algorithm,
                            const ExpectedToken& expected);

} // namespace bw::federation
