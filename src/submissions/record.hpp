// What one submission looks like in the journal, and its identity. A record is a statement (what
// the receipt proves: who, what, when, and the hash of the content) followed by the content itself.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::submissions {

constexpr std::size_t content_bytes_limit = 256 * 1024;
constexpr std::size_t idempotency_key_bytes_limit = 128;

/// How far this machine's wall clock may be off, as the kernel knows it.
struct ClockError {
    std::optional<std::uint32_t> ms; // nullopt: not synchronised, so nobody knows
    bool operator==(const ClockError&) const = default;
};

/// `file`: a declaration of files, whose bytes come as uploads (declared_files.hpp).
enum class ContentKind : std::uint8_t { text = 0, structured = 1, file = 2 };
std::string_view wire_name(ContentKind kind); // "text", "structured", "file"
std::optional<ContentKind> content_kind_from(std::string_view wire_name);

struct Statement {
    TenantId tenant;
    UserId user;
    AssignmentId assignment;
    std::string idempotency_key;
    Instant received_at;
    ClockError clock_error;
    std::uint32_t content_bytes = 0;
    Sha256 content_sha256{};
    ContentKind kind = ContentKind::text;

    /// Derived: the same on every node and after every restart.
    SubmissionId submission_id() const;
    bool operator==(const Statement&) const = default;
};

/// Version 2: "BWS2", then the members in order; integers little-endian, the key behind a length
/// byte. Version 1, which is read as well, has no kind: all were texts.
Bytes encode(const Statement& statement);
struct Record {
    Statement statement;
    std::size_t statement_bytes; // its length in front of the content
    ByteView content;            // of the bytes that were read
};
/// Reads one statement from the front of `bytes`; the rest is the content. corrupt if it is not
/// one, or if the content's length or hash is not what it says.
Result<Record> decode_record(ByteView bytes);
/// The statement alone, as a receipt carries it; corrupt if anything follows it.
Result<Statement> decode_statement(ByteView bytes);

/// UUIDv8 over tenant, principal, assignment and key.
SubmissionId derive_submission_id(TenantId tenant, UserId user, AssignmentId assignment,
                                  std::string_view idempotency_key);

} // namespace bw::submissions
