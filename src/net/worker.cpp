#include "net/worker.hpp"

#include <algorithm>
#include <cstdio>

#include "lane/lane.hpp"
#include "net/answer.hpp"
#include "net/connection.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

constexpr std::size_t spare_buffers_max = 256;
constexpr std::size_t refusals_max =
    128; // 503s being written; beyond it a connection is closed without a word
constexpr Duration sweep_interval_min = 10ms, sweep_interval_max = 1s;
constexpr std::chrono::milliseconds accept_pause{50}; // when there are no file descriptors left

/// SO_REUSEPORT, which Asio has no name for.
struct ReusePort {
    int on = 1;
    template <class Protocol>
    int level(const Protocol&) const {
        return SOL_SOCKET;
    }
    template <class Protocol>
    int name(const Protocol&) const {
        return SO_REUSEPORT;
    }
    template <class Protocol>
    const int* data(const Protocol&) const {
        return &on;
    }
    template <class Protocol>
    std::size_t size(const Protocol&) const {
        return sizeof on;
    }
};

} // namespace

thread_local Worker* Worker::current_ = nullptr;

Worker::Worker(std::shared_ptr<ServerShared> shared)
    : shared_(std::move(shared)), number_state_(shared_->rng.u64()) {
    const ServerOptions& o = shared_->options;
    Duration shortest = std::min({o.head_timeout, o.body_timeout, o.idle_timeout, o.write_timeout});
    sweep_interval_ = std::clamp<Duration>(shortest / 4, sweep_interval_min, sweep_interval_max);
}

IoError Worker::listen(const asio::ip::tcp::endpoint& at) {
    IoError ec;
    acceptor_.open(at.protocol(), ec);
    if (!ec)
        acceptor_.set_option(Acceptor::reuse_address(true), ec);
    if (!ec)
        acceptor_.set_option(ReusePort{}, ec);
    if (!ec)
        acceptor_.bind(at, ec);
    if (!ec)
        acceptor_.listen(4096, ec);
    return ec;
}

void Worker::start(int index) {
    date(shared_->clock.now());
    accept();
    arm_sweep();
    thread_ = std::thread([this, index] { run(index); });
}

void Worker::run(int index) {
    lane::name_this_thread("http-" + std::to_string(index));
    current_ = this;
    for (;;) {
        try {
            io_.run();
            break;
        } catch (const std::exception&
                     e) { // handlers are caught in the connection: this is memory running out
            log::error("http_loop_threw", {{"what", e.what()}});
        }
    }
    current_ = nullptr;
}

void Worker::drain() {
    asio::post(io_, [this] {
        IoError ignored;
        acceptor_.close(ignored);
        auto connections = connections_; // drain() may remove them
        for (const auto& connection : connections)
            connection->drain();
    });
}

void Worker::stop() {
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    asio::post(io_, [this] {
        closing_ = true;
        IoError ignored;
        acceptor_.close(ignored);
        sweep_timer_.cancel();
        accept_timer_.cancel();
        auto connections = connections_;
        for (const auto& connection : connections)
            connection->close(StreamEnd::draining);
    });
    if (thread_.joinable())
        thread_.join();
    else
        io_.run(); // it never started
    std::vector<Answer> left;
    {
        std::lock_guard lock(mutex_);
        left.swap(answers_);
    }
    for (const Answer& answer : left)
        if (answer.stream)
            answer.stream->closed(StreamEnd::draining);
    taken_.clear();
}

// ---- Connections ----

void Worker::accept() {
    acceptor_.async_accept(io_.get_executor(),
                           [this](IoError ec, Socket socket) { on_accept(ec, std::move(socket)); });
}

void Worker::on_accept(IoError ec, Socket socket) {
    if (closing_ || !acceptor_.is_open())
        return;
    if (!ec) {
        admit(std::move(socket));
        return accept();
    }
    if (ec == asio::error::connection_aborted || ec == asio::error::interrupted)
        return accept();
    log::warn("accept_failed", {{"why", ec.message()}});
    accept_timer_.expires_after(accept_pause); // no descriptors: trying at once would spin
    accept_timer_.async_wait([this](IoError cancelled) {
        if (!cancelled && acceptor_.is_open())
            accept();
    });
}

void Worker::admit(Socket socket) {
    bool full = shared_->connections.fetch_add(1) >= shared_->options.connections_limit;
    if (full) {
        shared_->connections.fetch_sub(1);
        shared_->refused.fetch_add(1, std::memory_order_relaxed);
        if (refusals_ >= refusals_max || shared_->options.tls)
            return; // under TLS a word would cost a handshake
        ++refusals_;
    }
    auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket));
    connection->index = connections_.size();
    connections_.push_back(connection);
    if (full)
        connection->start_refused();
    else
        connection->start();
}

void Worker::remove(Connection& connection) {
    std::size_t at = connection.index;
    bool counted = !connection.is_refusal();
    if (!counted)
        --refusals_;
    std::swap(connections_[at], connections_.back());
    connections_[at]->index = at;
    auto last =
        std::move(connections_.back()); // dies at the end of this function, if nobody else holds it
    connections_.pop_back();
    if (counted && shared_->connections.fetch_sub(1) == 1 && shared_->draining) {
        std::lock_guard lock(shared_->mutex);
        shared_->gone.notify_all();
    }
}

void Worker::arm_sweep() {
    sweep_timer_.expires_after(sweep_interval_);
    sweep_timer_.async_wait([this](IoError ec) {
        if (!ec && !closing_)
            sweep();
    });
}

/// One coarse timer for all connections: precise ones cost 3 % of a request.
void Worker::sweep() {
    Monotonic now = shared_->clock.monotonic();
    date(shared_->clock.now());
    for (std::size_t i = connections_.size(); i-- > 0;) {
        if (i < connections_.size()) { // a timeout may remove more than itself
            auto connection = connections_[i];
            connection->check_timeout(now);
        }
    }
    arm_sweep();
}

// ---- Answers from other threads ----

void Worker::post_answer(std::shared_ptr<Connection> connection, Make make) {
    post({std::move(connection), std::move(make), nullptr});
}

bool Worker::post_stream(std::shared_ptr<Connection> connection, std::shared_ptr<Stream> stream) {
    return post({std::move(connection), {}, std::move(stream)});
}

void Worker::post_task(Task task) {
    post({nullptr, {}, nullptr, std::move(task)});
}

bool Worker::post(Answer answer) {
    std::lock_guard lock(mutex_);
    if (stopped_)
        return false; // `answer` dies after the lock
    answers_.push_back(std::move(answer));
    if (answers_.size() == 1) // one wake-up for a burst: a group commit answers hundreds at once
        asio::post(io_, [this] { take_answers(); });
    return true;
}

void Worker::take_answers() {
    {
        std::lock_guard lock(mutex_);
        taken_.swap(answers_);
    }
    for (Answer& answer : taken_) {
        if (answer.task)
            answer.task();
        else if (answer.stream)
            answer.connection->on_stream(answer.stream);
        else
            answer.connection->finish(answer.make);
    }
    taken_.clear();
}

// ---- What connections share ----

std::string_view Worker::date(Instant now) {
    if (std::int64_t second = now.ms / 1000; second != date_second_) {
        date_second_ = second;
        date_ = http_date(now);
    }
    return date_;
}

std::uint64_t Worker::next_number() {
    std::uint64_t z = number_state_ += 0x9e3779b97f4a7c15ULL; // splitmix64 from a random start
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

void Worker::next_request_id(std::string& out) {
    std::uint64_t z = next_number();
    out.resize(16);
    for (std::size_t i = 0; i < 16; ++i)
        out[i] = "0123456789abcdef"[(z >> (4 * i)) & 15];
}

double Worker::chance() {
    return static_cast<double>(next_number() >> 11) * 0x1.0p-53;
}

double Worker::jitter() {
    return shared_->rng.unit();
}

InBuffer Worker::take_buffer() {
    if (spare_buffers_.empty())
        return {};
    InBuffer buffer = std::move(spare_buffers_.back());
    spare_buffers_.pop_back();
    return buffer;
}

void Worker::give_buffer(InBuffer buffer) {
    buffer.resize(0);
    if (!closing_ && spare_buffers_.size() < spare_buffers_max && buffer.capacity() > 0 &&
        buffer.capacity() <= read_bytes_min)
        spare_buffers_.push_back(std::move(buffer));
}

} // namespace bw::net
