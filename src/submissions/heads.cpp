#include "submissions/heads.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/merkle.hpp"
#include "submissions/proof_json.hpp"

namespace bw::submissions {

namespace {

Error not_a(std::string_view what, std::string_view member) {
    return fail(Code::bad_request, fmt::format("not a {}: {}", what, member));
}

/// One JSON object, or nullopt. It lives until this thread parses the next one.
std::optional<simdjson::dom::element> object_in(std::string_view text) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element json;
    if (parser.parse(text.data(), text.size()).get(json) != simdjson::SUCCESS || !json.is_object())
        return std::nullopt;
    return json;
}

std::optional<SignedHead> read_signed_head(simdjson::dom::element json) {
    SignedHead out;
    auto signature = to_array<64>(from_base64url(string_in(json, "signature")).value_or(""));
    if (!signature || !read_head(json, out.head))
        return std::nullopt;
    out.signature = *signature;
    out.kid = string_in(json, "kid");
    return out;
}

} // namespace

// ---- keys ----

std::string receipt_key_set(const std::vector<ReceiptKey>& keys) {
    JsonWriter json;
    json.object().key("keys").array();
    for (const ReceiptKey& key : keys) {
        json.object()
            .member("kty", "OKP")
            .member("crv", "Ed25519")
            .member("use", "sig")
            .member("alg", "EdDSA")
            .member("kid", kid_of(key.key))
            .member("x", to_base64url(view(key.key)));
        if (key.retired_at)
            json.member("retired_at", to_rfc3339(*key.retired_at));
        json.end();
    }
    json.end().end();
    return json.take();
}

Result<std::vector<ReceiptKey>> read_receipt_key_set(std::string_view text) {
    simdjson::dom::array array;
    auto json = object_in(text);
    if (!json || (*json)["keys"].get(array) != simdjson::SUCCESS)
        return not_a("set of keys", "there is no array 'keys'");
    std::vector<ReceiptKey> keys;
    for (simdjson::dom::element jwk : array) {
        if (string_in(jwk, "kty") != "OKP" || string_in(jwk, "crv") != "Ed25519")
            continue;
        auto key = to_array<32>(from_base64url(string_in(jwk, "x")).value_or(""));
        if (!key)
            return not_a("set of keys", "the x of an Ed25519 key");
        ReceiptKey read(*key);
        if (std::string_view at; jwk["retired_at"].get(at) == simdjson::SUCCESS) {
            auto instant = from_rfc3339(at);
            if (!instant)
                return not_a("set of keys", "the retired_at of a key");
            read.retired_at = *instant;
        }
        keys.push_back(read);
    }
    return keys;
}

// ---- verifying ----

Result<void> verify(const SignedHead& head, const std::vector<ReceiptKey>& keys) {
    auto key =
        std::ranges::find_if(keys, [&](const ReceiptKey& k) { return kid_of(k.key) == head.kid; });
    if (key == keys.end())
        return fail(Code::corrupt, "signed with a key that is not among the known receipt keys",
                    "kid");
    if (key->retired_at && head.head.time > *key->retired_at)
        return fail(Code::corrupt,
                    "signed with a key that was retired at " + to_rfc3339(*key->retired_at) +
                        ", before the head's time",
                    "kid");
    if (!verify_ed25519(key->key, head.head.signed_bytes(), head.signature))
        return fail(Code::corrupt, "the head's signature does not verify", "signature");
    return {};
}

Result<void> verify(const ConsistencyProof& proof, const journal::Head& earlier,
                    const std::vector<ReceiptKey>& keys) {
    CHECK_OK(verify(proof.head, keys));
    const journal::Head& later = proof.head.head;
    if (earlier.cell != later.cell || earlier.epoch != later.epoch)
        return fail(Code::corrupt, "the proof is about another journal", "head");
    if (proof.from_size != earlier.size)
        return fail(Code::corrupt,
                    fmt::format("the proof begins at {} groups, the earlier head has {}",
                                proof.from_size, earlier.size),
                    "from_size");
    if (!verify_consistency(earlier.size, earlier.root, later.size, later.root, proof.path))
        return fail(Code::corrupt,
                    "the later head's tree does not begin with the earlier one's: the journal was "
                    "rewritten, or the proof is wrong",
                    "path");
    return {};
}

// ---- JSON ----

void write_path(JsonWriter& json, const char* name, const std::vector<Sha256>& path) {
    json.key(name).array();
    for (const Sha256& hash : path)
        json.value(to_hex(view(hash)));
    json.end();
}

bool read_path(simdjson::dom::element in, const char* name, std::vector<Sha256>& out) {
    simdjson::dom::array steps;
    if (in[name].get(steps) != simdjson::SUCCESS || steps.size() > path_items_limit)
        return false;
    for (simdjson::dom::element step : steps) {
        std::string_view hex;
        auto hash = step.get(hex) == simdjson::SUCCESS ? to_array<32>(from_hex(hex).value_or(""))
                                                       : std::nullopt;
        if (!hash)
            return false;
        out.push_back(*hash);
    }
    return true;
}

std::string_view string_in(simdjson::dom::element in, const char* name) {
    std::string_view value;
    return in[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

bool read_tree(simdjson::dom::element in, Sha256& root, Instant& time,
               journal::Durability& durability) {
    auto hash = to_array<32>(from_hex(string_in(in, "root")).value_or(""));
    auto at = from_rfc3339(string_in(in, "time"));
    auto named = journal::durability_named(string_in(in, "durability"));
    if (!hash || !at || !named)
        return false;
    root = *hash;
    time = *at;
    durability = *named;
    return true;
}

void write_head(JsonWriter& json, const journal::Head& head) {
    json.member("cell", head.cell)
        .member("epoch", epoch_text(head.epoch))
        .member("size", head.size)
        .member("root", to_hex(view(head.root)))
        .member("time", to_rfc3339(head.time))
        .member("durability", journal::wire_name(head.durability));
}

bool read_head(simdjson::dom::element in, journal::Head& head) {
    auto epoch = read_epoch(string_in(in, "epoch"));
    if (!epoch || !number_in(in, "size", head.size) ||
        !read_tree(in, head.root, head.time, head.durability))
        return false;
    head.cell = string_in(in, "cell");
    head.epoch = *epoch;
    return head.cell.size() <= 255;
}

void write_json(JsonWriter& json, const SignedHead& head) {
    json.object();
    write_head(json, head.head);
    json.member("signature", to_base64url(view(head.signature))).member("kid", head.kid).end();
}

Result<SignedHead> head_from_json(std::string_view text) {
    auto json = object_in(text);
    auto head = json ? read_signed_head(*json) : std::nullopt;
    if (!head)
        return not_a("signed head", "a member is missing or wrong");
    return *std::move(head);
}

void write_json(JsonWriter& json, const ConsistencyProof& proof) {
    json.object().member("from_size", proof.from_size);
    write_path(json, "path", proof.path);
    json.key("head");
    write_json(json, proof.head);
    json.end();
}

Result<ConsistencyProof> consistency_from_json(std::string_view text) {
    ConsistencyProof proof;
    auto json = object_in(text);
    simdjson::dom::element head;
    if (!json || !number_in(*json, "from_size", proof.from_size) ||
        !read_path(*json, "path", proof.path) || (*json)["head"].get(head) != simdjson::SUCCESS)
        return not_a("consistency proof", "from_size, path or head");
    auto signed_head = read_signed_head(head);
    if (!signed_head)
        return not_a("consistency proof", "head");
    proof.head = *std::move(signed_head);
    return proof;
}

} // namespace bw::submissions
