#include "rooms/turn.hpp"

#include <openssl/evp.h>

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "video/signing.hpp"

namespace bw::rooms {

TurnCredential turn_credential(std::string_view secret, UserId user, Instant now,
                               Duration lifetime) {
    TurnCredential out;
    out.username = std::to_string((now + lifetime).ms / 1000) + ":" + user.text();
    Bytes mac(20, '\0');
    std::size_t size = mac.size();
    ENSURE(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, secret.data(), secret.size(),
                     reinterpret_cast<const unsigned char*>(out.username.data()),
                     out.username.size(), reinterpret_cast<unsigned char*>(mac.data()), mac.size(),
                     &size) != nullptr,
           "OpenSSL has HMAC-SHA1");
    out.password = video::to_base64(mac);
    return out;
}

std::string ice_servers_json(const std::vector<std::string>& urls, std::string_view secret,
                             UserId user, Instant now) {
    JsonWriter json;
    json.array();
    if (!urls.empty()) {
        const TurnCredential credential = turn_credential(secret, user, now);
        json.object().key("urls").array();
        for (const std::string& url : urls)
            json.value(url);
        json.end()
            .member("username", credential.username)
            .member("credential", credential.password)
            .end();
    }
    json.end();
    return json.take();
}

} // namespace bw::rooms
