#include "app/report_state.hpp"

#include <simdjson.h>

namespace bw::app {

namespace {

using simdjson::dom::element;

template <class T>
void member(JsonWriter& json, std::string_view name, const std::optional<T>& value) {
    json.key(name);
    value ? json.value(*value) : json.null();
}

template <class T>
void take(element of, std::string_view name, T& into) {
    T value;
    if (of[name].get(value) == simdjson::SUCCESS)
        into = value;
}
template <class T>
void take(element of, std::string_view name, std::optional<T>& into) {
    T value;
    if (of[name].get(value) == simdjson::SUCCESS)
        into = value;
}
void take(element of, std::string_view name, std::string& into) {
    std::string_view value;
    if (of[name].get(value) == simdjson::SUCCESS)
        into = value;
}
void take(element of, std::string& into) {
    std::string_view value;
    if (of.get(value) == simdjson::SUCCESS)
        into = value;
}

} // namespace

void write(JsonWriter& json, const ReportState& state) {
    json.object().member("state", state.state).member("reason", state.reason);
    json.key("as_of");
    state.as_of ? json.value(to_rfc3339(*state.as_of)) : json.null();
    member(json, "lag_seconds", state.lag_seconds);
    member(json, "slot_behind_bytes", state.slot_bytes_behind);
    member(json, "slot_left_bytes", state.slot_bytes_left);
    json.member("set_aside", state.set_aside)
        .member("rows", state.rows)
        .member("commits", state.commits)
        .member("snapshots", state.snapshots)
        .member("run", state.run)
        .member("kept", state.kept)
        .member("failed", state.failed)
        .member("turned_away", state.turned_away)
        .member("running_seconds", state.running_seconds);
    member(json, "memory_bytes", state.memory_bytes);
    member(json, "file_bytes", state.file_bytes);
    json.key("hint_listeners").array();
    for (const std::string& name : state.hint_listeners)
        json.value(name);
    json.end().end();
}

Result<ReportState> report_state_in(std::string_view readyz) {
    simdjson::dom::parser parser;
    element whole, told;
    if (parser.parse(readyz.data(), readyz.size()).get(whole) != simdjson::SUCCESS ||
        whole["reports"].get(told) != simdjson::SUCCESS || !told.is_object())
        return fail(Code::unavailable, "the process does not say how its reports are");
    ReportState out;
    take(told, "state", out.state);
    take(told, "reason", out.reason);
    std::string as_of;
    take(told, "as_of", as_of);
    if (const auto at = from_rfc3339(as_of))
        out.as_of = *at;
    take(told, "lag_seconds", out.lag_seconds);
    take(told, "slot_behind_bytes", out.slot_bytes_behind);
    take(told, "slot_left_bytes", out.slot_bytes_left);
    take(told, "set_aside", out.set_aside);
    take(told, "rows", out.rows);
    take(told, "commits", out.commits);
    take(told, "snapshots", out.snapshots);
    take(told, "run", out.run);
    take(told, "kept", out.kept);
    take(told, "failed", out.failed);
    take(told, "turned_away", out.turned_away);
    take(told, "running_seconds", out.running_seconds);
    take(told, "memory_bytes", out.memory_bytes);
    take(told, "file_bytes", out.file_bytes);
    simdjson::dom::array listeners;
    if (told["hint_listeners"].get(listeners) == simdjson::SUCCESS)
        for (const element each : listeners)
            take(each, out.hint_listeners.emplace_back());
    return out;
}

} // namespace bw::app
