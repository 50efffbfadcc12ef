#include "rooms/polls.hpp"

namespace bw::rooms {

std::string_view Polls::name(State state) {
    switch (state) {
    case State::draft:
        return "draft";
    case State::open:
        return "open";
    case State::closed:
        return "closed";
    case State::shown:
        break;
    }
    return "shown";
}

bool Polls::takes(std::string_view type) {
    return type == "vote" || type == "poll_make" || type == "poll_open" || type == "poll_close" ||
           type == "poll_show" || type == "poll_count" || type == "poll_remove";
}

Result<Answer> Polls::handle(const Member& from, std::string_view type, std::string_view message) {
    if (type == "vote")
        return vote(from, message);
    TRY(only_teachers(from));
    if (type == "poll_make")
        return make(message);
    if (type != "poll_count")
        return move(type, message);
    // Asked for: ten thousand votes would be as many messages.
    const auto object = TRY(JsonObject::parse(message, {"type", "id"}));
    const Poll& poll = *TRY(find(object, "id"));
    JsonWriter json;
    json.object().member("type", "poll_count").member("id", poll.id);
    write_counts(json, poll);
    json.end();
    return Answer{{to_one(from.user, json)}, {}};
}

Result<Answer> Polls::make(std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "question", "choices"}));
    Poll poll{.id = next_,
              .question = TRY(words_of(TRY(object.string("question", rules_.question_bytes_limit)),
                                       "/question")),
              .choices = TRY(strings_of(TRY(object.structure("choices", 4096)), "/choices"))};
    if (poll.choices.size() < 2 || poll.choices.size() > rules_.choices_limit)
        return fail(Code::invalid_field,
                    "are 2 to " + std::to_string(rules_.choices_limit) + " texts", "/choices");
    for (std::size_t n = 0; n < poll.choices.size(); ++n) {
        const std::string field = "/choices/" + std::to_string(n);
        if (poll.choices[n].size() > rules_.choice_bytes_limit)
            return fail(Code::invalid_field,
                        "has at most " + std::to_string(rules_.choice_bytes_limit) + " bytes",
                        field);
        poll.choices[n] = TRY(words_of(poll.choices[n], field));
    }
    if (polls_.size() >= rules_.polls_limit)
        return fail(Code::conflict, "there are many polls; remove one first");
    ++next_;
    JsonWriter json;
    json.object().member("type", "poll_draft");
    write(json, poll);
    json.end();
    polls_.push_back(std::move(poll));
    return Answer{{to_teachers(json)}, {}};
}

Result<Answer> Polls::vote(const Member& from, std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "id", "choice"}));
    const std::int64_t choice =
        TRY(object.integer("choice", 0, static_cast<std::int64_t>(rules_.choices_limit) - 1));
    Poll& poll = *TRY(find(object, "id"));
    if (from.teaches())
        return fail(Code::forbidden, "teachers ask, they do not vote");
    if (poll.state == State::draft) // not theirs to know of
        return fail(Code::not_found, "there is no such poll", "/id");
    if (poll.state != State::open)
        return fail(Code::conflict, "the poll is closed");
    if (static_cast<std::size_t>(choice) >= poll.choices.size())
        return fail(Code::invalid_field, "is the place of a choice, from 0", "/choice");
    if (poll.votes.size() >= rules_.votes_limit && !poll.votes.contains(from.user))
        return fail(Code::conflict, "the poll has no room for more votes");
    poll.votes[from.user] = static_cast<std::size_t>(choice);
    JsonWriter json;
    json.object().member("type", "voted").member("id", poll.id).member("choice", choice).end();
    return Answer{{to_one(from.user, json)}, {}};
}

Result<Answer> Polls::move(std::string_view type, std::string_view message) {
    const auto object = TRY(JsonObject::parse(message, {"type", "id"}));
    Poll& poll = *TRY(find(object, "id"));
    if (type == "poll_open")
        return to_state(poll, State::open);
    if (type == "poll_close")
        return to_state(poll, State::closed);
    if (type == "poll_show")
        return to_state(poll, State::shown);
    JsonWriter json;
    const bool draft = poll.state == State::draft;
    json.object()
        .member("type", draft ? "poll_draft_gone" : "poll_removed")
        .member("id", poll.id)
        .end();
    polls_.erase(polls_.begin() + (&poll - polls_.data()));
    return Answer{{draft ? to_teachers(json) : to_all(json)}, {}};
}

/// From each state to the next one, and never back: a vote is for what was asked.
Result<Answer> Polls::to_state(Poll& poll, State state) {
    if (static_cast<int>(poll.state) + 1 != static_cast<int>(state))
        return fail(Code::conflict, "the poll is " + std::string(name(poll.state)));
    if (state == State::open &&
        std::ranges::any_of(polls_, [](const Poll& one) { return one.state == State::open; }))
        return fail(Code::conflict, "another poll is open; close it first");
    poll.state = state;
    Answer answer;
    JsonWriter json;
    if (state == State::open) {
        json.object().member("type", "poll_draft_gone").member("id", poll.id).end();
        answer.out.push_back(to_teachers(json));
    }
    JsonWriter all;
    all.object().member("type", "poll");
    write(all, poll);
    all.end();
    answer.out.push_back(to_all(all));
    return answer;
}

Result<Polls::Poll*> Polls::find(const JsonObject& object, std::string_view member) {
    const std::int64_t id = TRY(object.integer(member, 1, INT64_MAX));
    const auto found = std::ranges::find(polls_, id, &Poll::id);
    if (found == polls_.end())
        return fail(Code::not_found, "there is no such poll", "/id");
    return &*found;
}

void Polls::write(JsonWriter& json, const Poll& poll) {
    json.member("id", poll.id).member("state", name(poll.state)).member("question", poll.question);
    json.key("choices").array();
    for (const std::string& choice : poll.choices)
        json.value(choice);
    json.end();
    if (poll.state == State::shown)
        write_counts(json, poll);
}

void Polls::write_counts(JsonWriter& json, const Poll& poll) {
    std::vector<std::size_t> counts(poll.choices.size());
    for (const auto& [user, choice] : poll.votes)
        ++counts[choice];
    json.key("counts").array();
    for (const std::size_t count : counts)
        json.value(count);
    json.end();
}

void Polls::snapshot(JsonWriter& json, const Member& to) const {
    json.key("polls").array();
    for (const Poll& poll : polls_) {
        if (poll.state == State::draft)
            continue;
        json.object();
        write(json, poll);
        json.end();
    }
    json.end().key("votes").array(); // one's own
    for (const Poll& poll : polls_)
        if (const auto found = poll.votes.find(to.user); found != poll.votes.end())
            json.object().member("id", poll.id).member("choice", found->second).end();
    json.end();
    if (!to.teaches())
        return;
    json.key("poll_drafts").array();
    for (const Poll& poll : polls_)
        if (poll.state == State::draft) {
            json.object();
            write(json, poll);
            json.end();
        }
    json.end();
}

} // namespace bw::rooms
