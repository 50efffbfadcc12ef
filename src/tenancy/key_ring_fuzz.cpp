// Fuzzes the key ring's file: no text crashes it, and none brings in a key that was not sealed
// under the ring's own master key. The input is tried as it stands, and as a body under a good
// checksum, so that what lies behind the checksum is reached.
#include <cstdint>
#include <cstdlib>

#include "base/crypto.hpp"
#include "tenancy/key_ring.hpp"

using namespace bw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static SeededRng rng(1);
    static const Instant noon{1795424340000};
    static const SecretKey master{1};
    static const std::string good = [] {
        tenancy::KeyRing ring(master);
        const auto key = tenancy::TokenKey::make(tenancy::TokenAlgorithm::eddsa, rng);
        const tenancy::KeyRecord record{.kid = key.kid(),
                                        .sealed = tenancy::seal_token_key(key, master, rng),
                                        .announced_at = noon,
                                        .signs_from = noon};
        ring.merge({&record, 1}, noon);
        return ring.to_file(noon);
    }();
    static const std::size_t body_at = good.find('\n') + 1;
    static const std::string head = good.substr(0, body_at - 65);
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (const std::string& text :
         {std::string(input), head + to_hex(view(sha256(input))) + "\n" + std::string(input)}) {
        tenancy::KeyRing ring(master);
        if (ring.from_file(text, noon))
            for (const tenancy::KeyRecord& record : ring.records(noon))
                if (!record.revoked_at && !tenancy::unseal_token_key(record, master))
                    std::abort();
    }
    return 0;
}
