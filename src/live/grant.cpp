#include "live/grant.hpp"

#include <sodium.h>

#include "base/keyed_hash.hpp"

namespace bw::live {

namespace {

constexpr std::size_t mac_bytes = 32, plain_bytes = 1 + 4 * 16 + 2 + 2 * 8;
constexpr std::uint8_t version = 1;

std::array<std::uint8_t, mac_bytes> mac_of(ByteView plain, const SecretKey& key) {
    return keyed_hash<mac_bytes>(key, {"live room grant\n", plain});
}

template <class IdType>
IdType id_at(ByteView from, std::size_t at) {
    return IdType{*to_array<16>(from.substr(at, 16))};
}

} // namespace

std::string_view name(RoomRole role) {
    return role == RoomRole::teacher ? "teacher" : "student";
}

std::string sign_grant(const RoomGrant& grant, const SecretKey& key) {
    Bytes plain;
    plain.reserve(plain_bytes + mac_bytes);
    plain.push_back(static_cast<char>(version));
    plain += view(grant.tenant.uuid);
    plain += view(grant.of.uuid);
    plain += view(grant.user.uuid);
    plain += view(grant.id);
    plain.push_back(static_cast<char>(grant.role));
    plain.push_back(static_cast<char>(grant.may.bits()));
    put_le(plain, grant.not_before.ms);
    put_le(plain, grant.expires.ms);
    plain += view(mac_of(plain, key));
    return to_base64url(plain);
}

Result<RoomGrant> verify_grant(std::string_view text, const SecretKey& key, Instant now) {
    const auto raw = text.size() <= 256 ? from_base64url(text) : std::nullopt;
    const Error not_ours = fail(Code::unauthenticated, "this is no room grant of ours");
    if (!raw || raw->size() != plain_bytes + mac_bytes ||
        static_cast<std::uint8_t>(raw->front()) != version)
        return not_ours;
    const ByteView plain = ByteView(*raw).substr(0, plain_bytes);
    const auto mac = mac_of(plain, key);
    if (sodium_memcmp(mac.data(), raw->data() + plain_bytes, mac_bytes) != 0)
        return not_ours;
    const RoomGrant grant{
        .tenant = id_at<TenantId>(plain, 1),
        .of = id_at<LiveClassId>(plain, 17),
        .user = id_at<UserId>(plain, 33),
        .role = static_cast<RoomRole>(plain[65]),
        .may = Rights::of_bits(plain[66]),
        .not_before = {get_le<std::int64_t>(plain.substr(67))},
        .expires = {get_le<std::int64_t>(plain.substr(75))},
        .id = *to_array<16>(plain.substr(49, 16)),
    };
    if (now >= grant.expires)
        return fail(Code::token_expired, "the room grant has expired; join again for another");
    constexpr Duration clocks_apart = 5s; // of our own servers
    if (now + clocks_apart < grant.not_before)
        return fail(Code::unauthenticated, "the room grant is not valid yet");
    return grant;
}

} // namespace bw::live
