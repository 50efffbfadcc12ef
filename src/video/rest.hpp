// Calls to a provider's REST API, and what its answers mean to us. No call is repeated here: the
// deeds of the seam may be repeated as a whole, and the caller knows until when that is of use.
// Nothing that may hold a secret (headers, bodies, queries) goes into a log or an error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/client.hpp"

namespace bw::video {

/// Where an API is: "https://api.mux.com", or "http://127.0.0.1:8090" for what runs beside us.
struct Origin {
    std::string host;
    std::uint16_t port = 0;
    bool tls = false;

    /// A scheme, a host and perhaps a port: nothing more.
    static Result<Origin> parse(std::string_view url);
    std::string authority() const; // as a Host header has it
};

struct RestRequest {
    net::Method method = net::Method::get;
    std::string target;
    std::string body = {}; // JSON
    std::vector<std::pair<std::string, std::string>> headers = {};
};

struct RestAnswer {
    int status = 0;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;

    bool good() const { return status >= 200 && status < 300; }
    std::string_view header(std::string_view name) const;
};

/// Thread-safe.
class RestClient {
public:
    /// `provider`: its name, for errors.
    RestClient(std::string provider, Origin origin, const Clock& clock);

    const Origin& origin() const { return origin_; }

    /// An answer is 2xx, 404, 409 or 410. 429 is `overloaded`, 5xx and silence are `unavailable` or
    /// `outcome_unknown`, with the pause that was asked for; 401 and 403 are `forbidden`; 402 is
    /// `quota_exceeded`; what else it refuses is a fault of ours: `internal`.
    Result<RestAnswer> call(RestRequest request, Deadline deadline);

private:
    std::string provider_;
    Origin origin_;
    const Clock& clock_;
    std::unique_ptr<net::Client> client_;
};

} // namespace bw::video
