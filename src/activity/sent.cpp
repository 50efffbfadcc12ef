#include "activity/sent.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>

namespace bw::activity {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

Error wrong(std::string what, std::string pointer) {
    return fail(Code::invalid_field, std::move(what), std::move(pointer));
}

/// RFC 6901; a long foreign name is cut, between characters.
std::string pointer_to(const std::string& parent, std::string_view name) {
    std::string out = parent + "/";
    for (const char c : name.substr(0, utf8_prefix(name.substr(0, 64))))
        out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
}

/// No other member than these, and none twice.
Result<void> check_members(const object& in, std::initializer_list<std::string_view> names,
                           const std::string& pointer) {
    std::uint32_t seen = 0;
    for (const auto [name, value] : in) {
        const auto* known = std::ranges::find(names, name);
        if (known == names.end())
            return wrong("there is no such member; see the documentation",
                         pointer_to(pointer, name));
        const std::uint32_t bit = 1U << (known - names.begin());
        if ((seen & bit) != 0)
            return wrong("the member stands twice", pointer_to(pointer, name));
        seen |= bit;
    }
    return {};
}

Result<std::string_view> text_in(const object& in, const char* name, const std::string& pointer) {
    std::string_view text;
    if (in[name].get(text) != simdjson::SUCCESS)
        return wrong("must be there, and a string", pointer + "/" + name);
    return text;
}

Result<Instant> instant_in(const object& in, const char* name, const std::string& pointer) {
    auto instant = from_rfc3339(TRY(text_in(in, name, pointer)));
    if (!instant)
        return wrong(instant.error().detail, pointer + "/" + name);
    return instant;
}

std::optional<Uuid> uuid_in_hex(std::string_view digits) {
    if (std::ranges::any_of(digits, [](char c) { return c >= 'A' && c <= 'F'; }))
        return std::nullopt; // one text for one id
    const auto bytes = from_hex(digits);
    return bytes ? to_array<16>(*bytes) : std::nullopt;
}

/// As RFC 9562 writes it.
std::optional<Uuid> uuid_from(std::string_view text) {
    if (text.size() != 36)
        return std::nullopt;
    std::string digits;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash != (text[at] == '-'))
            return std::nullopt;
        if (!dash)
            digits += text[at];
    }
    return uuid_in_hex(digits);
}

Result<std::uint8_t> page_in(const object& in, const std::string& pointer) {
    const std::string_view name = TRY(text_in(in, "page", pointer));
    if (const auto page = page_named(name))
        return *page;
    return wrong("there is no such page; one without a name is \"other\"", pointer + "/page");
}

Result<Uuid> subject_in(const object& in, std::string_view prefix, const std::string& pointer) {
    const std::string_view text = TRY(text_in(in, "subject_id", pointer));
    if (text.size() == prefix.size() + 33 && text.starts_with(prefix) && text[prefix.size()] == '_')
        if (const auto id = uuid_in_hex(text.substr(prefix.size() + 1)))
            return *id;
    return wrong("expected an id: " + std::string(prefix) +
                     "_ and 32 lower-case hexadecimal digits",
                 pointer + "/subject_id");
}

Result<Activity> read_activity(const element& in, Instant sent_at, const std::string& pointer) {
    object members;
    if (in.get(members) != simdjson::SUCCESS)
        return wrong("must be an object", pointer);
    CHECK_OK(check_members(members, {"id", "kind", "page", "subject_id", "occurred_at"}, pointer));
    Activity out;
    const auto id = uuid_from(TRY(text_in(members, "id", pointer)));
    if (!id)
        return wrong("expected a UUID in lower case, made anew for each activity", pointer + "/id");
    out.id = *id;
    const KindFacts* facts = kind_named(TRY(text_in(members, "kind", pointer)));
    if (!facts)
        return wrong("there is no such kind; see the documentation", pointer + "/kind");
    out.kind = facts->kind;
    const bool views_page = facts->subject == Subject::none;
    const char* not_its = views_page ? "subject_id" : "page";
    if (members[not_its].error() == simdjson::SUCCESS)
        return wrong("an activity of this kind has none", pointer + "/" + not_its);
    if (views_page)
        out.page = TRY(page_in(members, pointer));
    else
        out.subject = TRY(subject_in(members, facts->prefix, pointer));
    const Instant occurred_at = TRY(instant_in(members, "occurred_at", pointer));
    const std::int64_t age_ms = std::max<std::int64_t>(0, sent_at.ms - occurred_at.ms);
    if (std::chrono::milliseconds(age_ms) > age_limit)
        return wrong("more than 7 days before `sent_at`: too old to be taken",
                     pointer + "/occurred_at");
    out.age_ms = static_cast<std::uint32_t>(age_ms);
    return out;
}

} // namespace

Result<std::vector<Activity>> read_sent(std::string_view body) {
    thread_local simdjson::dom::parser parser;
    element document;
    if (auto error = parser.parse(body.data(), body.size()).get(document);
        error != simdjson::SUCCESS)
        return fail(Code::bad_request,
                    std::string("the body is not valid JSON: ") + simdjson::error_message(error));
    object members;
    if (document.get(members) != simdjson::SUCCESS)
        return fail(Code::bad_request, "the body must be a JSON object");
    CHECK_OK(check_members(members, {"sent_at", "activities"}, ""));
    const Instant sent_at = TRY(instant_in(members, "sent_at", ""));
    simdjson::dom::array list;
    if (members["activities"].get(list) != simdjson::SUCCESS || list.size() == 0 ||
        list.size() > activities_limit)
        return wrong("expected a list of 1 to " + std::to_string(activities_limit) + " activities",
                     "/activities");
    std::vector<Activity> out;
    out.reserve(list.size());
    for (const element one : list)
        out.push_back(
            TRY(read_activity(one, sent_at, "/activities/" + std::to_string(out.size()))));
    return out;
}

} // namespace bw::activity
