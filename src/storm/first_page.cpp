#include "storm/first_page.hpp"

#include <simdjson.h>

namespace bw::storm {

namespace {

using Element = simdjson::dom::element;

std::string_view text(Element object, const char* name) {
    std::string_view value;
    return object[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

Result<AssignmentOnPage> read_assignment(Element item) {
    const auto due_at = from_rfc3339(text(item, "due_at"));
    Element latest;
    if (!due_at || item["latest_submission"].get(latest) != simdjson::SUCCESS)
        return fail(Code::corrupt, "an assignment of the page is none");
    AssignmentOnPage out{std::string(text(item, "title")), *due_at, {}};
    if (!latest.is_null()) {
        const auto id = SubmissionId::parse(text(latest, "submission_id"));
        const auto received_at = from_rfc3339(text(latest, "received_at"));
        if (!id || !received_at)
            return fail(Code::corrupt, "what was handed in has no id, or no time");
        out.latest = {*id, *received_at};
    }
    return out;
}

} // namespace

Result<FirstPage> read_first_page(std::string_view body,
                                  const std::optional<AssignmentId>& assignment) {
    thread_local simdjson::dom::parser parser;
    Element json, next;
    simdjson::dom::array data;
    std::int64_t behind = 0;
    if (parser.parse(body.data(), body.size()).get(json) != simdjson::SUCCESS ||
        json["behind_seconds_max"].get(behind) != simdjson::SUCCESS ||
        json["assignments"]["data"].get(data) != simdjson::SUCCESS ||
        json["assignments"]["next"].get(next) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the answer is no first page");
    Element me;
    if (json["me"].get(me) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the page does not say whose it is");
    const auto user = UserId::parse(text(me, "user_id"));
    const auto tenant = TenantId::parse(text(me, "tenant_id"));
    if (!user || !tenant)
        return fail(Code::corrupt, "the page does not say whose it is");
    FirstPage page{.user = *user,
                   .tenant = *tenant,
                   .behind_max = std::chrono::seconds(behind),
                   .assignment = {},
                   .whole = next.is_null()};
    if (assignment) {
        const std::string wanted = assignment->text();
        for (Element item : data)
            if (text(item, "assignment_id") == wanted)
                page.assignment = TRY(read_assignment(item));
    }
    return page;
}

namespace {

/// It is there, or something later that took its place.
bool shows(const std::optional<HandedIn>& latest, const HandedIn& known) {
    return latest && (latest->received_at > known.received_at ||
                      (latest->received_at == known.received_at && latest->id == known.id));
}

} // namespace

std::string fault_of(const FirstPage& page, const ExpectedPage& expected, Monotonic asked) {
    if (page.user != expected.user || page.tenant != expected.tenant)
        return "shows another person's data";
    if (!expected.has_assignment)
        return "";
    if (!page.assignment)
        return page.whole ? "lacks an assignment" : "";
    // Of what somebody was told so long ago every page must know.
    auto must_know = [&](const auto& told) { return told && asked > told->at + page.behind_max; };
    if (must_know(expected.due_at) && page.assignment->due_at != expected.due_at->value)
        return "shows a due instant that is no more";
    if (must_know(expected.title) && page.assignment->title != expected.title->value)
        return "shows a title that is no more";
    if (must_know(expected.latest) && !shows(page.assignment->latest, expected.latest->value))
        return "does not show what was handed in";
    return "";
}

} // namespace bw::storm
