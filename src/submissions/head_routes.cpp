#include "submissions/head_routes.hpp"

#include <charconv>

#include "base/json.hpp"

namespace bw::submissions {

namespace {

constexpr std::string_view key_set_schema = R"({
    "type": "object",
    "description": "A JWK set (RFC 7517).",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "minItems": 1, "items": {
        "type": "object",
        "required": ["kty", "crv", "use", "alg", "kid", "x"],
        "properties": {
            "kty": {"const": "OKP"},
            "crv": {"const": "Ed25519"},
            "use": {"const": "sig"},
            "alg": {"const": "EdDSA"},
            "kid": {"type": "string", "minLength": 1},
            "x": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$", "description": "The public key, base64url."},
            "retired_at": {"type": "string", "format": "date-time", "description": "No head after it is signed with this key."}
        }
    }}}
})";

constexpr std::string_view head_schema = R"({
    "type": "object",
    "description": "The signed root of a journal's tree. Each head's tree is the beginning of every later one's: whoever keeps one can tell whether anything before it was rewritten.",
    "required": ["cell", "epoch", "size", "root", "time", "durability", "signature", "kid"],
    "properties": {
        "cell": {"type": "string"},
        "epoch": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        "size": {"type": "integer", "minimum": 1, "description": "Commit groups under the root."},
        "root": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "time": {"type": "string", "format": "date-time", "description": "Of the last group."},
        "durability": {"enum": ["local-fsync", "local-fsync+follower", "replicated"]},
        "signature": {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$", "description": "Ed25519, of the head."},
        "kid": {"type": "string", "minLength": 1}
    }
})";

constexpr std::string_view heads_schema = R"({
    "type": "object",
    "required": ["heads"],
    "properties": {"heads": {"type": "array", "items": {"$ref": "#/components/schemas/SignedHead"}}}
})";

constexpr std::string_view proof_schema = R"({
    "type": "object",
    "description": "Shows that the tree of `from_size` groups is the beginning of the head's (RFC 9162, section 2.1.4).",
    "required": ["from_size", "path", "head"],
    "properties": {
        "from_size": {"type": "integer", "minimum": 1},
        "path": {"type": "array", "maxItems": 64, "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "head": {"$ref": "#/components/schemas/SignedHead"}
    }
})";

constexpr std::string_view epoch_schema = R"({"type": "string", "pattern": "^[0-9a-f]{16}$"})";
constexpr std::string_view size_schema =
    R"({"type": "integer", "minimum": 1, "maximum": 9223372036854775807})";

net::Response heads_response(const HeadPublisher& heads) {
    JsonWriter json;
    json.object().key("heads").array();
    if (auto head = heads.latest())
        write_json(json, *head);
    json.end().end();
    return net::Response::json(200, json.take());
}

Result<std::uint64_t> from_size_of(const net::Request& request, std::uint64_t epoch) {
    if (read_epoch(request.path_param("epoch")) != epoch)
        return fail(Code::not_found, "this is not the epoch of a journal that is kept here");
    const std::string text = request.query_param("from_size").value_or("");
    std::int64_t size = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size() || size < 1)
        return fail(Code::invalid_field, "expected the size of a head, 1 or more", "from_size");
    return static_cast<std::uint64_t>(size);
}

void prove(const HeadPublisher& heads, std::uint64_t epoch, ProofLane& lane,
           const net::Request& request, net::Responder respond) {
    auto from = from_size_of(request, epoch);
    if (!from)
        return respond(std::move(from).error());
    // A proof reads some forty places of a file, perhaps from the disk: not on the connection's
    // thread.
    lane.submit(
        TenantId{}, request.deadline,
        [&heads, size = *from, respond = std::move(respond)](Result<ProofTurn*> turn) mutable {
            if (!turn)
                return respond(std::move(turn).error());
            respond.result(heads.prove(size), [](const ConsistencyProof& proof) {
                JsonWriter json;
                write_json(json, proof);
                return net::Response::json(200, json.take());
            });
        });
}

} // namespace

void add_head_routes(net::RouteTable& routes, const HeadPublisher& heads, std::uint64_t epoch,
                     ProofLane& lane, const std::vector<ReceiptKey>& keys) {
    routes.add_schema("ReceiptKeySet", key_set_schema);
    routes.add_schema("SignedHead", head_schema);
    routes.add_schema("SignedHeads", heads_schema);
    routes.add_schema("ConsistencyProof", proof_schema);
    routes.add(
        {.method = net::Method::get,
         .path = "/.well-known/receipt-keys.json",
         .operation = "list_receipt_keys",
         .summary = "Public keys that receipts verify under, past ones too.",
         .handler =
             [keys = receipt_key_set(keys)](const net::Request&, net::Responder respond) {
                 respond(net::Response::json(200, keys));
             },
         .tag = "proofs",
         .answers = {{200, "The keys.", R"({"$ref": "#/components/schemas/ReceiptKeySet"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/.well-known/journal-heads.json",
                .operation = "list_journal_heads",
                .summary = "The latest signed head of each journal that is kept here.",
                .handler = [&heads](const net::Request&,
                                    net::Responder respond) { respond(heads_response(heads)); },
                .tag = "proofs",
                .answers = {{200, "None, before the first submission ever.",
                             R"({"$ref": "#/components/schemas/SignedHeads"})"}}});
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/journals/{epoch}/consistency",
         .operation = "prove_consistency",
         .summary = "Proof that a head, such as a receipt's, is the beginning of the latest.",
         .handler =
             [&heads, epoch, &lane](const net::Request& request, net::Responder respond) {
                 prove(heads, epoch, lane, request, std::move(respond));
             },
         .tag = "proofs",
         .parameters = {{.name = "epoch",
                         .in = net::Parameter::In::path,
                         .description = "The journal's, as receipts and heads say it.",
                         .schema = epoch_schema,
                         .required = true,
                         .example = "5f0c9a1e7d3b2846"},
                        {.name = "from_size",
                         .description = "`size` of the earlier head.",
                         .schema = size_schema,
                         .required = true,
                         .example = "1"}},
         .answers = {{200, "The proof, and the latest head.",
                      R"({"$ref": "#/components/schemas/ConsistencyProof"})"}}});
}

} // namespace bw::submissions
