#include "tenancy/operator_token.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "tenancy/tenancy_sql.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view prefix = "bwop_"; // so that a leaked one is found by a search
constexpr std::size_t name_bytes_limit = 100;

} // namespace

std::optional<Operator> operator_of(std::string_view token,
                                    const std::vector<OperatorCredential>& credentials) {
    const Sha256 hash = sha256(token);
    std::optional<Operator> found;
    for (const OperatorCredential& credential : credentials)
        if (CRYPTO_memcmp(hash.data(), credential.hash.data(), hash.size()) == 0)
            found = credential.who;
    return found;
}

Result<OperatorTokens::Created> OperatorTokens::create(Database& operator_database,
                                                       const std::string& name,
                                                       std::string_view actor, const Clock& clock,
                                                       Rng& rng, Deadline deadline) {
    if (name.empty() || name.size() > name_bytes_limit ||
        !std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; }))
        return fail(Code::invalid_field, "a token's name has 1 to 100 printable ASCII characters",
                    "name");
    Created made{OperatorTokenId::make(clock.now(), rng),
                 std::string(prefix) + to_base64url(view(rng.bytes<32>()))};
    pg::Params params;
    params.id(made.id).text(name).bytes(view(sha256(made.token))).text(actor).instant(clock.now());
    TRY(operator_database.run_plain({{sql::operator_token_create, params}}, deadline));
    return made;
}

Result<std::vector<OperatorTokenRecord>> OperatorTokens::list(Database& operator_database,
                                                              Deadline deadline) {
    pg::Rows rows = std::move(
        TRY(operator_database.run_plain({{sql::operator_token_records, {}}}, deadline)).front());
    std::vector<OperatorTokenRecord> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back({rows.id<OperatorTokenId>(i, 0), std::string(rows.text(i, 1)),
                       rows.instant(i, 2),
                       rows.is_null(i, 3) ? std::nullopt : std::optional(rows.instant(i, 3))});
    return out;
}

Result<void> OperatorTokens::revoke(Database& operator_database, OperatorTokenId id,
                                    std::string_view actor, const Clock& clock, Deadline deadline) {
    pg::Params params;
    params.id(id).text(actor).instant(clock.now());
    if (!TRY(operator_database.run_plain({{sql::operator_token_revoke, params}}, deadline))
             .front()
             .boolean(0, 0))
        return fail(Code::not_found, "there is no such operator token; 'operator-token list' "
                                     "shows them");
    return {};
}

} // namespace bw::tenancy
