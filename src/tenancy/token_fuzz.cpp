// Fuzzes the token verifier: no text crashes it, and none but the one good token verifies. The
// input is tried as it stands, and as header and payload under a good signature, so that what lies
// behind the signature is reached.
#include <cstdint>
#include <cstdlib>

#include "tenancy/token.hpp"

using namespace bw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static ManualClock clock(Instant{1795424340000});
    static SeededRng rng(1);
    static const tenancy::TokenKey key =
                                       tenancy::TokenKey::make(tenancy::TokenAlgorithm::eddsa, rng),
                                   other =
                                       tenancy::TokenKey::make(tenancy::TokenAlgorithm::es256, rng);
    static const tenancy::KeyRing keys{key, other};
    static const tenancy::TenantDirectory nobody; // no tenant is known, so nothing may verify
    static const tenancy::Revocations nothing_ended;
    static const tenancy::TokenVerifier verifier("fuzz", keys, nobody, nothing_ended, clock, rng,
                                                 64);
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    auto must_fail = [](std::string_view token) {
        if (verifier.verify(token))
            std::abort();
    };
    must_fail(input);
    const std::size_t cut = input.find('\n');
    const std::string_view header = input.substr(0, cut);
    const std::string_view payload =
        cut == std::string_view::npos ? std::string_view() : input.substr(cut + 1);
    for (const tenancy::TokenKey* with : {&key, &other})
        for (const std::string& top :
             {std::string(header), R"({"alg":")" + std::string(wire_name(with->algorithm())) +
                                       R"(","typ":"at+jwt","kid":")" + with->kid() + "\"}"}) {
            const std::string text = to_base64url(top) + "." + to_base64url(payload);
            must_fail(text + "." + to_base64url(view(with->sign(text))));
        }
    return 0;
}
