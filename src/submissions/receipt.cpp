#include "submissions/receipt.hpp"

#include <simdjson.h>

#include "submissions/proof_json.hpp"

namespace bw::submissions {

namespace {

constexpr std::string_view magic = "BWR2";

std::string_view wire_name(const ClockError& error) {
    return error.ms ? "synchronised" : "unsynchronised";
}

void put_text(Bytes& out, std::string_view text) {
    put_le(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

void put_path(Bytes& out, const std::vector<Sha256>& path) {
    out.push_back(static_cast<char>(path.size()));
    for (const Sha256& hash : path)
        out += view(hash);
}

/// What a group and a head have in common.
template <class Tree>
void put_tree(Bytes& out, const Tree& tree) {
    out += view(tree.root);
    put_le(out, tree.time.ms);
    out.push_back(static_cast<char>(tree.durability));
}

/// Reads what encode() wrote, refusing whatever is too short.
class Reader {
public:
    explicit Reader(ByteView bytes) : rest_(bytes) {}
    ByteView take(std::size_t n) {
        if (rest_.size() < n) {
            ok_ = false;
            return {};
        }
        ByteView out = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return out;
    }
    template <class Integer>
    Integer integer() {
        ByteView raw = take(sizeof(Integer));
        return ok_ ? get_le<Integer>(raw) : Integer{};
    }
    template <std::size_t N>
    std::array<std::uint8_t, N> array() {
        return to_array<N>(take(N)).value_or(std::array<std::uint8_t, N>{});
    }
    std::vector<Sha256> path() {
        const auto steps = integer<std::uint8_t>();
        ok_ = ok_ && steps <= path_items_limit;
        std::vector<Sha256> out;
        for (std::size_t i = 0; i < steps && ok_; ++i)
            out.push_back(array<32>());
        return out;
    }
    template <class Tree>
    void tree(Tree& out) {
        out.root = array<32>();
        out.time.ms = integer<std::int64_t>();
        const auto durability = journal::durability_of(integer<std::uint8_t>());
        ok_ = ok_ && durability;
        out.durability = durability.value_or(journal::Durability::local_fsync);
    }
    ByteView text() { return take(integer<std::uint32_t>()); }
    bool ended_well() const { return ok_ && rest_.empty(); }
    bool ok() const { return ok_; }

private:
    ByteView rest_;
    bool ok_ = true;
};

} // namespace

Receipt make_receipt(Bytes statement, const Nonce& nonce, std::uint32_t index,
                     const journal::CommittedGroup& group, std::string kid) {
    return {.statement = std::move(statement),
            .nonce = nonce,
            .index = index,
            .path = group.tree.path(index),
            .group = group.group,
            .head_path = group.head_path,
            .head = group.head,
            .signature = group.signature,
            .kid = std::move(kid)};
}

Bytes encode(const Receipt& r) {
    Bytes out(magic);
    put_text(out, r.statement);
    out += view(r.nonce);
    put_le(out, r.index);
    put_path(out, r.path);
    put_le(out, r.group.number);
    put_le(out, r.group.first_seq);
    put_le(out, r.group.size);
    put_tree(out, r.group);
    put_path(out, r.head_path);
    put_text(out, r.head.cell);
    put_le(out, r.head.epoch);
    put_le(out, r.head.size);
    put_tree(out, r.head);
    out += view(r.signature);
    put_text(out, r.kid);
    return out;
}

Result<Receipt> decode_receipt(ByteView bytes) {
    Reader in(bytes);
    Receipt r;
    bool known = in.take(magic.size()) == magic;
    r.statement = in.text();
    r.nonce = in.array<16>();
    r.index = in.integer<std::uint32_t>();
    r.path = in.path();
    r.group.number = in.integer<std::uint64_t>();
    r.group.first_seq = in.integer<std::uint64_t>();
    r.group.size = in.integer<std::uint32_t>();
    in.tree(r.group);
    r.head_path = in.path();
    r.head.cell = in.text();
    r.head.epoch = in.integer<std::uint64_t>();
    r.head.size = in.integer<std::uint64_t>();
    in.tree(r.head);
    r.signature = in.array<64>();
    r.kid = in.text();
    if (!known || !in.ended_well())
        return fail(Code::corrupt, "not a stored receipt");
    return r;
}

void write_json(JsonWriter& json, const Receipt& r) {
    auto statement = decode_statement(r.statement);
    json.object().member("version", 2);
    if (statement) {
        json.member("submission_id", statement->submission_id().text())
            .member("tenant_id", statement->tenant.text())
            .member("user_id", statement->user.text())
            .member("assignment_id", statement->assignment.text())
            .member("idempotency_key", statement->idempotency_key)
            .member("received_at", to_rfc3339(statement->received_at))
            .member("kind", wire_name(statement->kind))
            .member("content_bytes", statement->content_bytes)
            .member("content_sha256", to_hex(view(statement->content_sha256)))
            .member("clock", wire_name(statement->clock_error));
        if (statement->clock_error.ms)
            json.member("clock_error_ms", *statement->clock_error.ms);
    }
    json.member("statement", to_base64url(r.statement))
        .member("nonce", to_base64url(view(r.nonce)))
        .member("index", r.index);
    write_path(json, "path", r.path);
    json.key("group")
        .object()
        .member("number", r.group.number)
        .member("first_seq", r.group.first_seq)
        .member("size", r.group.size)
        .member("root", to_hex(view(r.group.root)))
        .member("time", to_rfc3339(r.group.time))
        .member("durability", journal::wire_name(r.group.durability))
        .end();
    write_path(json, "head_path", r.head_path);
    json.key("head").object();
    write_head(json, r.head);
    json.end();
    json.member("signature", to_base64url(view(r.signature))).member("kid", r.kid).end();
}

Result<Receipt> receipt_from_json(std::string_view text) {
    auto wrong = [](std::string_view what) {
        return fail(Code::bad_request, "not a receipt: " + std::string(what));
    };
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element json;
    if (parser.parse(text.data(), text.size()).get(json) != simdjson::SUCCESS || !json.is_object())
        return wrong("not a JSON object");
    if (simdjson::dom::element inside; json["receipt"].get(inside) == simdjson::SUCCESS)
        json = inside; // an answer that holds one
    Receipt r;
    auto statement = from_base64url(string_in(json, "statement"));
    auto nonce = to_array<16>(from_base64url(string_in(json, "nonce")).value_or(""));
    auto signature = to_array<64>(from_base64url(string_in(json, "signature")).value_or(""));
    std::uint64_t version = 0, content_bytes = 0, clock_error_ms = 0;
    if (!number_in(json, "version", version) || version != 2)
        return wrong("version is not 2");
    if (!statement || !nonce || !signature || !number_in(json, "index", r.index))
        return wrong("statement, nonce, index or signature");
    r.statement = *statement;
    r.nonce = *nonce;
    r.signature = *signature;
    r.kid = string_in(json, "kid");
    for (auto [name, path] : {std::pair{"path", &r.path}, {"head_path", &r.head_path}})
        if (!read_path(json, name, *path))
            return wrong(name);
    simdjson::dom::element group, head;
    if (json["group"].get(group) != simdjson::SUCCESS || !group.is_object() ||
        !number_in(group, "number", r.group.number) ||
        !number_in(group, "first_seq", r.group.first_seq) ||
        !number_in(group, "size", r.group.size) ||
        !read_tree(group, r.group.root, r.group.time, r.group.durability))
        return wrong("group");
    if (json["head"].get(head) != simdjson::SUCCESS || !read_head(head, r.head))
        return wrong("head");

    // The plain members are what people read: they must say what the statement says.
    auto said = decode_statement(r.statement);
    if (!said)
        return wrong("statement");
    if (string_in(json, "submission_id") != said->submission_id().text() ||
        string_in(json, "tenant_id") != said->tenant.text() ||
        string_in(json, "user_id") != said->user.text() ||
        string_in(json, "assignment_id") != said->assignment.text() ||
        string_in(json, "idempotency_key") != said->idempotency_key ||
        string_in(json, "received_at") != to_rfc3339(said->received_at) ||
        string_in(json, "kind") != wire_name(said->kind) ||
        !number_in(json, "content_bytes", content_bytes) || content_bytes != said->content_bytes ||
        (said->clock_error.ms && (!number_in(json, "clock_error_ms", clock_error_ms) ||
                                  clock_error_ms != *said->clock_error.ms)) ||
        string_in(json, "content_sha256") != to_hex(view(said->content_sha256)) ||
        string_in(json, "clock") != wire_name(said->clock_error))
        return wrong("its plain members contradict its statement");
    return r;
}

Result<Statement> verify(const Receipt& receipt, const std::vector<ReceiptKey>& keys) {
    CHECK_OK(verify(SignedHead{receipt.head, receipt.signature, receipt.kid}, keys));
    if (!verify_inclusion(leaf_hash(receipt.nonce, receipt.statement), receipt.index,
                          receipt.group.size, receipt.path, receipt.group.root))
        return fail(Code::corrupt, "the path does not lead from this statement to its group's root",
                    "path");
    if (!verify_inclusion(receipt.group.leaf(), receipt.group.number - 1, receipt.head.size,
                          receipt.head_path, receipt.head.root))
        return fail(Code::corrupt, "the path does not lead from the group to the signed root",
                    "head_path");
    return decode_statement(receipt.statement);
}

Result<void> verify_content(const Statement& statement, ByteView content) {
    for (ByteView tried : {content, content.substr(0, content.size() - content.ends_with('\n'))})
        if (tried.size() == statement.content_bytes && sha256(tried) == statement.content_sha256)
            return {};
    return fail(Code::corrupt, "this is not the content that the receipt is for");
}

} // namespace bw::submissions
