#include "app/reports_elsewhere.hpp"

#include "app/serve.hpp"
#include "reporting/routes.hpp"

namespace bw::app {

namespace {

// It answers two at a time, from a line that is fair between institutions; a line here is only for
// what its line has no room for.
constexpr std::size_t waiting_max = 64;
constexpr Duration patience = 1s; // of who asks how it is

/// Who asks, and what tells that a page of this host does (Request::from_own_page).
constexpr std::string_view request_headers[] = {"Authorization", "Cookie", "Origin",
                                                "Sec-Fetch-Site"};
constexpr std::string_view answer_headers[] = {
    reporting::as_of_header, reporting::lag_header, "Retry-After",
    "WWW-Authenticate",      "RateLimit",           "RateLimit-Policy"};
constexpr std::string_view content_types[] = {"application/json", "application/problem+json"};

} // namespace

Result<std::unique_ptr<ReportsElsewhere>>
ReportsElsewhere::at(const std::string& address, const std::string& admin, const Clock& clock) {
    std::unique_ptr<ReportsElsewhere> made(new ReportsElsewhere(clock));
    if (!address.empty()) {
        auto [host, port] = TRY(parse_address(address, "--reports"));
        made->forwarder_ = std::make_unique<net::Forwarder>(
            net::ClientOptions{.address = std::move(host),
                               .port = port,
                               .connections_limit = reports_asked_at_once,
                               .queue_items_limit = waiting_max,
                               .body_bytes_limit = report_answer_bytes_max},
            net::ForwardRules{.whom = "reports",
                              .request_headers = request_headers,
                              .answer_headers = answer_headers,
                              .content_types = content_types},
            clock);
    }
    if (!admin.empty()) {
        auto [host, port] = TRY(parse_address(admin, "--reports-admin"));
        made->admin_ = net::Client::make({.address = std::move(host),
                                          .port = port,
                                          .connections_limit = 1,
                                          .queue_items_limit = 16},
                                         clock);
    }
    return made;
}

Result<ReportState> ReportsElsewhere::state() const {
    if (!admin_)
        return fail(Code::unavailable, "this process is not told who has reports");
    const auto answer = admin_->fetch({.target = "/readyz"}, Deadline::in(clock_, patience));
    if (!answer)
        return fail(Code::unavailable, "the process that has reports does not answer");
    return report_state_in(answer->body);
}

void ReportsElsewhere::add_routes(net::RouteTable& routes, const tenancy::Gate& gate) {
    reporting::add_routes_elsewhere(
        routes, gate, [this](const net::Request& request, net::Responder respond) {
            if (forwarder_)
                forwarder_->pass_on(request, std::move(respond));
            else
                respond(fail(Code::not_found, "this installation has no reports"));
        });
}

} // namespace bw::app
