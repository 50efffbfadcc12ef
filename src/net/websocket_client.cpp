// Over Beast's WebSocket: handshake, masking, pings and limits are its.
#include "net/websocket_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <deque>
#include <optional>
#include <thread>

#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using IoError = beast::error_code;

class Client final : public WebSocketClient {
public:
    Client(WebSocketClientOptions options, Events events, Rng& rng)
        : options_(std::move(options)), events_(std::move(events)), rng_(rng) {}
    ~Client() override {
        asio::post(io_, [this] { io_.stop(); });
        if (thread_.joinable())
            thread_.join();
    }
    void start() override {
        thread_ = std::thread([this] { run(); });
    }

    void send(std::string text) override {
        asio::post(io_, [this, text = std::move(text)]() mutable {
            if (!open_)
                return;
            queued_bytes_ += text.size();
            queue_.push_back(std::move(text));
            if (queued_bytes_ > options_.queued_bytes_limit)
                return end(turn_, "it does not read");
            if (queue_.size() == 1)
                write();
        });
    }

private:
    /// Of one connection; what an earlier one's calls come to, means nothing.
    using Turn = std::uint64_t;
    using Stream = websocket::stream<beast::tcp_stream>;

    void run() {
        if (!options_.thread_name.empty())
            lane::name_this_thread(options_.thread_name.c_str());
        tick();
        connect();
        io_.run();
    }

    void tick() {
        ticks_.expires_after(options_.tick_every);
        ticks_.async_wait([this](IoError) {
            events_.tick();
            tick();
        });
    }

    void connect() {
        const Turn turn = ++turn_;
        stream_ = std::make_shared<Stream>(io_); // shared with the calls that wait on it
        auto& socket = beast::get_lowest_layer(*stream_);
        socket.expires_after(options_.connect_timeout);
        const asio::ip::tcp::endpoint to(asio::ip::make_address(options_.address), options_.port);
        socket.async_connect(to, [this, turn, keep = stream_](IoError ec) {
            if (turn == turn_)
                ec ? end(turn, ec.message()) : shake_hands(turn);
        });
    }

    void shake_hands(Turn turn) {
        auto& socket = beast::get_lowest_layer(*stream_);
        IoError ignored;
        socket.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
        socket.expires_never(); // from here on the stream has its own timeouts
        websocket::stream_base::timeout timeout{};
        timeout.handshake_timeout = options_.connect_timeout;
        timeout.idle_timeout = options_.silence;
        timeout.keep_alive_pings = true;
        stream_->set_option(timeout);
        stream_->read_message_max(options_.message_bytes_limit);
        if (!options_.protocol.empty())
            stream_->set_option(
                websocket::stream_base::decorator([this](websocket::request_type& request) {
                    request.set(beast::http::field::sec_websocket_protocol, options_.protocol);
                }));
        stream_->text(true);
        stream_->async_handshake(options_.address + ":" + std::to_string(options_.port),
                                 options_.target, [this, turn, keep = stream_](IoError ec) {
                                     if (turn != turn_)
                                         return;
                                     if (ec)
                                         return end(turn, ec.message());
                                     open_ = true;
                                     events_.opened();
                                     read(turn);
                                 });
    }

    void read(Turn turn) {
        stream_->async_read(buffer_, [this, turn, keep = stream_](IoError ec, std::size_t) {
            if (turn != turn_)
                return;
            if (ec)
                return end(turn, ec.message());
            const auto data = buffer_.cdata();
            events_.text({static_cast<const char*>(data.data()), data.size()});
            buffer_.consume(buffer_.size());
            read(turn);
        });
    }

    void write() {
        stream_->async_write(asio::buffer(queue_.front()),
                             [this, turn = turn_, keep = stream_](IoError ec, std::size_t) {
                                 if (turn != turn_)
                                     return;
                                 if (ec)
                                     return end(turn, ec.message());
                                 queued_bytes_ -= queue_.front().size();
                                 queue_.pop_front();
                                 if (!queue_.empty())
                                     write();
                             });
    }

    void end(Turn turn, const std::string& why) {
        if (turn != turn_)
            return;
        ++turn_;
        IoError ignored;
        beast::get_lowest_layer(*stream_).socket().close(ignored);
        // What is being written lives until its call comes back.
        asio::post(io_, [keep = stream_,
                         queue = std::make_shared<std::deque<std::string>>(std::move(queue_))] {});
        queue_ = {};
        queued_bytes_ = 0;
        buffer_.consume(buffer_.size());
        if (std::exchange(open_, false)) {
            log::warn("websocket_closed", {{"port", options_.port}, {"why", why}});
            events_.closed();
        }
        again_.expires_after(options_.again_after + std::chrono::duration_cast<Duration>(
                                                        options_.again_after * rng_.unit()));
        again_.async_wait([this](IoError) { connect(); });
    }

    const WebSocketClientOptions options_;
    const Events events_;
    Rng& rng_;
    asio::io_context io_{1};
    asio::steady_timer ticks_{io_}, again_{io_};
    std::shared_ptr<Stream> stream_;
    beast::flat_buffer buffer_;
    std::deque<std::string> queue_; // the first is being written
    std::size_t queued_bytes_ = 0;
    Turn turn_ = 0;
    bool open_ = false;
    std::thread thread_;
};

} // namespace

std::unique_ptr<WebSocketClient> WebSocketClient::make(WebSocketClientOptions options,
                                                       Events events, Rng& rng) {
    return std::make_unique<Client>(std::move(options), std::move(events), rng);
}

} // namespace bw::net
