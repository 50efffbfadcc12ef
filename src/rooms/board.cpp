#include "rooms/board.hpp"

namespace bw::rooms {

namespace {

constexpr std::int64_t side = 10'000; // of the board; x and y are 0 to this

} // namespace

bool Board::takes(std::string_view type) {
    return type == "stroke" || type == "stroke_undo" || type == "board_clear" ||
           type == "board_open";
}

Result<Answer> Board::handle(const Member& from, bool has_the_word, std::string_view type,
                             std::string_view message, Instant now) {
    if (type == "stroke")
        return draw(from, has_the_word, message, now);
    if (type == "stroke_undo")
        return undo(from, message);
    TRY(only_teachers(from));
    JsonWriter json;
    if (type == "board_open") {
        const auto object = TRY(JsonObject::parse(message, {"type", "open"}));
        open_ = TRY(object.boolean("open"));
        json.object().member("type", "board_open").member("open", open_).end();
    } else {
        TRY(JsonObject::parse(message, {"type"}));
        strokes_.clear();
        points_bytes_ = 0;
        json.object().member("type", "board_cleared").end();
    }
    return Answer{{to_all(json)}, {}};
}

Result<Answer> Board::draw(const Member& from, bool has_the_word, std::string_view message,
                           Instant now) {
    const auto object = TRY(JsonObject::parse(message, {"type", "color", "width", "points"}));
    Stroke stroke{.id = next_,
                  .user = from.user,
                  .color = TRY(object.integer("color", 0, 0xffffff)),
                  .width = TRY(object.integer("width", 1, 100)),
                  .points = TRY(points_of(object))};
    if (!from.teaches() && !has_the_word && !(open_ && from.may.has(live::Right::data)))
        return fail(Code::forbidden, "you may not draw now");
    if (strokes_.size() >= rules_.strokes_limit ||
        points_bytes_ + stroke.points.size() > rules_.points_bytes_limit)
        return fail(Code::conflict, "the board is full; a teacher clears it");
    if (!from.teaches() && !pace_.spend(now))
        return too_fast("very many draw at once; try again");
    ++next_;
    points_bytes_ += stroke.points.size();
    JsonWriter json;
    json.object().member("type", "stroke");
    write(json, stroke);
    json.end();
    strokes_.push_back(std::move(stroke));
    return Answer{{to_all(json)}, {}};
}

/// Written by us: no number of theirs has another form here.
Result<std::string> Board::points_of(const JsonObject& object) const {
    const auto steps = TRY(integers_of(TRY(object.structure("points", 16 * 1024)), "/points"));
    if (steps.size() < 2 || steps.size() % 2 != 0 || steps.size() / 2 > rules_.points_limit)
        return fail(Code::invalid_field,
                    "are x, y, and the steps from there: 1 to " +
                        std::to_string(rules_.points_limit) + " points",
                    "/points");
    JsonWriter json;
    json.array();
    std::int64_t at[2] = {0, 0};
    for (std::size_t n = 0; n < steps.size(); ++n) {
        std::int64_t& here = at[n % 2];
        if (steps[n] < -side || steps[n] > side || here + steps[n] < 0 || here + steps[n] > side)
            return fail(Code::invalid_field, "leaves the board: 0 to 10000",
                        "/points/" + std::to_string(n));
        here += steps[n];
        json.value(steps[n]);
    }
    json.end();
    return json.take();
}

Result<Answer> Board::undo(const Member& from, std::string_view message) {
    TRY(JsonObject::parse(message, {"type"}));
    for (auto one = strokes_.end(); one != strokes_.begin();) {
        --one;
        if (one->user != from.user)
            continue;
        JsonWriter json;
        json.object().member("type", "stroke_gone").member("id", one->id).end();
        points_bytes_ -= one->points.size();
        strokes_.erase(one);
        return Answer{{to_all(json)}, {}};
    }
    return fail(Code::not_found, "there is no stroke of yours");
}

void Board::write(JsonWriter& json, const Stroke& stroke) {
    json.member("id", stroke.id)
        .member("user", stroke.user.text())
        .member("color", stroke.color)
        .member("width", stroke.width)
        .key("points")
        .raw(stroke.points);
}

void Board::snapshot(JsonWriter& json) const {
    json.member("board_open", open_).key("strokes").array();
    for (const Stroke& stroke : strokes_) {
        json.object();
        write(json, stroke);
        json.end();
    }
    json.end();
}

} // namespace bw::rooms
