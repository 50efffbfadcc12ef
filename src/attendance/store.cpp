#include "attendance/store.hpp"

#include <algorithm>

#include "attendance/attendance_sql.hpp"

namespace bw::attendance {

namespace {

constexpr std::size_t numbers = 3 + std::size(all_rungs) + std::size(all_faults);

/// In the order of the statement.
std::array<std::int64_t, numbers> numbers_of(const Quality& of) {
    std::array<std::int64_t, numbers> out{of.startup_ms, of.stalls, of.stalled_ms};
    auto at = std::ranges::copy(of.rung_ms, out.begin() + 3).out;
    std::ranges::copy(of.faults, at);
    return out;
}

std::string text_of(const Presence::Hour& parts) {
    std::string out(parts.size(), '0');
    for (std::size_t at = 0; at < parts.size(); ++at)
        if (parts[at])
            out[at] = '1';
    return out;
}

tenancy::Step presence_step(std::span<const Book::Entry> entries) {
    std::vector<Uuid> classes, users;
    std::vector<std::int64_t> hours;
    std::vector<std::string> parts;
    for (const auto& [key, tally] : entries)
        for (const auto& [hour, in_it] : tally.presence().hours()) {
            classes.push_back(key.of.uuid);
            users.push_back(key.user.uuid);
            hours.push_back(hour);
            parts.push_back(text_of(in_it));
        }
    pg::Params params;
    params.uuids(classes).uuids(users).int8s(hours).texts(parts);
    return {sql::add_presence, std::move(params)};
}

tenancy::Step quality_step(std::span<const Book::Entry> entries,
                           std::span<const std::string> edges) {
    std::vector<Uuid> classes, users, sessions;
    std::vector<std::string> at;
    std::array<std::vector<std::int64_t>, numbers> columns;
    for (const auto& [key, tally] : entries)
        for (const auto& [player, quality] : tally.players()) {
            classes.push_back(key.of.uuid);
            users.push_back(key.user.uuid);
            sessions.push_back(player.first);
            at.push_back(player.second < edges.size() ? edges[player.second] : "");
            const auto row = numbers_of(quality);
            for (std::size_t i = 0; i < numbers; ++i)
                columns.at(i).push_back(row.at(i));
        }
    pg::Params params;
    params.uuids(classes).uuids(users).uuids(sessions).texts(at);
    for (const auto& column : columns)
        params.int8s(column);
    return {sql::add_quality, std::move(params)};
}

Result<std::vector<Attended>> read(tenancy::TenantTx& tx, live::LiveClassId id,
                                   std::optional<UserId> after, std::int64_t limit,
                                   std::optional<UserId> one) {
    pg::Params params;
    params.id(id);
    after ? params.id(*after) : params.null();
    params.int8(limit);
    one ? params.id(*one) : params.null();
    const pg::Rows rows = TRY(tx.run(sql::attendance, params));
    std::vector<Attended> out;
    for (int row = 0; row < rows.count(); ++row) {
        Attended& of = out.emplace_back(Attended{.user = rows.id<UserId>(row, 0),
                                                 .name = std::string(rows.text(row, 1)),
                                                 .watched = part * rows.int8(row, 2)});
        if (rows.is_null(row, 3))
            continue;
        of.first = Instant{rows.int8(row, 3) * 1000};
        of.last = Instant{rows.int8(row, 4) * 1000};
    }
    return out;
}

tenancy::Step forget_step(const pg::Statement& statement, Instant before, std::int64_t rows) {
    pg::Params params;
    params.instant(before).int8(rows);
    return {statement, std::move(params)};
}

} // namespace

std::vector<tenancy::Step> merge_steps(std::span<const Book::Entry> entries,
                                       std::span<const std::string> edges) {
    return {presence_step(entries), quality_step(entries, edges)};
}

Result<std::vector<Attended>> attendance_of(tenancy::TenantTx& tx, live::LiveClassId id,
                                            std::optional<UserId> after, std::int64_t limit) {
    return read(tx, id, after, limit, std::nullopt);
}

Result<std::vector<Attended>> attendance_of(tenancy::TenantTx& tx, live::LiveClassId id,
                                            UserId one) {
    return read(tx, id, std::nullopt, 1, one);
}

tenancy::Step forget_presence_step(Instant before, std::int64_t rows) {
    return forget_step(sql::forget_old_presence, before, rows);
}

tenancy::Step forget_quality_step(Instant before, std::int64_t rows) {
    return forget_step(sql::forget_old_quality, before, rows);
}

Result<void> forget_person(tenancy::TenantTx& tx, UserId user) {
    pg::Params params;
    params.id(user);
    TRY(tx.run({{sql::wait_for_recorders, {}},
                {sql::forget_presence, params},
                {sql::forget_quality, params}}));
    return {};
}

} // namespace bw::attendance
