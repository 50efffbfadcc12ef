#include "forecast/routes.hpp"

#include <charconv>

#include "base/json.hpp"
#include "forecast/bell_board.hpp"
#include "forecast/schemas.hpp"
#include "forecast/told.hpp"
#include "roster/users.hpp"
#include "tenancy/operator_work.hpp"

namespace bw::forecast {

namespace {

using tenancy::Principal;
using tenancy::Role;
using tenancy::Work;

constexpr std::int64_t values_limit = 20'000; // of all kinds together, in one answer
constexpr std::int32_t week_minutes = 7 * 24 * 60;

// ---- what is asked ----

Result<std::optional<Instant>> instant_in(const net::Request& request, const char* name) {
    const auto text = request.query_param(name);
    if (!text)
        return std::optional<Instant>();
    auto at = from_rfc3339(*text);
    if (!at)
        return fail(Code::invalid_field,
                    "expected an RFC 3339 date-time with its offset, e.g. 2026-11-23T08:00:00Z",
                    name);
    return std::optional(*at);
}

Result<std::int32_t> number_in(const net::Request& request, const char* name,
                               std::int32_t otherwise, std::int32_t least, std::int32_t most) {
    const auto text = request.query_param(name);
    if (!text)
        return otherwise;
    std::int32_t number = 0;
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (fault != std::errc() || end != text->data() + text->size() || number < least ||
        number > most)
        return fail(Code::invalid_field,
                    "expected a whole number from " + std::to_string(least) + " to " +
                        std::to_string(most),
                    name);
    return number;
}

Result<std::optional<Kind>> kind_in(const net::Request& request) {
    const auto text = request.query_param("kind");
    const auto kind = text ? kind_named(*text) : std::nullopt;
    if (text && !kind)
        return fail(Code::invalid_field, "there is no such kind of load", "kind");
    return kind;
}

template <class IdType>
Result<IdType> id_in(std::string_view text, const char* name) {
    const auto id = IdType::parse(text);
    if (!id)
        return fail(Code::invalid_field,
                    "expected an id, " + (IdType{}.text().substr(0, 4)) + " and 32 hex digits",
                    name);
    return *id;
}

// ---- what is told ----

void write_peak(JsonWriter& json, const Peak& peak) {
    const Band reach = band(peak.expected, peak.doubt);
    json.object()
        .member("at", to_rfc3339(peak.at))
        .member("expected", static_cast<double>(peak.expected) / 1000)
        .member("low", rounded(reach.low))
        .member("high", rounded(reach.high))
        .end();
}

// ---- an institution's ----

struct Asked {
    Window window{}; // as much of the forecast as was asked for
    std::int32_t step = 15;
    std::vector<Kind> kinds;
};

Result<Asked> asked_in(const net::Request& request, Instant now) {
    Asked out;
    const Instant first = window_at(now).from;
    const Instant from = TRY(instant_in(request, "from")).value_or(first);
    if (from < first || from >= first + std::chrono::minutes(week_minutes))
        return fail(Code::invalid_field, "expected a moment from now on, within seven days",
                    "from");
    const Instant until =
        TRY(instant_in(request, "until")).value_or(first + std::chrono::minutes(week_minutes));
    if (until <= from || until > first + std::chrono::minutes(week_minutes))
        return fail(Code::invalid_field, "expected a moment after `from`, within seven days",
                    "until");
    out.step = TRY(number_in(request, "step_minutes", 15, 1, 60));
    if (const auto kind = TRY(kind_in(request))) {
        out.kinds = {*kind};
    } else {
        for (std::size_t k = 0; k < kinds; ++k)
            out.kinds.push_back(static_cast<Kind>(k));
    }
    out.window = window_at(from, static_cast<std::int32_t>((until - from + 59s) / 1min));
    const std::int64_t values = static_cast<std::int64_t>(out.kinds.size()) *
                                ((out.window.minutes + out.step - 1) / out.step);
    if (values > values_limit)
        return fail(Code::invalid_field,
                    "this would be " + std::to_string(values) + " values, and " +
                        std::to_string(values_limit) +
                        " may be: ask for one kind, a shorter time, or longer steps",
                    "step_minutes");
    return out;
}

/// `line` null, or unknown: nulls.
void write_line(JsonWriter& json, const Line* line, const Window& of, const Asked& asked) {
    if (line == nullptr || line->basis == Basis::unknown) {
        for (const char* name : {"expected", "low", "high", "peak"})
            json.key(name).null();
        return;
    }
    // The forecast may have been made some minutes ago.
    const std::int64_t skip = of.minute(asked.window.from);
    std::vector<std::pair<std::int64_t, std::int64_t>> steps; // expected, doubt
    for (std::int64_t m = 0; m < asked.window.minutes; m += asked.step) {
        auto& [expected, doubt] = steps.emplace_back();
        for (std::int64_t i = m; i < std::min<std::int64_t>(m + asked.step, asked.window.minutes);
             ++i) {
            const std::int64_t at = std::clamp<std::int64_t>(skip + i, 0, of.minutes - 1);
            expected += line->expected[static_cast<std::size_t>(at)];
            doubt += line->doubt[static_cast<std::size_t>(at)];
        }
    }
    json.key("expected").array();
    for (const auto& [expected, doubt] : steps)
        json.value(static_cast<double>(expected) / 1000);
    json.end().key("low").array();
    for (const auto& [expected, doubt] : steps)
        json.value(rounded(band(expected, doubt).low));
    json.end().key("high").array();
    for (const auto& [expected, doubt] : steps)
        json.value(rounded(band(expected, doubt).high));
    json.end().key("peak");
    write_peak(json, peak(*line, of, skip, skip + asked.window.minutes));
}

net::Response forecast_response(const Standing* standing, TenantId tenant, const Asked& asked) {
    Rates room;
    const Board::Entry* entry = standing == nullptr ? nullptr : standing->board.find(tenant);
    std::optional<Forecast> made;
    if (entry != nullptr)
        made = forecast(entry->school, *entry->learned, standing->board.window(), room);
    Scored scored;
    if (made)
        if (const auto found = standing->scored.find(tenant); found != standing->scored.end())
            scored = found->second;
    JsonWriter json;
    json.object().member("model", model_version).key("made_at");
    made ? json.value(to_rfc3339(standing->made_at)) : json.null();
    json.member("from", to_rfc3339(asked.window.from))
        .member("until", to_rfc3339(asked.window.until()))
        .member("step_minutes", asked.step)
        .key("kinds")
        .array();
    for (const Kind kind : asked.kinds) {
        const Line* line = made ? &made->lines[place(kind)] : nullptr;
        json.object()
            .member("kind", name(kind))
            .member("basis", text(line == nullptr ? Basis::unknown : line->basis));
        write_line(json, line, made ? made->window : asked.window, asked);
        write_score(json, scored.errors[place(kind)], scored.days);
        json.end();
    }
    json.end().end();
    return net::Response::json(200, json.take());
}

Result<Work> forecast_work(const RouteParts& parts, const Principal& who,
                           const net::Request& request) {
    return Work(
        [parts, tenant = who.scope.tenant(), asked = TRY(asked_in(request, parts.clock.now()))](
            tenancy::Database&, Deadline) -> Result<net::Response> {
            return forecast_response(parts.keeper.standing().get(), tenant, asked);
        });
}

// ---- a teacher's ----

void write_busy(JsonWriter& json, const std::optional<Busy>& busy) {
    json.key("busy");
    if (!busy) {
        json.null();
        return;
    }
    json.object()
        .member("at", to_rfc3339(busy->at))
        .member("expected", rounded(busy->expected))
        .member("of_peak", rounded(busy->of_peak))
        .member("basis", text(busy->basis))
        .end();
}

net::Response load_response(SectionId section, const DeadlineQuestion& question,
                            const DeadlineLoad& load) {
    JsonWriter json;
    json.object()
        .member("section_id", section.text())
        .member("due_at", to_rfc3339(question.due))
        .member("students", question.students)
        .key("collisions")
        .array();
    for (const OtherDue& other : load.collisions)
        json.object()
            .member("due_at", to_rfc3339(other.at))
            .member("students", other.students)
            .end();
    json.end();
    write_busy(json, load.busy);
    json.key("calmer");
    if (load.calmer) {
        json.object()
            .member("due_at", to_rfc3339(load.calmer->at))
            .member("colliding_students", load.calmer->colliding_students);
        write_busy(json, load.calmer->busy);
        json.end();
    } else {
        json.null();
    }
    json.end();
    return net::Response::json(200, json.take());
}

struct Proposed {
    SectionId section;
    Instant due{}, now{};
    std::optional<AssignmentId> moved;
};

Result<net::Response> load_of(const RouteParts& parts, const Principal& who,
                              const Proposed& proposed, tenancy::TenantTx& tx) {
    const auto place = TRY(roster::place_in_section(tx, who.user, proposed.section, proposed.now));
    const bool everywhere = who.roles.has(Role::administrator);
    if (!place || !(place->teaches || place->attends || everywhere))
        return fail(Code::not_found, "there is no such section", "section_id");
    if (!place->teaches && !everywhere)
        return fail(Code::forbidden, "only the section's teachers ask this");
    const auto tenant = parts.directory.by_id(tx.tenant());
    auto zone = timetable::Zone::find(tenant ? tenant->zone : "UTC");
    if (!zone)
        return fail(Code::unavailable, "the institution's time zone is not known here");
    const DeadlineRules rules;
    const Duration reach = rules.look_around + rules.collides_within;
    Beside beside = TRY(due_beside(tx, proposed.section, proposed.due - reach, proposed.due + reach,
                                   proposed.moved));
    const DeadlineQuestion question{.zone = *std::move(zone),
                                    .due = proposed.due,
                                    .not_before = proposed.now + 1h,
                                    .students = beside.students,
                                    .others = std::move(beside.others)};
    std::optional<Forecast> made;
    if (const auto standing = parts.keeper.standing())
        if (const Board::Entry* entry = standing->board.find(tx.tenant())) {
            Rates room;
            made = forecast(entry->school, *entry->learned, standing->board.window(), room);
        }
    return load_response(proposed.section, question,
                         deadline_load(question, made ? &*made : nullptr, rules));
}

Result<Work> load_work(const RouteParts& parts, const Principal& who, const net::Request& request) {
    Proposed proposed{.now = parts.clock.now()};
    const auto section = request.query_param("section_id");
    if (!section)
        return fail(Code::invalid_field, "say which section's students it is for", "section_id");
    proposed.section = TRY(id_in<SectionId>(*section, "section_id"));
    const auto due = TRY(instant_in(request, "due_at"));
    if (!due || *due <= proposed.now || *due > proposed.now + 400 * 24h)
        return fail(Code::invalid_field, "expected a moment to come, within the next 400 days",
                    "due_at");
    proposed.due = *due;
    if (const auto moved = request.query_param("assignment_id"))
        proposed.moved = TRY(id_in<AssignmentId>(*moved, "assignment_id"));
    return Work([parts, who, proposed](tenancy::Database& database,
                                       Deadline deadline) -> Result<net::Response> {
        return database.run(who.scope, deadline, [&](tenancy::TenantTx& tx) {
            return load_of(parts, who, proposed, tx);
        });
    });
}

// ---- operators' ----

void write_kind(JsonWriter& json, const Standing& standing, Kind kind, std::int64_t first,
                std::int64_t minutes) {
    const Board& board = standing.board;
    const Line& line = board.total().lines[place(kind)];
    const Known& known = board.known(kind);
    const Peak week = peak(line, board.window(), first, board.window().minutes);
    const auto from = std::clamp<std::int64_t>(first, 0, board.window().minutes);
    const auto span = std::min<std::int64_t>(minutes, board.window().minutes - from);
    json.object()
        .member("kind", name(kind))
        .member("unknown", known.unknown)
        .member("prior", known.prior)
        .member("history", known.history)
        .key("peak");
    write_peak(json, peak(line, board.window(), from, from + span));
    json.member("likely_peak", likely_peak(std::span(line.expected)
                                               .subspan(static_cast<std::size_t>(from),
                                                        static_cast<std::size_t>(span))))
        .key("week_peak")
        .object()
        .member("at", to_rfc3339(week.at))
        .member("expected", static_cast<double>(week.expected) / 1000)
        .end();
    write_score(json, standing.errors[place(kind)], standing.days_scored);
    json.end();
}

std::vector<std::string> listeners_elsewhere(const RouteParts& parts) {
    return parts.listeners_elsewhere ? parts.listeners_elsewhere() : std::vector<std::string>();
}

net::Response ops_response(const RouteParts& parts, Instant now, std::int32_t within) {
    const Keeper& keeper = parts.keeper;
    const auto standing = keeper.standing();
    JsonWriter json;
    json.object().member("model", model_version).key("made_at");
    standing ? json.value(to_rfc3339(standing->made_at)) : json.null();
    json.member("as_of", to_rfc3339(now))
        .member("within_minutes", within)
        .member("institutions", standing ? standing->board.size() : std::size_t{0})
        .key("kinds")
        .array();
    if (standing)
        for (std::size_t k = 0; k < kinds; ++k)
            write_kind(json, *standing, static_cast<Kind>(k), standing->board.window().minute(now),
                       within);
    json.end();
    write_hints(json, keeper.hints(), listeners_elsewhere(parts), now);
    json.end();
    return net::Response::json(200, json.take());
}

Result<Work> bell_board_work(const RouteParts& parts, const net::Request& request) {
    return Work([parts, kind = TRY(kind_in(request)).value_or(Kind::page_read)](
                    tenancy::Database&, Deadline) -> Result<net::Response> {
        const Instant now = parts.clock.now();
        const auto standing = parts.keeper.standing();
        const auto days = parts.keeper.days();
        return net::Response::json(200, to_json({.standing = standing.get(),
                                                 .days = days.get(),
                                                 .hints = parts.keeper.hints(),
                                                 .listeners_elsewhere = listeners_elsewhere(parts),
                                                 .directory = parts.directory},
                                                kind, now));
    });
}

constexpr net::Parameter from_parameter{.name = "from",
                                        .description = "From this minute on; now unless said.",
                                        .schema = R"({"type": "string", "format": "date-time"})"},
    until_parameter{.name = "until",
                    .description = "Seven days from now unless said.",
                    .schema = R"({"type": "string", "format": "date-time"})"},
    step_parameter{.name = "step_minutes",
                   .description = "How many minutes are told as one.",
                   .schema = R"({"type": "integer", "minimum": 1, "maximum": 60, "default": 15})",
                   .example = "15"},
    kind_parameter{
        .name = "kind", .description = "This kind alone.", .schema = BW_KIND, .example = "refresh"},
    board_kind_parameter{.name = "kind",
                         .description =
                             "Which kind is shown by minute and day; page_read unless said.",
                         .schema = BW_KIND,
                         .example = "refresh"},
    section_parameter{.name = "section_id",
                      .description = "Whose students it is for.",
                      .schema = R"({"type": "string", "pattern": "^sec_[0-9a-f]{32}$"})",
                      .required = true,
                      .example = "sec_0192f3c47d3b7a1e8f5096a2b4c8d0e1"},
    due_parameter{.name = "due_at",
                  .description = "The due instant that is thought of.",
                  .schema = R"({"type": "string", "format": "date-time"})",
                  .required = true,
                  .example = "2027-01-15T17:00:00Z"},
    moved_parameter{.name = "assignment_id",
                    .description = "The assignment that would be moved there: where it is now "
                                   "does not count.",
                    .schema = R"({"type": "string", "pattern": "^asg_[0-9a-f]{32}$"})"},
    within_parameter{.name = "within_minutes",
                     .description = "How far ahead: the time that scaling takes.",
                     .schema =
                         R"({"type": "integer", "minimum": 1, "maximum": 240, "default": 15})",
                     .example = "15"};

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("ForecastScore", score_schema);
    routes.add_schema("Forecast", forecast_schema);
    routes.add_schema("DeadlineLoad", deadline_load_schema);
    const auto answered = [&](auto read, tenancy::Roles roles) {
        return parts.gate.authenticated(
            tenancy::answered_on(parts.lane,
                                 [parts, read](const Principal& who, const net::Request& request) {
                                     return read(parts, who, request);
                                 }),
            roles);
    };
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/forecast",
         .operation = "get_forecast",
         .summary = "What load is expected of this institution, how sure that is, and how "
                    "wrong it was lately (administrators).",
         .handler = answered(forecast_work, Role::administrator),
         .tag = "forecast",
         .credential = net::Credential::access_token,
         .parameters = {from_parameter, until_parameter, step_parameter, kind_parameter},
         .answers = {{200, "By kind, in steps.", R"({"$ref": "#/components/schemas/Forecast"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/deadline-load",
                .operation = "get_deadline_load",
                .summary = "What a due instant would collide with, and the calmer slot nearby (the "
                           "section's teachers).",
                .handler = answered(load_work, tenancy::staff),
                .tag = "forecast",
                .credential = net::Credential::access_token,
                .parameters = {section_parameter, due_parameter, moved_parameter},
                .answers = {{200, "Other due instants of the same students, and how busy it is.",
                             R"({"$ref": "#/components/schemas/DeadlineLoad"})"}}});
}

void add_operator_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("ForecastScore", score_schema);
    routes.add_schema("OperatorForecast", ops_forecast_schema);
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/ops/forecast",
         .operation = "get_operator_forecast",
         .summary = "The busiest minute ahead, of all institutions together: what to scale for.",
         .handler = tenancy::answered_for_operator(
             parts.gate, parts.lane,
             [parts](const tenancy::Operator&, const net::Request& request) -> Result<Work> {
                 return Work(
                     [parts, within = TRY(number_in(request, "within_minutes", 15, 1, 240))](
                         tenancy::Database&, Deadline) -> Result<net::Response> {
                         return ops_response(parts, parts.clock.now(), within);
                     });
             }),
         .tag = "operator",
         .credential = net::Credential::operator_token,
         .parameters = {within_parameter},
         .answers = {{200, "By kind; empty when nothing is known.",
                      R"({"$ref": "#/components/schemas/OperatorForecast"})"}}});
    routes.add_schema("BellBoard", bell_board_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/ops/bell-board",
                .operation = "get_bell_board",
                .summary =
                    "The next bells of all institutions, what was expected and what came minute by "
                    "minute, how wrong past days were, and who is told of what is expected.",
                .handler = tenancy::answered_for_operator(
                    parts.gate, parts.lane,
                    [parts](const tenancy::Operator&, const net::Request& request) {
                        return bell_board_work(parts, request);
                    }),
                .tag = "operator",
                .credential = net::Credential::operator_token,
                .parameters = {board_kind_parameter},
                .answers = {{200, "As this process knows it; nulls where it does not.",
                             R"({"$ref": "#/components/schemas/BellBoard"})"}}});
}

} // namespace bw::forecast
