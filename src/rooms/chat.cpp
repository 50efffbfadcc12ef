#include "rooms/chat.hpp"

namespace bw::rooms {

namespace {

/// So many paces are kept before those are forgotten that are full again.
constexpr std::size_t paces_swept_at = 1'000;

} // namespace

std::string_view Chat::name(Mode mode) {
    switch (mode) {
    case Mode::open:
        return "open";
    case Mode::teachers_first:
        return "teachers_first";
    case Mode::closed:
        break;
    }
    return "closed";
}

bool Chat::takes(std::string_view type) {
    return type == "chat" || type == "chat_mode" || type == "chat_let" || type == "chat_remove" ||
           type == "chat_silence";
}

Result<Answer> Chat::handle(const Member& from, std::string_view type, std::string_view message,
                            Instant now) {
    if (type == "chat")
        return say(from, message, now);
    TRY(only_teachers(from));
    if (type == "chat_mode")
        return change(message);
    if (type == "chat_silence")
        return silence(message);
    return decide(type, message);
}

Result<Answer> Chat::say(const Member& from, std::string_view message, Instant now) {
    const auto object = TRY(JsonObject::parse(message, {"type", "text"}));
    auto text = TRY(words_of(TRY(object.string("text", rules_.text_bytes_limit)), "/text"));
    if (!from.teaches())
        TRY(admit(from, now));
    Line line{next_, from.user, from.name, from.role, std::move(text)};
    Answer answer;
    if (from.teaches() || mode_ == Mode::open) {
        answer.out.push_back(show(std::move(line)));
    } else {
        JsonWriter json, sent;
        json.object().member("type", "chat_waiting");
        write(json, line);
        json.end();
        sent.object().member("type", "chat_sent").member("id", line.id).end();
        answer.out.push_back(to_teachers(json));
        answer.out.push_back(to_one(from.user, sent));
        waiting_.push_back(std::move(line));
    }
    ++next_;
    return answer;
}

/// May a student write now?
Result<void> Chat::admit(const Member& from, Instant now) {
    if (mode_ == Mode::closed)
        return fail(Code::conflict, "the chat is closed");
    if (silenced_.contains(from.user))
        return fail(Code::forbidden, "a teacher took the chat from you");
    if (mode_ == Mode::teachers_first && waiting_.size() >= rules_.waiting_limit)
        return too_fast("many messages wait for a teacher; try again");
    if (paces_.size() >= paces_swept_at)
        std::erase_if(paces_, [&](const auto& one) { return one.second.full(now); });
    const auto pace = paces_.find(from.user);
    if (pace != paces_.end() && !pace->second.spend(now))
        return too_fast("you write faster than others can read");
    if (!pace_.spend(now))
        return too_fast("very many write at once; try again");
    if (pace == paces_.end())
        paces_.emplace(from.user, Pace(rules_.at_once, rules_.per_second)).first->second.spend(now);
    return {};
}

Result<Answer> Chat::change(std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "mode"}));
    const std::string wanted = TRY(object.string("mode", 32));
    const Mode modes[] = {Mode::open, Mode::teachers_first, Mode::closed};
    const auto found = std::ranges::find_if(modes, [&](Mode mode) { return name(mode) == wanted; });
    if (found == std::end(modes))
        return fail(Code::invalid_field, "is open, teachers_first or closed", "/mode");
    mode_ = *found;
    JsonWriter json;
    json.object().member("type", "chat_mode").member("mode", name(mode_)).end();
    return Answer{{to_all(json)}, {}};
}

Result<Answer> Chat::silence(std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "user", "silent"}));
    const UserId user = TRY(user_of(object));
    const bool silent = TRY(object.boolean("silent"));
    if (silent && silenced_.size() >= rules_.silenced_limit && !silenced_.contains(user))
        return fail(Code::conflict, "many are silenced; close the chat, or let teachers be first");
    if (silent)
        silenced_.insert(user);
    else
        silenced_.erase(user);
    JsonWriter teachers, one;
    for (JsonWriter* json : {&teachers, &one})
        json->object().member("type", json == &one ? "your_chat" : "chat_silenced");
    teachers.member("user", user.text());
    for (JsonWriter* json : {&teachers, &one})
        json->member("silent", silent).end();
    return Answer{{to_teachers(teachers), to_one(user, one)}, {}};
}

/// Of a message that waits, or to be seen no more.
Result<Answer> Chat::decide(std::string_view type, std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "id"}));
    const std::int64_t id = TRY(object.integer("id", 1, INT64_MAX));
    const bool let = type == "chat_let";
    Answer answer;
    if (const auto one = std::ranges::find(waiting_, id, &Line::id); one != waiting_.end()) {
        JsonWriter json;
        json.object().member("type", "chat_decided").member("id", id).member("let", let).end();
        answer.out.push_back(to_teachers(json));
        Line line = std::move(*one);
        waiting_.erase(one);
        if (let)
            answer.out.push_back(show(std::move(line)));
        return answer;
    }
    const auto shown = std::ranges::find(kept_, id, &Line::id);
    if (let || shown == kept_.end())
        return fail(Code::not_found, "there is no such message any more", "/id");
    kept_.erase(shown);
    JsonWriter json;
    json.object().member("type", "chat_removed").member("id", id).end();
    answer.out.push_back(to_all(json));
    return answer;
}

Out Chat::show(Line line) {
    JsonWriter json;
    json.object().member("type", "chat");
    write(json, line);
    json.end();
    kept_.push_back(std::move(line));
    if (kept_.size() > rules_.kept)
        kept_.pop_front();
    return to_all(json);
}

void Chat::write(JsonWriter& json, const Line& line) {
    json.member("id", line.id)
        .member("user", line.user.text())
        .member("name", line.name)
        .member("role", live::name(line.role))
        .member("text", line.text);
}

void Chat::snapshot(JsonWriter& json, const Member& to) const {
    auto list = [&](const char* key, const std::deque<Line>& lines) {
        json.key(key).array();
        for (const Line& line : lines) {
            json.object();
            write(json, line);
            json.end();
        }
        json.end();
    };
    json.member("chat_mode", name(mode_)).member("chat_silent", silenced_.contains(to.user));
    list("chat", kept_);
    if (!to.teaches())
        return;
    list("chat_waiting", waiting_);
    json.key("chat_silenced").array();
    for (const UserId& user : silenced_)
        json.value(user.text());
    json.end();
}

} // namespace bw::rooms
