#include "rooms/message.hpp"

#include <simdjson.h>

#include <algorithm>

#include "base/json.hpp"

namespace bw::rooms {

Result<std::string> type_of(std::string_view message) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element document;
    if (message.size() > message_bytes_limit ||
        parser.parse(message.data(), message.size()).get(document) != simdjson::SUCCESS ||
        !document.is_object())
        return fail(Code::bad_request, "a message is a JSON object");
    std::string_view type;
    const bool named =
        document.at_key("type").get(type) == simdjson::SUCCESS && !type.empty() &&
        type.size() <= type_bytes_limit &&
        std::ranges::all_of(type, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!named)
        return fail(Code::invalid_field, "names what the message is: a-z and _", "/type");
    return std::string(type);
}

std::string refusal(std::string_view of, const Error& error) {
    JsonWriter json;
    json.object()
        .member("type", "refused")
        .member("of", of)
        .member("code", wire_name(error.code))
        .member("detail", error.detail);
    if (!error.field.empty())
        json.member("field", error.field);
    if (error.retry_after)
        json.member("retry_after_ms", error.retry_after->count());
    json.end();
    return json.take();
}

} // namespace bw::rooms
