#include "timetable/feeds.hpp"

#include "base/crypto.hpp"
#include "timetable/timetable_sql.hpp"

namespace bw::timetable {

namespace {

Bytes hash_of(std::string_view token) {
    return Bytes(view(sha256({"calendar feed ", token})));
}

} // namespace

Result<std::string> add_feed(tenancy::TenantTx& tx, UserId user, const Feed& feed, Rng& rng) {
    const std::string token = to_base64url(view(rng.bytes<32>()));
    pg::Params params;
    params.id(feed.id)
        .id(user)
        .text(feed.name)
        .bytes(hash_of(token))
        .instant(feed.created_at)
        .int8(feeds_limit);
    pg::Params owner;
    owner.id(user);
    const auto answers =
        TRY(tx.run({{sql::lock_feed_owner, owner}, {sql::add_calendar_feed, params}}));
    if (answers[0].empty())
        return fail(Code::forbidden, "you are not active at this institution any more");
    if (answers[1].empty())
        return fail(Code::conflict, "there are ten already; revoke one that is not used");
    return token;
}

Result<std::vector<Feed>> feeds_of(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    const pg::Rows rows = TRY(tx.run(sql::calendar_feeds_of, params));
    std::vector<Feed> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(
            {rows.id<FeedId>(row, 0), std::string(rows.text(row, 1)), rows.instant(row, 2)});
    return out;
}

Result<void> remove_feed(tenancy::TenantTx& tx, UserId user, FeedId feed) {
    pg::Params params;
    params.id(feed).id(user);
    if (TRY(tx.run(sql::remove_calendar_feed, params)).empty())
        return fail(Code::not_found, "there is no such calendar feed");
    return {};
}

Result<std::optional<UserId>> owner_of(tenancy::TenantTx& tx, std::string_view token) {
    pg::Params params;
    params.bytes(hash_of(token));
    const pg::Rows rows = TRY(tx.run(sql::calendar_feed_by_hash, params));
    return rows.empty() ? std::optional<UserId>() : rows.id<UserId>(0, 0);
}

} // namespace bw::timetable
