// What HTTP looks like to the rest of the program: Request, Response, Responder, Route. Only
// routes.cpp files of modules include this; the server and its sockets stay behind net/server.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "telemetry/trace.hpp"

namespace bw::net {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options };
std::string_view to_text(Method method);

/// A request, read to its last byte; of a route with `streams_body` to its head's last. Lives until
/// its Responder has answered; the views point into the connection's buffer.
class Request {
public:
    Method method = Method::get;
    std::string_view target; // as sent: "/v1/assignments?limit=5"
    std::string_view path;   // before '?', still percent-encoded
    std::string_view query;  // after '?'
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    std::string_view body;
    Instant received_at;            // when the last byte of the body came, wall clock
    Monotonic received;             // the same moment on the monotonic clock
    Deadline deadline{Monotonic{}}; // received + the route's time limit
    std::string_view peer;          // the client's address, without the port; see TrustedProxies
    bool secure = false;            // came over TLS, here or at a trusted proxy
    std::string request_id;         // 16 hex digits, ours, or a trusted proxy's X-Request-Id
    /// Of this request in its trace; none unless the caller sent a traceparent or we sample it.
    std::optional<telemetry::TraceContext> trace;
    std::vector<std::pair<std::string_view, std::string_view>> path_params;

    /// First header of that name, any case.
    std::optional<std::string_view> header(std::string_view name) const;
    /// How often the header occurs.
    std::size_t header_count(std::string_view name) const;
    /// The cookie of that name; nullopt if it is absent, or there twice: who put the other one
    /// there?
    std::optional<std::string_view> cookie(std::string_view name) const;
    /// Says the browser that a page of this very host sends it? Browsers add cookies by themselves,
    /// whatever page asks for it; by Sec-Fetch-Site, else Origin (Fetch Metadata, RFC 6454).
    bool from_own_page() const;
    /// Value of `{name}` in the route's path; must exist there.
    std::string_view path_param(std::string_view name) const;
    /// Percent-decoded value of a query parameter; nullopt if absent.
    std::optional<std::string> query_param(std::string_view name) const;
};

/// Where a caller stands with a quota (draft-ietf-httpapi-ratelimit-headers-10).
struct RateLimit {
    std::string_view policy; // its name: letters and dashes, of static storage
    std::uint64_t quota;     // in a window
    Duration window;
    std::uint64_t remaining;
    Duration reset; // until there is quota again
};

/// An answer's bytes that are not at hand: asked for piece by piece, as fast as the client takes
/// them.
class BodySource {
public:
    /// Called once, from any thread: with the next bytes, at least one, or with why there are none;
    /// then, and when it is dropped unused, the connection is cut, since the answer's length is
    /// out.
    using Give = std::move_only_function<void(Result<std::string>)>;
    virtual ~BodySource() = default;
    /// On the connection's thread, one at a time; must not block.
    virtual void pull(Give give) = 0;
};

struct Response {
    int status = 200;
    std::string_view content_type = "application/json"; // of static storage
    std::string body = {};
    std::vector<std::pair<std::string_view, std::string>> headers = {}; // names of static storage
    std::optional<RateLimit> rate_limit = {}; // shown as RateLimit and RateLimit-Policy
    /// False for an answer that holds a secret beside what the caller sent: its compressed length
    /// would tell of the secret (BREACH).
    bool compressible = true;
    std::shared_ptr<BodySource> source = {}; // instead of `body`; shared by copies of this
    std::uint64_t source_bytes = 0;          // how many it has
    std::optional<Code> code = {};           // of a problem: for whoever counts them

    static Response json(int status, std::string body) {
        return {status, "application/json", std::move(body), {}};
    }
};

class Stream; // net/stream.hpp's inside

enum class BodyEnd : std::uint8_t {
    whole, // its last byte was in the last piece
    cut,   // the client is gone, too slow or malformed, or the server stops: nobody hears an answer
};

/// Takes a request's body as it comes. Called on the connection's thread; must not block.
class BodySink {
public:
    virtual ~BodySink() = default;
    /// Pieces come in order while less than `body_window_bytes` of them are not given back.
    virtual void piece(std::string bytes) = 0;
    /// Once, after the last piece; not after an answer.
    virtual void ended(BodyEnd how) = 0;
};
inline constexpr std::size_t body_window_bytes = 1024 * 1024;

/// The one right to answer a request. Move-only; thread-safe; call it exactly once. Dropped unused
/// it answers 500, so that no client hangs on our bug.
class Responder {
public:
    class Target {
    public:
        virtual ~Target() = default;
        /// From any thread, once. `make` runs on the connection's own thread, where building the
        /// body costs nobody else.
        virtual void answer(std::move_only_function<Response()> make) = 0;
        /// The same with the answer at hand, or with an error; a target overrides them to spare an
        /// allocation and to put its request's id into the problem.
        virtual void send(Response response);
        virtual void refuse(Error error);
        /// `stream` opens instead of an answer, or, once open, has something to say. From any
        /// thread; false: nobody listens any more.
        virtual bool attend(std::shared_ptr<Stream> stream);
        /// See BodyFlow. From any thread.
        virtual void receive(std::shared_ptr<BodySink> sink);
        virtual void taken(std::size_t bytes);
    };
    explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
    Responder(Responder&&) = default;
    Responder& operator=(Responder&& other) noexcept; // what is overwritten counts as dropped
    ~Responder();

    void operator()(Response response);
    void operator()(Error error);                           // as problem+json
    void on_loop(std::move_only_function<Response()> make); // build it on the connection's thread

    /// A request's body on its way, of a route with `streams_body`. Thread-safe; a connection that
    /// is gone does not mind.
    class BodyFlow {
    public:
        explicit BodyFlow(std::weak_ptr<Target> target) : target_(std::move(target)) {}
        /// The body goes there from now on. In the handler or later, once, before the answer. Who
        /// answers before the body is whole ends the connection with it.
        void receive(std::shared_ptr<BodySink> sink) {
            if (auto target = target_.lock())
                target->receive(std::move(sink));
            else
                sink->ended(BodyEnd::cut);
        }
        /// Whoever is done with bytes of it says so, and gets more.
        void taken(std::size_t bytes) {
            if (auto target = target_.lock())
                target->taken(bytes);
        }

    private:
        std::weak_ptr<Target> target_;
    };
    BodyFlow body() const { return BodyFlow(target_); }

    /// Opens a stream instead of an answer; EventStream and WebSocket call it.
    std::shared_ptr<Target> stream();

    /// Answers with the value through `render`, or with the error.
    template <class T, class Render>
    void result(Result<T> outcome, Render&& render) {
        if (outcome)
            (*this)(render(*std::move(outcome)));
        else
            (*this)(std::move(outcome).error());
    }

private:
    std::shared_ptr<Target> target_;
};

/// Runs on the connection's thread: must not block. What needs to wait goes to a lane and takes the
/// Responder along.
using Handler = std::function<void(const Request&, Responder)>;

/// What documents say of an operation, and what the contract tests send. Schemas are JSON Schema
/// 2020-12 text, OpenAPI 3.1's dialect; they may refer to `#/components/schemas/NAME`, a name given
/// to RouteTable::add_schema. All views are of static storage.
struct Parameter {
    enum class In : std::uint8_t { path, query, header };
    std::string_view name;
    In in = In::query;
    std::string_view description;
    std::string_view schema = R"({"type":"string"})";
    bool required = false; // of the path: always
    std::string_view example = {};
};

struct Body {
    std::string_view schema;
    std::string_view example; // valid by the schema
    std::string_view content_type = "application/json";
};

/// An answer other than a problem; those are documented for every operation alike.
struct Answer {
    int status;
    std::string_view description;
    std::string_view schema = {}; // empty: no body, or not JSON
    std::string_view content_type = "application/json";
};

/// What a caller must show. `host` needs none, but an institution's host name.
enum class Credential : std::uint8_t { none, host, access_token, operator_token };

struct Route {
    Method method;
    std::string path;      // "/v1/assignments/{assignment_id}"
    std::string operation; // operationId: "get_assignment"
    std::string summary;   // one line, for people
    Handler handler;
    std::size_t body_bytes_limit = 0; // 0: the route takes no body
    Duration time_limit = 10s;
    /// Its handler is called at the head's end and takes the body by Responder::body. The
    /// server's own limit on bodies does not count, and a client may take all day over it, as long
    /// as something comes.
    bool streams_body = false;

    std::string_view tag = {}; // the group it is shown under: "sessions", "roster"
    Credential credential = Credential::none;
    std::vector<Parameter> parameters = {};
    std::optional<Body> body = {};
    std::vector<Answer> answers = {};

    /// Its JSON gets a weak ETag by content, so that readers who ask again hear 304.
    bool content_etag = false;
};

/// All routes of a process: what is served, and what documents are made from. Filled before the
/// server starts.
class RouteTable {
public:
    /// A path and method twice, or a malformed path, is a bug.
    void add(Route route);
    const std::vector<Route>& routes() const { return routes_; }

    /// A schema that routes refer to by name. The same name with another text is a bug.
    void add_schema(std::string_view name, std::string_view json_schema);
    const std::map<std::string_view, std::string_view>& schemas() const { return schemas_; }

    struct Match {
        const Route* route = nullptr; // null: see `allowed`
        std::vector<std::pair<std::string_view, std::string_view>> params = {};
        std::string allowed =
            {}; // "GET, HEAD" when the path exists under other methods; empty: not found
    };
    Match match(Method method, std::string_view path) const;

private:
    std::vector<Route> routes_;
    std::map<std::string_view, std::string_view> schemas_;
    struct Node;
    std::shared_ptr<Node> root_; // shared with nobody; shared_ptr because Node is incomplete here
};

/// problem+json (RFC 9457) of an error. Retry-After is jittered upwards by up to half, from
/// `jitter` in [0, 1).
Response problem(const Error& error, std::string_view request_id, double jitter);

/// The same with a status that a protocol asks for and no code has.
Response problem_as(int status, std::string_view title, const Error& error,
                    std::string_view request_id);

/// 426 of a path that is served over WebSocket alone.
Response upgrade_required(std::string_view detail, std::string_view request_id);

} // namespace bw::net
