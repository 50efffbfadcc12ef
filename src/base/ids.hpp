// Ids are types: a UserId is no SectionId. In text an id carries its kind: "usr_0192f3c4...".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bw {

using Uuid = std::array<std::uint8_t, 16>;

/// UUIDv7 (RFC 9562): sorts by its millisecond, so rows made together lie together. Never used to
/// order things.
Uuid make_uuid_v7(Instant now, Rng& rng);
/// UUIDv8 from the first bytes of a hash (at least 16 bytes long): the same input gives the same id
/// everywhere.
Uuid make_uuid_v8(ByteView hash);
/// "0192f3c4-....", as PostgreSQL prints it.
std::string to_text(const Uuid& uuid);

template <class Kind>
struct Id {
    Uuid uuid{};

    auto operator<=>(const Id&) const = default;
    static Id make(Instant now, Rng& rng) { return {make_uuid_v7(now, rng)}; }

    std::string text() const { return std::string(Kind::prefix) + "_" + to_hex(view(uuid)); }
    static std::optional<Id> parse(std::string_view text) {
        std::string_view prefix = Kind::prefix;
        if (text.size() != prefix.size() + 33 || !text.starts_with(prefix) ||
            text[prefix.size()] != '_')
            return std::nullopt;
        std::string_view digits = text.substr(prefix.size() + 1);
        for (char c : digits)
            if (c >= 'A' && c <= 'F')
                return std::nullopt; // one text for one id
        auto bytes = from_hex(digits);
        if (!bytes)
            return std::nullopt;
        return Id{*to_array<16>(*bytes)};
    }
};

struct TenantKind {
    static constexpr const char* prefix = "ten";
};
struct UserKind {
    static constexpr const char* prefix = "usr";
};
struct AuthSessionKind {
    static constexpr const char* prefix = "ses";
};
struct SectionKind {
    static constexpr const char* prefix = "sec";
};
struct AssignmentKind {
    static constexpr const char* prefix = "asg";
};
struct SubmissionKind {
    static constexpr const char* prefix = "sub";
};
struct RosterRowKind {
    static constexpr const char* prefix = "row";
};
struct AuditEventKind {
    static constexpr const char* prefix = "aud";
};
struct OutageKind {
    static constexpr const char* prefix = "out";
};

using TenantId = Id<TenantKind>;
using UserId = Id<UserKind>;
using AuthSessionId = Id<AuthSessionKind>; // one sign-in; "session" means nothing else here
using SectionId = Id<SectionKind>;
using AssignmentId = Id<AssignmentKind>;
using SubmissionId = Id<SubmissionKind>;
using AuditEventId = Id<AuditEventKind>;
using OutageId = Id<OutageKind>;

} // namespace bw

template <class Kind>
struct std::hash<bw::Id<Kind>> {
    std::size_t operator()(const bw::Id<Kind>& id) const noexcept {
        std::uint64_t a, b;
        std::memcpy(&a, id.uuid.data(), 8);
        std::memcpy(&b, id.uuid.data() + 8, 8);
        return (a * 0x9e3779b97f4a7c15ULL) ^ b;
    }
};
