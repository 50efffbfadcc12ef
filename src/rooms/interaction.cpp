#include "rooms/interaction.hpp"

namespace bw::rooms {

bool Interaction::takes(std::string_view type) {
    return type == "snapshot" || Hands::takes(type) || Chat::takes(type) || Polls::takes(type) ||
           Board::takes(type);
}

Result<Answer> Interaction::handle(const Member& from, std::string_view type,
                                   std::string_view message, Instant now) {
    Answer out = TRY(answer(from, type, message, now));
    out.out = numbered(std::move(out.out));
    return out;
}

Result<Answer> Interaction::answer(const Member& from, std::string_view type,
                                   std::string_view message, Instant now) {
    if (Hands::takes(type))
        return hands_.handle(from, type, message);
    if (Chat::takes(type))
        return chat_.handle(from, type, message, now);
    if (Polls::takes(type))
        return polls_.handle(from, type, message);
    if (Board::takes(type))
        return board_.handle(from, hands_.has_the_word(from.user), type, message, now);
    return tell_again(from, message, now);
}

Result<Answer> Interaction::tell_again(const Member& from, std::string_view message, Instant now) {
    TRY(JsonObject::parse(message, {"type"}));
    const auto [at, first] = told_again_.try_emplace(from.user, now);
    if (!first && now - at->second < rules_.snapshot_every)
        return too_fast("you have a snapshot of just now");
    at->second = now;
    JsonWriter json;
    json.object().member("type", "snapshot").key("interaction").raw(snapshot_for(from)).end();
    return Answer{{to_one(from.user, json)}, {}};
}

std::vector<Out> Interaction::leave(UserId user) {
    told_again_.erase(user);
    return numbered(hands_.leave(user));
}

std::vector<Out> Interaction::put_out(UserId user) {
    return numbered(hands_.put_out(user));
}

std::vector<Out> Interaction::numbered(std::vector<Out> out) {
    for (Out& one : out)
        if (one.to == Out::To::everybody) {
            one.text.pop_back();
            one.text += ",\"seq\":" + std::to_string(++seq_) + "}";
        }
    return out;
}

std::string Interaction::snapshot_for(const Member& member) const {
    JsonWriter json;
    json.object().member("seq", seq_);
    hands_.snapshot(json, member);
    chat_.snapshot(json, member);
    polls_.snapshot(json, member);
    board_.snapshot(json);
    json.end();
    return json.take();
}

} // namespace bw::rooms
