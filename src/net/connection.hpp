// Connection: one client's socket, from accept to close: reads requests, runs their handlers,
// writes the answers in order. States and timeouts stand in README.md.
#pragma once

#include <memory>
#include <string>

#include "net/request_parser.hpp"
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

    // On the worker's thread from here on.
    void finish(Worker::Make& make);
    void check_timeout(Monotonic now);
    void drain();
    void close();
    bool is_refusal() const { return refusal_; }

    std::size_t index = 0; // in the worker's list

private:
    enum class Phase : std::uint8_t { head, body, serving, lingering, closed };

    void go_on();
    bool take_head();
    bool take_body();
    bool route();
    void trace(const RequestHead& head);
    void served(const Response& response);
    void see_head();
    void dispatch();
    void next_request();
    void append(Response response);
    Response safely(Worker::Make& make);
    Response problem_of(const Error& error);
    bool direct() const;
    void finish_and_go_on(Response response);
    void reject(const Error& error);

    void read();
    void on_read(IoError ec, std::size_t n);
    bool flush();
    void on_writable(IoError ec);
    void linger();
    void set_timeout(Duration d);
    std::shared_ptr<Connection> self() { return shared_from_this(); }

    std::shared_ptr<Worker> worker_;
    Socket socket_;
    Phase phase_ = Phase::head;
    bool in_dispatch_ = false;
    bool answered_ = false; // within dispatch
    bool writing_ = false;  // the socket is full; on_writable goes on
    bool reading_ = false;
    bool close_after_ = false;
    bool linger_after_ = false; // the client may still be sending: do not reset the answer away
    bool refusal_ = false;      // over the limit, not counted as a connection
    RequestParser parser_;
    const Route* route_ = nullptr;
    std::vector<std::pair<std::string_view, Span>> params_; // of the path
    InBuffer in_;
    std::string out_;
    std::size_t out_sent_ = 0;
    std::size_t lingered_bytes_ = 0;
    Request request_;
    std::optional<telemetry::TraceContext> caller_; // the request's traceparent
    Instant began_;                                 // of the request; kept for on_served alone
    Monotonic began_monotonic_;                     // 0: not yet
    std::string peer_, client_; // the other end; whom a trusted proxy there speaks for
    bool behind_proxy_ = false;
    Monotonic timeout_{}; // 0: none
};

} // namespace bw::net
