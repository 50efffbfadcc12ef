// What it costs to sign a right to watch, by signing family, beside the bare operation in the same
// run. ROUNDS (5) of SIGNS (20,000; of RSA a twentieth); CPU of one thread.
#include <cstdio>
#include <functional>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "measure.hpp"
#include "video/bunny.hpp"
#include "video/media_package.hpp"
#include "video/mux.hpp"
#include "video/self_hosted.hpp"
#include "video/signed_once.hpp"

namespace bw {
namespace {

using namespace bench;
using namespace video;

constexpr double join_bar_us = 60; // of the whole call, of which signing is a part

/// A key of its own: what is measured does not depend on which.
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

struct Line {
    const char* what;
    long count;
    std::function<void(long)> once; // with the number of the call
    std::vector<double> us = {};
};

const std::string secret = "a-secret-of-thirty-two-letters-or-more",
                  message = "/0273f24a-79d1-d0fe-97ca-b0e36bf31ee2/1795000120token_path=/0273f24a/";

void hmac_bare() {
    unsigned char out[32];
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(), out, nullptr);
}

void md5_bare() {
    unsigned char out[16];
    EVP_Digest(message.data(), message.size(), out, nullptr, EVP_md5(), nullptr);
}

void rsa_bare(EVP_PKEY* key, const EVP_MD* hash) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    unsigned char out[512];
    std::size_t size = sizeof out;
    EVP_DigestSignInit(context, nullptr, hash, nullptr, key);
    EVP_DigestSign(context, out, &size, reinterpret_cast<const unsigned char*>(message.data()),
                   message.size());
    EVP_MD_CTX_free(context);
}

int run() {
    const SystemClock clock;
    const long signs = setting("SIGNS", 20'000), rsa_signs = std::max(signs / 20, 1L);
    const int rounds = static_cast<int>(setting("ROUNDS", 5));
    const std::string pem = rsa_pem();

    SelfHostedOptions own_options;
    own_options.edge_secret = secret;
    own_options.ingest_secret = secret;
    own_options.origin_url = "http://127.0.0.1:9";
    const auto own = must(SelfHosted::make(std::move(own_options), clock));
    BunnyOptions bunny_options;
    bunny_options.library = 1;
    bunny_options.token_key = secret;
    bunny_options.read_only_api_key = secret;
    bunny_options.playback_url = "https://vz-1a2b3c.b-cdn.net";
    const auto bunny = must(Bunny::make(std::move(bunny_options), clock));
    const auto make_mux = [&] {
        MuxOptions options;
        options.signing_kid = "DJzNS00EZ01YNLhaB00d9QPGO02TDX100gvS";
        options.signing_pem = pem;
        options.webhook_secret = secret;
        return must(Mux::make(std::move(options), clock));
    };
    const auto make_aws = [&] {
        MediaPackageOptions options;
        options.channel_group = "classes";
        options.playback_url = "https://video.school.example";
        options.key_pair_id = "K2JCJMDEHXQW5F";
        options.key_pair_pem = pem;
        options.webhook_key = secret;
        return must(MediaPackage::make(std::move(options), clock));
    };
    const auto mux = make_mux();
    const auto aws = make_aws();
    const SignedOnce mux_once(make_mux()), aws_once(make_aws());

    BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    const HmacSha256 kept_hmac(secret);
    const Md5AfterSecret kept_md5(secret);
    const RsaSigner kept_rsa = must(RsaSigner::from_pem(pem, RsaSigner::Hash::sha256));

    const Instant now{1'795'000'000'000};
    const std::string aws_ref = "bw-" + std::string(40, 'a');
    const auto sign = [&](const Provider& provider, std::string_view ref, Instant at) {
        static_cast<void>(must(provider.sign(ref, at, seconds(120))));
    };
    // Two thousand viewers of a class in each second: ten thousand over the five of a bell's
    // jitter.
    const auto joined = [&](long i) { return now + std::chrono::milliseconds(i / 2); };
    Line lines[] = {
        {"MD5, bare", signs, [](long) { md5_bare(); }},
        {"MD5, kept context", signs, [&](long) { kept_md5.digest({message}); }},
        {"HMAC-SHA256, bare", signs, [](long) { hmac_bare(); }},
        {"HMAC-SHA256, kept context", signs, [&](long) { kept_hmac.sign({message}); }},
        {"RS256, bare", rsa_signs, [&](long) { rsa_bare(key, EVP_sha256()); }},
        {"RS256, kept context", rsa_signs, [&](long) { kept_rsa.sign(message); }},
        {"self-hosted: secure_link", signs, [&](long) { sign(*own, "north-hill/7b", now); }},
        {"Bunny: directory token", signs,
         [&](long) { sign(*bunny, "0273f24a-79d1-d0fe-97ca-b0e36bf31ee2", now); }},
        {"Mux: JWT", rsa_signs, [&](long) { sign(*mux, "aA02skpHXoLrbQm4/DS00Spx1CV902M", now); }},
        {"MediaPackage: cookies", rsa_signs, [&](long) { sign(*aws, aws_ref, now); }},
        {"Mux, signed once a second", signs,
         [&](long i) { sign(mux_once, "aA02skpHXoLrbQm4/DS00Spx1CV902M", joined(i)); }},
        {"MediaPackage, signed once a second", signs,
         [&](long i) { sign(aws_once, aws_ref, joined(i)); }},
    };
    for (int round = 0; round < rounds; ++round)
        for (Line& line : lines) {
            const double began = cpu_seconds();
            for (long i = 0; i < line.count; ++i)
                line.once(i + 1'000'000L * round);
            line.us.push_back((cpu_seconds() - began) * 1e6 / static_cast<double>(line.count));
        }
    EVP_PKEY_free(key);
    double load = 0;
    getloadavg(&load, 1);
    std::printf("signing: %d rounds, %ld signs each (RSA %ld), load %.1f\n", rounds, signs,
                rsa_signs, load);
    for (const Line& line : lines) {
        const Summary s = summary(line.us);
        std::printf("%-36s %8.2f us of CPU (n=%d, %.2f..%.2f)\n", line.what, s.median, rounds,
                    s.low, s.high);
    }
    const auto median = [&](std::size_t i) { return summary(lines[i].us).median; };
    std::printf("over the bare operation: self-hosted %.1f x MD5, Bunny %.1f x HMAC, Mux %.2f x "
                "RS256\n",
                median(6) / median(0), median(7) / median(2), median(8) / median(4));
    std::printf("of the join call's %.0f us: self-hosted %.1f %%, Bunny %.1f %%, Mux %.0f %%, "
                "MediaPackage %.0f %%; signed once a second: Mux %.1f %%, MediaPackage %.1f %%\n",
                join_bar_us, median(6) / join_bar_us * 100, median(7) / join_bar_us * 100,
                median(8) / join_bar_us * 100, median(9) / join_bar_us * 100,
                median(10) / join_bar_us * 100, median(11) / join_bar_us * 100);
    return median(6) < join_bar_us ? 0 : 1;
}

} // namespace
} // namespace bw

int main() {
    return bw::run();
}
