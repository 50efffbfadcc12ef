#include "blob/s3_signing.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>
#include <sodium.h>

#include "base/crypto.hpp"
#include "base/percent.hpp"

namespace bw::blob {

namespace {

/// The slashes between a key's pieces stay.
std::string encoded_path(std::string_view key) {
    std::string out;
    for (std::string_view rest = key;;) {
        const std::string_view piece = rest.substr(0, rest.find('/'));
        out += percent_encoded(piece);
        if (piece.size() == rest.size())
            return out;
        out += '/';
        rest.remove_prefix(piece.size() + 1);
    }
}

std::string mac(std::string_view key, std::string_view message) {
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> out;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()),
                                key.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(message.data()),
                                  message.size());
    crypto_auth_hmacsha256_final(&state, out.data());
    return {reinterpret_cast<const char*>(out.data()), out.size()};
}

struct Moment {
    std::string day, second; // "20130524", "20130524T000000Z"
};
Moment moment_of(Instant now) {
    using namespace std::chrono;
    const sys_seconds at{floor<seconds>(milliseconds(now.ms))};
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{at - day};
    std::string text =
        fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return {text, fmt::format("{}T{:02}{:02}{:02}Z", text, time.hours().count(),
                              time.minutes().count(), time.seconds().count())};
}

struct Place {
    std::string origin, host, path;
};
Place place_of(const S3Account& account, std::string_view key) {
    const std::size_t scheme = account.endpoint.find("://") + 3;
    std::string host = account.endpoint.substr(scheme);
    std::string path = "/" + encoded_path(key);
    if (account.path_style)
        path = "/" + percent_encoded(account.bucket) + (key.empty() ? "" : path);
    else
        host = account.bucket + "." + host;
    return {account.endpoint.substr(0, scheme) + host, host, path};
}

std::string joined(S3Query query) {
    for (auto& [name, value] : query) {
        name = percent_encoded(name);
        value = percent_encoded(value);
    }
    std::ranges::sort(query);
    std::string out;
    for (const auto& [name, value] : query)
        out += (out.empty() ? "" : "&") + name + "=" + value;
    return out;
}

} // namespace

std::string presigned_url(const S3Account& account, std::string_view method, std::string_view key,
                          const S3Query& query, Instant now, Duration lifetime,
                          const S3Headers& headers) {
    const Moment moment = moment_of(now);
    const Place place = place_of(account, key);
    const std::string scope = moment.day + "/" + account.region + "/s3/aws4_request";
    S3Query all = query;
    all.emplace_back("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    all.emplace_back("X-Amz-Credential", account.access_key + "/" + scope);
    all.emplace_back("X-Amz-Date", moment.second);
    all.emplace_back(
        "X-Amz-Expires",
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(lifetime).count()));
    S3Headers of_request = headers;
    of_request.emplace_back("host", place.host);
    std::ranges::sort(of_request);
    std::string names, lines;
    for (const auto& [name, value] : of_request) {
        names += (names.empty() ? "" : ";") + name;
        lines += name + ":" + value + "\n";
    }
    all.emplace_back("X-Amz-SignedHeaders", names);
    const std::string asked = joined(std::move(all));
    const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\nUNSIGNED-PAYLOAD", method,
                                              place.path, asked, lines, names);
    const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", moment.second, scope,
                                            to_hex(view(sha256(canonical))));
    std::string secret = "AWS4" + account.secret_key;
    std::string signing =
        mac(mac(mac(mac(secret, moment.day), account.region), "s3"), "aws4_request");
    const std::string signature = to_hex(mac(signing, to_sign));
    sodium_memzero(secret.data(), secret.size());
    sodium_memzero(signing.data(), signing.size());
    return fmt::format("{}{}?{}&X-Amz-Signature={}", place.origin, place.path, asked, signature);
}

} // namespace bw::blob
