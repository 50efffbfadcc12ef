// Passes requests on to another server of ours, and its answers back, without a thread that waits.
// That server takes our word about the client as a trusted proxy's. Does not belong here: which
// routes are elsewhere.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "net/client.hpp"
#include "net/http.hpp"

namespace bw::net {

/// Of a head that was passed on nothing else is: what names a hop, or is ours to say, cannot slip
/// through. All of static storage.
struct ForwardRules {
    std::string_view whom; // as callers are told of it: "reports"
    std::span<const std::string_view> request_headers, answer_headers;
    std::span<const std::string_view> content_types; // of answers, as they are written there
    Duration come_again = 2s;                        // who could not be answered; net adds jitter
};

class Forwarder {
public:
    /// `server`: in the clear, on a network that is ours. Its limits are ours: of connections, of
    /// who waits for one, of an answer's bytes.
    Forwarder(ClientOptions server, const ForwardRules& rules, const Clock& clock);

    /// Answers by the request's deadline. 503: `overloaded` when too many wait, `unavailable` when
    /// nobody answers or the answer is none that may be passed on, `outcome_unknown` when what may
    /// not be repeated may have happened. Thread-safe; never waits.
    void pass_on(const Request& request, Responder respond);

private:
    const ForwardRules rules_;
    const std::unique_ptr<Client> client_;
};

} // namespace bw::net
