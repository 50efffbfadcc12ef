#include "mail/outbox.hpp"

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"
#include "mail/mail_sql.hpp"

namespace bw::mail {

namespace {

constexpr std::size_t field_bytes_limit = 64 * 1024;

Bytes payload_of(const Message& message) {
    JsonWriter json;
    json.object()
        .member("to", message.to)
        .member("subject", message.subject)
        .member("text", message.text)
        .end();
    return json.take();
}

Result<Message> message_from(ByteView payload) {
    const JsonObject json = TRY(JsonObject::parse(payload, {"to", "subject", "text"}));
    return Message{TRY(json.string("to", field_bytes_limit)),
                   TRY(json.text("subject", field_bytes_limit)),
                   TRY(json.text("text", field_bytes_limit))};
}

void add(pg::Params& params, const Reply& reply) {
    if (reply.code)
        params.int4(*reply.code);
    else
        params.null();
    params.optional_text(reply.status);
}

std::vector<Uuid> uuids(const std::vector<MailId>& mails) {
    std::vector<Uuid> out;
    for (MailId mail : mails)
        out.push_back(mail.uuid);
    return out;
}

std::optional<State> state_from(std::string_view name) {
    for (State state : {State::queued, State::sent, State::refused, State::expired})
        if (wire_name(state) == name)
            return state;
    return std::nullopt;
}

} // namespace

std::string_view wire_name(State state) {
    switch (state) {
    case State::queued:
        return "queued";
    case State::sent:
        return "sent";
    case State::refused:
        return "refused";
    case State::expired:
        return "expired";
    }
    ensure_failed("wire_name", "a mail's state without a wire name");
}

Result<MailId> enqueue(tenancy::TenantTx& tx, const Draft& draft, const audit::SubjectKeys& keys,
                       const Clock& clock, Rng& rng) {
    CHECK_OK(check_address(draft.to, "to"));
    const Instant now = clock.now();
    const MailId id = MailId::make(now, rng);
    const Message message =
        find_template(draft.template_name, draft.language).render(draft.to, draft.parameters);
    // A mail for nobody in the roster is its own subject.
    const UserId subject = draft.person.value_or(UserId{id.uuid});
    const auto key = TRY(keys.of(tx, subject, now, rng));
    if (!key)
        return fail(Code::conflict, "this person has been erased; nothing is sent to them");
    pg::Params params;
    params.id(id).id(subject);
    if (draft.person)
        params.id(*draft.person);
    else
        params.null();
    params.text(draft.template_name)
        .bytes(seal(*key, payload_of(message), view(id.uuid), rng))
        .instant(now)
        .instant(now + draft.lifetime);
    TRY(tx.run(sql::enqueue, params));
    return id;
}

Result<Claim> claim(tenancy::TenantTx& tx, const std::vector<MailId>& mails, Instant now,
                    Instant lease_until, const audit::SubjectKeys& keys) {
    pg::Params params;
    params.uuids(uuids(mails)).instant(now).instant(lease_until);
    const pg::Rows rows = TRY(tx.run(sql::claim, params));
    Claim claim;
    for (int row = 0; row < rows.count(); ++row) {
        const auto id = rows.id<MailId>(row, 0);
        const auto key = TRY(
            keys.unwrap(tx.tenant(), rows.id<UserId>(row, 1),
                        rows.is_null(row, 5) ? std::nullopt : std::optional(rows.bytes(row, 5))));
        const auto payload =
            key ? unseal(*key, rows.bytes(row, 2), view(id.uuid)) : std::optional<Bytes>();
        if (!payload) {
            claim.unreadable.push_back(id);
            continue;
        }
        claim.mails.push_back({id, TRY(message_from(*payload)), rows.instant(row, 3),
                               static_cast<int>(rows.int8(row, 4))});
    }
    return claim;
}

Result<void> finish(tenancy::TenantTx& tx, MailId mail, State state, const Reply& reply,
                    Instant now) {
    ENSURE(state != State::queued, "a queued mail has not ended");
    pg::Params params;
    params.id(mail).text(wire_name(state));
    add(params, reply);
    params.instant(now);
    TRY(tx.run(sql::finish, params));
    return {};
}

Result<void> postpone(tenancy::TenantTx& tx, MailId mail, Instant due_at, const Reply& reply) {
    pg::Params params;
    params.id(mail).instant(due_at);
    add(params, reply);
    TRY(tx.run(sql::postpone, params));
    return {};
}

Result<void> hand_back(tenancy::TenantTx& tx, const std::vector<MailId>& mails, Instant due_at) {
    pg::Params params;
    params.uuids(uuids(mails)).instant(due_at);
    TRY(tx.run(sql::hand_back, params));
    return {};
}

Result<std::optional<Progress>> read_mail(tenancy::TenantTx& tx, MailId mail) {
    pg::Params params;
    params.id(mail);
    const pg::Rows rows = TRY(tx.run(sql::read_mail, params));
    if (rows.empty())
        return std::optional<Progress>();
    const auto state = state_from(rows.text(0, 0));
    if (!state)
        return fail(Code::corrupt, "a mail's state that this program does not know");
    Progress progress{
        std::string(rows.text(0, 5)), *state, static_cast<int>(rows.int8(0, 1)), {}, std::nullopt};
    if (!rows.is_null(0, 2))
        progress.reply.code = static_cast<int>(rows.int8(0, 2));
    if (auto status = rows.optional_text(0, 3))
        progress.reply.status = std::string(*status);
    if (!rows.is_null(0, 4))
        progress.ended_at = rows.instant(0, 4);
    return std::optional(progress);
}

} // namespace bw::mail
