#include "app/http_witness.hpp"

#include "app/origin.hpp"

namespace bw::app {

Result<submissions::Witness> http_witness(const std::string& url, const Clock& clock) {
    const Origin origin = TRY(parse_origin(url, "--witness"));
    std::shared_ptr<net::Client> client = client_to(origin, clock);
    return submissions::Witness{
        url,
        [origin, client](const submissions::SignedHead& head, Deadline deadline) -> Result<void> {
            JsonWriter json;
            write_json(json, head);
            net::ClientRequest request{.method = net::Method::post,
                                       .target = origin.target,
                                       .host = origin.host,
                                       .headers = {{"Content-Type", "application/json"}},
                                       .body = json.take()};
            auto answer = TRY(client->fetch(std::move(request), deadline));
            if (answer.status / 100 != 2)
                return fail(Code::unavailable,
                            "the witness answered " + std::to_string(answer.status));
            return {};
        }};
}

} // namespace bw::app
