#include "net/client.hpp"

#include <algorithm>
#include <condition_variable>

#include "base/ensure.hpp"
#include "lane/lane.hpp"
#include "net/client_worker.hpp"
#include "net/text.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

constexpr std::chrono::milliseconds sweep_interval{5};
constexpr int sweeps_per_full_scan =
    20; // the front of the queue is looked at every time, all of it now and then

class ClientImpl final : public Client {
public:
    ClientImpl(ClientOptions options, const Clock& clock)
        : options_(std::move(options)), shared_{options_, clock, nullptr, nullptr} {
        if (options_.tls) {
            if (options_.tls->host.empty())
                options_.tls->host = options_.address;
            if (auto trust = TlsTrust::load(options_.tls->authorities_file))
                shared_.trust = *std::move(trust);
            else
                no_trust_ = std::move(trust).error();
        }
        IoError not_numeric;
        asio::ip::make_address(options_.address, not_numeric);
        if (not_numeric)
            resolver_ = std::make_unique<Resolver>(clock, options_.lookup);
        shared_.resolver = resolver_.get();
        auto threads = static_cast<std::size_t>(options_.threads);
        std::size_t each =
            std::max<std::size_t>(1, (options_.connections_limit + threads - 1) / threads);
        for (int i = 0; i < options_.threads; ++i)
            workers_.push_back(std::make_unique<ClientWorker>(shared_, each));
        for (int i = 0; i < options_.threads; ++i)
            workers_[static_cast<std::size_t>(i)]->start(i);
    }
    ~ClientImpl() override {
        for (auto& worker : workers_)
            worker->stop();
    }

    void send(ClientRequest request, Deadline deadline,
              std::move_only_function<void(Result<ClientResponse>)> done) override {
        auto call =
            std::make_unique<Call>(Call{.wire = {}, .deadline = deadline, .done = std::move(done)});
        call->to_head = request.method == Method::head;
        call->repeatable = request.method == Method::head || request.method == Method::get;
        if (auto wire = serialize(request))
            call->wire = *std::move(wire);
        else
            call->refusal = wire.error();
        if (no_trust_)
            call->refusal = no_trust_;
        if (shared_.queued.fetch_add(1, std::memory_order_relaxed) >= options_.queue_items_limit &&
            !call->refusal)
            call->refusal = fail(Code::overloaded, "The client's queue is full.");
        std::size_t turn = next_.fetch_add(1, std::memory_order_relaxed);
        workers_[turn % workers_.size()]->submit(std::move(call));
    }

private:
    static Result<std::string> serialize(const ClientRequest& request) {
        auto is_text = [](std::string_view text) {
            return std::ranges::all_of(text, is_value_char);
        };
        bool target = !request.target.empty() && is_text(request.target) &&
                      request.target.find_first_of(" \t") == std::string::npos;
        if (!target || !is_text(request.host))
            return fail(Code::bad_request, "A target or host that cannot stand in a request.");
        std::string out;
        out.reserve(128 + request.target.size() + request.body.size() +
                    64 * request.headers.size());
        out.append(to_text(request.method))
            .append(" ")
            .append(request.target)
            .append(" HTTP/1.1\r\nHost: ")
            .append(request.host);
        for (const auto& [name, value] : request.headers) {
            if (name.empty() || !std::ranges::all_of(name, is_token_char) || !is_text(value))
                return fail(Code::bad_request, "A header that cannot stand in a request.", name);
            out.append("\r\n").append(name).append(": ").append(value);
        }
        if (request.trace)
            out.append("\r\ntraceparent: ").append(request.trace->traceparent());
        bool length = !request.body.empty() || request.method == Method::post ||
                      request.method == Method::put || request.method == Method::patch;
        if (length)
            out.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
        out.append("\r\n\r\n").append(request.body);
        return out;
    }

    ClientOptions options_;
    ClientShared shared_;
    std::optional<Error> no_trust_; // why no certificate could be verified: then nothing is sent
    std::atomic<std::size_t> next_{0};
    std::vector<std::unique_ptr<ClientWorker>> workers_;
    std::unique_ptr<Resolver> resolver_; // ends before the workers it answers to
};

} // namespace

std::unique_ptr<Client> Client::make(ClientOptions options, const Clock& clock) {
    ENSURE(options.threads > 0 && options.connections_limit > 0,
           "a client needs a thread and a connection");
    return std::make_unique<ClientImpl>(std::move(options), clock);
}

Result<ClientResponse> Client::fetch(ClientRequest request, Deadline deadline) {
    struct Waiter {
        std::mutex mutex;
        std::condition_variable come;
        std::optional<Result<ClientResponse>> outcome;
    };
    auto waiter =
        std::make_shared<Waiter>(); // shared with `done`, which may still be leaving when we return
    send(std::move(request), deadline, [waiter](Result<ClientResponse> outcome) {
        std::lock_guard lock(waiter->mutex);
        waiter->outcome.emplace(std::move(outcome));
        waiter->come.notify_one();
    });
    std::unique_lock lock(waiter->mutex);
    waiter->come.wait(lock,
                      [&] { return waiter->outcome.has_value(); }); // `send` keeps the deadline
    return *std::move(waiter->outcome);
}

std::optional<std::string_view> ClientResponse::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same_name(key, name))
            return value;
    return std::nullopt;
}

// ---- ClientWorker ----

ClientWorker::ClientWorker(ClientShared& shared, std::size_t connections_limit)
    : shared_(shared), connections_limit_(connections_limit) {
    if (!shared_.resolver)
        endpoints_.emplace_back(asio::ip::make_address(shared_.options.address),
                                shared_.options.port);
}

ClientWorker::~ClientWorker() = default;

void ClientWorker::start(int index) {
    thread_ = std::thread([this, index] {
        lane::name_this_thread("http-client-" + std::to_string(index));
        for (;;) {
            try {
                io_.run();
                return;
            } catch (const std::exception& e) { // from a caller's `done`
                log::error("http_client_threw", {{"what", e.what()}});
            }
        }
    });
}

void ClientWorker::submit(std::unique_ptr<Call> call) {
    std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(call));
    if (inbox_.size() == 1)
        asio::post(io_, [this] { take_inbox(); });
}

void ClientWorker::stop() {
    asio::post(io_, [this] {
        stopping_ = true;
        take_inbox();
        auto connections = connections_;
        for (const auto& connection : connections)
            connection->abandon("the client is stopping");
        fail_queue(fail(Code::unavailable, "Nothing was sent: the client is stopping."));
        timer_.cancel();
        work_.reset();
    });
    thread_.join();
}

void ClientWorker::take_inbox() {
    {
        std::lock_guard lock(mutex_);
        taken_.swap(inbox_);
    }
    for (auto& call : taken_) {
        if (stopping_ && !call->refusal)
            call->refusal = fail(Code::unavailable, "Nothing was sent: the client is stopping.");
        if (call->refusal) {
            shared_.queued.fetch_sub(1, std::memory_order_relaxed);
            call->done(*std::move(call->refusal));
        } else {
            queue_.push_back(std::move(call));
        }
    }
    taken_.clear();
    pump();
}

std::unique_ptr<Call> ClientWorker::take_front() {
    std::unique_ptr<Call> call = std::move(queue_.front());
    queue_.pop_front();
    shared_.queued.fetch_sub(1, std::memory_order_relaxed);
    return call;
}

/// Gives waiting calls to idle connections and opens new ones for the rest.
void ClientWorker::pump() {
    while (!queue_.empty() && !stopping_) {
        if (!idle_.empty()) {
            ClientConnection* connection = idle_.back();
            idle_.pop_back();
            connection->carry(take_front());
        } else if (connecting_ < queue_.size() && connections_.size() < connections_limit_) {
            if (shared_.resolver) {
                resolve(); // it connects
                break;
            }
            connect();
        } else {
            break;
        }
    }
    if (!sweeping_ && !stopping_ && (!queue_.empty() || !connections_.empty()))
        arm_sweep();
}

void ClientWorker::connect() {
    auto connection = std::make_shared<ClientConnection>(*this, io_);
    connection->index = connections_.size();
    connections_.push_back(connection);
    ++connecting_;
    connection->connect(endpoints_);
}

/// The resolver remembers a name for a while, so asking for each burst of connections is cheap.
void ClientWorker::resolve() {
    if (resolving_)
        return;
    resolving_ = true;
    shared_.resolver->resolve(
        shared_.options.address, [this](Result<Resolver::Addresses> addresses) {
            asio::post(io_, [this, addresses = std::move(addresses)]() mutable {
                on_resolved(std::move(addresses));
            });
        });
}

void ClientWorker::on_resolved(Result<Resolver::Addresses> addresses) {
    resolving_ = false;
    if (stopping_)
        return;
    if (!addresses) {
        Error error = std::move(addresses).error();
        error.detail = "Nothing was sent: " + error.detail + ".";
        return fail_queue(error);
    }
    endpoints_.clear();
    for (const std::string& address : *addresses) {
        IoError ignored;
        auto numeric = asio::ip::make_address(address, ignored);
        if (!ignored)
            endpoints_.emplace_back(numeric, shared_.options.port);
    }
    while (connecting_ < queue_.size() && connections_.size() < connections_limit_)
        connect();
    pump();
}

void ClientWorker::fail_queue(const Error& error) {
    while (!queue_.empty())
        take_front()->done(error);
}

void ClientWorker::on_connected(ClientConnection& connection) {
    --connecting_;
    on_idle(connection);
    pump();
}

void ClientWorker::on_connect_failed(const std::string& why) {
    if (endpoints_.size() > 1) // perhaps the first address swallows everything
        std::ranges::rotate(endpoints_, endpoints_.begin() + 1);
    if (!queue_.empty()) // one failed attempt, one failed call: nobody waits for a dead server
        take_front()->done(fail(Code::unavailable, "Nothing was sent: " + why + "."));
    pump();
}

void ClientWorker::on_idle(ClientConnection& connection) {
    idle_.push_back(&connection);
}

/// The other end has closed kept connections; the idle ones will be as stale, so the call gets a
/// new one.
void ClientWorker::retry(std::unique_ptr<Call> call) {
    auto stale = idle_;
    for (ClientConnection* connection : stale)
        connection->abandon("stale");
    call->retried = true;
    shared_.queued.fetch_add(1, std::memory_order_relaxed);
    queue_.push_front(std::move(call));
}

void ClientWorker::remove(ClientConnection& connection) {
    if (connection.idle())
        std::erase(idle_, &connection);
    else if (connection.connecting())
        --connecting_;
    std::size_t at = connection.index;
    std::swap(connections_[at], connections_.back());
    connections_[at]->index = at;
    auto last = std::move(connections_.back());
    connections_.pop_back();
}

void ClientWorker::arm_sweep() {
    sweeping_ = true;
    timer_.expires_after(sweep_interval);
    timer_.async_wait([this](IoError ec) {
        sweeping_ = false;
        if (!ec && !stopping_)
            sweep();
    });
}

void ClientWorker::sweep() {
    Monotonic now = shared_.clock.monotonic();
    expire_queue(now);
    auto connections = connections_; // timeouts remove
    for (const auto& connection : connections)
        connection->check_timeout(now);
    pump();
}

void ClientWorker::expire_queue(Monotonic now) {
    auto expire = [](Call& call) {
        call.done(fail(Code::unavailable, "Nothing was sent: no connection was free in time."));
    };
    while (!queue_.empty() && now >= queue_.front()->deadline.at())
        expire(*take_front());
    if (++sweeps_ % sweeps_per_full_scan != 0)
        return;
    std::vector<std::unique_ptr<Call>>
        expired; // `done` may submit, never touch the queue; still, not while we walk it
    std::erase_if(queue_, [&](std::unique_ptr<Call>& call) {
        if (now < call->deadline.at())
            return false;
        expired.push_back(std::move(call));
        return true;
    });
    shared_.queued.fetch_sub(expired.size(), std::memory_order_relaxed);
    for (auto& call : expired)
        expire(*call);
}

} // namespace bw::net
