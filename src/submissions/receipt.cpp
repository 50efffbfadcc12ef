#include "submissions/receipt.hpp"

#include <simdjson.h>

#include <algorithm>

namespace bw::submissions {

namespace {

constexpr std::string_view magic = "BWR1";
constexpr std::size_t path_items_limit = 64; // a group of 2^64 leaves

std::string_view wire_name(const ClockError& error) {
    return error.ms ? "synchronised" : "unsynchronised";
}

void put_text(Bytes& out, std::string_view text) {
    put_le(out, static_cast<std::uint32_t>(text.size()));
    out += text;
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
    ByteView text() { return take(integer<std::uint32_t>()); }
    bool ended_well() const { return ok_ && rest_.empty(); }
    bool ok() const { return ok_; }

private:
    ByteView rest_;
    bool ok_ = true;
};

} // namespace

Bytes encode(const Receipt& r) {
    Bytes out(magic);
    put_text(out, r.statement);
    out += view(r.nonce);
    put_le(out, r.index);
    out.push_back(static_cast<char>(r.path.size()));
    for (const Sha256& hash : r.path)
        out += view(hash);
    put_text(out, r.head.cell);
    put_le(out, r.head.epoch);
    put_le(out, r.head.group);
    put_le(out, r.head.first_seq);
    put_le(out, r.head.size);
    out += view(r.head.root);
    put_le(out, r.head.time.ms);
    out.push_back(static_cast<char>(r.head.durability));
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
    auto steps = in.integer<std::uint8_t>();
    for (std::size_t i = 0; i < steps && in.ok(); ++i)
        r.path.push_back(in.array<32>());
    r.head.cell = in.text();
    r.head.epoch = in.integer<std::uint64_t>();
    r.head.group = in.integer<std::uint64_t>();
    r.head.first_seq = in.integer<std::uint64_t>();
    r.head.size = in.integer<std::uint32_t>();
    r.head.root = in.array<32>();
    r.head.time.ms = in.integer<std::int64_t>();
    r.head.durability = static_cast<journal::Durability>(in.integer<std::uint8_t>());
    r.signature = in.array<64>();
    r.kid = in.text();
    if (!known || !in.ended_well() || steps > path_items_limit ||
        r.head.durability != journal::Durability::local_fsync)
        return fail(Code::corrupt, "not a stored receipt");
    return r;
}

void write_json(JsonWriter& json, const Receipt& r) {
    auto statement = decode_statement(r.statement);
    json.object().member("version", 1);
    if (statement) {
        json.member("submission_id", statement->submission_id().text())
            .member("tenant_id", statement->tenant.text())
            .member("user_id", statement->user.text())
            .member("assignment_id", statement->assignment.text())
            .member("idempotency_key", statement->idempotency_key)
            .member("received_at", to_rfc3339(statement->received_at))
            .member("content_bytes", statement->content_bytes)
            .member("content_sha256", to_hex(view(statement->content_sha256)))
            .member("clock", wire_name(statement->clock_error));
        if (statement->clock_error.ms)
            json.member("clock_error_ms", *statement->clock_error.ms);
    }
    json.member("statement", to_base64url(r.statement))
        .member("nonce", to_base64url(view(r.nonce)))
        .member("index", r.index);
    json.key("path").array();
    for (const Sha256& hash : r.path)
        json.value(to_hex(view(hash)));
    json.end();
    json.key("head")
        .object()
        .member("cell", r.head.cell)
        .member("epoch", to_hex([&] {
                    Bytes raw;
                    put_le(raw, r.head.epoch);
                    std::ranges::reverse(raw);
                    return raw;
                }()))
        .member("group", r.head.group)
        .member("first_seq", r.head.first_seq)
        .member("size", r.head.size)
        .member("root", to_hex(view(r.head.root)))
        .member("time", to_rfc3339(r.head.time))
        .member("durability", journal::wire_name(r.head.durability))
        .end();
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
    auto string = [&](simdjson::dom::element in, const char* name) {
        std::string_view value;
        return in[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
    };
    auto number = [&](simdjson::dom::element in, const char* name, std::uint64_t& value) {
        return in[name].get(value) == simdjson::SUCCESS;
    };
    Receipt r;
    auto statement = from_base64url(string(json, "statement"));
    auto nonce = to_array<16>(from_base64url(string(json, "nonce")).value_or(""));
    auto signature = to_array<64>(from_base64url(string(json, "signature")).value_or(""));
    std::uint64_t version = 0, index = 0, size = 0, content_bytes = 0, clock_error_ms = 0;
    if (!number(json, "version", version) || version != 1)
        return wrong("version is not 1");
    if (!statement || !nonce || !signature || !number(json, "index", index) || index > UINT32_MAX)
        return wrong("statement, nonce, index or signature");
    r.statement = *statement;
    r.nonce = *nonce;
    r.signature = *signature;
    r.index = static_cast<std::uint32_t>(index);
    r.kid = string(json, "kid");
    simdjson::dom::array steps;
    if (json["path"].get(steps) != simdjson::SUCCESS || steps.size() > path_items_limit)
        return wrong("path");
    for (simdjson::dom::element step : steps) {
        std::string_view hex;
        auto hash = step.get(hex) == simdjson::SUCCESS ? to_array<32>(from_hex(hex).value_or(""))
                                                       : std::nullopt;
        if (!hash)
            return wrong("path");
        r.path.push_back(*hash);
    }
    simdjson::dom::element head;
    if (json["head"].get(head) != simdjson::SUCCESS || !head.is_object())
        return wrong("head");
    r.head.cell = string(head, "cell");
    Bytes epoch = from_hex(string(head, "epoch")).value_or("");
    std::ranges::reverse(epoch);
    auto root = to_array<32>(from_hex(string(head, "root")).value_or(""));
    auto time = from_rfc3339(string(head, "time"));
    if (epoch.size() != 8 || !root || !time || !number(head, "group", r.head.group) ||
        !number(head, "first_seq", r.head.first_seq) || !number(head, "size", size) ||
        size > UINT32_MAX ||
        string(head, "durability") != journal::wire_name(journal::Durability::local_fsync))
        return wrong("head");
    r.head.epoch = get_le<std::uint64_t>(epoch);
    r.head.root = *root;
    r.head.time = *time;
    r.head.size = static_cast<std::uint32_t>(size);

    // The plain members are what people read: they must say what the statement says.
    auto said = decode_statement(r.statement);
    if (!said)
        return wrong("statement");
    if (string(json, "submission_id") != said->submission_id().text() ||
        string(json, "tenant_id") != said->tenant.text() ||
        string(json, "user_id") != said->user.text() ||
        string(json, "assignment_id") != said->assignment.text() ||
        string(json, "idempotency_key") != said->idempotency_key ||
        string(json, "received_at") != to_rfc3339(said->received_at) ||
        !number(json, "content_bytes", content_bytes) || content_bytes != said->content_bytes ||
        (said->clock_error.ms && (!number(json, "clock_error_ms", clock_error_ms) ||
                                  clock_error_ms != *said->clock_error.ms)) ||
        string(json, "content_sha256") != to_hex(view(said->content_sha256)) ||
        string(json, "clock") != wire_name(said->clock_error))
        return wrong("its plain members contradict its statement");
    return r;
}

Result<Statement> verify(const Receipt& receipt, const std::vector<PublicKey>& keys) {
    auto key =
        std::ranges::find_if(keys, [&](const PublicKey& k) { return kid_of(k) == receipt.kid; });
    if (key == keys.end())
        return fail(Code::corrupt, "signed with a key that is not among the known receipt keys",
                    "kid");
    if (!verify_ed25519(*key, receipt.head.signed_bytes(), receipt.signature))
        return fail(Code::corrupt, "the head's signature does not verify", "signature");
    if (!verify_inclusion(leaf_hash(receipt.nonce, receipt.statement), receipt.index,
                          receipt.head.size, receipt.path, receipt.head.root))
        return fail(Code::corrupt, "the path does not lead from this statement to the signed root",
                    "path");
    return decode_statement(receipt.statement);
}

} // namespace bw::submissions
