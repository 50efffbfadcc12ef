// Worker: one server thread with its io_context, listener and connections. Internal to the server.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/server.hpp"
#include "net/server_tls.hpp"
#include "net/socket.hpp"

namespace bw::net {

class Connection;

/// A common request in one read. What a connection has beyond it counts as buffered_bytes.
inline constexpr std::size_t read_bytes_min = 4 * 1024;

/// What the threads of one server share.
struct ServerShared {
    ServerOptions options;
    const RouteTable& routes;
    const Clock& clock;
    Rng& rng;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::uint64_t> requests{0}, refused{0};
    std::atomic<bool> draining{false};
    std::atomic<std::size_t> buffered_bytes{0}; // of options.buffered_bytes_limit
    std::mutex mutex{};                         // for `gone` alone
    std::condition_variable gone{};             // connections fell to zero
    std::mutex tls_mutex{};
    std::shared_ptr<const TlsContext> tls{}; // for new handshakes; guarded by tls_mutex

    std::shared_ptr<const TlsContext> tls_context() {
        std::lock_guard lock(tls_mutex);
        return tls;
    }
};

/// Shared by the server and its connections: a Responder may outlive the server in a lane's queue.
class Worker : public std::enable_shared_from_this<Worker> {
public:
    using Make = std::move_only_function<Response()>;
    using Task = std::move_only_function<void()>;

    explicit Worker(std::shared_ptr<ServerShared> shared);

    IoError listen(const asio::ip::tcp::endpoint& at);
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void start(int index);
    void drain(); // from any thread; returns at once
    void stop();  // from any other thread; joins

    /// Runs `connection.answer(make)` on this thread; drops it if the server has stopped.
    void post_answer(std::shared_ptr<Connection> connection, Make make);
    /// Runs `connection.on_stream(stream)` on this thread. False: the server has stopped.
    bool post_stream(std::shared_ptr<Connection> connection, std::shared_ptr<Stream> stream);
    /// Runs it on this thread; drops it if the server has stopped.
    void post_task(Task task);
    bool on_this_thread() const { return current_ == this; }
    void remove(Connection& connection);

    ServerShared& shared() { return *shared_; }
    std::string_view date(Instant now); // cached a second
    std::string_view date() const { return date_; }
    void next_request_id(std::string& out);
    double chance(); // in [0, 1), cheap and not for keys: the sampling dice
    double jitter();
    InBuffer take_buffer();
    void give_buffer(InBuffer buffer);

    int dispatching = 0; // handlers on this thread's stack

private:
    struct Answer { // or a stream's wish to be heard, or anything else
        std::shared_ptr<Connection> connection;
        Make make;
        std::shared_ptr<Stream> stream;
        Task task = {};
    };
    bool post(Answer answer);
    std::uint64_t next_number();
    void run(int index);
    void accept();
    void on_accept(IoError ec, Socket socket);
    void admit(Socket socket);
    void arm_sweep();
    void sweep();
    void take_answers();

    static thread_local Worker* current_;

    std::shared_ptr<ServerShared> shared_;
    asio::io_context io_{1};
    Acceptor acceptor_{io_};
    Timer sweep_timer_{io_}, accept_timer_{io_};
    std::chrono::nanoseconds sweep_interval_;
    std::vector<std::shared_ptr<Connection>> connections_;
    std::vector<InBuffer> spare_buffers_;
    std::size_t refusals_ = 0; // connections over the limit that still get their 503
    std::string date_;
    std::int64_t date_second_ = -1;
    std::uint64_t number_state_;
    bool closing_ = false; // on the worker's thread
    std::mutex mutex_;     // guards answers_ and stopped_
    std::vector<Answer> answers_, taken_;
    bool stopped_ = false;
    std::thread thread_;
};

} // namespace bw::net
