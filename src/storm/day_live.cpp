#include "storm/day_live.hpp"

#include <simdjson.h>

#include <fmt/format.h>

#include "storm/day_school.hpp"

namespace bw::storm {

namespace {

using Element = simdjson::dom::element;

/// Longer than any slot that the server gives.
constexpr std::int64_t wait_ms_max = 60'000;

std::string_view text(Element object, const char* name) {
    std::string_view value;
    return object[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

/// `name` of each in "data".
Result<std::vector<std::string>> ids_in(Element json, const char* name) {
    simdjson::dom::array data;
    if (json["data"].get(data) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the answer is no list");
    std::vector<std::string> out;
    for (Element one : data)
        out.emplace_back(text(one, name));
    return out;
}

} // namespace

net::ClientRequest classes_request(const std::string& host, Instant bell,
                                   const std::string& access_token) {
    return get_request(
        host,
        fmt::format("/v1/live-classes?from={}&until={}", to_rfc3339(bell), to_rfc3339(bell + 1ms)),
        access_token);
}

Result<std::vector<std::string>> read_classes(std::string_view body) {
    thread_local simdjson::dom::parser parser;
    Element json;
    if (parser.parse(body.data(), body.size()).get(json) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the answer is no list");
    return ids_in(json, "live_class_id");
}

net::ClientRequest join_request(const std::string& host, const std::string& live_class,
                                const std::string& access_token) {
    net::ClientRequest request =
        get_request(host, "/v1/live-classes/" + live_class + "/join", access_token);
    request.method = net::Method::post;
    return request;
}

std::string join_fault(std::string_view body, const std::string& live_class) {
    thread_local simdjson::dom::parser parser;
    Element json, grant;
    std::int64_t wait_ms = -1;
    if (parser.parse(body.data(), body.size()).get(json) != simdjson::SUCCESS)
        return "no object";
    if (text(json, "live_class_id") != live_class)
        return "of another class";
    if (json["grant"].get(grant) != simdjson::SUCCESS || text(grant, "token").empty())
        return "without a grant";
    if (json["wait_ms"].get(wait_ms) != simdjson::SUCCESS || wait_ms < 0)
        return "without a slot";
    return wait_ms > wait_ms_max ? "with a slot too far away" : "";
}

Result<LessonsPage> read_lessons(std::string_view body) {
    thread_local simdjson::dom::parser parser;
    Element json;
    if (parser.parse(body.data(), body.size()).get(json) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the answer is no list");
    return LessonsPage{TRY(ids_in(json, "lesson_id")), std::string(text(json, "next"))};
}

} // namespace bw::storm
