// Board: strokes that are drawn for all. State alone.
#pragma once

#include <vector>

#include "rooms/answers.hpp"

namespace bw::rooms {

struct BoardRules {
    std::size_t strokes_limit = 400, points_bytes_limit = 64 * 1024; // of all strokes
    std::size_t points_limit = 500;                                  // of one
    double room_at_once = 60, room_per_second = 30;                  // of all who draw
};

class Board {
public:
    explicit Board(BoardRules rules)
        : rules_(rules), pace_(rules.room_at_once, rules.room_per_second) {}

    static bool takes(std::string_view type);
    /// Students draw who have the word, or once a teacher has opened the board and the class lets
    /// them send data.
    Result<Answer> handle(const Member& from, bool has_the_word, std::string_view type,
                          std::string_view message, Instant now);
    void snapshot(JsonWriter& json) const;

    std::size_t strokes() const { return strokes_.size(); }
    std::size_t points_bytes() const { return points_bytes_; }

private:
    struct Stroke {
        std::int64_t id;
        UserId user;
        std::int64_t color, width;
        std::string points; // JSON: x, y, and then steps from there
    };
    Result<Answer> draw(const Member& from, bool has_the_word, std::string_view message,
                        Instant now);
    Result<Answer> undo(const Member& from, std::string_view message);
    Result<std::string> points_of(const JsonObject& object) const;
    static void write(JsonWriter& json, const Stroke& stroke);

    const BoardRules rules_;
    bool open_ = false;
    std::int64_t next_ = 1;
    std::vector<Stroke> strokes_;
    std::size_t points_bytes_ = 0;
    Pace pace_;
};

} // namespace bw::rooms
