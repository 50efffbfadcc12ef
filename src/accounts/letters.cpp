#include "accounts/letters.hpp"

#include <fmt/format.h>

#include "mail/outbox.hpp"

namespace bw::accounts {

namespace {

constexpr std::string_view page = "/password";

/// RFC 3986: everything but unreserved characters as %XX.
std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

/// When it ends, as people read it; in UTC, which the text says.
std::string moment(Instant at) {
    std::string text = to_rfc3339(at).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

} // namespace

Institution Origins::of(const tenancy::TenantInfo& tenant) const {
    std::string host = tenant.slug + "." + base_host, origin = form;
    for (const std::string& own : tenant.hosts)
        if (own.find('.') != std::string::npos) {
            host = own;
            break;
        }
    if (const std::size_t at = origin.find("{host}"); at != std::string::npos)
        origin.replace(at, 6, host);
    return {tenant.scope, tenant.name, tenant.locale.substr(0, 2), origin};
}

std::string link_with_token(const Institution& place, std::string_view token) {
    return fmt::format("{}{}#token={}", place.origin, page, token);
}

std::string link_with_code(const Institution& place, std::string_view username,
                           std::string_view code) {
    return fmt::format("{}{}#username={}&code={}", place.origin, page, escaped(username), code);
}

Result<void> Letters::reset(tenancy::TenantTx& tx, const Institution& place, const Person& person,
                            const Voucher& voucher) const {
    return send(tx, "password_reset", place, person, voucher, lifetime_of(Purpose::reset));
}

Result<void> Letters::invitation(tenancy::TenantTx& tx, const Institution& place,
                                 const Person& person, const Voucher& voucher) const {
    return send(tx, "invitation", place, person, voucher, 3 * 24h);
}

Result<void> Letters::changed(tenancy::TenantTx& tx, const Institution& place,
                              const Person& person) const {
    return send(tx, "password_changed", place, person, std::nullopt, 24h);
}

Result<void> Letters::send(tenancy::TenantTx& tx, std::string_view name, const Institution& place,
                           const Person& person, std::optional<Voucher> voucher,
                           Duration lifetime) const {
    // What the roster holds may be no address at all: nothing is sent there, and nothing else
    // fails.
    if (!person.email || !mail::check_address(*person.email, ""))
        return {};
    mail::Parameters parameters{{"institution", place.name}, {"username", person.username}};
    if (voucher) {
        parameters.emplace("link", link_with_token(place, voucher->secret));
        parameters.emplace("until", moment(voucher->expires_at));
    }
    auto sent = mail::enqueue(
        tx, {name, place.language, std::move(parameters), *person.email, person.id, lifetime},
        keys_, clock_, rng_);
    if (!sent && sent.error().code != Code::conflict) // conflict: they have been erased
        return std::move(sent).error();
    return {};
}

} // namespace bw::accounts
