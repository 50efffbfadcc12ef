// Polls: a question, one vote a person, and what came of it once a teacher shows it. Who voted for
// what is told to nobody. State alone.
#pragma once

#include <unordered_map>

#include "rooms/answers.hpp"

namespace bw::rooms {

struct PollsRules {
    std::size_t polls_limit = 8, choices_limit = 8;
    std::size_t question_bytes_limit = 200, choice_bytes_limit = 80;
    std::size_t votes_limit = 20'000; // of one poll
};

class Polls {
public:
    explicit Polls(PollsRules rules) : rules_(rules) {}

    static bool takes(std::string_view type);
    Result<Answer> handle(const Member& from, std::string_view type, std::string_view message);
    void snapshot(JsonWriter& json, const Member& to) const;

    std::size_t polls() const { return polls_.size(); }

private:
    /// One is open at a time; what it brought is shown once it is closed.
    enum class State : std::uint8_t { draft, open, closed, shown };
    static std::string_view name(State state);
    struct Poll {
        std::int64_t id;
        std::string question;
        std::vector<std::string> choices;
        State state = State::draft;
        std::unordered_map<UserId, std::size_t> votes = {};
    };
    Result<Answer> make(std::string_view message);
    Result<Answer> vote(const Member& from, std::string_view message);
    Result<Answer> move(std::string_view type, std::string_view message);
    Result<Answer> to_state(Poll& poll, State state);
    Result<Poll*> find(const JsonObject& object, std::string_view member);
    static void write(JsonWriter& json, const Poll& poll);
    static void write_counts(JsonWriter& json, const Poll& poll);

    const PollsRules rules_;
    std::int64_t next_ = 1;
    std::vector<Poll> polls_;
};

} // namespace bw::rooms
