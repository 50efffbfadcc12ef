#include "net/http.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "net/text.hpp"
#include "telemetry/log.hpp"

namespace bw::net {

std::string_view to_text(Method method) {
    switch (method) {
    case Method::get:
        return "GET";
    case Method::head:
        return "HEAD";
    case Method::post:
        return "POST";
    case Method::put:
        return "PUT";
    case Method::patch:
        return "PATCH";
    case Method::del:
        return "DELETE";
    case Method::options:
        return "OPTIONS";
    }
    ensure_failed("to_text", "a method without a name");
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same_name(key, name))
            return value;
    return std::nullopt;
}

std::size_t Request::header_count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [&](const auto& h) { return same_name(h.first, name); }));
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
    std::optional<std::string_view> found;
    for (const auto& [key, value] : headers) {
        if (!same_name(key, "cookie"))
            continue;
        for (std::string_view rest = value; !rest.empty();) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            std::string_view pair = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
            if (pair.size() <= name.size() || !pair.starts_with(name) || pair[name.size()] != '=')
                continue;
            if (found)
                return std::nullopt;
            found = pair.substr(name.size() + 1);
        }
    }
    return found;
}

bool Request::from_own_page() const {
    if (auto site = header("sec-fetch-site"))
        return *site == "same-origin";
    auto origin = header("origin"), host = header("host");
    return origin && host && *origin == std::string(secure ? "https://" : "http://").append(*host);
}

std::string_view Request::path_param(std::string_view name) const {
    for (const auto& [key, value] : path_params)
        if (key == name)
            return value;
    ensure_failed("path_param", "the route's path has no parameter of that name");
}

namespace {

/// A '%' that begins no valid escape stands for itself; '+' stays '+', so that unescaped time
/// offsets survive.
std::string percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                out += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        out += text[i];
    }
    return out;
}

} // namespace

std::optional<std::string> Request::query_param(std::string_view name) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        std::size_t equals = std::min(pair.find('='), pair.size());
        std::string_view key = pair.substr(0, equals);
        if (key == name || (key.contains('%') && percent_decoded(key) == name))
            return percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    }
    return std::nullopt;
}

Responder::~Responder() {
    if (!target_)
        return;
    log::error("responder_dropped");
    std::exchange(target_, nullptr)
        ->refuse(fail(Code::internal, "the request was dropped without an answer"));
}

Responder& Responder::operator=(Responder&& other) noexcept {
    Responder replaced(std::exchange(target_, std::move(other.target_)));
    return *this; // `replaced` answers 500 if it still had to
}

void Responder::operator()(Response response) {
    ENSURE(target_, "a request is answered once");
    std::exchange(target_, nullptr)->send(std::move(response));
}

void Responder::operator()(Error error) {
    ENSURE(target_, "a request is answered once");
    std::exchange(target_, nullptr)->refuse(std::move(error));
}

void Responder::on_loop(std::move_only_function<Response()> make) {
    ENSURE(target_, "a request is answered once");
    std::exchange(target_, nullptr)->answer(std::move(make));
}

std::shared_ptr<Responder::Target> Responder::stream() {
    ENSURE(target_, "a request is answered once");
    return std::exchange(target_, nullptr);
}

bool Responder::Target::attend(std::shared_ptr<Stream>) {
    return false;
}

void Responder::Target::receive(std::shared_ptr<BodySink>) {}
void Responder::Target::taken(std::size_t) {}

void Responder::Target::send(Response response) {
    answer([response = std::move(response)]() mutable { return std::move(response); });
}

void Responder::Target::refuse(Error error) {
    answer([error = std::move(error)] { return problem(error, "", 0.0); });
}

} // namespace bw::net
