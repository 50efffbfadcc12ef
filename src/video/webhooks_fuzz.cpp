// Whatever the bytes: without its signature a webhook says nothing, with it whatever it says is
// whole; a stream key that nobody signed publishes nothing. The first byte chooses; a zero byte
// ends the header.
#include <cstdint>
#include <cstdlib>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "video/bunny.hpp"
#include "video/http_date.hpp"
#include "video/media_package.hpp"
#include "video/mux.hpp"
#include "video/self_hosted.hpp"

namespace {

using namespace bw;
using namespace bw::video;

void expect(bool holds) {
    if (!holds)
        std::abort();
}

const std::string secret = "a-secret-of-thirty-two-letters-or-more";
constexpr Instant now{1'795'000'000'000};

std::string rsa_pem() {
    EVP_PKEY* key = EVP_RSA_gen(2048);
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(out);
    EVP_PKEY_free(key);
    return pem;
}

struct Providers {
    SystemClock clock;
    HmacSha256 mac{secret};
    std::unique_ptr<Mux> mux;
    std::unique_ptr<Bunny> bunny;
    std::unique_ptr<MediaPackage> aws;
    std::unique_ptr<SelfHosted> own;

    Providers() {
        const std::string pem = rsa_pem();
        MuxOptions m;
        m.signing_kid = "k";
        m.signing_pem = pem;
        m.webhook_secret = secret;
        mux = *Mux::make(std::move(m), clock);
        BunnyOptions b;
        b.library = 1;
        b.token_key = secret;
        b.read_only_api_key = secret;
        b.playback_url = "https://b.example";
        bunny = *Bunny::make(std::move(b), clock);
        MediaPackageOptions a;
        a.channel_group = "g";
        a.playback_url = "https://a.example";
        a.key_pair_id = "K";
        a.key_pair_pem = pem;
        a.webhook_key = secret;
        aws = *MediaPackage::make(std::move(a), clock);
        SelfHostedOptions s;
        s.edge_secret = secret;
        s.ingest_secret = secret;
        s.origin_url = "http://127.0.0.1:9";
        own = *SelfHosted::make(std::move(s), clock);
    }
};

using Named = std::vector<std::pair<std::string_view, std::string_view>>;

void hear(const Provider& provider, const Named& headers, std::string_view body, bool is_signed) {
    const auto events = provider.parse_webhook(headers, body, now);
    expect(is_signed || !events);
    if (!events)
        return;
    for (const Event& event : *events)
        expect(!event.id.empty() && (event.ref.empty() != event.key.empty()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Providers on;
    if (size == 0)
        return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::size_t end = rest.find('\0');
    const std::string_view head = rest.substr(0, end),
                           body = end == std::string_view::npos ? "" : rest.substr(end + 1);
    switch (data[0] % 6) {
    case 0:
        hear(*on.mux, {{"mux-signature", head}}, body, false);
        break;
    case 1: {
        const std::string signature =
            "t=1795000000,v1=" + to_hex(on.mac.sign({"1795000000.", rest}));
        hear(*on.mux, {{"mux-signature", signature}}, rest, true);
        break;
    }
    case 2:
    case 3: {
        const std::string signature =
            data[0] % 6 == 2 ? std::string(head) : to_hex(on.mac.sign({rest}));
        hear(*on.bunny,
             {{"x-bunnystream-signature-version", "v1"},
              {"x-bunnystream-signature-algorithm", "hmac-sha256"},
              {"x-bunnystream-signature", signature}},
             data[0] % 6 == 2 ? body : rest, data[0] % 6 == 3);
        break;
    }
    case 4:
        hear(*on.aws, {{"x-api-key", secret}}, rest, true);
        break;
    default:
        expect(!on.own->may_publish(rest, now));
        hear(*on.own, {}, rest, false);
        static_cast<void>(http_date(head));
        static_cast<void>(Origin::parse(head));
    }
    return 0;
}
