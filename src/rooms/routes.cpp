#include "rooms/routes.hpp"

#include "base/json_object.hpp"
#include "net/stream.hpp"
#include "rooms/message.hpp"

namespace bw::rooms {

namespace {

/// What waits for a browser that does not read: a snapshot of chat and board, and a few seconds.
constexpr std::size_t queued_bytes_limit = 256 * 1024;
constexpr std::size_t grant_bytes_limit = 256;

/// One socket: silent until it asks, then in a room, until it closes.
class Session final : public Asker, public std::enable_shared_from_this<Session> {
public:
    Session(Rooms& rooms, const tenancy::TenantScope& scope, LiveClassId of)
        : rooms_(rooms), scope_(scope), of_(of) {}
    ~Session() override {
        if (counted_)
            rooms_.give_socket();
    }

    void count() { counted_ = true; }
    void attach(net::WebSocket socket) {
        const std::scoped_lock lock(mutex_);
        if (!gone_)
            socket_.emplace(std::move(socket));
    }

    void send(std::string_view text) override {
        const std::scoped_lock lock(mutex_);
        if (socket_)
            socket_->send_text(text);
    }
    void close(std::uint16_t code) override {
        const std::scoped_lock lock(mutex_);
        if (socket_)
            socket_->close(code);
    }
    bool into(std::shared_ptr<Room> room, UserId user) override {
        const std::scoped_lock lock(mutex_);
        room_ = std::move(room);
        user_ = user;
        return !gone_;
    }
    bool gone() const override {
        const std::scoped_lock lock(mutex_);
        return gone_;
    }
    void hurry() override {
        if (!asked_)
            rooms_.refuse(*this, fail(Code::unauthenticated, "enter within 5 s"));
    }

    // On the connection's thread:
    void heard(const net::WebSocket::Message& message) {
        if (!message.text) {
            send(refusal("", fail(Code::bad_request, "a message is text: a JSON object")));
            return;
        }
        if (!asked_)
            return ask(message.bytes);
        std::shared_ptr<Room> room;
        {
            const std::scoped_lock lock(mutex_);
            room = room_;
        }
        if (room)
            room->hear(user_, *this, message.bytes);
        else
            send(refusal("", fail(Code::conflict, "wait for `entered`")));
    }
    void closed() {
        std::shared_ptr<Room> room;
        {
            const std::scoped_lock lock(mutex_);
            gone_ = true;
            room = std::exchange(room_, nullptr);
            socket_.reset();
        }
        if (room)
            room->leave(user_, *this);
    }

private:
    void ask(std::string_view message) {
        asked_ = true;
        auto grant = [&]() -> Result<std::string> {
            const auto object = TRY(JsonObject::parse(message, {"type", "grant"}));
            if (TRY(object.string("type", type_bytes_limit)) != "enter")
                return fail(Code::unauthenticated, "the first message is `enter`", "/type");
            return object.string("grant", grant_bytes_limit);
        }();
        if (grant)
            rooms_.enter(scope_, of_, *grant, shared_from_this());
        else
            rooms_.refuse(*this, grant.error());
    }

    Rooms& rooms_;
    const tenancy::TenantScope scope_;
    const LiveClassId of_;
    bool counted_ = false;
    std::atomic<bool> asked_ = false;
    mutable std::mutex mutex_;
    std::optional<net::WebSocket> socket_;
    std::shared_ptr<Room> room_; // shared with Rooms and the others in it
    UserId user_{};
    bool gone_ = false;
};

void open(Rooms& rooms, const tenancy::TenantInfo& tenant, const net::Request& request,
          net::Responder respond) {
    const auto id = LiveClassId::parse(request.path_param("live_class_id"));
    if (!id)
        return respond(fail(Code::not_found, "there is no such live class"));
    if (const auto known = rooms.check_known(tenant.scope, *id); !known)
        return respond(known.error());
    const auto session = std::make_shared<Session>(rooms, tenant.scope, *id);
    if (!rooms.take_socket(session)) {
        Error error = fail(Code::overloaded, "too many people are in rooms here");
        error.retry_after = std::chrono::seconds(5);
        return respond(std::move(error));
    }
    session->count();
    auto socket = net::WebSocket::accept(
        request, std::move(respond),
        {.limits = {.queued_bytes = queued_bytes_limit},
         .message_bytes_limit = message_bytes_limit},
        [session](const net::WebSocket::Message& message) { session->heard(message); },
        [session](net::StreamClosed) { session->closed(); });
    if (socket)
        session->attach(*std::move(socket));
}

} // namespace

void add_routes(net::RouteTable& routes, const tenancy::Gate& gate, Rooms& rooms) {
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/live-classes/{live_class_id}/room",
         .operation = "enter_room",
         .summary = "The room of a live class, as a WebSocket. The first message, within 5 s, is "
                    "{\"type\":\"enter\",\"grant\":...} with the token of a join's grant; a grant "
                    "is used once.",
         .handler = gate.for_host([&rooms](const tenancy::TenantInfo& tenant,
                                           const net::Request& request, net::Responder respond) {
             open(rooms, tenant, request, std::move(respond));
         }),
         .tag = "live",
         .credential = net::Credential::host,
         .parameters = {{.name = "live_class_id",
                         .in = net::Parameter::In::path,
                         .description = "Of the live class.",
                         .schema = R"({"type": "string", "pattern": "^liv_[0-9a-f]{32}$"})",
                         .required = true,
                         .example = "liv_0192f3c47d3b7a1e8f5096a2b4c8d0e1"}},
         .answers = {{101, "The room's messages: JSON objects with `type`."},
                     {426, "No WebSocket was asked for."}}});
}

} // namespace bw::rooms
