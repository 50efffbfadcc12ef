#include "accounts/password_desk.hpp"

#include <fmt/format.h>

#include "audit/audit.hpp"
#include "auth/credentials.hpp"
#include "auth/sessions.hpp"

namespace bw::accounts {

namespace {

constexpr std::string_view new_field = "/new_password";

/// One text for all: unknown name, wrong code, ended, used, too many tries.
Error refused() {
    return fail(
        Code::forbidden,
        "this link or code does not count, or not for this name, or not any more; ask for a "
        "new one (after many wrong tries of class codes with this name a card still counts)");
}

} // namespace

Result<PasswordRules> PasswordDesk::rules(tenancy::TenantTx& tx, const Institution& place) const {
    return PasswordRules{TRY(password_policy(tx)), place.name, parts_.breached};
}

/// The end of all that was open, the event, a letter about it, and last the password and the end of
/// all sessions. The person is locked.
Result<Changed> PasswordDesk::set(tenancy::TenantTx& tx, const Institution& place,
                                  const Person& person, const std::string& hash,
                                  std::string_view actor, const std::string& details) const {
    const Instant now = parts_.clock.now();
    CHECK_OK(end_vouchers(tx, person.id, now));
    CHECK_OK(forget_tries(tx, parts_.macs, {person.username}));
    const std::string subject = person.id.text();
    CHECK_OK(
        audit::record(tx, {actor, "password.changed", subject, details}, parts_.clock, parts_.rng));
    CHECK_OK(parts_.letters.changed(tx, place, person));
    const auth::PasswordChange change = TRY(auth::set_password(tx, person.id, hash, now));
    return Changed{person.id, person.roles, change.epoch};
}

Result<Changed> PasswordDesk::change(tenancy::Database& database, const Institution& place,
                                     UserId id, AuthSessionId session, const std::string& current,
                                     const std::string& next, Deadline deadline) const {
    if (const auto wait = TRY(count_try(database, place.scope, parts_.macs, change_tries, id.text(),
                                        parts_.clock.now(), deadline))) {
        Error error = fail(Code::quota_exceeded,
                           "too many wrong passwords; wait, or have a link sent to you");
        error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(*wait);
        return error;
    }
    std::optional<Person> person;
    std::optional<auth::OwnCredential> old;
    const PasswordRules asked = TRY(
        database.run(place.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<PasswordRules> {
            person = TRY(person_by_id(tx, id));
            old = TRY(auth::credential_of(tx, id));
            return rules(tx, place);
        }));
    if (!person || !old)
        return fail(Code::conflict,
                    "you have no password to change; ask for a link or a code to choose one");
    if (!auth::verify_password(old->password_hash, current))
        return fail(Code::invalid_field, "this is not your password", "/current_password");
    if (next == current)
        return fail(Code::invalid_field, "choose another: this is the one you have",
                    std::string(new_field));
    CHECK_OK(check_password(next, *person, asked, std::string(new_field)));
    const std::string hash = TRY(auth::hash_password(next, parts_.cost));
    return database.run(place.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Changed> {
        CHECK_OK(auth::lock_person(tx, id));
        const auto now = TRY(auth::credential_of(tx, id));
        if (!now || now->password_hash != old->password_hash)
            return fail(Code::conflict, "your password was changed at the same moment, by somebody "
                                        "else or on another device; sign in again");
        CHECK_OK(forget_tries(tx, parts_.macs, {id.text()}));
        const auto shared_until = TRY(auth::shared_until( // before it ends
            tx, session,
            parts_.clock.now() + std::chrono::minutes(asked.policy.shared_device_minutes)));
        Changed changed = TRY(set(tx, place, *person, hash, id.text(), R"({"by": "password"})"));
        changed.shared_until = shared_until;
        return changed;
    });
}

Result<Changed> PasswordDesk::choose(tenancy::Database& database, const Institution& place,
                                     const Bearer& bearer, const std::string& next,
                                     Deadline deadline) const {
    // Tokens cannot be guessed, nor cards: an account of them that strangers could fill would only
    // shut their owner out. A class's code is short.
    const bool counted =
        bearer.token.text().empty() && bearer.code.text().size() == class_code_chars;
    const bool within =
        !counted || !TRY(count_try(database, place.scope, parts_.macs, class_code_tries,
                                   bearer.username, parts_.clock.now(), deadline));
    std::optional<Person> person;
    std::optional<Opened> opened;
    const PasswordRules asked = TRY(
        database.run(place.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<PasswordRules> {
            const Instant now = parts_.clock.now();
            if (bearer.token.text().empty()) {
                person = TRY(person_by_name(tx, bearer.username));
                opened = TRY(find_by_code(tx, parts_.macs,
                                          person ? std::optional(person->id) : std::nullopt,
                                          bearer.code.text(), now));
            } else if ((opened = TRY(find_by_link(tx, parts_.macs, bearer.token.text(), now)))) {
                person = TRY(person_by_id(tx, opened->person));
            }
            return rules(tx, place);
        }));
    if (!within || !person || !opened)
        return refused();
    CHECK_OK(check_password(next, *person, asked, std::string(new_field)));
    const std::string hash = TRY(auth::hash_password(next, parts_.cost));
    return database.run(place.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Changed> {
        CHECK_OK(auth::lock_person(tx, person->id));
        if (!TRY(use_up(tx, *opened, parts_.clock.now())))
            return refused();
        const std::string details =
            opened->voucher
                ? fmt::format(R"({{"by": "voucher", "voucher_id": "{}"}})", opened->voucher->text())
                : fmt::format(R"({{"by": "class_code", "class_code_id": "{}"}})",
                              opened->class_code->text());
        return set(tx, place, *person, hash, person->id.text(), details);
    });
}

Result<std::vector<Person>> PasswordDesk::asked_for(tenancy::Database& database,
                                                    const Institution& place, const Asked& asked,
                                                    Deadline deadline) const {
    const std::string& name = asked.username.empty() ? asked.address : asked.username;
    const bool within = !TRY(count_try(database, place.scope, parts_.macs, mail_tries, name,
                                       parts_.clock.now(), deadline));
    std::vector<Person> found = TRY(database.run(
        place.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<std::vector<Person>> {
            if (asked.username.empty())
                return persons_by_mail(tx, asked.address);
            auto person = TRY(person_by_name(tx, asked.username));
            return person ? std::vector{*std::move(person)} : std::vector<Person>();
        }));
    std::erase_if(found, [&](const Person& person) { return !within || !person.email; });
    return found;
}

Result<void> PasswordDesk::send_reset(tenancy::Database& database, const Institution& place,
                                      const Person& person, Deadline deadline) const {
    return database.run(place.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<void> {
        const Voucher voucher = TRY(make_voucher(tx, parts_.macs, person.id, Purpose::reset,
                                                 std::nullopt, parts_.clock, parts_.rng));
        CHECK_OK(parts_.letters.reset(tx, place, person, voucher));
        const std::string subject = person.id.text();
        return audit::record(tx, {"anybody", "password.reset_asked", subject, "{}"}, parts_.clock,
                             parts_.rng);
    });
}

} // namespace bw::accounts
