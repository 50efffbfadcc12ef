// Interaction: hands, chat, polls and the board of one room, as a pure state: it has no clock,
// sends nothing and locks nothing. Its room asks it, and carries out what it answers.
#pragma once

#include "rooms/board.hpp"
#include "rooms/chat.hpp"
#include "rooms/hands.hpp"
#include "rooms/polls.hpp"

namespace bw::rooms {

struct InteractionRules {
    HandsRules hands = {};
    ChatRules chat = {};
    PollsRules polls = {};
    BoardRules board = {};
    Duration snapshot_every = 2s; // for one person
};

class Interaction {
public:
    explicit Interaction(Find find, InteractionRules rules = {})
        : rules_(rules), hands_(std::move(find), rules.hands), chat_(rules.chat),
          polls_(rules.polls), board_(rules.board) {}

    static bool takes(std::string_view type);
    /// What everybody is told has a `seq`, one more each time: who misses one asks for a
    /// `snapshot`.
    Result<Answer> handle(const Member& from, std::string_view type, std::string_view message,
                          Instant now);
    /// What somebody may send who enters with these rights of the grant.
    live::Rights enter(UserId user, live::Rights granted) { return hands_.enter(user, granted); }
    std::vector<Out> leave(UserId user);
    std::vector<Out> put_out(UserId user);
    /// How things are, as JSON: what was told up to its `seq` is in it.
    std::string snapshot_for(const Member& member) const;

private:
    Result<Answer> answer(const Member& from, std::string_view type, std::string_view message,
                          Instant now);
    Result<Answer> tell_again(const Member& from, std::string_view message, Instant now);
    std::vector<Out> numbered(std::vector<Out> out);

    const InteractionRules rules_;
    Hands hands_;
    Chat chat_;
    Polls polls_;
    Board board_;
    std::int64_t seq_ = 0;
    std::unordered_map<UserId, Instant> told_again_; // of who is here
};

} // namespace bw::rooms
