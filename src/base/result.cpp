#include "base/result.hpp"

#include "base/ensure.hpp"

namespace bw {

std::string_view wire_name(Code code) {
    switch (code) {
    case Code::bad_request:
        return "bad_request";
    case Code::invalid_field:
        return "invalid_field";
    case Code::unauthenticated:
        return "unauthenticated";
    case Code::token_expired:
        return "token_expired";
    case Code::forbidden:
        return "forbidden";
    case Code::not_found:
        return "not_found";
    case Code::method_not_allowed:
        return "method_not_allowed";
    case Code::conflict:
        return "conflict";
    case Code::precondition_required:
        return "precondition_required";
    case Code::precondition_failed:
        return "precondition_failed";
    case Code::payload_too_large:
        return "payload_too_large";
    case Code::uri_too_long:
        return "uri_too_long";
    case Code::head_too_large:
        return "head_too_large";
    case Code::unsupported_media_type:
        return "unsupported_media_type";
    case Code::request_timeout:
        return "request_timeout";
    case Code::idempotency_key_missing:
        return "idempotency_key_missing";
    case Code::idempotency_key_reused:
        return "idempotency_key_reused";
    case Code::quota_exceeded:
        return "quota_exceeded";
    case Code::sign_in_delayed:
        return "sign_in_delayed";
    case Code::second_factor_required:
        return "second_factor_required";
    case Code::overloaded:
        return "overloaded";
    case Code::deadline_exceeded:
        return "deadline_exceeded";
    case Code::unavailable:
        return "unavailable";
    case Code::outcome_unknown:
        return "outcome_unknown";
    case Code::storage_full:
        return "storage_full";
    case Code::corrupt:
        return "corrupt";
    case Code::not_implemented:
        return "not_implemented";
    case Code::internal:
        return "internal";
    }
    ensure_failed("wire_name", "a code without a wire name");
}

Fault fault(Code code) {
    switch (code) {
    case Code::request_timeout:
    case Code::quota_exceeded:
    case Code::sign_in_delayed:
    case Code::overloaded:
    case Code::deadline_exceeded:
    case Code::unavailable:
    case Code::storage_full:
        return Fault::retryable;
    case Code::outcome_unknown:
        return Fault::outcome_unknown;
    default:
        return Fault::permanent;
    }
}

std::string Error::text() const {
    std::string out{wire_name(code)};
    if (!detail.empty())
        out += ": " + detail;
    if (!field.empty())
        out += " (" + field + ")";
    return out;
}

} // namespace bw
