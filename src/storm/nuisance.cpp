#include "storm/nuisance.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "lane/lane.hpp"

namespace bw::storm {

namespace {

constexpr auto step = std::chrono::milliseconds(100); // between two bytes of a guest

} // namespace

Nuisance::Nuisance(NuisanceOptions options)
    : options_(std::move(options)),
      request_("POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
               "application/json\r\nIdempotency-Key: nuisance\r\nContent-Length: 2000\r\n\r\n" +
               std::string(1000, 'x')),
      rng_(options_.seed), guests_(options_.connections) {
    if (!guests_.empty())
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Nuisance::~Nuisance() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    for (Guest& guest : guests_)
        close(guest, false);
}

void Nuisance::run(const std::stop_token& stop) {
    lane::name_this_thread("storm-nuisance");
    while (!stop.stop_requested()) {
        for (Guest& guest : guests_)
            guest.fd < 0 ? open(guest) : annoy(guest);
        std::this_thread::sleep_for(step);
    }
}

void Nuisance::open(Guest& guest) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options_.port);
    if (fd < 0 || inet_pton(AF_INET, options_.address.c_str(), &to.sin_addr) != 1 ||
        ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        if (fd >= 0)
            ::close(fd);
        return; // the server is away: later again
    }
    guest = {.fd = fd, .dribbles = rng_.u64() % 2 == 0};
    ++opened_;
}

void Nuisance::annoy(Guest& guest) {
    char ignored[512];
    const ssize_t heard = ::recv(guest.fd, ignored, sizeof ignored, MSG_DONTWAIT);
    if (heard == 0 || (heard < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
        return close(guest, true);
    const std::size_t bytes = guest.dribbles ? 1 : 1 + rng_.u64() % request_.size();
    const std::string_view part = std::string_view(request_).substr(guest.sent, bytes);
    const ssize_t sent = ::send(guest.fd, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return close(guest, true);
    guest.sent += sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (!guest.dribbles || guest.sent == request_.size())
        close(guest, false); // in the middle of its body
}

void Nuisance::close(Guest& guest, bool by_server) {
    if (guest.fd < 0)
        return;
    const linger cut{1, 0}; // a reset, not a farewell
    setsockopt(guest.fd, SOL_SOCKET, SO_LINGER, &cut, sizeof cut);
    ::close(guest.fd);
    guest.fd = -1;
    shown_out_ += by_server;
}

} // namespace bw::storm
