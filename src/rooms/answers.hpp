// What the parts of interaction share: for whom an answer is, who may ask, and how fast.
#pragma once

#include <algorithm>
#include <functional>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "rooms/parts.hpp"

namespace bw::rooms {

/// Who of the room is here; null: not.
using Find = std::function<const Member*(UserId)>;

inline Out to_all(JsonWriter& json) {
    return {.to = Out::To::everybody, .text = json.take()};
}
inline Out to_teachers(JsonWriter& json) {
    return {.to = Out::To::teachers, .text = json.take()};
}
inline Out to_one(UserId one, JsonWriter& json) {
    return {.to = Out::To::one, .one = one, .text = json.take()};
}

inline Result<void> only_teachers(const Member& from) {
    if (!from.teaches())
        return fail(Code::forbidden, "only a teacher of the class does this");
    return {};
}

inline Result<UserId> user_of(const JsonObject& object) {
    const auto user = UserId::parse(TRY(object.string("user", 64)));
    if (!user)
        return fail(Code::invalid_field, "is the id of a person", "/user");
    return *user;
}

inline Result<bool> flag(const JsonObject& object, std::string_view name) {
    if (!object.has(name))
        return false;
    return object.boolean(name);
}

/// Of people, and no escape in JSON is longer than two bytes: what is kept stays bounded.
inline Result<std::string> words_of(std::string text, std::string field) {
    const bool bare = std::ranges::all_of(text, [](char c) {
        return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    });
    if (!bare)
        return fail(Code::invalid_field, "has no control characters", std::move(field));
    if (std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\n'; }))
        return fail(Code::invalid_field, "says something", std::move(field));
    return text;
}

/// The members of a list, `json` being one that JsonObject::structure gave.
Result<std::vector<std::string>> strings_of(const std::string& json, const std::string& field);
Result<std::vector<std::int64_t>> integers_of(const std::string& json, const std::string& field);

inline Error too_fast(std::string detail) {
    Error error = fail(Code::quota_exceeded, std::move(detail));
    error.retry_after = std::chrono::seconds(2);
    return error;
}

/// So many at once, so many a second.
class Pace {
public:
    Pace(double at_once, double per_second)
        : at_once_(at_once), per_second_(per_second), left_(at_once) {}
    bool spend(Instant now) {
        left_ = level(now);
        at_ = now;
        if (left_ < 1)
            return false;
        left_ -= 1;
        return true;
    }
    bool full(Instant now) const { return level(now) >= at_once_; }

private:
    double level(Instant now) const {
        const double seconds = std::max(0.0, std::chrono::duration<double>(now - at_).count());
        return std::min(at_once_, left_ + seconds * per_second_);
    }
    double at_once_, per_second_, left_;
    Instant at_;
};

} // namespace bw::rooms
