// Chat: what people write to each other, and what a teacher lets through. State alone.
#pragma once

#include <deque>
#include <set>
#include <unordered_map>

#include "rooms/answers.hpp"

namespace bw::rooms {

struct ChatRules {
    std::size_t text_bytes_limit = 500;
    std::size_t kept = 40, waiting_limit = 30, silenced_limit = 100;
    double at_once = 5, per_second = 0.5;           // of one student
    double room_at_once = 40, room_per_second = 20; // of all students
};

class Chat {
public:
    explicit Chat(ChatRules rules)
        : rules_(rules), pace_(rules.room_at_once, rules.room_per_second) {}

    static bool takes(std::string_view type);
    Result<Answer> handle(const Member& from, std::string_view type, std::string_view message,
                          Instant now);
    void snapshot(JsonWriter& json, const Member& to) const;

    std::size_t kept() const { return kept_.size(); }
    std::size_t waiting() const { return waiting_.size(); }
    std::size_t silenced() const { return silenced_.size(); }
    std::size_t paces() const { return paces_.size(); }

private:
    /// open: everybody sees it at once; teachers_first: when a teacher has let it through.
    enum class Mode : std::uint8_t { open, teachers_first, closed };
    static std::string_view name(Mode mode);
    struct Line {
        std::int64_t id;
        UserId user;
        std::string name;
        live::RoomRole role;
        std::string text;
    };
    Result<Answer> say(const Member& from, std::string_view message, Instant now);
    Result<Answer> change(std::string_view message);
    Result<Answer> silence(std::string_view message);
    Result<Answer> decide(std::string_view type, std::string_view message);
    Result<void> admit(const Member& from, Instant now);
    Out show(Line line);
    static void write(JsonWriter& json, const Line& line);

    const ChatRules rules_;
    Mode mode_ = Mode::teachers_first; // until a teacher opens it
    std::int64_t next_ = 1;
    std::deque<Line> kept_, waiting_;
    std::set<UserId> silenced_; // whoever enters again stays so
    Pace pace_;
    std::unordered_map<UserId, Pace> paces_;
};

} // namespace bw::rooms
