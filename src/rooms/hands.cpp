#include "rooms/hands.hpp"

namespace bw::rooms {

namespace {

void write_rights(JsonWriter& json, live::Rights may) {
    json.key("may").array();
    for (const auto& [right, text] : live::right_names)
        if (may.has(right))
            json.value(text);
    json.end();
}

Out may_text(UserId user, live::Rights may) {
    JsonWriter json;
    json.object().member("type", "may");
    write_rights(json, may);
    json.end();
    return to_one(user, json);
}

Out your_hand(UserId user, bool up, std::size_t before = 0) {
    JsonWriter json;
    json.object().member("type", "your_hand").member("up", up).member("before", before).end();
    return to_one(user, json);
}

Out word_back_text(UserId user) {
    JsonWriter json;
    json.object().member("type", "word_back").member("user", user.text()).end();
    return to_all(json);
}

} // namespace

bool Hands::takes(std::string_view type) {
    return type == "hand" || type == "hand_lower" || type == "hands_lower" || type == "word_give" ||
           type == "word_back" || type == "mute";
}

Result<Answer> Hands::handle(const Member& from, std::string_view type, std::string_view message) {
    if (type == "hand")
        return raise(from, message);
    if (type == "word_back")
        return take_back(from, message);
    TRY(only_teachers(from));
    if (type == "word_give")
        return give(message);
    if (type == "mute")
        return mute(message);
    Answer answer;
    if (type == "hand_lower") {
        const auto object = TRY(JsonObject::parse(message, {"type", "user"}));
        lower(TRY(user_of(object)), answer.out);
        return answer;
    }
    TRY(JsonObject::parse(message, {"type"}));
    for (const Hand& hand : std::exchange(hands_, {}))
        answer.out.push_back(your_hand(hand.user, false));
    JsonWriter json;
    json.object().member("type", "hands_lowered").end();
    answer.out.push_back(to_teachers(json));
    return answer;
}

Result<Answer> Hands::raise(const Member& from, std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "up"}));
    const bool up = TRY(object.boolean("up"));
    if (from.teaches())
        return fail(Code::forbidden, "teachers need no hand");
    Answer answer;
    if (!up) {
        lower(from.user, answer.out);
        return answer;
    }
    auto at = std::ranges::find(hands_, from.user, &Hand::user);
    if (at == hands_.end()) {
        if (hands_.size() >= rules_.hands_limit) {
            Error error = fail(Code::overloaded, "very many hands are up; try again");
            error.retry_after = std::chrono::seconds(10);
            return error;
        }
        at = hands_.insert(at, {from.user, from.name});
        JsonWriter json;
        json.object()
            .member("type", "hand")
            .member("user", from.user.text())
            .member("name", from.name)
            .member("up", true)
            .end();
        answer.out.push_back(to_teachers(json));
    }
    answer.out.push_back(your_hand(from.user, true, static_cast<std::size_t>(at - hands_.begin())));
    return answer;
}

bool Hands::lower(UserId user, std::vector<Out>& out) {
    if (std::erase_if(hands_, [&](const Hand& hand) { return hand.user == user; }) == 0)
        return false;
    JsonWriter json;
    json.object().member("type", "hand").member("user", user.text()).member("up", false).end();
    out.push_back(to_teachers(json));
    out.push_back(your_hand(user, false));
    return true;
}

Result<Answer> Hands::give(std::string_view message) {
    const auto object =
        TRY(JsonObject::parse(message, {"type", "user", "audio", "video", "screen"}));
    const UserId user = TRY(user_of(object));
    live::Rights given;
    for (const auto& [right, text] : live::right_names)
        if (right != live::Right::data && TRY(flag(object, text)))
            given = given.with(right);
    if (given == live::Rights())
        return fail(Code::invalid_field, "the word is for audio, video or screen", "/audio");
    const Member* who = find_(user);
    if (!who)
        return fail(Code::not_found, "this person is not in the room", "/user");
    if (who->teaches())
        return fail(Code::conflict, "a teacher has the word already", "/user");
    const auto found = words_.find(user);
    if (found == words_.end() && words_.size() >= rules_.words_limit)
        return fail(Code::conflict, "many have the word; take it back from somebody first");
    Word& word = words_[user];
    if (found == words_.end())
        word.granted = who->may;
    word.name = who->name;
    word.given = given;
    Answer answer;
    lower(user, answer.out);
    JsonWriter json;
    json.object().member("type", "word").member("user", user.text()).member("name", word.name);
    write_rights(json, word.both());
    json.end();
    answer.out.push_back(to_all(json));
    answer.out.push_back(may_text(user, word.both()));
    answer.deeds.push_back({.what = Deed::What::may, .user = user, .may = word.both()});
    return answer;
}

Result<Answer> Hands::take_back(const Member& from, std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "user"}));
    const UserId user = TRY(user_of(object));
    if (user != from.user) // one's own one gives back
        TRY(only_teachers(from));
    const auto found = words_.find(user);
    if (found == words_.end())
        return fail(Code::not_found, "this person has not got the word", "/user");
    const live::Rights granted = found->second.granted;
    words_.erase(found);
    return Answer{{word_back_text(user), may_text(user, granted)},
                  {{.what = Deed::What::may, .user = user, .may = granted}}};
}

Result<Answer> Hands::mute(std::string_view message) const {
    const auto object = TRY(JsonObject::parse(message, {"type", "user"}));
    const UserId user = TRY(user_of(object));
    if (!find_(user))
        return fail(Code::not_found, "this person is not in the room", "/user");
    JsonWriter json;
    json.object().member("type", "muted").end();
    return Answer{{to_one(user, json)}, {{.what = Deed::What::silence, .user = user}}};
}

live::Rights Hands::enter(UserId user, live::Rights granted) {
    const auto found = words_.find(user);
    if (found == words_.end())
        return granted;
    found->second.granted = granted;
    return found->second.both();
}

std::vector<Out> Hands::leave(UserId user) {
    std::vector<Out> out;
    lower(user, out);
    return out;
}

std::vector<Out> Hands::put_out(UserId user) {
    std::vector<Out> out = leave(user);
    if (words_.erase(user) > 0)
        out.push_back(word_back_text(user));
    return out;
}

void Hands::snapshot(JsonWriter& json, const Member& to) const {
    json.member("hand_up", std::ranges::any_of(
                               hands_, [&](const Hand& hand) { return hand.user == to.user; }));
    json.key("words").array();
    for (const auto& [user, word] : words_) {
        json.object().member("user", user.text()).member("name", word.name);
        write_rights(json, word.both());
        json.end();
    }
    json.end();
    if (!to.teaches())
        return;
    json.key("hands").array();
    for (const Hand& hand : hands_)
        json.object().member("user", hand.user.text()).member("name", hand.name).end();
    json.end();
}

} // namespace bw::rooms
