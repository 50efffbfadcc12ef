// Whatever the bytes: a token, a key set and claims are refused with a reason, or hold what their
// readers promise; and nothing verifies under a key that did not sign it.
#include <cstdint>
#include <cstdlib>

#include "federation/documents.hpp"
#include "federation/id_token.hpp"
#include "federation/jose.hpp"

namespace {

using namespace bw::federation;

void expect(bool holds) {
    if (!holds)
        std::abort();
}

// Of this key nobody has the private half.
constexpr std::string_view our_key =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const KeySet ours = *KeySet::parse(our_key);
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t half = bytes.find('\n');
    const std::string_view token = bytes.substr(0, half);
    const std::string_view keys = half == std::string_view::npos ? "" : bytes.substr(half + 1);
    auto set = KeySet::parse(keys);
    expect(!set || set->size() <= 100);
    if (auto jws = Jws::parse(token)) {
        expect(jws->signed_bytes.size() < token.size() && (!jws->kid || jws->kid->size() <= 256));
        expect(ours.verify(*jws) != KeySet::Verdict::good);
        if (set)
            static_cast<void>(set->verify(*jws));
    }
    if (auto claims = Claims::parse(keys)) {
        static_cast<void>(check_id_token(*claims, Algorithm::rs256,
                                         {"https://a.example", "b", "c", "d", bw::Instant{0}}));
        for (const char* name : {"aud", "sub", "email"})
            for (const std::string& text : claims->texts(name))
                expect(text.size() <= 2'000);
    }
    auto discovery = Discovery::parse(keys, "https://a.example", Reach::public_only);
    expect(!discovery || discovery->token_endpoint.starts_with("https://"));
    return 0;
}
