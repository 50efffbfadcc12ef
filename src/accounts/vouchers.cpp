#include "accounts/vouchers.hpp"

#include "accounts/class_codes_sql.hpp"
#include "accounts/vouchers_sql.hpp"
#include "base/ensure.hpp"

namespace bw::accounts {

namespace {

struct Kind {
    Purpose purpose;
    std::string_view name;
    Duration lifetime;
};
constexpr Kind kinds[] = {{Purpose::reset, "reset", 1h},
                          {Purpose::invitation, "invitation", 14 * 24h},
                          {Purpose::card, "card", 30 * 24h}};

const Kind& kind_of(Purpose purpose) {
    for (const Kind& kind : kinds)
        if (kind.purpose == purpose)
            return kind;
    ensure_failed("kind_of", "a purpose that is not in the table");
}

bool by_mail(Purpose purpose) {
    return purpose == Purpose::reset || purpose == Purpose::invitation;
}

template <class IdType>
pg::Params& optional_id(pg::Params& params, const std::optional<IdType>& id) {
    return id ? params.id(*id) : params.null();
}

pg::Params whom_params(const Invited& whom) {
    pg::Params params;
    if (whom.person)
        params.id(*whom.person);
    else if (whom.section)
        params.id(*whom.section);
    else
        whom.org ? params.uuid(*whom.org) : params.null();
    return params;
}

} // namespace

std::string_view wire_name(Purpose purpose) {
    return kind_of(purpose).name;
}

Duration lifetime_of(Purpose purpose) {
    return kind_of(purpose).lifetime;
}

Result<std::vector<Voucher>> make_vouchers(tenancy::TenantTx& tx, const SecretMacs& macs,
                                           const std::vector<UserId>& persons, Purpose purpose,
                                           std::optional<UserId> made_by, Duration lifetime,
                                           const Clock& clock, Rng& rng) {
    const Instant now = clock.now();
    std::vector<Voucher> made;
    std::vector<tenancy::Step> steps;
    for (UserId person : persons) {
        made.push_back(
            {.id = VoucherId::make(now, rng),
             .secret = by_mail(purpose) ? make_link_token(rng) : make_code(person_code_chars, rng),
             .expires_at = now + lifetime});
        const Sha256 mac = by_mail(purpose)
                               ? macs.of_link(tx.tenant(), made.back().secret)
                               : macs.of_person_code(tx.tenant(), person, made.back().secret);
        pg::Params older, params;
        older.id(person).text(wire_name(purpose)).instant(now);
        params.id(made.back().id).id(person).text(wire_name(purpose)).bytes(view(mac));
        optional_id(params, made_by).instant(now).instant(made.back().expires_at);
        steps.push_back({sql::end_open_vouchers, std::move(older)});
        steps.push_back({sql::make_voucher, std::move(params)});
    }
    const auto answers = TRY(tx.run(steps));
    for (std::size_t i = 1; i < answers.size(); i += 2)
        if (answers[i].empty())
            return fail(Code::not_found, "nobody active in the roster has this id");
    return made;
}

Result<Voucher> make_voucher(tenancy::TenantTx& tx, const SecretMacs& macs, UserId person,
                             Purpose purpose, std::optional<UserId> made_by, const Clock& clock,
                             Rng& rng) {
    return TRY(make_vouchers(tx, macs, {person}, purpose, made_by, lifetime_of(purpose), clock,
                             rng))
        .front();
}

Result<std::optional<Opened>> find_by_link(tenancy::TenantTx& tx, const SecretMacs& macs,
                                           std::string_view token, Instant now) {
    pg::Params params;
    params.bytes(view(macs.of_link(tx.tenant(), token))).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::link_bearer, params));
    if (rows.empty())
        return std::optional<Opened>();
    return std::optional(Opened{rows.id<UserId>(0, 0), rows.id<VoucherId>(0, 1), {}});
}

Result<std::optional<Opened>> find_by_code(tenancy::TenantTx& tx, const SecretMacs& macs,
                                           std::optional<UserId> person, std::string_view code,
                                           Instant now) {
    const UserId who = person.value_or(UserId{}); // a nil id is nobody's
    const Sha256 class_mac = macs.of_class_code(tx.tenant(), code);
    pg::Params params, miss;
    params.id(who)
        .bytes(view(macs.of_person_code(tx.tenant(), who, code)))
        .bytes(view(class_mac))
        .instant(now);
    const pg::Rows rows = TRY(tx.run(sql::code_bearer, params));
    if (rows.empty()) {
        miss.bytes(view(class_mac)).instant(now);
        TRY(tx.run(sql::count_miss, miss));
        return std::optional<Opened>();
    }
    Opened opened{who, {}, {}};
    if (!rows.is_null(0, 0))
        opened.voucher = rows.id<VoucherId>(0, 0);
    else
        opened.class_code = rows.id<ClassCodeId>(0, 1);
    return std::optional(opened);
}

Result<bool> use_up(tenancy::TenantTx& tx, const Opened& opened, Instant now) {
    pg::Params params;
    opened.voucher ? params.id(*opened.voucher) : params.id(*opened.class_code);
    params.id(opened.person).instant(now);
    return !TRY(tx.run(opened.voucher ? sql::use_voucher : sql::use_class_code, params)).empty();
}

Result<void> end_vouchers(tenancy::TenantTx& tx, UserId person, Instant now) {
    pg::Params params;
    params.id(person).null().instant(now);
    TRY(tx.run(sql::end_open_vouchers, params));
    return {};
}

Result<InvitationPage> list_invitations(tenancy::TenantTx& tx, Instant now,
                                        const std::optional<std::pair<Instant, VoucherId>>& after,
                                        int limit) {
    pg::Params params;
    params.instant(now);
    after ? params.instant(after->first).id(after->second) : params.null().null();
    params.int4(limit + 1);
    const pg::Rows rows = TRY(tx.run(sql::list_invitations, params));
    InvitationPage page;
    for (int i = 0; i < rows.count() && i < limit; ++i) {
        page.items.push_back({.id = rows.id<VoucherId>(i, 0),
                              .person = rows.id<UserId>(i, 1),
                              .username = std::string(rows.text(i, 2)),
                              .given_name = std::string(rows.text(i, 3)),
                              .family_name = std::string(rows.text(i, 4)),
                              .made_by = {},
                              .made_at = rows.instant(i, 6),
                              .expires_at = rows.instant(i, 7),
                              .state = std::string(rows.text(i, 8))});
        if (!rows.is_null(i, 5))
            page.items.back().made_by = rows.id<UserId>(i, 5);
    }
    if (rows.count() > limit)
        page.next = {page.items.back().made_at, page.items.back().id};
    return page;
}

Result<UserId> revoke_invitation(tenancy::TenantTx& tx, VoucherId id, Instant now) {
    pg::Params params;
    params.id(id).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::revoke_invitation, params));
    if (!rows.empty())
        return rows.id<UserId>(0, 0);
    TRY(invited_person(tx, id));
    return fail(Code::conflict, "this invitation has ended already");
}

Result<UserId> invited_person(tenancy::TenantTx& tx, VoucherId id) {
    pg::Params params;
    params.id(id);
    const pg::Rows rows = TRY(tx.run(sql::invited_person, params));
    if (rows.empty())
        return fail(Code::not_found, "there is no such invitation");
    return rows.id<UserId>(0, 0);
}

Result<std::vector<UserId>> uninvited(tenancy::TenantTx& tx, const Invited& whom, Instant now,
                                      int limit) {
    pg::Params params = whom_params(whom);
    params.instant(now).int4(limit);
    const pg::Rows rows = TRY(tx.run(sql::uninvited, params));
    std::vector<UserId> out;
    for (int i = 0; i < rows.count(); ++i)
        out.push_back(rows.id<UserId>(i, 0));
    return out;
}

Result<NotInvitable> not_invitable(tenancy::TenantTx& tx, const Invited& whom) {
    const pg::Rows rows = TRY(tx.run(sql::not_invitable, whom_params(whom)));
    return NotInvitable{rows.int8(0, 0), rows.int8(0, 1), rows.int8(0, 2)};
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId person) {
    pg::Params params;
    params.id(person);
    TRY(tx.run({{sql::forget_vouchers, params}, {sql::forget_openings, params}}));
    return {};
}

} // namespace bw::accounts
