#include "net/forwarder.hpp"

#include <algorithm>

#include "net/text.hpp"

namespace bw::net {

namespace {

/// The one of the list that it is, in the list's storage.
std::optional<std::string_view> find_name(std::span<const std::string_view> list,
                                          std::string_view name) {
    const auto found =
        std::ranges::find_if(list, [&](std::string_view one) { return same_name(one, name); });
    return found == list.end() ? std::nullopt : std::optional(*found);
}

bool repeatable(Method method) {
    return method == Method::get || method == Method::head;
}

ClientRequest forwarded(const Request& request, const ForwardRules& rules) {
    ClientRequest out{.method = request.method == Method::head ? Method::get : request.method,
                      .target = std::string(request.target),
                      .host = std::string(request.header("Host").value_or("")),
                      .headers = {{"X-Forwarded-For", std::string(request.peer)},
                                  {"X-Forwarded-Proto", request.secure ? "https" : "http"},
                                  {"X-Request-Id", request.request_id}},
                      .body = std::string(request.body),
                      .trace = request.trace};
    for (const auto& [name, value] : request.headers)
        if (find_name(rules.request_headers, name))
            out.headers.emplace_back(name, value);
    return out;
}

Result<Response> answer_of(ClientResponse&& came, const ForwardRules& rules) {
    Response out{.status = came.status};
    if (!came.body.empty()) {
        const auto type = find_name(rules.content_types, came.header("Content-Type").value_or(""));
        if (!type || came.header("Content-Encoding"))
            return fail(Code::unavailable, "an answer of another kind");
        out.content_type = *type;
    }
    for (auto& [name, value] : came.headers)
        if (const auto known = find_name(rules.answer_headers, name))
            out.headers.emplace_back(*known, std::move(value));
    out.body = std::move(came.body);
    return out;
}

/// In words for the caller: what stands in `why` tells of addresses that are ours.
Error refusal(const Error& why, bool repeatable, const ForwardRules& rules) {
    const std::string whom(rules.whom);
    Error out =
        why.code == Code::overloaded
            ? fail(Code::overloaded, "too many wait for " + whom + "; come again after Retry-After")
        : why.code == Code::outcome_unknown && !repeatable
            ? fail(Code::outcome_unknown, "no answer came from " + whom + "; ask again")
            : fail(Code::unavailable,
                   whom + " cannot be reached at the moment; come again after Retry-After");
    out.retry_after = std::chrono::duration_cast<std::chrono::milliseconds>(rules.come_again);
    return out;
}

} // namespace

Forwarder::Forwarder(ClientOptions server, const ForwardRules& rules, const Clock& clock)
    : rules_(rules), client_(Client::make(std::move(server), clock)) {}

void Forwarder::pass_on(const Request& request, Responder respond) {
    client_->send(forwarded(request, rules_), request.deadline,
                  [rules = rules_, repeatable = repeatable(request.method),
                   respond = std::move(respond)](Result<ClientResponse> came) mutable {
                      auto answer = came ? answer_of(*std::move(came), rules)
                                         : Result<Response>(std::move(came).error());
                      if (answer)
                          respond(*std::move(answer));
                      else
                          respond(refusal(answer.error(), repeatable, rules));
                  });
}

} // namespace bw::net
