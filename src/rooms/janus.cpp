#include "rooms/janus.hpp"

#include <simdjson.h>

#include <optional>
#include <vector>

#include "base/json.hpp"
#include "telemetry/log.hpp"

namespace bw::rooms {

namespace {

constexpr Duration answer_within = 10s,
                   keep_alive_every = 20s; // Janus forgets a session after 60 s
constexpr std::size_t waiting_limit = 10'000;

std::string text_at(simdjson::dom::element in, std::string_view pointer) {
    std::string_view out;
    return in.at_pointer(pointer).get(out) == simdjson::SUCCESS ? std::string(out) : "";
}

JanusEvent event_of(simdjson::dom::element in) {
    JanusEvent out{.kind = text_at(in, "/janus"), .data = {}, .offer = {}, .answer = {}};
    simdjson::dom::element data;
    if (in.at_pointer("/plugindata/data").get(data) == simdjson::SUCCESS)
        out.data = simdjson::minify(data);
    else
        out.data = simdjson::minify(in); // of "talking" and the like
    const std::string kind = text_at(in, "/jsep/type");
    if (kind == "offer")
        out.offer = text_at(in, "/jsep/sdp");
    else if (kind == "answer")
        out.answer = text_at(in, "/jsep/sdp");
    return out;
}

Error away() {
    return fail(Code::unavailable, "the server of sound and picture is away");
}

} // namespace

std::string Janus::request(std::string_view kind, const std::string& transaction,
                           std::optional<JanusHandle> handle, std::string_view rest) const {
    JsonWriter json;
    json.object().member("janus", kind).member("transaction", transaction);
    if (!parts_.api_secret.empty())
        json.member("apisecret", parts_.api_secret);
    if (session_ != 0)
        json.member("session_id", session_);
    if (handle)
        json.member("handle_id", *handle);
    json.end();
    std::string out = json.take();
    if (!rest.empty())
        out.insert(out.size() - 1, rest);
    return out;
}

/// Under the lock.
std::string Janus::wait(Answered done) {
    std::string transaction = std::to_string(next_++);
    waiting_.emplace(transaction,
                     Waiting{std::move(done), parts_.clock.monotonic() + answer_within});
    return transaction;
}

void Janus::opened() {
    const std::scoped_lock lock(mutex_);
    session_ = 0;
    heard_at_ = kept_alive_at_ = parts_.clock.monotonic();
    parts_.send(request("create", "create", std::nullopt));
}

void Janus::closed() {
    fail_all("closed");
}

void Janus::fail_all(std::string_view why) {
    std::map<std::string, Waiting> waiting;
    bool was = false;
    {
        const std::scoped_lock lock(mutex_);
        waiting.swap(waiting_);
        handles_.clear();
        was = std::exchange(session_, 0) != 0;
    }
    for (auto& [transaction, one] : waiting)
        one.done(away());
    if (was) {
        log::warn("janus_lost", {{"why", why}});
        parts_.on_ready(false);
    }
}

bool Janus::ready() const {
    const std::scoped_lock lock(mutex_);
    return session_ != 0;
}

void Janus::attach(OnEvent on_event, Attached done) {
    const std::scoped_lock lock(mutex_);
    if (session_ == 0 || waiting_.size() >= waiting_limit) {
        refused_.push_back([done = std::move(done)]() mutable { done(away()); });
        return;
    }
    const std::string transaction =
        wait([this, on_event = std::move(on_event),
              done = std::move(done)](Result<JanusEvent> answer) mutable {
            if (!answer)
                return done(answer.error());
            simdjson::dom::parser parser;
            simdjson::dom::element in;
            JanusHandle handle = 0;
            if (parser.parse(answer->data).get(in) != simdjson::SUCCESS ||
                in.at_pointer("/data/id").get(handle) != simdjson::SUCCESS)
                return done(away());
            {
                const std::scoped_lock inner(mutex_);
                handles_[handle] = std::move(on_event);
            }
            done(handle);
        });
    parts_.send(
        request("attach", transaction, std::nullopt, R"(,"plugin":"janus.plugin.videoroom")"));
}

void Janus::ask(JanusHandle handle, std::string_view body, std::string_view jsep_kind,
                std::string_view sdp, Answered done) {
    const std::scoped_lock lock(mutex_);
    if (session_ == 0 || waiting_.size() >= waiting_limit) {
        refused_.push_back([done = std::move(done)]() mutable { done(away()); });
        return;
    }
    std::string rest = ",\"body\":" + std::string(body);
    if (!jsep_kind.empty()) {
        JsonWriter jsep;
        jsep.object().member("type", jsep_kind).member("sdp", sdp).end();
        rest += ",\"jsep\":" + jsep.take();
    }
    parts_.send(request("message", wait(std::move(done)), handle, rest));
}

void Janus::trickle(JanusHandle handle, std::string_view candidate) {
    const std::scoped_lock lock(mutex_);
    if (session_ != 0)
        parts_.send(
            request("trickle", "trickle", handle, ",\"candidate\":" + std::string(candidate)));
}

void Janus::detach(JanusHandle handle) {
    const std::scoped_lock lock(mutex_);
    handles_.erase(handle);
    if (session_ != 0)
        parts_.send(request("detach", "detach", handle));
}

void Janus::tick() {
    std::vector<Answered> late;
    std::vector<std::move_only_function<void()>> refused;
    bool lost = false;
    {
        const std::scoped_lock lock(mutex_);
        refused.swap(refused_);
        const Monotonic now = parts_.clock.monotonic();
        for (auto it = waiting_.begin(); it != waiting_.end();)
            if (it->second.until <= now) {
                late.push_back(std::move(it->second.done));
                it = waiting_.erase(it);
            } else {
                ++it;
            }
        timeouts_ += late.size();
        if (session_ != 0 && now - kept_alive_at_ >= keep_alive_every) {
            kept_alive_at_ = now;
            parts_.send(request("keepalive", "keepalive", std::nullopt));
        }
        // The socket lives, and nobody behind it answers.
        lost = session_ != 0 && now - heard_at_ > keep_alive_every + answer_within;
    }
    for (auto& one : refused)
        one();
    for (Answered& done : late)
        done(fail(Code::deadline_exceeded, "the server of sound and picture does not answer"));
    if (lost) {
        fail_all("silent");
        opened();
    }
}

void Janus::heard(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::element in;
    if (parser.parse(text.data(), text.size()).get(in) != simdjson::SUCCESS)
        return;
    const std::string kind = text_at(in, "/janus"), transaction = text_at(in, "/transaction");
    if (kind == "timeout" || (kind == "error" && transaction == "keepalive")) {
        fail_all("its session ended");
        return opened();
    }
    std::unique_lock lock(mutex_);
    heard_at_ = parts_.clock.monotonic();
    if (transaction == "create") {
        if (kind == "success" && in.at_pointer("/data/id").get(session_) == simdjson::SUCCESS) {
            ++sessions_;
            lock.unlock();
            parts_.on_ready(true);
        } else {
            log::warn("janus_refuses", {{"reason", text_at(in, "/error/reason")}});
        }
        return;
    }
    if (kind == "ack")
        return;
    if (const auto waits = waiting_.find(transaction); waits != waiting_.end()) {
        Answered done = std::move(waits->second.done);
        waiting_.erase(waits);
        lock.unlock();
        if (kind == "error")
            return done(fail(Code::unavailable, text_at(in, "/error/reason")));
        JanusEvent event = event_of(in);
        return done(std::move(event));
    }
    std::uint64_t sender = 0;
    if (in.at_key("sender").get(sender) != simdjson::SUCCESS)
        return;
    const auto handle = handles_.find(sender);
    if (handle == handles_.end())
        return;
    const OnEvent on_event = handle->second;
    lock.unlock();
    on_event(event_of(in));
}

Janus::Status Janus::status() const {
    const std::scoped_lock lock(mutex_);
    return {.ready = session_ != 0,
            .handles = handles_.size(),
            .waiting = waiting_.size(),
            .sessions = sessions_,
            .timeouts = timeouts_};
}

} // namespace bw::rooms
