#include "net/server.hpp"

#include "base/ensure.hpp"
#include "net/worker.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

class ServerImpl final : public Server {
public:
    ServerImpl(std::shared_ptr<ServerShared> shared, std::vector<std::shared_ptr<Worker>> workers,
               std::uint16_t port)
        : shared_(std::move(shared)), workers_(std::move(workers)), port_(port) {
        int index = 0;
        for (const auto& worker : workers_)
            worker->start(index++);
    }
    ~ServerImpl() override {
        for (const auto& worker : workers_)
            worker->stop();
    }

    std::uint16_t port() const override { return port_; }
    ServerStatus status() const override {
        return {shared_->connections, shared_->requests, shared_->refused, shared_->buffered_bytes};
    }

    Result<void> reload_tls() override {
        if (!shared_->options.tls)
            return fail(Code::bad_request, "this server speaks plain HTTP");
        auto loaded = TRY(TlsContext::load(*shared_->options.tls, shared_->clock, shared_->rng));
        std::lock_guard lock(shared_->tls_mutex);
        shared_->tls = std::move(loaded);
        log::info("tls_reloaded", {{"certificate", shared_->options.tls->certificate_file}});
        return {};
    }

    void drain(Deadline deadline) override {
        shared_->draining = true;
        for (const auto& worker : workers_)
            worker->drain();
        std::unique_lock lock(shared_->mutex);
        shared_->gone.wait_for(lock, deadline.remaining(shared_->clock),
                               [&] { return shared_->connections == 0; });
    }

private:
    std::shared_ptr<ServerShared> shared_;
    std::vector<std::shared_ptr<Worker>> workers_;
    std::uint16_t port_;
};

/// SO_REUSEPORT would let two servers share a port by mistake; a socket without it tells whether
/// someone listens already.
IoError probe(const asio::ip::tcp::endpoint& at) {
    asio::io_context io;
    Acceptor acceptor(io);
    IoError ec;
    acceptor.open(at.protocol(), ec);
    if (!ec)
        acceptor.set_option(Acceptor::reuse_address(true), ec);
    if (!ec)
        acceptor.bind(at, ec);
    return ec;
}

} // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, const RouteTable& routes,
                                              const Clock& clock, Rng& rng) {
    ENSURE(options.threads > 0, "a server needs a thread");
    ENSURE(options.head_bytes_limit >= 1024 && options.head_bytes_limit <= 1024 * 1024,
           "an odd head limit");
    ENSURE(options.body_bytes_limit <= 1024 * 1024 * 1024, "bodies are kept in memory");
    IoError ec;
    auto address = asio::ip::make_address(options.address, ec);
    if (ec)
        return fail(Code::bad_request, "not a numeric address: " + options.address);
    asio::ip::tcp::endpoint at(address, options.port);
    auto cannot_listen = [&](IoError why) {
        return fail(Code::unavailable, "cannot listen on " + options.address + " port " +
                                           std::to_string(at.port()) + ": " + why.message());
    };
    if (at.port() != 0)
        if (IoError why = probe(at))
            return cannot_listen(why);
    int threads = options.threads;
    std::shared_ptr<const TlsContext> tls;
    if (options.tls)
        tls = TRY(TlsContext::load(*options.tls, clock, rng));
    auto shared = std::make_shared<ServerShared>(std::move(options), routes, clock, rng);
    shared->tls = std::move(tls);
    std::vector<std::shared_ptr<Worker>> workers;
    for (int i = 0; i < threads; ++i) {
        workers.push_back(std::make_shared<Worker>(shared));
        if (IoError why = workers.back()->listen(at))
            return cannot_listen(why);
        at.port(workers.back()->port());
    }
    log::info("listening",
              {{"address", address.to_string()}, {"port", at.port()}, {"threads", threads}});
    return std::unique_ptr<Server>(
        std::make_unique<ServerImpl>(std::move(shared), std::move(workers), at.port()));
}

} // namespace bw::net
