#include "app/follow.hpp"

#include <signal.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "app/health.hpp"
#include "app/http_follower.hpp"
#include "app/serve.hpp"
#include "base/json.hpp"
#include "lane/lane.hpp"
#include "net/server.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr std::size_t queue_limit = 64;
constexpr Duration drain_limit = 5s;

/// All copies of this node. One thread: the lane's.
class Copies {
public:
    Copies(std::filesystem::path directory, std::uint64_t bytes_limit, const Clock& clock, Rng& rng)
        : directory_(std::move(directory)), bytes_limit_(bytes_limit), clock_(clock), rng_(rng) {}

    Result<journal::FollowerCopy*> of(const std::string& cell, std::uint64_t epoch) {
        auto& copy = copies_[{cell, epoch}];
        if (!copy) {
            const std::filesystem::path path = directory_ / cell / submissions::epoch_text(epoch);
            copy = TRY(journal::FollowerCopy::open(
                TRY(journal::open_directory(path)),
                {.directory = path, .cell = cell, .total_bytes_limit = bytes_limit_}, epoch, clock_,
                rng_));
            log::info("journal_copy_opened", {{"cell", cell},
                                              {"epoch", submissions::epoch_text(epoch)},
                                              {"groups", TRY(copy->has()).groups}});
        }
        return copy.get();
    }

private:
    const std::filesystem::path directory_;
    const std::uint64_t bytes_limit_;
    const Clock& clock_;
    Rng& rng_;
    std::map<std::pair<std::string, std::uint64_t>, std::unique_ptr<journal::FollowerCopy>> copies_;
};

struct Turn {}; // the lane's thread; the copies outlive it
using CopyLane = lane::Lane<Turn>;

Result<void> check_secret(const net::Request& request, const std::string& secret) {
    const std::string expected = "Bearer " + secret;
    const auto sent = request.header("authorization");
    if (!sent || sent->size() != expected.size() ||
        sodium_memcmp(sent->data(), expected.data(), expected.size()) != 0)
        return fail(Code::unauthenticated,
                    "send this follower's secrets/follower.password as 'Authorization: Bearer'",
                    "Authorization");
    return {};
}

/// A cell's name becomes a directory's.
bool is_cell(std::string_view name) {
    return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

struct Asked {
    std::string cell;
    std::uint64_t epoch = 0, forgotten_seq = 0;
};

Result<Asked> read_request(const net::Request& request, const std::string& secret) {
    CHECK_OK(check_secret(request, secret));
    Asked out{.cell = std::string(request.path_param("cell"))};
    const auto epoch = submissions::read_epoch(request.path_param("epoch"));
    if (!is_cell(out.cell) || !epoch)
        return fail(Code::not_found, "expected /v1/journal-copies/CELL/EPOCH, a cell of a-z, 0-9 "
                                     "and '-', an epoch of 16 hex digits");
    out.epoch = *epoch;
    if (const auto text = request.query_param("forgotten_seq")) {
        auto [end, error] =
            std::from_chars(text->data(), text->data() + text->size(), out.forgotten_seq);
        if (error != std::errc() || end != text->data() + text->size())
            return fail(Code::invalid_field, "expected a record's number", "forgotten_seq");
    }
    return out;
}

net::Response has_response(const journal::FollowerHas& has) {
    JsonWriter json;
    json.object().member("groups", has.groups).member("root", to_hex(view(has.root))).end();
    return net::Response::json(200, json.take());
}

void add_copy_routes(net::RouteTable& routes, Copies& copies, CopyLane& lane,
                     const std::string& secret) {
    auto answer = [&copies, &lane, secret](const net::Request& request, net::Responder respond,
                                           auto work) {
        auto asked = read_request(request, secret);
        if (!asked)
            return respond(std::move(asked).error());
        lane.submit(TenantId{}, request.deadline,
                    [&copies, asked = *std::move(asked), work = std::move(work),
                     respond = std::move(respond)](Result<Turn*> turn) mutable {
                        if (!turn)
                            return respond(std::move(turn).error());
                        auto copy = copies.of(asked.cell, asked.epoch);
                        if (!copy)
                            return respond(std::move(copy).error());
                        respond.result(work(**copy, asked), has_response);
                        if (auto ready = (*copy)->prepare_ahead(); !ready)
                            log::warn("journal_copy_cannot_grow",
                                      {{"cell", asked.cell}, {"error", ready.error().text()}});
                    });
    };
    const std::vector<net::Parameter> journal = {
        {.name = "cell", .in = net::Parameter::In::path, .description = "", .required = true},
        {.name = "epoch", .in = net::Parameter::In::path, .description = "", .required = true}};
    routes.add({.method = net::Method::get,
                .path = "/v1/journal-copies/{cell}/{epoch}",
                .operation = "get_journal_copy",
                .summary = "How many groups of the journal are here, and the root of their tree.",
                .handler =
                    [answer](const net::Request& request, net::Responder respond) {
                        answer(
                            request, std::move(respond),
                            [](journal::FollowerCopy& copy, const Asked&) { return copy.has(); });
                    },
                .parameters = journal});
    routes.add({.method = net::Method::post,
                .path = "/v1/journal-copies/{cell}/{epoch}",
                .operation = "append_to_journal_copy",
                .summary = "Appends groups; answers when they are on the disk.",
                .handler =
                    [answer](const net::Request& request, net::Responder respond) {
                        answer(request, std::move(respond),
                               [body = Bytes(request.body)](
                                   journal::FollowerCopy& copy,
                                   const Asked& asked) -> Result<journal::FollowerHas> {
                                   const std::vector<ByteView> messages = TRY(split_messages(body));
                                   CHECK_OK(copy.append(messages, asked.forgotten_seq));
                                   return copy.has();
                               });
                    },
                .body_bytes_limit = message_bytes_limit,
                .parameters = journal});
}

} // namespace

Result<void> follow(const Installation& installation, const FollowOptions& options) {
    const auto [address, port] = TRY(parse_address(options.listen, "--listen"));
    if (options.tls_certificate.empty() != options.tls_key.empty())
        return fail(Code::invalid_field, "certificate and key come together",
                    options.tls_key.empty() ? "--tls-key" : "--tls-certificate");
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr); // every thread made from here on inherits it
    static const SystemClock clock;
    static SystemRng rng;
    const std::string secret = TRY(installation.password("follower", rng));

    Copies copies(installation.copies(), options.bytes_limit, clock, rng);
    CopyLane lane({.name = "copies", .threads = 1, .queue_items_limit = queue_limit}, clock,
                  [] { return std::make_unique<Turn>(); });
    net::RouteTable routes;
    add_health_routes(routes, {});
    add_copy_routes(routes, copies, lane, secret);
    net::ServerOptions http{
        .address = address, .port = port, .body_bytes_limit = message_bytes_limit};
    if (!options.tls_certificate.empty())
        http.tls = net::TlsOptions{.certificate_file = options.tls_certificate,
                                   .key_file = options.tls_key,
                                   .ticket_secret_file =
                                       TRY(installation.ticket_secret_file(rng)).string()};
    auto server = TRY(net::Server::start(std::move(http), routes, clock, rng));
    const std::string bound = address + ":" + std::to_string(server->port());
    CHECK_OK(
        Installation::write_file(installation.pid_file(), std::to_string(getpid()) + "\n", false));
    CHECK_OK(Installation::write_file(installation.address_file(), bound + "\n", false));
    log::info("following", {{"address", bound}});
    int signal = 0;
    sigwait(&signals, &signal);
    log::info("stopping", {{"signal", signal}});
    server->drain(Deadline::in(clock, drain_limit));
    server.reset();
    lane.stop();
    return {};
}

} // namespace bw::app
