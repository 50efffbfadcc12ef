#include "live/routes.hpp"

#include <algorithm>

#include "live/shared_routes.hpp"
#include "roster/users.hpp"

namespace bw::live {

namespace {

constexpr std::size_t board_classes = 500;

struct Shown {
    std::shared_ptr<const Seats> seats;
    std::vector<std::string> concerns;
};

void write_shown(JsonWriter& json, const Shown& one) {
    const LiveClass& of = one.seats->of;
    json.object()
        .member("tenant_id", one.seats->tenant.text())
        .member("live_class_id", of.id.text())
        .member("begins_at", to_rfc3339(of.begins))
        .member("ends_at", to_rfc3339(of.ends))
        .member("state", name(of.state))
        .member("go", one.concerns.empty())
        .key("concerns")
        .array();
    for (const std::string& concern : one.concerns)
        json.value(concern);
    json.end()
        .member("people", one.seats->people ? one.seats->people->size() : 0)
        .member("warm_planned", of.warm_planned)
        .member("warm_verified", of.warm_verified)
        .end();
}

void write_leader(JsonWriter& json, const Leader* leader) {
    json.key("leader");
    if (!leader) {
        json.null();
        return;
    }
    const LeaderStatus status = leader->status();
    json.object()
        .member("leads", status.epoch != 0)
        .member("clock_off_ms", status.clock_off_ms)
        .member("steps", status.steps)
        .member("faults", status.faults)
        .member("lost", status.lost)
        .end();
}

net::Response board(const Audience& audience, const Leader* leader, Instant now) {
    std::map<State, std::size_t> states;
    std::vector<Shown> shown;
    std::size_t no_go = 0;
    for (auto& seats : audience.all()) {
        ++states[seats->of.state];
        auto why = concerns(seats->of, now);
        no_go += why.empty() ? 0 : 1;
        if (seats->of.state != State::ended && seats->of.state != State::archived)
            shown.push_back({std::move(seats), std::move(why)});
    }
    std::ranges::sort(shown, {}, [](const Shown& one) {
        return std::tuple(one.concerns.empty(), one.seats->of.begins, one.seats->of.id);
    });
    if (shown.size() > board_classes)
        shown.resize(board_classes);
    JsonWriter json;
    json.object().member("as_of", to_rfc3339(now)).key("states").object();
    for (const auto& [state, count] : states)
        json.member(name(state), count);
    const AudienceStatus known = audience.status();
    json.end().member("no_go", no_go).member("people", known.people).member("cut", known.cut);
    write_leader(json, leader);
    json.key("classes").array();
    for (const Shown& one : shown)
        write_shown(json, one);
    json.end().end();
    return net::Response::json(200, json.take());
}

} // namespace

void write_rights(JsonWriter& json, Rights rights) {
    json.array();
    for (const auto& [right, text] : right_names)
        if (rights.has(right))
            json.value(text);
    json.end();
}

net::Response tagged(std::string json, std::int64_t version) {
    net::Response response = net::Response::json(200, std::move(json));
    response.headers.emplace_back("ETag", "\"" + std::to_string(version) + "\"");
    return response;
}

Result<bool> decides(tenancy::TenantTx& tx, const Principal& principal, SectionId section,
                     std::optional<UserId> teacher, Instant now) {
    if (principal.roles.has(tenancy::Role::administrator) || teacher == principal.user)
        return true;
    return roster::teaches(tx, principal.user, section, now);
}

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    add_lesson_routes(routes, parts);
    add_class_routes(routes, parts);
    add_join_route(routes, parts);
    add_publishing_route(routes, parts);
}

void add_operator_routes(net::RouteTable& routes, const tenancy::Gate& gate,
                         const Audience& audience, const Leader* leader, const Clock& clock) {
    routes.add_schema("LiveBoard", live_board_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/ops/live-classes",
                .operation = "get_live_board",
                .summary = "The live classes of all institutions about now: go, or why not.",
                .handler = gate.for_operator([&audience, leader, &clock](const tenancy::Operator&,
                                                                         const net::Request&,
                                                                         net::Responder respond) {
                    respond.on_loop([&audience, leader, &clock] {
                        return board(audience, leader, clock.now());
                    });
                }),
                .tag = "operator",
                .credential = net::Credential::operator_token,
                .answers = {{200, "As this process knows it.",
                             R"({"$ref": "#/components/schemas/LiveBoard"})"}}});
}

} // namespace bw::live
