#include "video/cloudfront.hpp"

#include <fmt/format.h>

#include "video/stream_key.hpp"

namespace bw::video {

namespace {

/// Base64 as CloudFront wants it in cookies: - _ ~ for + = /.
std::string cookie_base64(ByteView bytes) {
    std::string out = to_base64(bytes);
    for (char& c : out)
        c = c == '+' ? '-' : c == '=' ? '_' : c == '/' ? '~' : c;
    return out;
}

} // namespace

Result<CloudFrontSigner> CloudFrontSigner::make(std::string key_pair_id, const SecretText& pem,
                                                std::string cookie_domain) {
    if (!is_plain(key_pair_id))
        return fail(Code::invalid_field, "CloudFront's key pair id is missing");
    // RSA with SHA-1 is the one that CloudFront takes for cookies whose hash is not named.
    RsaSigner signer = TRY(RsaSigner::from_pem(pem.text(), RsaSigner::Hash::sha1));
    return CloudFrontSigner(std::move(signer), std::move(key_pair_id), std::move(cookie_domain));
}

std::vector<Cookie> CloudFrontSigner::sign(std::string_view base, std::string_view folder,
                                           Instant expires) const {
    const std::string policy = fmt::format(
        R"({{"Statement":[{{"Resource":"{}{}*","Condition":{{"DateLessThan":{{"AWS:EpochTime":{}}}}}}}]}})",
        base, folder, expires.ms / 1'000);
    std::vector<Cookie> out;
    const auto add = [&](const char* name, std::string value) {
        out.push_back({name, std::move(value), domain_, std::string(folder)});
    };
    add("CloudFront-Policy", cookie_base64(policy));
    add("CloudFront-Signature", cookie_base64(signer_.sign(policy)));
    add("CloudFront-Key-Pair-Id", key_pair_id_);
    return out;
}

} // namespace bw::video
