#include "forecast/store.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "forecast/forecast.hpp"
#include "forecast/forecast_sql.hpp"

namespace bw::forecast {
namespace {

std::uint32_t count_of(std::int64_t number) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, 1'000'000'000));
}

std::vector<bool> bits_of(std::string_view text) {
    std::vector<bool> out;
    for (const char bit : text)
        out.push_back(bit == '1');
    return out;
}

pg::Params between(Instant from, Instant until) {
    pg::Params params;
    params.instant(from).instant(until);
    return params;
}

Came came_of(const pg::Rows& rows, const Window& window) {
    Came came(window);
    for (int row = 0; row < rows.count(); ++row) {
        const std::int64_t minute = window.minute(rows.instant(row, 0));
        if (minute < 0 || minute >= window.minutes)
            continue;
        for (std::size_t k = 0; k < kinds; ++k)
            came.minutes[k][static_cast<std::size_t>(minute)] =
                count_of(rows.int8(row, static_cast<int>(k) + 1));
    }
    return came;
}

std::vector<Handed> handed_of(const pg::Rows& rows) {
    std::map<AssignmentId, Handed> all;
    for (int row = 0; row < rows.count(); ++row) {
        Handed& due = all[rows.id<AssignmentId>(row, 0)];
        due.students = count_of(rows.int8(row, 1));
        if (rows.is_null(row, 2))
            continue;
        const std::int64_t lead = rows.int8(row, 2);
        for (std::size_t i = 0; i < lead_bins.size(); ++i)
            if (lead <= lead_bins[i].from && lead > lead_bins[i].until)
                due.came[i] += 1;
    }
    std::vector<Handed> out;
    for (auto& [id, due] : all) {
        float submitted = 0;
        for (const float count : due.came)
            submitted += count;
        // Who left since is no student any more, and has submitted all the same.
        due.came[never] = std::max(0.0F, static_cast<float>(due.students) - submitted);
        out.push_back(due);
    }
    return out;
}

/// A day that is over: as it was kept.
struct KeptDay {
    Window window;
    Instant made_at;
    std::optional<School> school, latest; // nullopt: does not read
    std::vector<bool> counted;
};

std::optional<School> school_in(ByteView bytes) {
    auto school = school_from(bytes);
    return school ? std::optional(*std::move(school)) : std::nullopt;
}

Result<std::optional<KeptDay>> day_over(tenancy::TenantTx& tx, Instant now,
                                        const StoreRules& rules) {
    pg::Params params;
    params.int4(model_version).instant(now - rules.late_counts);
    const pg::Rows rows = TRY(tx.run(sql::day_over, params));
    if (rows.empty())
        return std::optional<KeptDay>();
    return std::optional(
        KeptDay{.window = {rows.instant(0, 0), static_cast<std::int32_t>(rows.int8(0, 1))},
                .made_at = rows.instant(0, 2),
                .school = school_in(rows.bytes(0, 3)),
                .latest = school_in(rows.bytes(0, 4)),
                .counted = bits_of(rows.text(0, 5))});
}

/// What came a week before, where that is known: a day that began at about the same time.
struct WeekBefore {
    std::optional<Came> came;
};
Result<WeekBefore> week_before(tenancy::TenantTx& tx, const Window& day) {
    const Instant from = day.from - 7 * 24h - 2h;
    const pg::Rows found = TRY(tx.run(sql::counted_about, between(from, from + 4h)));
    if (found.empty())
        return WeekBefore{};
    // As long as the day itself, so that the two can be laid beside each other.
    const Window window{found.instant(0, 0), day.minutes};
    Came came =
        came_of(TRY(tx.run(sql::minutes_between, between(window.from, window.until()))), window);
    came.known = bits_of(found.text(0, 2));
    came.known.resize(static_cast<std::size_t>(day.minutes), false);
    return WeekBefore{std::move(came)};
}

/// The forecast as it was made when the day began, against what came.
PerKind<Errors> scored(const KeptDay& day, const Learned& learned, const Came& came,
                       const WeekBefore& before) {
    if (!day.school)
        return {};
    Rates room;
    const Forecast made = forecast(*day.school, learned, day.window, room);
    std::vector<bool> known = came.known;
    const auto first = std::clamp<std::int64_t>(day.window.minute(day.made_at), 0,
                                                static_cast<std::int64_t>(known.size()));
    std::fill_n(known.begin(), first, false); // nothing had been said of those
    std::vector<bool> both = known;
    if (before.came)
        for (std::size_t m = 0; m < both.size(); ++m)
            both[m] = both[m] && before.came->known[m];
    // Only whole days are laid beside the week before: else its minutes would be missing here.
    const bool naive = before.came && both == known;
    PerKind<Errors> out{};
    for (std::size_t k = 0; k < kinds; ++k) {
        if (made.lines[k].basis == Basis::unknown)
            continue;
        const std::span<const std::uint32_t> week =
            naive ? std::span<const std::uint32_t>(before.came->minutes[k])
                  : std::span<const std::uint32_t>();
        out[k] =
            errors_of({made.lines[k].expected, made.lines[k].doubt, came.minutes[k], week, known});
    }
    return out;
}

Result<void> keep_learned(tenancy::TenantTx& tx, const Learned& learned) {
    pg::Params params;
    params.int4(model_version).instant({learned.until_ms}).bytes(to_bytes(learned));
    TRY(tx.run(sql::keep_learned, params));
    return {};
}

/// What does not read is none: it is learnt anew.
std::optional<Learned> learned_after(const pg::Rows& rows) {
    if (rows.empty())
        return std::nullopt;
    auto learned = learned_from(rows.bytes(0, 0));
    return learned ? std::optional(*std::move(learned)) : std::nullopt;
}

pg::Params learned_params(Instant known_until) {
    pg::Params params;
    params.int4(model_version).instant(known_until);
    return params;
}

} // namespace

Result<Counts> read_counts(tenancy::TenantTx& tx, Instant now, Instant known_until,
                           const StoreRules& rules) {
    pg::Params dues;
    dues.instant(now - 24h).instant(now + 22 * 24h).int8(rules.due_instants_limit);
    pg::Params scores;
    scores.int4(model_version).int8(rules.scored_days);
    const std::vector<pg::Rows> rows = TRY(tx.run({{sql::people, {}},
                                                   {sql::provides, {}},
                                                   {sql::dues, dues},
                                                   {sql::learned, learned_params(known_until)},
                                                   {sql::day_errors, scores}}));
    Counts out{.people = count_of(rows[0].int8(0, 0)),
               .providers = rows[1].boolean(0, 0),
               .dues = {},
               .learned = learned_after(rows[3])};
    for (int row = 0; row < rows[2].count(); ++row)
        out.dues.push_back({.at = rows[2].instant(row, 0),
                            .students = count_of(rows[2].int8(row, 1)),
                            .submitted = count_of(rows[2].int8(row, 2))});
    for (int row = 0; row < rows[4].count(); ++row) {
        const auto day = errors_from(rows[4].bytes(row, 0));
        if (day)
            out.scored.push_back({rows[4].instant(row, 1), *day});
    }
    return out;
}

tenancy::Step add_minutes_step(std::span<const MinuteLoad> loads) {
    static_assert(kind_names[5] == "live_join" && kind_names[6] == "job");
    std::vector<Instant> minutes;
    std::array<std::vector<std::int64_t>, kinds - 1> came;
    for (const MinuteLoad& load : loads) {
        minutes.push_back({load.minute * 60'000});
        for (std::size_t k = 0; k < came.size(); ++k)
            came[k].push_back(load.came[k]);
    }
    pg::Params params;
    params.instants(minutes);
    for (const auto& kind : came)
        params.int8s(kind);
    return {sql::add_minutes, std::move(params)};
}

Result<void> keep_day(tenancy::TenantTx& tx, const Window& day, Instant now, const School& school,
                      const std::vector<bool>& counted) {
    pg::Params params;
    params.instant(day.from)
        .int4(day.minutes)
        .int4(model_version)
        .instant(now)
        .bytes(to_bytes(school))
        .booleans(counted);
    TRY(tx.run(sql::keep_day, params));
    return {};
}

Result<std::optional<School>> latest_of(tenancy::TenantTx& tx, const Window& day) {
    pg::Params params;
    params.instant(day.from);
    const pg::Rows rows = TRY(tx.run(sql::latest_of, params));
    if (rows.empty())
        return std::optional<School>();
    return school_in(rows.bytes(0, 0));
}

Result<std::optional<DayUnderWay>> day_under_way(tenancy::TenantTx& tx, const Window& day) {
    pg::Params params;
    params.instant(day.from).int4(model_version);
    const pg::Rows rows = TRY(tx.run(sql::day_under_way, params));
    auto school = rows.empty() ? std::nullopt : school_in(rows.bytes(0, 1));
    if (!school)
        return std::optional<DayUnderWay>();
    return std::optional(DayUnderWay{.made_at = rows.instant(0, 0),
                                     .school = *std::move(school),
                                     .counted = bits_of(rows.text(0, 2))});
}

tenancy::Step came_step(Instant from, Instant until) {
    return {sql::minutes_between, between(from, until)};
}

std::vector<MinuteLoad> came_in(const pg::Rows& rows, TenantId tenant) {
    std::vector<MinuteLoad> out;
    for (int row = 0; row < rows.count(); ++row) {
        MinuteLoad& load = out.emplace_back(tenant, rows.instant(row, 0).ms / 60'000);
        for (std::size_t k = 0; k < kinds; ++k)
            load.came[k] = count_of(rows.int8(row, static_cast<int>(k) + 1));
    }
    return out;
}

Result<bool> close_day(tenancy::TenantTx& tx, Instant now, Learned& learned,
                       const StoreRules& rules) {
    const std::optional<KeptDay> day = TRY(day_over(tx, now, rules));
    if (!day)
        return false;
    // Its row is locked now: whoever was before us has learnt, and we hear of it here.
    if (auto more = learned_after(TRY(tx.run(sql::learned, learned_params({learned.until_ms})))))
        learned = *std::move(more);
    TRY(tx.run(sql::count_jobs, between(day->window.from, day->window.until())));
    Came came =
        came_of(TRY(tx.run(sql::minutes_between, between(day->window.from, day->window.until()))),
                day->window);
    came.known = day->counted;
    came.known.resize(static_cast<std::size_t>(day->window.minutes), false);
    const WeekBefore before = TRY(week_before(tx, day->window));

    pg::Params score;
    score.instant(day->window.from).bytes(to_bytes(scored(*day, learned, came, before)));
    TRY(tx.run(sql::score_day, score));

    pg::Params of_dues = between(day->window.from - 24h, day->window.until() - 24h);
    of_dues.int8(rules.submitters_limit);
    const std::vector<Handed> handed = handed_of(TRY(tx.run(sql::handed_in, of_dues)));
    if (day->latest && learn(learned, *day->latest, came, handed))
        CHECK_OK(keep_learned(tx, learned));
    pg::Params old_minutes, old_days;
    old_minutes.instant(now - rules.minutes_kept);
    old_days.instant(now - rules.days_kept);
    TRY(tx.run({{sql::forget_load, old_minutes}, {sql::forget_days, old_days}}));
    return true;
}

Result<Beside> due_beside(tenancy::TenantTx& tx, SectionId section, Instant from, Instant until,
                          std::optional<AssignmentId> moved, const StoreRules& rules) {
    pg::Params students, beside;
    students.id(section);
    beside.id(section).instant(from).instant(until);
    moved ? beside.id(*moved) : beside.null();
    beside.int8(rules.others_limit);
    const std::vector<pg::Rows> rows =
        TRY(tx.run({{sql::students_of, students}, {sql::due_beside, beside}}));
    Beside out{.students = count_of(rows[0].int8(0, 0)), .others = {}};
    for (int row = 0; row < rows[1].count(); ++row)
        out.others.push_back({.assignment = rows[1].id<AssignmentId>(row, 0),
                              .at = rows[1].instant(row, 1),
                              .students = count_of(rows[1].int8(row, 2))});
    return out;
}

} // namespace bw::forecast
