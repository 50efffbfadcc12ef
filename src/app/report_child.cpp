#include "app/report_child.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "app/serve_options.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

constexpr Duration pause_min = 1s, pause_max = 1min;
constexpr const char* loopback = "127.0.0.1";

/// After the admin listener of `serve`, where that is free, so that whoever reads metrics knows
/// where to; or any.
Result<HeldPort> hold_admin_port(const ServeOptions& serve) {
    const auto [address, port] = TRY(parse_address(serve.listen, "--listen"));
    std::string at = loopback;
    std::uint16_t of_serve = port == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(port + 1);
    if (!serve.admin_listen.empty())
        std::tie(at, of_serve) = TRY(parse_address(serve.admin_listen, "--admin-listen"));
    if (of_serve != 0)
        if (auto next = HeldPort::hold(at, static_cast<std::uint16_t>(of_serve + 1)))
            return next;
    return HeldPort::hold(at, 0);
}

/// As `serve`, but with the one role, and behind it.
ServeOptions options_of(const ServeOptions& serve, const HeldPort& port, const HeldPort& admin) {
    ServeOptions out = serve;
    out.listen = port.address();
    out.admin_listen = admin.address();
    out.roles = {"report"};
    out.reports.clear();
    out.reports_admin.clear();
    out.trusted_proxies = {loopback};
    out.proxies_send_forwarded = false;
    out.tls_certificate.clear();
    out.tls_key.clear();
    out.cors_origins.clear();
    out.web_app.clear();
    out.smtp_url.clear(); // `serve` sends the mail
    out.cores.clear();    // those that `serve` keeps to are not for reports
    out.nice = 0;
    out.http_threads = out.api_threads = 1;
    return out;
}

void set_standby(ServeOptions& options, const std::optional<std::string>& standby) {
    options.report_standbys.clear();
    if (standby)
        options.report_standbys.push_back(*standby);
}

} // namespace

// ---- HeldPort ----

Result<HeldPort> HeldPort::hold(const std::string& address, std::uint16_t port) {
    const auto cannot = [&] {
        return fail(Code::unavailable, "cannot hold port " + std::to_string(port) + " of " +
                                           address + ": " + std::strerror(errno));
    };
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return fail(Code::invalid_field, "not a numeric address: " + address);
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> at(found, &freeaddrinfo);
    const int socket = ::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return cannot();
    HeldPort held(socket, "");
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket, at->ai_addr, at->ai_addrlen) != 0) // with SO_REUSEPORT it would not fail
        return cannot();
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    char name[NI_MAXSERV] = {};
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
        getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, nullptr, 0, name, sizeof name,
                    NI_NUMERICSERV) != 0)
        return cannot();
    held.address_ = address + ":" + name;
    return held;
}

HeldPort::HeldPort(HeldPort&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), address_(std::move(other.address_)) {}

HeldPort::~HeldPort() {
    if (socket_ >= 0)
        ::close(socket_);
}

// ---- ReportChild ----

Result<std::unique_ptr<ReportChild>> ReportChild::prepare(const std::filesystem::path& data,
                                                          const ServeOptions& serve,
                                                          const std::optional<std::string>& standby,
                                                          const Clock& clock) {
    HeldPort port = TRY(HeldPort::hold(loopback, 0));
    HeldPort admin = TRY(hold_admin_port(serve));
    ServeOptions options = options_of(serve, port, admin);
    set_standby(options, standby);
    return std::unique_ptr<ReportChild>(
        new ReportChild(std::move(port), std::move(admin), data, std::move(options), clock));
}

ReportChild::ReportChild(HeldPort port, HeldPort admin, std::filesystem::path data,
                         ServeOptions options, const Clock& clock)
    : port_(std::move(port)), admin_(std::move(admin)), data_(std::move(data)),
      options_(std::move(options)),
      child_("report_process", serve_arguments(data_, options_), pause_min, pause_max, clock) {}

void ReportChild::follow(const std::optional<std::string>& standby) {
    set_standby(options_, standby);
    child_.stop();
    child_.set_arguments(serve_arguments(data_, options_));
    start();
}

void ReportChild::start() {
    if (const auto started = child_.start(); !started)
        log::error("report_process_not_started", {{"error", started.error().text()}});
}

void ReportChild::tend() {
    if (const auto started = child_.tend(); !started)
        log::error("report_process_not_started", {{"error", started.error().text()}});
}

} // namespace bw::app
