#include "storm/counting_client.hpp"

#include <algorithm>

#include "storm/api.hpp"

namespace bw::storm {

namespace {
constexpr std::size_t kinds_limit = 20; // of dishonest answers
}

std::uint64_t Came::* counted_as(const net::ClientRequest& request) {
    const std::string_view path =
        std::string_view(request.target).substr(0, request.target.find('?'));
    if (request.method == net::Method::get) {
        const bool shown = std::ranges::any_of(
            request.headers, [](const auto& header) { return header.first == "Authorization"; });
        return shown ? &Came::page_read : nullptr;
    }
    if (request.method != net::Method::post)
        return nullptr;
    if (path == "/v1/sessions")
        return &Came::password;
    if (path == "/v1/sessions/refresh")
        return &Came::refresh;
    return path == "/v1/submissions" ? &Came::submission : nullptr;
}

void Answers::see(std::uint64_t Came::* kind, const Result<net::ClientResponse>& outcome) {
    std::lock_guard lock(mutex_);
    ++seen_.requests;
    if (!outcome) {
        seen_.unanswered += outcome.error().code == Code::outcome_unknown;
        return;
    }
    if (kind && outcome->status < 400)
        ++(seen_.came.*kind);
    const bool later = retry_after(*outcome).has_value();
    if (later && (outcome->status == 503 || outcome->status == 429))
        ++seen_.refused;
    else if (outcome->status >= 500) {
        const std::string what = describe(*outcome) + (later ? "" : " (without Retry-After)");
        ++seen_.dishonest[seen_.dishonest.size() < kinds_limit ? what : "other"];
    }
}

Answers::Seen Answers::seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
}

void CountingClient::send(net::ClientRequest request, Deadline deadline,
                          std::move_only_function<void(Result<net::ClientResponse>)> done) {
    const auto kind = counted_as(request);
    inner_->send(std::move(request), deadline,
                 [&answers = answers_, kind,
                  done = std::move(done)](Result<net::ClientResponse> outcome) mutable {
                     answers.see(kind, outcome);
                     done(std::move(outcome));
                 });
}

} // namespace bw::storm
