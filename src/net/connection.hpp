// Connection: one client's socket, from accept to close: reads requests, runs their handlers,
// writes the answers in order. States and timeouts stand in README.md. connection.cpp goes from
// bytes to handlers, connection_socket.cpp moves the bytes, connection_body.cpp has bodies that are
// too large to be held, connection_stream.cpp the answers that do not end.
#pragma once

#include <memory>
#include <string>

#include "net/request_parser.hpp"
#include "net/stream_queue.hpp"
#include "net/transport.hpp"
#include "net/worker.hpp"

namespace bw::net {

class Connection final : public Responder::Target, public std::enable_shared_from_this<Connection> {
public:
    Connection(std::shared_ptr<Worker> worker, Socket socket);
    ~Connection() override;

    void start();
    /// Over the connection limit: 503, then close.
    void start_refused();

    // Responder::Target: from any thread.
    void answer(Worker::Make make) override;
    void send(Response response) override;
    void refuse(Error error) override;
    bool attend(std::shared_ptr<Stream> stream) override;
    void receive(std::shared_ptr<BodySink> sink) override;
    void taken(std::size_t bytes) override;

    // On the worker's thread from here on.
    void finish(Worker::Make& make);
    void on_stream(const std::shared_ptr<Stream>& stream);
    void check_timeout(Monotonic now);
    void drain();
    void close(StreamEnd why = StreamEnd::by_client);
    bool is_refusal() const { return refusal_; }

    std::size_t index = 0; // in the worker's list

private:
    enum class Phase : std::uint8_t {
        handshake,
        head,
        body,
        receiving,
        serving,
        sending,
        streaming,
        lingering,
        closed
    };
    enum class Rest : std::uint8_t { active, idle_at_last_sweep, resting };

    // connection.cpp
    void go_on();
    bool take_head();
    bool take_body();
    bool route();
    void trace(const RequestHead& head);
    void see_head();
    void dispatch();
    void call_handler();
    bool awaits_answer() const { return phase_ == Phase::serving || phase_ == Phase::receiving; }
    void answered();
    void next_request();
    void append(Response response);
    void served(int status, std::size_t body_bytes, std::optional<Code> code = {});
    Response safely(Worker::Make& make);
    Response problem_of(const Error& error);
    bool direct() const;
    void finish_and_go_on(Response response);
    void reject(const Error& error);

    // connection_socket.cpp
    void await(Io::Need need);
    void on_ready(IoError ec);
    void handshake();
    void fill();
    bool flush();
    void on_writable(IoError ec);
    void linger();
    void discard();
    std::size_t wanted_capacity() const;
    bool charge(std::size_t bytes);
    void let_buffer_go();
    void rest();
    void set_timeout(Duration d);

    // connection_body.cpp
    void begin_receiving();
    void take_sink(std::shared_ptr<BodySink> sink);
    void go_on_receiving();
    Result<void> pass_on(std::size_t bytes);
    void note_progress(std::size_t bytes);
    void end_body(BodyEnd how);
    void give_back(std::size_t bytes);
    void go_on_sending();
    void pull();
    void take_piece(Result<std::string> piece);

    // connection_stream.cpp
    void start_stream();
    void go_on_with_stream();
    void pump();
    void append_to_stream(std::string_view bytes);
    void end_stream(StreamEnd why);
    void drain_stream();
    void heartbeat();
    void read_stream();
    void read_frames();
    void take_message(WebSocketInput& input);

    std::shared_ptr<Connection> self() { return shared_from_this(); }
    const ServerOptions& options() const { return worker_->shared().options; }

    std::shared_ptr<Worker> worker_;
    Transport transport_;
    Phase phase_ = Phase::head;
    Rest rest_ = Rest::active;
    bool in_dispatch_ = false;
    bool answered_ = false; // within dispatch
    bool writing_ = false;  // the socket is full; on_writable goes on
    bool reading_ = false;  // on_ready will come
    bool close_after_ = false;
    bool linger_after_ = false; // the client may still be sending: do not reset the answer away
    bool refusal_ = false;      // over the limit, not counted as a connection
    bool chunked_ = false;      // the stream's framing
    RequestParser parser_;
    const Route* route_ = nullptr;
    std::vector<std::pair<std::string_view, Span>> params_; // of the path
    InBuffer in_;
    std::size_t charged_ = 0; // bytes of the server's buffered_bytes
    std::string out_;
    std::size_t out_sent_ = 0;
    std::size_t lingered_bytes_ = 0;
    std::string head_; // of a request whose body is passed on; the buffer is the body's
    std::shared_ptr<BodySink> sink_;     // with its handler; null: not yet, or no more
    std::size_t owed_bytes_ = 0;         // given to the sink, and not given back
    std::size_t progress_bytes_ = 0;     // since the timeout was set
    std::uint64_t received_bytes_ = 0;   // of the body
    std::shared_ptr<BodySource> source_; // of the answer; shared with its Response's copies
    std::uint64_t source_left_ = 0;
    bool pulling_ = false;           // a piece will come
    std::shared_ptr<Stream> stream_; // with its handle; opening while serving, open while streaming
    Request request_;
    std::optional<telemetry::TraceContext> caller_; // the request's traceparent
    Instant began_;                                 // of the request; kept for on_served alone
    Monotonic began_monotonic_;                     // 0: not yet
    std::string peer_, client_; // the other end; whom a trusted proxy there speaks for
    bool behind_proxy_ = false;
    Monotonic timeout_{}; // 0: none
};

} // namespace bw::net
