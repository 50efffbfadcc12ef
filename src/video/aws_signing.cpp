#include "video/aws_signing.hpp"

#include <algorithm>
#include <map>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "video/signing.hpp"

namespace bw::video {

void sign_aws(const AwsAccount& account, const std::string& host, RestRequest& request,
              Instant now) {
    const std::string at = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(now.ms / 1'000));
    const std::string day = at.substr(0, 8);
    request.headers.emplace_back("X-Amz-Date", at);

    std::map<std::string, std::string> signed_headers{{"host", host}};
    for (const auto& [name, value] : request.headers) {
        std::string lower(name);
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        });
        signed_headers.emplace(std::move(lower), value);
    }
    std::string names, lines;
    for (const auto& [name, value] : signed_headers) {
        names += (names.empty() ? "" : ";") + name;
        lines += name + ":" + value + "\n";
    }
    const std::string canonical =
        fmt::format("{}\n{}\n\n{}\n{}\n{}", net::to_text(request.method), request.target, lines,
                    names, to_hex(view(sha256(request.body))));
    const std::string scope =
        fmt::format("{}/{}/{}/aws4_request", day, account.region, account.service);
    const std::string text =
        fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", at, scope, to_hex(view(sha256(canonical))));
    Bytes key = HmacSha256("AWS4" + account.secret_access_key.text()).sign({day});
    for (const std::string_view part :
         {std::string_view(account.region), std::string_view(account.service),
          std::string_view("aws4_request")})
        key = HmacSha256(key).sign({part});
    request.headers.emplace_back(
        "Authorization",
        fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                    account.access_key_id, scope, names, to_hex(HmacSha256(key).sign({text}))));
}

} // namespace bw::video
