// The one place that knows which status and type URI a Code has on the wire (RFC 9457).
#include <cmath>

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "net/http.hpp"

namespace bw::net {

namespace {

struct Face {
    int status;
    std::string_view title;
};

Face face_of(Code code) {
    switch (code) {
    case Code::bad_request:
        return {400, "The request cannot be read"};
    case Code::invalid_field:
        return {422, "A field is not valid"};
    case Code::unauthenticated:
        return {401, "Sign in first"};
    case Code::token_expired:
        return {401, "The token has expired"};
    case Code::forbidden:
        return {403, "Not allowed"};
    case Code::not_found:
        return {404, "Not found"};
    case Code::method_not_allowed:
        return {405, "The method is not allowed here"};
    case Code::conflict:
        return {409, "The state does not allow it"};
    case Code::precondition_required:
        return {428, "If-Match is required"};
    case Code::precondition_failed:
        return {412, "It has changed in the meantime"};
    case Code::payload_too_large:
        return {413, "The body is too large"};
    case Code::uri_too_long:
        return {414, "The target is too long"};
    case Code::head_too_large:
        return {431, "The head is too large"};
    case Code::unsupported_media_type:
        return {415, "The media type is not supported"};
    case Code::request_timeout:
        return {408, "The request did not arrive in time"};
    case Code::idempotency_key_missing:
        return {400, "Idempotency-Key is required"};
    case Code::idempotency_key_reused:
        return {422, "The Idempotency-Key belongs to another request"};
    case Code::quota_exceeded:
        return {429, "The quota is used up"};
    case Code::sign_in_delayed:
        return {429, "Too many failed attempts"};
    case Code::second_factor_required:
        return {401, "A second factor is required"};
    case Code::overloaded:
        return {503, "Too busy"};
    case Code::deadline_exceeded:
        return {503, "Not finished in time"};
    case Code::unavailable:
        return {503, "Temporarily unavailable"};
    case Code::outcome_unknown:
        return {503, "The outcome is not known"};
    case Code::storage_full:
        return {503, "Storage is full"};
    case Code::corrupt:
        return {500, "Internal error"};
    case Code::not_implemented:
        return {501, "Not implemented"};
    case Code::internal:
        return {500, "Internal error"};
    }
    ensure_failed("face_of", "a code without a status");
}

/// Whole seconds, rounded up after the jitter: nobody comes back too early, and not all come back
/// at once.
std::string retry_after(const Error& error, double jitter) {
    auto asked =
        static_cast<double>(error.retry_after.value_or(std::chrono::milliseconds(1000)).count()) /
        1000.0;
    double seconds = std::max(asked, 0.0) * (1.0 + jitter / 2.0);
    return std::to_string(static_cast<long>(std::max(1.0, std::ceil(seconds - 1e-9))));
}

std::string document(const Face& face, const Error& error, std::string_view request_id) {
    std::string_view name = wire_name(error.code);
    bool ours = face.status == 500; // what went wrong inside is for the log alone
    JsonWriter json;
    json.object();
    json.member("type", "urn:bellwether:problem:" + std::string(name));
    json.member("title", face.title);
    json.member("status", face.status);
    json.member("code", name);
    json.member("detail",
                ours ? "Something went wrong on our side. Quote the request id when you report it."
                     : std::string_view(error.detail));
    // A field is the request's; what a fault of ours names is a path or a key of ours.
    if (!error.field.empty() && face.status < 500)
        json.member("field", error.field);
    if (error.waiting) {
        json.key("waiting").object();
        json.member("place", error.waiting->place);
        json.member("estimate_seconds",
                    std::chrono::ceil<std::chrono::seconds>(error.waiting->estimate).count());
        if (!error.waiting->ticket.empty())
            json.member("ticket", error.waiting->ticket);
        json.end();
    }
    if (error.second_factor)
        json.key("second_factor")
            .object()
            .member("challenge", error.second_factor->challenge)
            .member("enrolment", error.second_factor->enrolment)
            .member("expires_in",
                    std::chrono::duration_cast<std::chrono::seconds>(error.second_factor->lifetime)
                        .count())
            .end();
    json.member("request_id", request_id);
    json.member("retryable", fault(error.code) != Fault::permanent);
    json.end();
    return json.take();
}

} // namespace

Response upgrade_required(std::string_view detail, std::string_view request_id) {
    Face face{426, "This path is served over WebSocket"};
    Error error = fail(Code::bad_request, std::string(detail), "Upgrade");
    return {face.status,
            "application/problem+json",
            document(face, error, request_id),
            {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}}};
}

Response problem_as(int status, std::string_view title, const Error& error,
                    std::string_view request_id) {
    return {status, "application/problem+json", document({status, title}, error, request_id), {}};
}

Response problem(const Error& error, std::string_view request_id, double jitter) {
    Face face = face_of(error.code);
    Response response{
        face.status, "application/problem+json", document(face, error, request_id), {}};
    response.code = error.code;
    if (error.code == Code::unauthenticated || error.code == Code::second_factor_required)
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (error.code == Code::token_expired)
        response.headers.emplace_back(
            "WWW-Authenticate",
            R"(Bearer error="invalid_token", error_description="the token has expired")");
    const bool own_moment = error.waiting && error.waiting->own_moment;
    if (face.status == 429 || face.status == 503)
        response.headers.emplace_back("Retry-After", retry_after(error, own_moment ? 0 : jitter));
    return response;
}

} // namespace bw::net
