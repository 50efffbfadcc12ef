#include "storm/sso.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "base/percent.hpp"
#include "net/text.hpp"
#include "storm/api.hpp"

namespace bw::storm {

namespace {

constexpr int hops_limit = 12;

/// A browser's cookies at one origin; paths and attributes do not matter on a way this short.
class Jar {
public:
    void set(std::string name, std::string value) { cookies_[std::move(name)] = std::move(value); }
    void take(const net::ClientResponse& answer) {
        for (const auto& [name, value] : answer.headers) {
            if (!net::same_name(name, "Set-Cookie"))
                continue;
            const std::string pair = value.substr(0, value.find(';'));
            if (const auto equals = pair.find('='); equals != std::string::npos)
                set(pair.substr(0, equals), pair.substr(equals + 1));
        }
    }
    std::string shown() const {
        std::string out;
        for (const auto& [name, value] : cookies_)
            if (!value.empty())
                out += (out.empty() ? "" : "; ") + name + "=" + value;
        return out;
    }
    /// The session's alone, as every page of the host gets it.
    std::string session() const {
        for (const char* name : {"bw_access", "__Host-bw_access"})
            if (auto found = cookies_.find(name); found != cookies_.end())
                return found->first + "=" + found->second;
        return "";
    }

private:
    std::map<std::string, std::string> cookies_;
};

std::string start_in(std::string_view methods) {
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    std::string_view start;
    if (parser.parse(methods).get(json) != simdjson::SUCCESS ||
        json["data"].at(0)["start"].get(start) != simdjson::SUCCESS || !start.starts_with('/'))
        return "";
    return std::string(start);
}

} // namespace

std::string_view name_of(SsoStep step) {
    constexpr std::string_view names[] = {"start", "provider", "callback"};
    return names[static_cast<std::size_t>(step)];
}

Result<std::pair<std::string, std::uint16_t>> provider_address(const std::string& text) {
    const auto colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos)
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    if (port == 0)
        return fail(
            Code::invalid_field,
            "people come by single sign-on; expected the provider's address and port, not '" +
                text + "'",
            "sso-provider");
    return std::pair(text.substr(0, colon), port);
}

/// Keeps itself alive while a request is under way.
class SsoWalk : public std::enable_shared_from_this<SsoWalk> {
public:
    SsoWalk(SsoDoor& door, std::string host, std::string_view username,
            std::move_only_function<void(SsoEnd)> done)
        : door_(door), host_(std::move(host)), done_(std::move(done)) {
        at_provider_.set("login", percent_encoded(username));
    }

    void go(SsoStep step, std::string target) {
        step_ = step;
        target_ = target;
        const bool there = step == SsoStep::provider;
        net::ClientRequest request{.target = std::move(target),
                                   .host = there ? door_.provider_host_ : host_};
        if (std::string cookies = jar().shown(); !cookies.empty())
            request.headers.emplace_back("Cookie", std::move(cookies));
        (there ? door_.provider_ : door_.server_)
            .send(std::move(request), Deadline::in(door_.clock_, SsoDoor::hop_limit),
                  [self = shared_from_this()](Result<net::ClientResponse> outcome) {
                      self->answered(std::move(outcome));
                  });
    }

    void reload(std::move_only_function<void(SsoEnd)> done) {
        done_ = std::move(done);
        go(step_, target_);
    }

private:
    Jar& jar() { return step_ == SsoStep::provider ? at_provider_ : at_host_; }

    void answered(Result<net::ClientResponse> outcome) {
        if (!outcome)
            return end(std::move(outcome));
        jar().take(*outcome);
        const auto location = outcome->header("Location");
        const bool onwards =
            location && (outcome->status == 302 || outcome->status == 303) && ++hops_ < hops_limit;
        if (!onwards)
            return end(std::move(outcome));
        follow(std::string(*location));
    }

    /// To the provider, on there, or back.
    void follow(std::string location) {
        auto below = [&](const std::string& host) -> std::optional<std::string> {
            const std::string origin = "http://" + host;
            if (!location.starts_with(origin + "/"))
                return std::nullopt;
            return location.substr(origin.size());
        };
        if (auto target = below(door_.provider_host_))
            return go(SsoStep::provider, *std::move(target));
        const bool there = step_ == SsoStep::provider;
        if (there && location.starts_with('/') && !location.starts_with("//"))
            return go(SsoStep::provider, std::move(location));
        if (auto target = below(host_); target && there)
            return go(SsoStep::callback, *std::move(target));
        location.resize(std::min(location.size(), location.find('?')));
        end(fail(Code::corrupt, "the browser was sent to " + location));
    }

    void end(Result<net::ClientResponse> outcome) {
        const bool refused_for_now = outcome && (outcome->status == 503 || outcome->status == 429);
        auto again = refused_for_now && step_ == SsoStep::callback ? shared_from_this() : nullptr;
        const bool in = outcome && outcome->status == 200 && step_ == SsoStep::callback;
        done_({step_, std::move(outcome), in ? at_host_.session() : "", std::move(again)});
    }

    SsoDoor& door_;
    const std::string host_;
    std::move_only_function<void(SsoEnd)> done_;
    Jar at_host_, at_provider_;
    SsoStep step_ = SsoStep::start;
    std::string target_;
    int hops_ = 0;
};

Result<void> SsoDoor::find(const std::set<std::string>& hosts) {
    for (const std::string& host : hosts) {
        const net::ClientResponse answer = TRY(server_.fetch(
            {.target = "/v1/sign-in-methods", .host = host}, Deadline::in(clock_, hop_limit)));
        std::string start = start_in(answer.body);
        if (start.empty())
            return fail(Code::not_found,
                        "no provider is listed at /v1/sign-in-methods (" + describe(answer) + ")",
                        host);
        starts_[host] = std::move(start);
    }
    return {};
}

void SsoDoor::arrive(const std::string& host, const std::string& username,
                     std::move_only_function<void(SsoEnd)> done) {
    std::make_shared<SsoWalk>(*this, host, username, std::move(done))
        ->go(SsoStep::start, starts_.at(host));
}

void SsoDoor::reload(std::shared_ptr<SsoWalk> walk, std::move_only_function<void(SsoEnd)> done) {
    walk->reload(std::move(done));
}

} // namespace bw::storm
