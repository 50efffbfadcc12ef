#include "live/join.hpp"

#include <algorithm>

#include "base/keyed_hash.hpp"

namespace bw::live {

namespace {

Error not_yet(Instant opens, Instant begins) {
    return fail(Code::conflict, "the class begins at " + to_rfc3339(begins) + "; come at " +
                                    to_rfc3339(opens) + " or later");
}

Error over(const LiveClass& of) {
    if (of.recording.empty())
        return fail(Code::conflict, "the class is over; there is no recording of it");
    return fail(Code::conflict, "the class is over; its recording is at " + of.recording);
}

std::optional<Error> refusal(const Seats& seats, const std::optional<Member>& member, UserId user,
                             Instant now, const JoinRules& rules) {
    const LiveClass& of = seats.of;
    if (seats.is_out(user))
        return fail(Code::forbidden, "you were put out of this class; its teacher may let you in");
    const bool ended = of.state == State::ended || of.state == State::archived;
    if (of.cancelled)
        return fail(Code::conflict, "the class does not take place");
    if (!ended && now < of.begins - rules.opens)
        return not_yet(of.begins - rules.opens, of.begins);
    if (!member && seats.people)
        return fail(Code::forbidden, "you are not enrolled in this class");
    if (ended || now >= of.ends + rules.opens)
        return over(of);
    if (!member) {
        Error error = fail(Code::unavailable, "who is of this class is not known for now");
        error.retry_after = 2s;
        return error;
    }
    return std::nullopt;
}

double chance_of(const JoinParts& parts, LiveClassId id, UserId user) {
    // The same person has the same slot, however often they ask.
    const auto hash = keyed_hash<16>(parts.slot_key, {"slot\n", view(id.uuid), view(user.uuid)});
    return static_cast<double>(get_le<std::uint64_t>(view(hash)) >> 11) * 0x1.0p-53;
}

OnAir on_air_of(const LiveClass& of) {
    if (of.ref.empty())
        return OnAir::nothing;
    if (of.state == State::live && of.signal == video::Signal::flowing)
        return OnAir::teacher;
    return of.slate_on ? OnAir::slate : OnAir::nothing;
}

} // namespace

Duration slot_window(std::size_t people, const JoinRules& rules) {
    if (people == 0)
        return rules.slot_default;
    const std::chrono::duration<double> wanted(static_cast<double>(people) /
                                               rules.people_per_second);
    return std::clamp(std::chrono::duration_cast<Duration>(wanted), rules.slot_min, rules.slot_max);
}

Instant slot(Instant bell, Instant now, Duration window, double chance) {
    const Instant begins = now < bell ? bell : now;
    if (now >= bell + window)
        return now;
    // Who comes in the midst of the window has what is left of it.
    const Duration left = bell + window - begins;
    return begins + std::chrono::duration_cast<Duration>(left * chance);
}

std::string_view name(OnAir on_air) {
    constexpr std::array<std::string_view, 3> names = {"nothing", "slate", "teacher"};
    return names.at(static_cast<std::size_t>(on_air));
}

Result<Joined> join(const JoinParts& parts, TenantId tenant, LiveClassId id, UserId user,
                    Instant now, std::string_view region) {
    Joined out;
    out.seats = TRY(parts.audience.find(tenant, id));
    if (!out.seats)
        return fail(Code::not_found, "there is no such live class");
    const LiveClass& of = out.seats->of;
    const auto member = out.seats->find(user);
    if (auto refused = refusal(*out.seats, member, user, now, parts.rules))
        return *std::move(refused);
    out.teaches = member->teaches;
    out.on_air = on_air_of(of);
    out.renew_at = now + parts.rules.look_again;
    if (!of.ref.empty() && of.provider == parts.provider.name()) {
        out.playback = TRY(parts.provider.sign(of.ref, now, parts.rules.lifetime));
        if (parts.edges_for && parts.provider.caps().own_edges) {
            out.edges = parts.edges_for(region, of.ref);
            out.edges.resize(std::min(out.edges.size(), parts.rules.edges_limit));
            if (!out.edges.empty())
                out.playback->url.insert(0, out.edges.front());
        }
        out.renew_at = out.playback->renew_at;
    }
    // Those who came together do not come back together.
    out.renew_at = out.renew_at - std::chrono::duration_cast<Duration>((out.renew_at - now) / 2 *
                                                                       parts.rng.unit());
    const Duration window = slot_window(parts.audience.people_at(of.begins), parts.rules);
    out.play_at = member->teaches ? now : slot(of.begins, now, window, chance_of(parts, id, user));
    out.grant = {.tenant = tenant,
                 .of = id,
                 .user = user,
                 .role = member->teaches ? RoomRole::teacher : RoomRole::student,
                 .may = member->teaches ? all_rights : of.students_may,
                 .not_before = now,
                 .expires = now + grant_lifetime,
                 .id = parts.rng.bytes<16>()};
    out.grant_text = sign_grant(out.grant, parts.grant_key);
    if (parts.heartbeat_token && !out.teaches)
        out.heartbeat_token = parts.heartbeat_token(of, tenant, user, now);
    return out;
}

} // namespace bw::live
