// ClientWorker: one client thread with its queue of calls and its pool of connections. Internal to
// the client.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/client.hpp"
#include "net/client_tls.hpp"
#include "net/response_parser.hpp"
#include "net/socket.hpp"

namespace bw::net {

/// One request on its way, and where its outcome goes.
struct Call {
    std::string wire;        // head and body, ready to send
    bool to_head = false;    // the answer has no body
    bool repeatable = false; // GET, HEAD
    bool retried = false;
    Deadline deadline;
    std::move_only_function<void(Result<ClientResponse>)> done;
    std::optional<Error> refusal = {}; // decided before it could be queued
};

class ClientConnection;

/// What the workers of a client share.
struct ClientShared {
    const ClientOptions& options;
    const Clock& clock;
    Resolver* resolver;                    // null: the address is numeric
    std::shared_ptr<const TlsTrust> trust; // null: no TLS
    std::atomic<std::size_t> queued{0};    // over all workers
};

class ClientWorker {
public:
    ClientWorker(ClientShared& shared, std::size_t connections_limit);
    ~ClientWorker();

    void start(int index);
    void submit(std::unique_ptr<Call> call); // from any thread
    void stop();

    // For its connections, on its thread.
    void on_connected(ClientConnection& connection);
    void on_connect_failed(const std::string& why);
    void on_idle(ClientConnection& connection);
    void retry(std::unique_ptr<Call> call);
    void remove(ClientConnection& connection);
    const Clock& clock() const { return shared_.clock; }
    const ClientShared& shared() const { return shared_; }
    void pump();

private:
    void take_inbox();
    void connect();
    void resolve();
    void on_resolved(Result<Resolver::Addresses> addresses);
    void fail_queue(const Error& error);
    void arm_sweep();
    void sweep();
    void expire_queue(Monotonic now);
    std::unique_ptr<Call> take_front();

    ClientShared& shared_;
    std::size_t connections_limit_;
    asio::io_context io_{1};
    asio::executor_work_guard<IoExecutor> work_{io_.get_executor()};
    Timer timer_{io_};
    bool sweeping_ = false;
    int sweeps_ = 0;
    std::vector<asio::ip::tcp::endpoint> endpoints_;
    bool resolving_ = false;
    std::deque<std::unique_ptr<Call>> queue_;
    std::vector<std::shared_ptr<ClientConnection>> connections_;
    std::vector<ClientConnection*> idle_; // last used last: the warm ones first
    std::size_t connecting_ = 0;
    bool stopping_ = false;
    std::mutex mutex_; // guards inbox_
    std::vector<std::unique_ptr<Call>> inbox_, taken_;
    std::thread thread_;
};

/// A connection carries one call at a time. It always has a read pending, so that a close by the
/// other end is noticed while idle.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
public:
    ClientConnection(ClientWorker& worker, asio::io_context& io);

    /// Tries them in order.
    void connect(std::vector<asio::ip::tcp::endpoint> endpoints);
    void carry(std::unique_ptr<Call> call);
    void check_timeout(Monotonic now);
    /// Fails the call it carries, if any.
    void abandon(const std::string& why);
    bool idle() const { return state_ == State::idle; }
    bool connecting() const { return state_ == State::connecting; }

    std::size_t index = 0; // in the worker's list

private:
    enum class State : std::uint8_t { connecting, idle, busy, closed };
    void on_connect(IoError ec);
    void begin_tls();
    void on_ready();
    void connect_failed(const std::string& why);
    void read();
    void on_read(IoError ec, std::size_t n);
    void on_wire(IoError ec, std::size_t n);
    void on_bytes();
    void on_end(const std::string& why, bool in_order);
    std::string_view next_out();
    void write();
    void complete();
    void lost(const std::string& why);
    void fail_call(const std::string& why);
    void close();

    ClientWorker& worker_;
    Socket socket_;
    std::vector<asio::ip::tcp::endpoint> endpoints_;
    std::size_t endpoint_ = 0; // which of them is tried
    State state_ = State::connecting;
    std::unique_ptr<ClientTls> tls_;
    InBuffer wire_in_;     // what TLS has not decrypted
    std::string wire_out_; // what TLS has encrypted
    std::size_t wire_sent_ = 0;
    bool over_ = false; // the other end has ended the TLS session
    std::unique_ptr<Call> call_;
    std::size_t written_ = 0;
    bool waiting_to_write_ = false;
    bool used_ = false; // has carried a call before
    InBuffer in_;
    ResponseParser parser_;
    Monotonic sent_, timeout_; // timeout_: of connecting and of being idle
};

} // namespace bw::net
