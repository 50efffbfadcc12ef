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

class ClientWorker {
public:
    ClientWorker(const ClientOptions& options, std::size_t connections_limit, const Clock& clock,
                 std::atomic<std::size_t>& queued);
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
    const Clock& clock() const { return clock_; }
    const ClientOptions& options() const { return options_; }
    void pump();

private:
    void take_inbox();
    void arm_sweep();
    void sweep();
    void expire_queue(Monotonic now);
    std::unique_ptr<Call> take_front();

    const ClientOptions& options_;
    std::size_t connections_limit_;
    const Clock& clock_;
    std::atomic<std::size_t>& queued_; // over all workers
    asio::io_context io_{1};
    asio::executor_work_guard<IoExecutor> work_{io_.get_executor()};
    Timer timer_{io_};
    bool sweeping_ = false;
    int sweeps_ = 0;
    asio::ip::tcp::endpoint endpoint_;
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

    void connect(const asio::ip::tcp::endpoint& endpoint);
    void carry(std::unique_ptr<Call> call);
    void check_timeout(Monotonic now);
    /// Fails the call it carries, if any.
    void abandon(const std::string& why);
    bool idle() const { return state_ == State::idle; }
    bool connecting() const { return state_ == State::connecting; }

    std::size_t index = 0; // in the worker's list

private:
    enum class State : std::uint8_t { connecting, idle, busy, closed };
    void read();
    void on_read(IoError ec, std::size_t n);
    void write();
    void complete();
    void lost(const std::string& why);
    void fail_call(const std::string& why);
    void close();

    ClientWorker& worker_;
    Socket socket_;
    State state_ = State::connecting;
    std::unique_ptr<Call> call_;
    std::size_t written_ = 0;
    bool waiting_to_write_ = false;
    bool used_ = false; // has carried a call before
    InBuffer in_;
    ResponseParser parser_;
    Monotonic sent_, timeout_; // timeout_: of connecting and of being idle
};

} // namespace bw::net
