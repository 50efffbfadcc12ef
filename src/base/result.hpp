// Result<T>: the outcome of what can fail for reasons outside this program, and the closed set of
// codes it can fail with. How a code looks on the wire (status, type URI) stands in net/problem.cpp
// and nowhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bw {

enum class Code : std::uint8_t {
    // The caller's to mend.
    bad_request,     // the request as a whole cannot be read
    invalid_field,   // `field` names the one that is wrong
    unauthenticated, // no token, or one that does not verify
    token_expired,   // a good token, too old
    forbidden,       // known caller, not allowed
    not_found,       // or not this tenant's: the two look the same from outside
    method_not_allowed,
    conflict,
    precondition_required, // If-Match is missing
    precondition_failed,   // If-Match names another version
    payload_too_large,
    uri_too_long,
    head_too_large,
    unsupported_media_type,
    request_timeout, // the request did not arrive in time
    idempotency_key_missing,
    idempotency_key_reused, // the same key with another body
    quota_exceeded,         // the caller's budget
    sign_in_delayed,        // too many failed attempts on the account; retry after `retry_after`
    second_factor_required, // the password was right; `second_factor` says how to go on
    // Ours.
    overloaded,        // shed by admission; retry after `retry_after`
    deadline_exceeded, // admitted, but not finished in time; nothing was done
    unavailable,       // a part is down; nothing was done
    outcome_unknown,   // it may or may not have happened; retry with the same key
    storage_full,      // refused before acceptance
    corrupt,           // stored bytes do not verify
    not_implemented,
    internal,
};

/// Stable wire name of a code, e.g. "idempotency_key_missing".
std::string_view wire_name(Code code);

/// May the same call be repeated, and did the failed one take effect?
enum class Fault : std::uint8_t { permanent, retryable, outcome_unknown };
Fault fault(Code code);

/// Where somebody stands who was refused for now and may come again.
struct WaitingPlace {
    std::uint64_t place = 0;              // how many go before
    std::chrono::milliseconds estimate{}; // until their turn, at the rate seen lately
    std::string ticket = {};              // who brings it along keeps the place; empty: none
    bool own_moment = true; // they are told to come when no other is: retry_after needs no jitter
};

/// What else somebody has to show whose password was right.
struct SecondFactorAsked {
    std::string challenge; // goes back with the code
    std::chrono::milliseconds lifetime{};
    bool enrolment = false; // they have none yet, and must make one first
};

struct Error {
    Code code = Code::internal;
    std::string detail = {}; // for the caller: what was wrong and what to do; never a secret
    std::string field = {};  // JSON pointer, header, or file:line:column; empty if none
    std::optional<std::chrono::milliseconds> retry_after = {}; // before jitter
    std::shared_ptr<const WaitingPlace> waiting = {}; // shared by copies; null: there is no queue
    std::shared_ptr<const SecondFactorAsked> second_factor = {}; // shared by copies

    /// "code: detail (field)", for logs and command lines.
    std::string text() const;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using Base = std::expected<T, Error>;
    using Base::Base;
    Result(Error error) : Base(std::unexpect, std::move(error)) {}
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
public:
    using Base = std::expected<void, Error>;
    using Base::Base;
    Result(Error error) : Base(std::unexpect, std::move(error)) {}
};

inline Error fail(Code code, std::string detail, std::string field = {}) {
    return Error{code, std::move(detail), std::move(field)};
}

} // namespace bw

/// TRY(expression): the value of a Result, or return its error from this function. May be nested.
#define TRY(expression) TRY_AS_(TRY_NAME_(__COUNTER__), expression)
#define TRY_NAME_(number) TRY_JOIN_(try_result_, number)
#define TRY_JOIN_(name, number) name##number
#define TRY_AS_(name, expression) TRY_BODY_(name, expression)
#define TRY_BODY_(name, expression)                                                                \
    ({                                                                                             \
        auto name = (expression);                                                                  \
        if (!name) [[unlikely]]                                                                    \
            return std::move(name).error();                                                        \
        *std::move(name);                                                                          \
    })

/// CHECK_OK(expression): the same for a Result<void>.
#define CHECK_OK(expression)                                                                       \
    do {                                                                                           \
        if (auto try_result_ = (expression); !try_result_) [[unlikely]]                            \
            return std::move(try_result_).error();                                                 \
    } while (false)
