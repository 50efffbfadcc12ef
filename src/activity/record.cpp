#include "activity/record.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace bw::activity {

namespace {

constexpr std::string_view magic = "BWA1";
constexpr std::size_t head_bytes = 4 + 16 + 16 + 8 + 2;
constexpr std::size_t activity_bytes = 16 + 1 + 1 + 16 + 4;

Uuid uuid_at(ByteView bytes, std::size_t at) {
    return *to_array<16>(bytes.substr(at, 16));
}

Error not_one(const char* why) {
    return fail(Code::corrupt, std::string("this is no record of activities: ") + why);
}

} // namespace

const KindFacts& facts_of(Kind kind) {
    const auto* found = std::ranges::find(all_kinds, kind, &KindFacts::kind);
    ENSURE(found != std::end(all_kinds), "a kind without facts");
    return *found;
}

const KindFacts* kind_named(std::string_view name) {
    const auto* found = std::ranges::find(all_kinds, name, &KindFacts::name);
    return found == std::end(all_kinds) ? nullptr : found;
}

std::optional<std::uint8_t> page_named(std::string_view name) {
    const auto* found = std::ranges::find(all_pages, name);
    if (found == std::end(all_pages))
        return std::nullopt;
    return static_cast<std::uint8_t>(found - std::begin(all_pages));
}

Bytes encode(const Record& record) {
    Bytes out;
    out.reserve(head_bytes + record.activities.size() * activity_bytes);
    out += magic;
    out += view(record.tenant.uuid);
    out += view(record.user.uuid);
    put_le(out, record.received_at.ms);
    put_le(out, static_cast<std::uint16_t>(record.activities.size()));
    for (const Activity& one : record.activities) {
        out += view(one.id);
        put_le(out, static_cast<std::uint8_t>(one.kind));
        put_le(out, one.page);
        out += view(one.subject);
        put_le(out, one.age_ms);
    }
    return out;
}

Result<Record> decode_record(ByteView bytes) {
    if (bytes.size() < head_bytes || !bytes.starts_with(magic))
        return not_one("it does not begin like one");
    Record record{.tenant = {uuid_at(bytes, 4)},
                  .user = {uuid_at(bytes, 20)},
                  .received_at = {get_le<std::int64_t>(bytes.substr(36))},
                  .activities = {}};
    const std::size_t count = get_le<std::uint16_t>(bytes.substr(44));
    if (count == 0 || count > activities_limit ||
        bytes.size() != head_bytes + count * activity_bytes)
        return not_one("its length is not what it says");
    record.activities.reserve(count);
    for (std::size_t at = head_bytes; at < bytes.size(); at += activity_bytes) {
        const Activity one{.id = uuid_at(bytes, at),
                           .kind = static_cast<Kind>(get_le<std::uint8_t>(bytes.substr(at + 16))),
                           .page = get_le<std::uint8_t>(bytes.substr(at + 17)),
                           .subject = uuid_at(bytes, at + 18),
                           .age_ms = get_le<std::uint32_t>(bytes.substr(at + 34))};
        const auto* facts = std::ranges::find(all_kinds, one.kind, &KindFacts::kind);
        if (facts == std::end(all_kinds))
            return not_one("a kind that there is not");
        if (one.page >= std::size(all_pages) || (one.page != 0 && one.kind != Kind::page_viewed))
            return not_one("a page that there is not");
        if (facts->subject == Subject::none && one.subject != Uuid{})
            return not_one("a subject where there is none");
        if (std::chrono::milliseconds(one.age_ms) > age_limit)
            return not_one("it is too old");
        record.activities.push_back(one);
    }
    return record;
}

} // namespace bw::activity
