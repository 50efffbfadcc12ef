#include "app/http_follower.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "app/origin.hpp"
#include "base/json.hpp"
#include "submissions/heads.hpp"

namespace bw::app {

namespace {

class HttpFollower final : public journal::Follower {
public:
    HttpFollower(std::string url, Origin origin, std::string secret, const Clock& clock)
        : url_(std::move(url)), origin_(std::move(origin)), secret_(std::move(secret)),
          client_(client_to(origin_, clock)) {}

    std::string name() const override { return url_; }

    Result<journal::FollowerHas> has(const journal::Manifest& journal, Deadline deadline) override {
        return has_in(TRY(call(net::Method::get, path(journal), {}, deadline)));
    }
    Result<journal::FollowerHas> append(const journal::Manifest& journal,
                                        std::span<const Bytes> messages,
                                        std::uint64_t forgotten_seq, Deadline deadline) override {
        return has_in(TRY(call(net::Method::post,
                               fmt::format("{}?forgotten_seq={}", path(journal), forgotten_seq),
                               join_messages(messages), deadline)));
    }

private:
    std::string path(const journal::Manifest& journal) const {
        return fmt::format("{}v1/journal-copies/{}/{}", origin_.target, journal.cell,
                           submissions::epoch_text(journal.epoch));
    }
    Result<net::ClientResponse> call(net::Method method, std::string target, Bytes body,
                                     Deadline deadline) {
        net::ClientRequest request{.method = method,
                                   .target = std::move(target),
                                   .host = origin_.host,
                                   .headers = {{"Authorization", "Bearer " + secret_}},
                                   .body = std::move(body)};
        if (method == net::Method::post)
            request.headers.emplace_back("Content-Type", "application/octet-stream");
        auto answer = TRY(client_->fetch(std::move(request), deadline));
        if (answer.status != 200)
            return fail(answer.status == 409 ? Code::conflict : Code::unavailable,
                        fmt::format("the follower answered {}: {}", answer.status, answer.body));
        return answer;
    }
    static Result<journal::FollowerHas> has_in(const net::ClientResponse& answer) {
        simdjson::dom::parser parser;
        simdjson::dom::element json;
        std::uint64_t groups = 0;
        std::string_view hex;
        if (parser.parse(answer.body).get(json) != simdjson::SUCCESS ||
            json["groups"].get(groups) != simdjson::SUCCESS ||
            json["root"].get(hex) != simdjson::SUCCESS)
            return fail(Code::unavailable, "the follower's answer says not what it has");
        const auto root = to_array<32>(from_hex(hex).value_or(""));
        if (!root)
            return fail(Code::unavailable, "the follower's answer holds no root");
        return journal::FollowerHas{groups, *root};
    }

    const std::string url_;
    const Origin origin_;
    const std::string secret_;
    const std::shared_ptr<net::Client> client_;
};

} // namespace

Result<std::shared_ptr<journal::Follower>> http_follower(const std::string& url, std::string secret,
                                                         const Clock& clock) {
    Origin origin = TRY(parse_origin(url, "--follower"));
    if (!origin.target.ends_with('/'))
        origin.target += '/';
    return std::make_shared<HttpFollower>(url, std::move(origin), std::move(secret), clock);
}

Bytes join_messages(std::span<const Bytes> messages) {
    Bytes out;
    for (const Bytes& message : messages) {
        put_le(out, static_cast<std::uint32_t>(message.size()));
        out += message;
    }
    return out;
}

Result<std::vector<ByteView>> split_messages(ByteView body) {
    std::vector<ByteView> out;
    while (!body.empty()) {
        const std::size_t size =
            body.size() < 4 ? body.size() : std::size_t{get_le<std::uint32_t>(body)};
        if (size > body.size() - std::min<std::size_t>(4, body.size()))
            return fail(Code::bad_request, "the messages' lengths do not add up to the body's");
        out.push_back(body.substr(4, size));
        body.remove_prefix(4 + size);
    }
    return out;
}

} // namespace bw::app
