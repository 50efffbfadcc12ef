#include "forecast/bell_board.hpp"

#include <algorithm>
#include <map>

#include "base/json.hpp"
#include "forecast/told.hpp"

namespace bw::forecast {

namespace {

void write_instant(JsonWriter& json, const char* name, std::optional<Instant> at) {
    json.key(name);
    at ? json.value(to_rfc3339(*at)) : json.null();
}

// ---- bells ----

struct Ringing {
    const tenancy::TenantInfo* of;
    std::uint64_t people;
};
using Minutes = std::map<Instant, std::vector<Ringing>>;

/// Those to come, by their minute; each institution once a minute.
Minutes ringing(const Board& board, const std::vector<tenancy::TenantInfo>& all, Instant now) {
    Minutes out;
    for (const tenancy::TenantInfo& tenant : all) {
        const Board::Entry* entry = board.find(tenant.scope.tenant());
        if (entry == nullptr)
            continue;
        for (const Bell& bell : entry->school.bells) {
            if (bell.at < now)
                continue;
            std::vector<Ringing>& there = out[window_at(bell.at).from];
            if (there.empty() || there.back().of != &tenant)
                there.push_back({&tenant, 0});
            there.back().people += bell.people;
        }
    }
    return out;
}

void write_bell(JsonWriter& json, Instant at, std::vector<Ringing> there) {
    std::ranges::sort(there, [](const Ringing& a, const Ringing& b) {
        return std::pair(b.people, std::string_view(a.of->name)) <
               std::pair(a.people, std::string_view(b.of->name));
    });
    std::uint64_t people = 0;
    for (const Ringing& one : there)
        people += one.people;
    json.object()
        .member("at", to_rfc3339(at))
        .member("people", people)
        .member("institutions", there.size())
        .key("largest")
        .array();
    for (const Ringing& one : std::span(there).first(std::min(there.size(), largest_limit)))
        json.object()
            .member("tenant_id", one.of->scope.tenant().text())
            .member("name", one.of->name)
            .member("people", one.people)
            .end();
    json.end().end();
}

void write_bells(JsonWriter& json, const BellBoard& board, Instant now) {
    Minutes minutes;
    const std::vector<tenancy::TenantInfo> all =
        board.standing != nullptr ? board.directory.all() : std::vector<tenancy::TenantInfo>();
    std::size_t without = 0;
    if (board.standing != nullptr) {
        minutes = ringing(board.standing->board, all, now);
        for (const tenancy::TenantInfo& tenant : all)
            if (const auto* entry = board.standing->board.find(tenant.scope.tenant()))
                without += entry->school.timetable ? 0 : 1;
    }
    json.member("institutions", board.standing != nullptr ? board.standing->board.size() : 0)
        .member("without_timetable", without)
        .key("bells")
        .array();
    std::size_t told = 0;
    for (auto& [at, there] : minutes)
        if (told++ < bells_limit)
            write_bell(json, at, std::move(there));
    json.end().member("further_bells", minutes.size() - std::min(minutes.size(), bells_limit));
}

// ---- minutes ----

/// What is known of one minute.
struct Told {
    std::optional<double> expected, low, high, came, now_expected;
};

Told told_of(const DayMinute& minute, Kind kind) {
    Told out;
    const std::size_t k = place(kind);
    if (minute.of[k] > 0) {
        const Band reach = band(minute.expected[k], minute.doubt[k]);
        out.expected = static_cast<double>(minute.expected[k]) / 1000;
        out.low = reach.low;
        out.high = reach.high;
    }
    if (minute.counted && counted_as_it_comes(kind))
        out.came = static_cast<double>(minute.came[k]);
    return out;
}

std::vector<Told> minutes_told(const BellBoard& board, Kind kind, Window window, Instant now) {
    std::vector<Told> out(static_cast<std::size_t>(window.minutes));
    for (std::int32_t m = 0; m < window.minutes; ++m) {
        const Instant at = window.from + std::chrono::minutes(m);
        Told& told = out[static_cast<std::size_t>(m)];
        if (board.days != nullptr) {
            const std::int64_t there = Window{board.days->from()}.minute(at);
            if (there >= 0 && there < static_cast<std::int64_t>(board.days->minutes().size()))
                told = told_of(board.days->minutes()[static_cast<std::size_t>(there)], kind);
        }
        if (board.standing == nullptr || at + 1min <= now)
            continue;
        const Line& line = board.standing->board.total().lines[place(kind)];
        const std::int64_t ahead = board.standing->board.window().minute(at);
        if (line.basis != Basis::unknown && ahead >= 0 &&
            ahead < static_cast<std::int64_t>(line.expected.size()))
            told.now_expected =
                static_cast<double>(line.expected[static_cast<std::size_t>(ahead)]) / 1000;
    }
    return out;
}

void write_minutes(JsonWriter& json, const std::vector<Told>& minutes) {
    json.key("minutes").object();
    for (const auto& [name, member] :
         {std::pair{"expected", &Told::expected}, std::pair{"low", &Told::low},
          std::pair{"high", &Told::high}, std::pair{"came", &Told::came},
          std::pair{"now_expected", &Told::now_expected}}) {
        json.key(name).array();
        for (const Told& told : minutes)
            told.*member ? json.value(rounded(*(told.*member))) : json.null();
        json.end();
    }
    json.end();
}

// ---- past days ----

void write_days(JsonWriter& json, const Standing* standing, Kind kind) {
    json.key("days").array();
    if (standing != nullptr)
        for (auto day = standing->by_day.rbegin(); day != standing->by_day.rend(); ++day) {
            const Errors& errors = day->second.errors[place(kind)];
            json.object()
                .member("date", roster::to_text(day->first))
                .member("institutions", day->second.institutions)
                .member("came", errors.came);
            write_score(json, errors, errors.minutes > 0 ? 1 : 0);
            json.end();
        }
    json.end();
}

} // namespace

std::string to_json(const BellBoard& board, Kind kind, Instant now) {
    const Window window = window_at(now - shown_behind,
                                    static_cast<std::int32_t>((shown_behind + shown_ahead) / 1min));
    const auto of_standing = [&](Instant Standing::* member) {
        return board.standing != nullptr ? std::optional(board.standing->*member) : std::nullopt;
    };
    JsonWriter json;
    json.object().member("as_of", to_rfc3339(now));
    write_instant(json, "made_at", of_standing(&Standing::made_at));
    write_instant(json, "valid_until", of_standing(&Standing::valid_until));
    write_hints(json, board.hints, board.listeners_elsewhere, now);
    write_bells(json, board, now);
    json.member("kind", name(kind)).member("from", to_rfc3339(window.from));
    write_minutes(json, minutes_told(board, kind, window, now));
    write_instant(json, "counted_until",
                  board.days != nullptr ? board.days->counted_until() : std::nullopt);
    write_instant(json, "whole_from",
                  board.days != nullptr ? board.days->whole_from() : std::nullopt);
    write_days(json, board.standing, kind);
    json.end();
    return json.take();
}

} // namespace bw::forecast
