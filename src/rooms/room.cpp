#include "rooms/room.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "rooms/message.hpp"

namespace bw::rooms {

namespace {

/// So long after it was written, the class's own list is known to have it (live::Audience asks
/// twice a second).
constexpr Duration list_knows_after = 10s;
constexpr std::size_t put_out_limit = 1'000; // that are not written yet

Error no_such_message() {
    return fail(Code::invalid_field, "there is no such message in a room", "/type");
}

Error too_many() {
    Error error = fail(Code::quota_exceeded, "these are more messages than one person may send");
    error.retry_after = std::chrono::milliseconds(500);
    return error;
}

} // namespace

Result<void> Room::enter(Entry entry) {
    Lock lock(mutex_);
    const Instant now = parts_.clock.now();
    const UserId user = entry.member.user;
    forget(now);
    if (out_.contains(user))
        return fail(Code::forbidden, "you were put out of this class; its teacher may let you in");
    // What an earlier holder of the room let in with it, is not known here.
    if (parts_.epoch > 1 && entry.grant_made < parts_.claimed_at)
        return fail(Code::unauthenticated, "the room has moved since; join again");
    if (grants_used_.contains(entry.grant))
        return fail(Code::unauthenticated, "the room grant was used; join again for another");
    const auto there = people_.find(user);
    if (there == people_.end() && people_.size() >= rules_.people_limit) {
        Error error = fail(Code::overloaded, "the room is full; the class can be watched");
        error.retry_after = std::chrono::seconds(30);
        return error;
    }
    grants_used_.emplace(entry.grant, entry.grant_expires);
    while (const auto earlier = take_away(user)) {
        earlier->send(R"({"type":"elsewhere"})");
        earlier->close(close_code::elsewhere);
        if (!media_)
            continue;
        // What the earlier one sent and saw ends with it, before the new one can be heard.
        lock.unlock();
        media_->left(user);
        lock.lock();
        if (out_.contains(user))
            return fail(Code::forbidden,
                        "you were put out of this class; its teacher may let you in");
    }
    entry.member.may = interaction_.enter(user, entry.member.may);
    Person& person = people_
                         .emplace(user, Person{.member = std::move(entry.member),
                                               .line = std::move(entry.line),
                                               .messages = rules_.messages_at_once,
                                               .counted_at = parts_.clock.monotonic()})
                         .first->second;
    if (person.member.teaches())
        teachers_.insert(user);
    comings_.push_back({user, person.member.name, true});
    presence_changed_ = true;
    empty_since_.reset();
    person.line->send(entered_text(person.member));
    if (parts_.on_presence)
        parts_.on_presence({parts_.tenant, parts_.of, user, true, now});
    return {};
}

void Room::leave(UserId user, const Line& line) {
    {
        const Lock lock(mutex_);
        if (!of_line(user, line))
            return;
        take_away(user);
    }
    if (media_)
        media_->left(user);
}

/// The line that they had; null: they are not here.
std::shared_ptr<Line> Room::take_away(UserId user) {
    const auto found = people_.find(user);
    if (found == people_.end())
        return nullptr;
    const Person person = std::move(found->second);
    people_.erase(found);
    teachers_.erase(user);
    send(interaction_.leave(user));
    comings_.push_back({user, person.member.name, false});
    presence_changed_ = true;
    if (people_.empty())
        empty_since_ = parts_.clock.monotonic();
    if (parts_.on_presence)
        parts_.on_presence({parts_.tenant, parts_.of, user, false, parts_.clock.now()});
    return person.line;
}

void Room::turn_out(UserId user, std::string_view why) {
    std::shared_ptr<Line> line;
    {
        const Lock lock(mutex_);
        line = take_away(user);
    }
    if (!line)
        return;
    line->send(refusal("enter", fail(Code::forbidden, std::string(why))));
    line->close(close_code::put_out);
    if (media_)
        media_->left(user);
}

void Room::hear(UserId user, const Line& line, std::string_view message) {
    Lock lock(mutex_);
    Person* person = of_line(user, line);
    if (!person)
        return;
    const auto type = type_of(message);
    if (!spends(*person)) {
        // Whoever goes on all the same is not answered for ever.
        person->line->send(refusal(type ? *type : "", too_many()));
        if (person->messages < -rules_.messages_at_once)
            person->line->close(close_code::too_much);
        return;
    }
    if (!type)
        person->line->send(refusal("", type.error()));
    else
        handle(lock, *person, *type, message);
}

void Room::handle(Lock& lock, Person& person, const std::string& type, std::string_view message) {
    if (type == "put_out")
        return ask_put_out(lock, person, message);
    if (media_ && media_->takes(type)) {
        const Member from = person.member;
        lock.unlock();
        media_->hear(from, type, message);
        lock.lock();
        // Rights that changed while it heard: it may have gone by the earlier ones.
        const auto found = people_.find(from.user);
        if (found != people_.end() && found->second.member.may != from.may)
            carry_out(lock, {.deeds = {{.user = from.user, .may = found->second.member.may}}});
        return;
    }
    if (!Interaction::takes(type)) {
        person.line->send(refusal(type, no_such_message()));
        return;
    }
    auto answer = interaction_.handle(person.member, type, message, parts_.clock.now());
    if (!answer)
        person.line->send(refusal(type, answer.error()));
    else
        carry_out(lock, std::move(*answer));
}

void Room::ask_put_out(Lock& lock, const Person& person, std::string_view message) {
    auto asked = [&]() -> Result<UserId> {
        const auto object = TRY(JsonObject::parse(message, {"type", "user"}));
        const auto who = UserId::parse(TRY(object.string("user", 64)));
        if (!who)
            return fail(Code::invalid_field, "is the id of a person", "/user");
        if (!person.member.teaches())
            return fail(Code::forbidden, "only a teacher of the class puts people out");
        if (*who == person.member.user)
            return fail(Code::invalid_field, "you cannot put yourself out", "/user");
        return *who;
    }();
    if (!asked) {
        person.line->send(refusal("put_out", asked.error()));
        return;
    }
    if (std::ranges::none_of(put_out_, [&](const PutOut& one) { return one.who == *asked; })) {
        if (put_out_.size() >= put_out_limit) {
            Error error = fail(Code::unavailable, "too many wait to be put out; ask again");
            error.retry_after = std::chrono::seconds(2);
            return person.line->send(refusal("put_out", error));
        }
        put_out_.push_back({*asked, person.member.user});
    }
    out_[*asked] = std::nullopt;
    send(interaction_.put_out(*asked));
    lock.unlock();
    turn_out(*asked, "you were put out of this class");
}

std::vector<PutOut> Room::take_put_out() {
    const Lock lock(mutex_);
    return std::exchange(put_out_, {});
}

bool Room::puts_out() const {
    const Lock lock(mutex_);
    return !put_out_.empty();
}

void Room::answer_put_out(const PutOut& one, const Result<void>& how) {
    const Lock lock(mutex_);
    const auto by = people_.find(one.by);
    if (how) {
        out_[one.who] = parts_.clock.now() + list_knows_after;
        if (by != people_.end()) {
            JsonWriter json;
            json.object().member("type", "was_put_out").member("user", one.who.text()).end();
            by->second.line->send(json.text());
        }
        return;
    }
    if (fault(how.error().code) == Fault::permanent) {
        out_.erase(one.who);
        if (by != people_.end())
            by->second.line->send(refusal("put_out", how.error()));
        return;
    }
    put_out_.push_back(one); // until it is written
}

void Room::carry_out(Lock& lock, Answer answer) {
    for (const Deed& deed : answer.deeds) {
        const auto found = people_.find(deed.user);
        if (found == people_.end())
            continue;
        if (deed.what == Deed::What::may)
            found->second.member.may = deed.may;
        if (media_)
            deeds_.push_back(deed);
    }
    send(answer.out);
    // Media may call us, so it is not called under the lock; one thread at a time, so that what was
    // decided last is done last.
    if (std::exchange(acting_, true))
        return;
    while (!deeds_.empty()) {
        const Deed deed = deeds_.front();
        deeds_.pop_front();
        lock.unlock();
        if (deed.what == Deed::What::may)
            media_->may(deed.user, deed.may);
        else
            media_->silence(deed.user);
        lock.lock();
    }
    acting_ = false;
}

void Room::tell() {
    std::vector<std::shared_ptr<Line>> all, teachers;
    std::string text, comings;
    {
        const Lock lock(mutex_);
        forget(parts_.clock.now());
        if (std::exchange(presence_changed_, false))
            keep(presence_text());
        if (!untold_.empty()) {
            text = R"({"type":"several","messages":[)";
            for (bool first = true; !untold_.empty(); first = false) {
                if (!first && text.size() + untold_.front().size() > rules_.told_bytes_limit)
                    break;
                text += first ? "" : ",";
                text += untold_.front();
                untold_bytes_ -= untold_.front().size();
                untold_.pop_front();
            }
            text += "]}";
            for (const auto& [user, person] : people_)
                all.push_back(person.line);
        }
        if (!comings_.empty()) {
            comings = comings_text();
            for (const UserId& user : teachers_)
                teachers.push_back(people_.at(user).line);
        }
    }
    for (const auto& line : all)
        line->send(text);
    for (const auto& line : teachers)
        line->send(comings);
}

void Room::send_away() {
    std::vector<std::shared_ptr<Line>> all;
    {
        const Lock lock(mutex_);
        for (const auto& [user, person] : people_)
            all.push_back(person.line);
    }
    for (const auto& line : all) {
        Error error = fail(Code::unavailable, "the room moves to another server; join again");
        error.retry_after = std::chrono::milliseconds(static_cast<std::int64_t>(
            static_cast<double>(rules_.come_back_within / 1ms) * parts_.rng.unit()));
        line->send(refusal("enter", error));
        line->close(close_code::come_back);
    }
}

void Room::tell_one(UserId user, std::string text) {
    const Lock lock(mutex_);
    if (const auto found = people_.find(user); found != people_.end())
        found->second.line->send(text);
}

void Room::tell_everybody(std::string text) {
    const Lock lock(mutex_);
    keep(std::move(text));
}

void Room::send(const std::vector<Out>& out) {
    for (const Out& one : out)
        switch (one.to) {
        case Out::To::everybody:
            keep(one.text);
            break;
        case Out::To::teachers:
            for (const UserId& user : teachers_)
                people_.at(user).line->send(one.text);
            break;
        case Out::To::one:
            if (const auto found = people_.find(one.one); found != people_.end())
                found->second.line->send(one.text);
            break;
        }
}

/// What does not fit is left out: who misses a `seq` asks how things are.
void Room::keep(std::string text) {
    if (untold_bytes_ + text.size() > rules_.untold_bytes_limit)
        return;
    untold_bytes_ += text.size();
    untold_.push_back(std::move(text));
}

std::size_t Room::people() const {
    const Lock lock(mutex_);
    return people_.size();
}

std::vector<UserId> Room::users() const {
    const Lock lock(mutex_);
    std::vector<UserId> out;
    out.reserve(people_.size());
    for (const auto& [user, person] : people_)
        out.push_back(user);
    return out;
}

std::optional<Monotonic> Room::empty_since() const {
    const Lock lock(mutex_);
    return empty_since_;
}

Room::Person* Room::of_line(UserId user, const Line& line) {
    const auto found = people_.find(user);
    return found != people_.end() && found->second.line.get() == &line ? &found->second : nullptr;
}

bool Room::spends(Person& person) {
    const Monotonic now = parts_.clock.monotonic();
    const double seconds = std::chrono::duration<double>(now - person.counted_at).count();
    person.counted_at = now;
    person.messages =
        std::min(rules_.messages_at_once, person.messages + seconds * rules_.messages_per_second) -
        1;
    return person.messages >= 0;
}

std::string Room::entered_text(const Member& member) const {
    JsonWriter json;
    json.object()
        .member("type", "entered")
        .key("you")
        .object()
        .member("user", member.user.text())
        .member("name", member.name)
        .end()
        .member("role", name(member.role))
        .key("may")
        .array();
    for (const auto& [right, text] : live::right_names)
        if (member.may.has(right))
            json.value(text);
    json.end().member("people", people_.size()).member("teachers", teachers_.size()).key("media");
    media_ ? json.raw(media_->snapshot_for(member)) : json.null();
    json.key("interaction").raw(interaction_.snapshot_for(member));
    if (member.teaches()) { // teachers see who is there
        json.key("here").array();
        std::size_t left = rules_.comings_at_once;
        for (const auto& [user, person] : people_) {
            if (left-- == 0)
                break;
            json.object()
                .member("user", user.text())
                .member("name", person.member.name)
                .member("role", name(person.member.role))
                .end();
        }
        json.end();
    }
    json.end();
    return json.take();
}

std::string Room::presence_text() const {
    JsonWriter json;
    json.object()
        .member("type", "presence")
        .member("people", people_.size())
        .member("teachers", teachers_.size())
        .end();
    return json.take();
}

/// The first of them; the next ones wait, and beyond ten times as many the oldest are left out.
std::string Room::comings_text() {
    const bool left_out = comings_.size() > rules_.comings_at_once * 10;
    while (comings_.size() > rules_.comings_at_once * 10)
        comings_.pop_front();
    JsonWriter json;
    json.object().member("type", "comings").member("left_out", left_out).key("comings").array();
    for (std::size_t n = 0; n < rules_.comings_at_once && !comings_.empty(); ++n) {
        const Coming& one = comings_.front();
        json.object()
            .member("user", one.user.text())
            .member("name", one.name)
            .member("here", one.here)
            .end();
        comings_.pop_front();
    }
    json.end().end();
    return json.take();
}

void Room::forget(Instant now) {
    std::erase_if(grants_used_, [&](const auto& one) { return one.second <= now; });
    std::erase_if(out_, [&](const auto& one) { return one.second && *one.second <= now; });
}

} // namespace bw::rooms
