#include "base/json_object.hpp"

#include <simdjson.h>

#include <algorithm>

#include "base/bytes.hpp"

namespace bw {

namespace {

/// RFC 6901, for an answer: a long foreign name is cut, between characters.
std::string pointer_to(std::string_view name) {
    std::string_view shown = name.substr(0, 64);
    while (!is_utf8(shown))
        shown.remove_suffix(1);
    std::string pointer = "/";
    for (char c : shown) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
    return pointer;
}

} // namespace

Result<JsonObject> JsonObject::parse(std::string_view text,
                                     std::initializer_list<std::string_view> members) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element document;
    if (auto error = parser.parse(text.data(), text.size()).get(document);
        error != simdjson::SUCCESS)
        return fail(Code::bad_request,
                    std::string("the body is not valid JSON: ") + simdjson::error_message(error));
    simdjson::dom::object object;
    if (document.get(object) != simdjson::SUCCESS)
        return fail(Code::bad_request, "the body must be a JSON object");
    JsonObject out;
    for (auto [name, value] : object) {
        std::string pointer = pointer_to(name);
        if (std::ranges::find(members, name) == members.end())
            return fail(Code::invalid_field,
                        "this operation has no such member; see the documentation", pointer);
        if (out.find(name))
            return fail(Code::invalid_field, "the member stands twice", pointer);
        Member& member = out.members_.emplace_back(Member{std::string(name), Kind::other, {}});
        if (std::string_view string; value.get(string) == simdjson::SUCCESS) {
            member.kind = Kind::string;
            member.value = string;
            continue;
        }
        if (bool truth = false; value.get(truth) == simdjson::SUCCESS) {
            member.kind = Kind::boolean;
            member.number = truth;
        } else if (value.is_null())
            member.kind = Kind::null;
        else if (value.get(member.number) == simdjson::SUCCESS)
            member.kind = Kind::integer;
        else if (value.is_object() || value.is_array()) {
            member.kind = Kind::structure;
            member.value = simdjson::minify(value);
        }
    }
    return out;
}

Result<std::string> JsonObject::string(std::string_view name, std::size_t bytes_limit) const {
    std::string value = TRY(text(name, bytes_limit));
    if (value.empty())
        return fail(Code::invalid_field, "must not be empty", "/" + std::string(name));
    return value;
}

Result<std::string> JsonObject::text(std::string_view name, std::size_t bytes_limit) const {
    const std::string pointer = "/" + std::string(name);
    const Member* member = TRY(required(name));
    if (member->kind != Kind::string)
        return fail(Code::invalid_field, "must be a string", pointer);
    if (member->value.size() > bytes_limit)
        return fail(Code::invalid_field, "is longer than " + std::to_string(bytes_limit) + " bytes",
                    pointer);
    return member->value;
}

Result<std::int64_t> JsonObject::integer(std::string_view name, std::int64_t min,
                                         std::int64_t max) const {
    const Member* member = TRY(required(name));
    if (member->kind != Kind::integer || member->number < min || member->number > max)
        return fail(Code::invalid_field,
                    "expected a whole number from " + std::to_string(min) + " to " +
                        std::to_string(max),
                    "/" + std::string(name));
    return member->number;
}

Result<bool> JsonObject::boolean(std::string_view name) const {
    const Member* member = TRY(required(name));
    if (member->kind != Kind::boolean)
        return fail(Code::invalid_field, "must be true or false", "/" + std::string(name));
    return member->number != 0;
}

Result<std::string> JsonObject::structure(std::string_view name, std::size_t bytes_limit) const {
    const Member* member = TRY(required(name));
    if (member->kind != Kind::structure)
        return fail(Code::invalid_field, "must be an object or a list", "/" + std::string(name));
    if (member->value.size() > bytes_limit)
        return fail(Code::invalid_field, "is longer than " + std::to_string(bytes_limit) + " bytes",
                    "/" + std::string(name));
    return member->value;
}

Result<const JsonObject::Member*> JsonObject::required(std::string_view name) const {
    const Member* member = find(name);
    if (!member)
        return fail(Code::invalid_field, "is missing", "/" + std::string(name));
    return member;
}

bool JsonObject::is_null(std::string_view name) const {
    const Member* member = find(name);
    return member && member->kind == Kind::null;
}

bool JsonObject::has(std::string_view name) const {
    return find(name) != nullptr;
}

const JsonObject::Member* JsonObject::find(std::string_view name) const {
    auto found = std::ranges::find(members_, name, &Member::name);
    return found == members_.end() ? nullptr : &*found;
}

} // namespace bw
