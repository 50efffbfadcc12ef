#include "notices/notices.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "notices/notices_sql.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::notices {

namespace {

Kind kind_from(std::string_view name) {
    return name == wire_name(Kind::grade_released) ? Kind::grade_released : Kind::announcement;
}

/// In columns `column` and the five behind it: id, number, kind, section, subject, created_at.
Notice read_notice(const pg::Rows& rows, int row, int column) {
    return {.id = rows.id<NoticeId>(row, column),
            .number = rows.int8(row, column + 1),
            .kind = kind_from(rows.text(row, column + 2)),
            .section = rows.is_null(row, column + 3)
                           ? std::nullopt
                           : std::optional(rows.id<SectionId>(row, column + 3)),
            .subject = rows.uuid(row, column + 4),
            .created_at = rows.instant(row, column + 5)};
}

tenancy::Step unread_step(UserId person) {
    tenancy::Step step{sql::count_unread, {}};
    step.params.id(person).int8(unread_limit);
    return step;
}

/// A statement and the count after it, in one round trip.
Result<std::int64_t> then_count(tenancy::TenantTx& tx, tenancy::Step first, UserId person) {
    std::vector<tenancy::Step> steps;
    steps.push_back(std::move(first));
    steps.push_back(unread_step(person));
    return TRY(tx.run(steps)).back().int8(0, 0);
}

} // namespace

std::string_view wire_name(Kind kind) {
    return kind == Kind::grade_released ? "grade_released" : "announcement";
}

Position Position::behind(std::int64_t number) {
    Position out{number, {}};
    out.id.fill(0xff);
    return out;
}

std::string Position::text() const {
    Bytes raw;
    put_le(raw, number);
    raw += view(id);
    return to_base64url(raw);
}

std::optional<Position> Position::parse(std::string_view text) {
    const auto raw = from_base64url(text);
    if (!raw || raw->size() != 24)
        return std::nullopt;
    const Position out{get_le<std::int64_t>(*raw), *to_array<16>(ByteView(*raw).substr(8))};
    return out.number < 0 ? std::nullopt : std::optional(out);
}

std::string to_json(const Notice& notice, bool in_list) {
    JsonWriter json;
    json.object().member("notice_id", notice.id.text()).member("kind", wire_name(notice.kind));
    if (notice.kind == Kind::grade_released)
        json.member("assignment_id", AssignmentId{notice.subject}.text());
    else
        json.member("announcement_id", AnnouncementId{notice.subject}.text());
    if (notice.section)
        json.member("section_id", notice.section->text());
    json.member("created_at", to_rfc3339(notice.created_at));
    if (in_list) {
        json.key("read_at");
        notice.read_at ? json.value(to_rfc3339(*notice.read_at)) : json.null();
    }
    json.end();
    return json.take();
}

// ---- telling ----

Result<void> tell_persons(tenancy::TenantTx& tx, Kind kind, const Uuid& subject,
                          std::span<const UserId> persons, Instant now, Rng& rng) {
    if (persons.empty())
        return {};
    std::vector<Uuid> ids, users;
    for (UserId person : persons) {
        ids.push_back(make_uuid_v7(now, rng));
        users.push_back(person.uuid);
    }
    std::vector<tenancy::Step> steps{{sql::tell_persons, {}}, tenancy::news_step()};
    steps.front().params.uuids(ids).uuids(users).text(wire_name(kind)).uuid(subject).instant(now);
    TRY(tx.run(steps));
    return {};
}

Result<void> tell_section(tenancy::TenantTx& tx, Kind kind, const Uuid& subject, SectionId section,
                          Instant now, Rng& rng) {
    std::vector<tenancy::Step> steps{{sql::tell_section, {}}, tenancy::news_step()};
    steps.front()
        .params.uuid(make_uuid_v7(now, rng))
        .text(wire_name(kind))
        .id(section)
        .uuid(subject)
        .instant(now);
    TRY(tx.run(steps));
    return {};
}

Result<void> take_back(tenancy::TenantTx& tx, SectionId section, const Uuid& subject) {
    pg::Params params;
    params.id(section).uuid(subject);
    TRY(tx.run(sql::take_back, params));
    return {};
}

// ---- a person's ----

Result<Page> list(tenancy::TenantTx& tx, UserId person, const Position& before, int limit) {
    std::vector<tenancy::Step> steps{{sql::list_notices, {}}, unread_step(person)};
    steps.front()
        .params.id(person)
        .int8(before.number)
        .uuid(before.id)
        .int8(limit + 1); // one more tells whether there is a next page
    const auto answers = TRY(tx.run(steps));
    const pg::Rows& rows = answers.front();
    Page page{.items = {}, .next = {}, .unread = answers.back().int8(0, 0)};
    for (int row = 0; row < std::min(rows.count(), limit); ++row) {
        page.items.push_back(read_notice(rows, row, 0));
        if (!rows.is_null(row, 6))
            page.items.back().read_at = rows.instant(row, 6);
    }
    if (rows.count() > limit)
        page.next = page.items.back().position();
    return page;
}

Result<std::int64_t> mark_read(tenancy::TenantTx& tx, UserId person, std::span<const NoticeId> ids,
                               Instant now) {
    std::vector<Uuid> uuids;
    for (NoticeId id : ids)
        uuids.push_back(id.uuid);
    tenancy::Step step{sql::mark_read, {}};
    step.params.id(person).uuids(uuids).instant(now);
    return then_count(tx, std::move(step), person);
}

Result<std::int64_t> mark_read_up_to(tenancy::TenantTx& tx, UserId person, NoticeId newest,
                                     Instant now) {
    tenancy::Step step{sql::mark_read_up_to, {}};
    step.params.id(person).id(newest).instant(now);
    return then_count(tx, std::move(step), person);
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId person) {
    pg::Params params;
    params.id(person);
    TRY(tx.run(sql::forget_person, params));
    return {};
}

// ---- for whoever listens ----

Result<News> news_after(tenancy::Database& database, const tenancy::TenantScope& scope,
                        const Position& after, int limit, Deadline deadline) {
    pg::Params params;
    params.int8(after.number).uuid(after.id).int8(limit);
    const pg::Rows rows = TRY(database.fetch(scope, deadline, sql::news_after, params));
    News news;
    for (int row = 0; row < rows.count(); ++row) {
        news.last_number = rows.int8(row, 0);
        if (rows.is_null(row, 1))
            break; // nothing is newer
        News::Item item{read_notice(rows, row, 1), {}};
        const ByteView persons = rows.is_null(row, 7) ? ByteView() : rows.bytes(row, 7);
        for (std::size_t at = 0; at + 16 <= persons.size(); at += 16)
            item.persons.push_back(UserId{*to_array<16>(persons.substr(at, 16))});
        news.items.push_back(std::move(item));
    }
    return news;
}

Result<Missed> catch_up(tenancy::Database& database, const tenancy::TenantScope& scope,
                        std::span<const Standing> who, int limit, Deadline deadline) {
    std::vector<Uuid> persons, ids;
    std::vector<std::int64_t> numbers;
    for (const Standing& one : who) {
        persons.push_back(one.person.uuid);
        numbers.push_back(one.after.number);
        ids.push_back(one.after.id);
    }
    pg::Params params;
    params.uuids(persons).int8s(std::span<const std::int64_t>(numbers)).uuids(ids).int8(limit);
    const pg::Rows rows = TRY(database.fetch(scope, deadline, sql::catch_up, params));
    Missed missed{.of = std::vector<std::vector<Notice>>(who.size())};
    for (int row = 0; row < rows.count(); ++row) {
        missed.last_number = rows.int8(row, 0);
        if (!rows.is_null(row, 2))
            missed.of.at(static_cast<std::size_t>(rows.int8(row, 1) - 1))
                .push_back(read_notice(rows, row, 2));
    }
    return missed;
}

} // namespace bw::notices
