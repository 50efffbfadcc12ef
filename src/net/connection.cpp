#include "net/connection.hpp"

#include <algorithm>
#include <exception>

#include "base/ensure.hpp"
#include "net/answer.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

namespace {

constexpr std::size_t kept_bytes_max = 16 * 1024; // larger buffers are not kept between requests
constexpr std::size_t coalesced_bytes_max =
    64 * 1024; // of pipelined answers before they are written

} // namespace

Connection::Connection(std::shared_ptr<Worker> worker, Socket socket)
    : worker_(std::move(worker)), transport_(std::move(socket)),
      parser_({.head_bytes = options().head_bytes_limit}), peer_(transport_.peer()),
      behind_proxy_(options().trusted_proxies.trusts(peer_)) {}

Connection::~Connection() {
    charge(0);
}

void Connection::start() {
    bool tls = options().tls.has_value();
    phase_ = tls ? Phase::handshake : Phase::head;
    set_timeout(tls ? options().head_timeout : options().idle_timeout);
    await(Io::Need::readable);
}

void Connection::start_refused() {
    refusal_ = true;
    Error error{Code::overloaded, "Too many connections.", "", {}};
    worker_->next_request_id(request_.request_id);
    reject(error);
    flush();
}

// ---- Answers, from any thread ----

void Connection::answer(Worker::Make make) {
    if (direct())
        finish(make);
    else
        worker_->post_answer(self(), std::move(make));
}

void Connection::send(Response response) {
    if (direct())
        finish_and_go_on(std::move(response));
    else
        worker_->post_answer(
            self(), [response = std::move(response)]() mutable { return std::move(response); });
}

void Connection::refuse(Error error) {
    if (direct())
        finish_and_go_on(problem_of(error));
    else // this is alive while its answer waits
        worker_->post_answer(self(),
                             [this, error = std::move(error)] { return problem_of(error); });
}

/// Answering here and now must not run another connection's handlers inside a handler: those go
/// through the queue.
bool Connection::direct() const {
    return worker_->on_this_thread() && (in_dispatch_ || worker_->dispatching == 0);
}

void Connection::finish(Worker::Make& make) {
    if (awaits_answer()) // otherwise the client is gone
        finish_and_go_on(safely(make));
}

void Connection::finish_and_go_on(Response response) {
    if (!awaits_answer())
        return;
    if (phase_ == Phase::receiving && parser_.head().has_body()) {
        sink_.reset(); // it knows: it has answered
        close_after_ = linger_after_ = true;
    }
    append(std::move(response));
    answered_ = true;
    if (!in_dispatch_) {
        answered();
        go_on();
    }
}

/// What of the answer is at hand stands in line; the rest of it comes from its source.
void Connection::answered() {
    if (!source_)
        return next_request();
    phase_ = Phase::sending;
    timeout_ = {}; // its source has its own deadline
}

/// Exceptions end here: `make` is a handler's code.
Response Connection::safely(Worker::Make& make) {
    try {
        return make();
    } catch (const std::exception& e) {
        log::error("answer_threw", {{"request_id", request_.request_id}, {"what", e.what()}});
    } catch (...) {
        log::error("answer_threw", {{"request_id", request_.request_id}});
    }
    return problem(fail(Code::internal, ""), request_.request_id, 0.0);
}

Response Connection::problem_of(const Error& error) {
    if (error.code == Code::internal || error.code == Code::corrupt)
        log::error("request_failed", {{"request_id", request_.request_id},
                                      {"operation", route_ ? std::string_view(route_->operation)
                                                           : std::string_view()},
                                      {"error", error.text()}});
    return problem(error, request_.request_id, worker_->jitter());
}

void Connection::append(Response response) {
    const RequestHead& head = parser_.head();
    const ServerShared& shared = worker_->shared();
    close_after_ = close_after_ || shared.draining.load(std::memory_order_relaxed);
    apply_policy(request_, route_, shared.options.responses, shared.clock, response);
    append_answer(out_, response,
                  {.date = worker_->date(),
                   .request_id = request_.request_id,
                   .http_1_1 = head.http_1_1,
                   .keep_alive = !close_after_,
                   .head_only = head.method == Method::head});
    if (response.source && head.method != Method::head) {
        source_ = std::move(response.source);
        source_left_ = response.source_bytes;
    }
    served(response.status, response.body.size() + response.source_bytes, response.code);
}

void Connection::served(int status, std::size_t body_bytes, std::optional<Code> code) {
    if (!options().on_served || refusal_)
        return;
    const ServerShared& shared = worker_->shared();
    Duration took =
        began_monotonic_.ns > 0 ? shared.clock.monotonic() - began_monotonic_ : Duration::zero();
    options().on_served(
        {.route = route_,
         .method = parser_.head().method,
         .status = status,
         .began = began_,
         .took = took,
         .body_in = phase_ == Phase::serving ? request_.body.size() + received_bytes_ : 0,
         .code = code,
         .body_out = body_bytes,
         .request_id = request_.request_id,
         .trace = request_.trace ? &*request_.trace : nullptr,
         .caller = caller_ ? &*caller_ : nullptr});
}

// ---- From bytes to handlers ----

/// Serves what is buffered until it needs bytes, an answer or room in the socket.
void Connection::go_on() {
    auto keep = self(); // close() may drop the worker's reference
    while (phase_ != Phase::closed && !writing_) {
        if (phase_ == Phase::lingering)
            break;
        if (phase_ == Phase::streaming)
            return go_on_with_stream();
        if (phase_ == Phase::receiving)
            return go_on_receiving();
        if (phase_ == Phase::sending)
            return go_on_sending();
        if (phase_ == Phase::serving) {
            flush(); // earlier answers must not wait for this one
            return;
        }
        if (close_after_ && phase_ == Phase::head) {
            flush(); // the last answer: it closes too
            return;
        }
        if (out_.size() > coalesced_bytes_max && !flush())
            return;
        bool ready = phase_ == Phase::head ? take_head() : take_body();
        if (!ready)
            break;
    }
    if (phase_ == Phase::closed || writing_)
        return;
    if (flush() && (phase_ == Phase::head || phase_ == Phase::body))
        await(Io::Need::readable);
}

/// False: it needs bytes.
bool Connection::take_head() {
    if (in_.size() == 0)
        return false;
    const ServerShared& shared = worker_->shared();
    if (began_monotonic_.ns == 0 && options().on_served) {
        began_ = shared.clock.now();
        began_monotonic_ = shared.clock.monotonic();
    }
    switch (parser_.parse_head(in_.view())) {
    case RequestParser::Step::need_more:
        return false;
    case RequestParser::Step::failed:
        reject(parser_.error());
        return true;
    case RequestParser::Step::done:
        break;
    }
    close_after_ = !parser_.head().keep_alive;
    worker_->next_request_id(request_.request_id);
    trace(parser_.head());
    if (!route())
        return true;
    if (route_->streams_body) {
        begin_receiving();
        return true;
    }
    phase_ = Phase::body;
    if (take_body())
        return true;
    set_timeout(shared.options.body_timeout);
    if (parser_.head().expects_continue && in_.size() <= parser_.bytes())
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    return false;
}

/// Ours is a child of the caller's span. Two traceparents are as good as none (Trace Context 3.2).
void Connection::trace(const RequestHead& head) {
    ServerShared& shared = worker_->shared();
    if (head.traceparents == 1)
        caller_ = telemetry::TraceContext::parse(head.traceparent.in(in_.data()));
    if (caller_)
        request_.trace = caller_->child(shared.rng);
    else if (shared.options.trace_sample_rate > 0 &&
             worker_->chance() < shared.options.trace_sample_rate)
        request_.trace = telemetry::TraceContext::make(true, shared.rng);
}

bool Connection::route() {
    const RequestHead& head = parser_.head();
    const RouteTable& routes = worker_->shared().routes;
    request_.method = head.method;
    std::string_view target = head.target.in(in_.data());
    std::string_view path = target.substr(0, target.find('?'));
    RouteTable::Match match = routes.match(head.method, path);
    route_ = match.route;
    if (route_) {
        params_.clear();
        for (const auto& [name, value] :
             match.params) // as offsets: the buffer may move while the body comes
            params_.emplace_back(name, Span{static_cast<std::uint32_t>(value.data() - in_.data()),
                                            static_cast<std::uint32_t>(value.size())});
        std::size_t limit = route_->body_bytes_limit;
        if (!route_->streams_body)
            limit = std::min(limit, options().body_bytes_limit);
        if (parser_.limit_body(limit) != RequestParser::Step::failed)
            return true;
        reject(limit > 0 ? parser_.error()
                         : fail(Code::payload_too_large, "This route takes no body."));
        return false;
    }
    request_.received = worker_->shared().clock.monotonic();
    worker_->date(worker_->shared().clock.now());
    if (head.has_body())
        linger_after_ = close_after_ = true; // nobody reads it
    see_head();
    Response response;
    if (head.method == Method::options && (!match.allowed.empty() || path == "*")) {
        response = Response{204, "", "", {}};
    } else {
        bool elsewhere = !match.allowed.empty();
        response = problem(elsewhere ? fail(Code::method_not_allowed,
                                            "This path is served under other methods: see Allow.")
                                     : fail(Code::not_found, "There is nothing at this path."),
                           request_.request_id, 0.0);
    }
    if (path == "*")
        match.allowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    if (!match.allowed.empty())
        response.headers.emplace_back("Allow", std::move(match.allowed));
    append(std::move(response));
    next_request();
    return false;
}

/// False: it needs bytes.
bool Connection::take_body() {
    std::size_t size = in_.size();
    RequestParser::Step step = parser_.parse_body(in_.data(), size);
    in_.resize(size);
    if (step == RequestParser::Step::need_more)
        return false;
    if (step == RequestParser::Step::failed)
        reject(parser_.error());
    else
        dispatch();
    return true;
}

/// Makes request_ show the head. The buffer may move while the body comes: dispatch looks again.
void Connection::see_head() {
    const RequestHead& head = parser_.head();
    const char* base = head_.empty() ? in_.data() : head_.data();
    request_.method = head.method;
    request_.target = head.target.in(base);
    std::size_t question = request_.target.find('?');
    request_.path = request_.target.substr(0, question);
    request_.query = question == std::string_view::npos ? std::string_view()
                                                        : request_.target.substr(question + 1);
    request_.headers.clear();
    for (const auto& [name, value] : head.headers)
        request_.headers.emplace_back(name.in(base), value.in(base));
    request_.peer = peer_;
    request_.secure = options().tls.has_value();
    if (behind_proxy_)
        options().trusted_proxies.believe(request_, client_);
}

void Connection::dispatch() {
    see_head();
    request_.body = parser_.body().in(in_.data());
    phase_ = Phase::serving;
    timeout_ = {}; // the handler has its own deadline
    call_handler();
}

void Connection::call_handler() {
    ServerShared& shared = worker_->shared();
    const char* base = head_.empty() ? in_.data() : head_.data();
    request_.received = shared.clock.monotonic();
    request_.received_at = shared.clock.now();
    worker_->date(request_.received_at);
    request_.deadline = Deadline(request_.received + route_->time_limit);
    request_.path_params.clear();
    for (const auto& [name, value] : params_)
        request_.path_params.emplace_back(name, value.in(base));
    shared.requests.fetch_add(1, std::memory_order_relaxed);

    answered_ = false;
    in_dispatch_ = true;
    ++worker_->dispatching;
    try {
        route_->handler(request_, Responder(self()));
    } catch (const std::exception&
                 e) { // its Responder has answered 500 already, or is in good hands elsewhere
        log::error("handler_threw", {{"request_id", request_.request_id},
                                     {"operation", route_->operation},
                                     {"what", e.what()}});
    } catch (...) {
        log::error("handler_threw",
                   {{"request_id", request_.request_id}, {"operation", route_->operation}});
    }
    --worker_->dispatching;
    in_dispatch_ = false;
    if (answered_)
        answered();
    else if (stream_)
        start_stream();
}

void Connection::next_request() {
    if (!close_after_ || !linger_after_)
        in_.consume(std::min(parser_.bytes(), in_.size()));
    parser_.restart();
    phase_ = Phase::head;
    head_.clear();
    received_bytes_ = 0;
    owed_bytes_ = 0;
    route_ = nullptr;
    caller_.reset();
    request_.trace.reset();
    began_monotonic_ = {};
    if (in_.size() > 0) {
        linger_after_ = linger_after_ || close_after_;
        set_timeout(options().head_timeout);
    } else {
        if (in_.capacity() > kept_bytes_max)
            let_buffer_go();
        else
            charge(in_.capacity());
        timeout_ = request_.received.ns > 0
                       ? request_.received + options().idle_timeout
                       : worker_->shared().clock.monotonic() + options().idle_timeout;
    }
}

/// Where the next request begins is in doubt: answer, then close.
void Connection::reject(const Error& error) {
    end_body(BodyEnd::cut);
    if (request_.request_id.empty() || phase_ == Phase::head)
        worker_->next_request_id(request_.request_id);
    see_head();
    close_after_ = linger_after_ = true;
    worker_->date(worker_->shared().clock.now());
    append(problem_of(error));
    phase_ = Phase::head;
}

} // namespace bw::net
