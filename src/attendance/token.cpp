#include "attendance/token.hpp"

#include <sodium.h>

#include "base/ensure.hpp"
#include "base/keyed_hash.hpp"

namespace bw::attendance {

namespace {

constexpr std::size_t mac_bytes = 32, plain_bytes = 1 + 4 * 16 + 3 * 8;
constexpr std::uint8_t version = 1;

std::array<std::uint8_t, mac_bytes> mac_of(ByteView plain, const SecretKey& key) {
    return keyed_hash<mac_bytes>(key, {"heartbeat token\n", plain});
}

template <class IdType>
IdType id_at(ByteView from, std::size_t at) {
    return IdType{*to_array<16>(from.substr(at, 16))};
}

} // namespace

std::string sign_token(const HeartbeatToken& token, const SecretKey& key) {
    ENSURE(token.from <= token.until && token.until - token.from <= class_time_limit,
           "a class is a part of a day");
    Bytes plain;
    plain.reserve(plain_bytes + mac_bytes);
    plain.push_back(static_cast<char>(version));
    plain += view(token.tenant.uuid);
    plain += view(token.of.uuid);
    plain += view(token.user.uuid);
    plain += view(token.session);
    put_le(plain, token.begun.ms);
    put_le(plain, token.from.ms);
    put_le(plain, token.until.ms);
    plain += view(mac_of(plain, key));
    return to_base64url(plain);
}

Result<HeartbeatToken> verify_token(std::string_view text, const SecretKey& key, Instant now) {
    const auto raw = text.size() <= 256 ? from_base64url(text) : std::nullopt;
    const Error not_ours = fail(Code::unauthenticated, "this is no heartbeat token of ours");
    if (!raw || raw->size() != plain_bytes + mac_bytes ||
        static_cast<std::uint8_t>(raw->front()) != version)
        return not_ours;
    const ByteView plain = ByteView(*raw).substr(0, plain_bytes);
    const auto mac = mac_of(plain, key);
    if (sodium_memcmp(mac.data(), raw->data() + plain_bytes, mac_bytes) != 0)
        return not_ours;
    const HeartbeatToken token{
        .tenant = id_at<TenantId>(plain, 1),
        .of = id_at<live::LiveClassId>(plain, 17),
        .user = id_at<UserId>(plain, 33),
        .session = *to_array<16>(plain.substr(49, 16)),
        .begun = {get_le<std::int64_t>(plain.substr(65))},
        .from = {get_le<std::int64_t>(plain.substr(73))},
        .until = {get_le<std::int64_t>(plain.substr(81))},
    };
    if (now >= token.until + token_grace)
        return fail(Code::token_expired, "the class is over; nothing more is counted");
    return token;
}

} // namespace bw::attendance
