// Hands: who would like to say something, and whom a teacher gave the word. State alone.
#pragma once

#include <unordered_map>

#include "rooms/answers.hpp"

namespace bw::rooms {

struct HandsRules {
    std::size_t hands_limit = 100, words_limit = 20;
};

class Hands {
public:
    Hands(Find find, HandsRules rules) : find_(std::move(find)), rules_(rules) {}

    static bool takes(std::string_view type);
    Result<Answer> handle(const Member& from, std::string_view type, std::string_view message);
    /// What somebody may send who enters with these rights of the grant: the word outlives a lost
    /// connection.
    live::Rights enter(UserId user, live::Rights granted);
    std::vector<Out> leave(UserId user);
    /// For good: the word is taken back as well.
    std::vector<Out> put_out(UserId user);
    bool has_the_word(UserId user) const { return words_.contains(user); }
    /// Members of the snapshot's object.
    void snapshot(JsonWriter& json, const Member& to) const;

    std::size_t hands() const { return hands_.size(); }
    std::size_t words() const { return words_.size(); }

private:
    struct Hand {
        UserId user;
        std::string name;
    };
    struct Word {
        std::string name;
        live::Rights granted, given;
        live::Rights both() const { return live::Rights::of_bits(granted.bits() | given.bits()); }
    };
    Result<Answer> raise(const Member& from, std::string_view message);
    Result<Answer> give(std::string_view message);
    Result<Answer> take_back(const Member& from, std::string_view message);
    Result<Answer> mute(std::string_view message) const;
    bool lower(UserId user, std::vector<Out>& out);

    const Find find_;
    const HandsRules rules_;
    std::vector<Hand> hands_; // the first one waits longest
    std::unordered_map<UserId, Word> words_;
};

} // namespace bw::rooms
