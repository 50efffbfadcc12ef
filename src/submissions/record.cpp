#include "submissions/record.hpp"

#include <iterator>

#include "base/ensure.hpp"

namespace bw::submissions {

namespace {

constexpr std::string_view magic = "BWS2", magic_without_kind = "BWS1";
constexpr std::uint32_t unsynchronised = 0xffffffff;
constexpr std::string_view kind_names[] = {"text", "structured", "file"}; // by their numbers

/// Takes `n` bytes off the front; false if they are not there.
bool take(ByteView& from, std::size_t n, ByteView& out) {
    if (from.size() < n)
        return false;
    out = from.substr(0, n);
    from.remove_prefix(n);
    return true;
}

Result<Statement> read_statement(ByteView& rest) {
    const Error wrong = fail(Code::corrupt, "not a submission's statement");
    ByteView head, tenant, user, assignment, key_length, key, tail;
    if (!take(rest, magic.size(), head) || (head != magic && head != magic_without_kind) ||
        !take(rest, 16, tenant) || !take(rest, 16, user) || !take(rest, 16, assignment) ||
        !take(rest, 1, key_length))
        return wrong;
    if (!take(rest, static_cast<unsigned char>(key_length[0]), key) || key.empty() ||
        key.size() > idempotency_key_bytes_limit || !take(rest, 8 + 4 + 4 + 32, tail))
        return wrong;
    Statement s;
    s.tenant.uuid = *to_array<16>(tenant);
    s.user.uuid = *to_array<16>(user);
    s.assignment.uuid = *to_array<16>(assignment);
    s.idempotency_key = key;
    s.received_at.ms = get_le<std::int64_t>(tail);
    auto error = get_le<std::uint32_t>(tail.substr(8));
    if (error != unsynchronised)
        s.clock_error.ms = error;
    s.content_bytes = get_le<std::uint32_t>(tail.substr(12));
    s.content_sha256 = *to_array<32>(tail.substr(16));
    if (head == magic_without_kind)
        return s;
    ByteView kind;
    if (!take(rest, 1, kind) || static_cast<unsigned char>(kind[0]) >= std::size(kind_names))
        return wrong;
    s.kind = static_cast<ContentKind>(kind[0]);
    return s;
}

} // namespace

std::string_view wire_name(ContentKind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<ContentKind> content_kind_from(std::string_view name) {
    for (ContentKind kind : {ContentKind::text, ContentKind::structured, ContentKind::file})
        if (name == wire_name(kind))
            return kind;
    return std::nullopt;
}

SubmissionId Statement::submission_id() const {
    return derive_submission_id(tenant, user, assignment, idempotency_key);
}

SubmissionId derive_submission_id(TenantId tenant, UserId user, AssignmentId assignment,
                                  std::string_view idempotency_key) {
    Sha256 hash = sha256({"bellwether submission v1\n", view(tenant.uuid), view(user.uuid),
                          view(assignment.uuid), idempotency_key});
    return {make_uuid_v8(view(hash))};
}

Bytes encode(const Statement& s) {
    ENSURE(!s.idempotency_key.empty() && s.idempotency_key.size() <= idempotency_key_bytes_limit,
           "an unchecked key");
    Bytes out;
    out.reserve(128 + s.idempotency_key.size());
    out += magic;
    out += view(s.tenant.uuid);
    out += view(s.user.uuid);
    out += view(s.assignment.uuid);
    out.push_back(static_cast<char>(s.idempotency_key.size()));
    out += s.idempotency_key;
    put_le(out, s.received_at.ms);
    put_le(out, s.clock_error.ms.value_or(unsynchronised));
    put_le(out, s.content_bytes);
    out += view(s.content_sha256);
    out.push_back(static_cast<char>(s.kind));
    return out;
}

Result<Record> decode_record(ByteView bytes) {
    ByteView rest = bytes;
    Statement statement = TRY(read_statement(rest));
    if (rest.size() != statement.content_bytes || sha256(rest) != statement.content_sha256)
        return fail(Code::corrupt, "a submission's content is not what its statement says");
    return Record{std::move(statement), bytes.size() - rest.size(), rest};
}

Result<Statement> decode_statement(ByteView bytes) {
    Statement statement = TRY(read_statement(bytes));
    if (!bytes.empty())
        return fail(Code::corrupt, "bytes follow the statement");
    return statement;
}

} // namespace bw::submissions
