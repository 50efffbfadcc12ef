// What the routes of this module have in common: reading ids, pages and versions from requests, and
// doing a request's work on a lane. Internal.
#pragma once

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "net/http.hpp"
#include "submissions/assignments.hpp"
#include "tenancy/gate.hpp"

namespace bw::submissions {

// ---- reading requests ----

template <class IdType>
Result<IdType> id_in_path(const net::Request& request, std::string_view name) {
    auto id = IdType::parse(request.path_param(name));
    if (!id) // no such thing can exist, so it does not
        return fail(Code::not_found, "there is nothing at this address");
    return *id;
}

Result<int> page_limit(const net::Request& request);

template <class IdType>
std::string page_cursor(const std::pair<Instant, IdType>& after) {
    Bytes raw;
    put_le(raw, after.first.ms);
    raw += view(after.second.uuid);
    return to_base64url(raw);
}

template <class IdType>
Result<std::optional<std::pair<Instant, IdType>>> page_after(const net::Request& request) {
    using After = std::optional<std::pair<Instant, IdType>>;
    auto text = request.query_param("cursor");
    if (!text)
        return After();
    auto raw = from_base64url(*text);
    if (!raw || raw->size() != 24)
        return fail(Code::invalid_field, "send the `next` of an earlier answer, unchanged",
                    "cursor");
    return After(
        {Instant{get_le<std::int64_t>(*raw)}, IdType{*to_array<16>(ByteView(*raw).substr(8))}});
}

/// Member `name` of the body; of the years 1970 to 9999 in UTC, so that what is answered is RFC
/// 3339 again: it has four digits for a year.
Result<Instant> instant_in(const JsonObject& body, const char* name);
constexpr Instant instant_min{0}, instant_max{253'402'300'799'999};

/// If-Match: one strong entity tag, the version in quotes.
Result<std::int64_t> version_in_if_match(const net::Request& request);

template <class Page, class Write>
net::Response page_response(const Page& page, Write&& write) {
    JsonWriter json;
    json.object().key("data").array();
    for (const auto& item : page.items)
        write(json, item);
    json.end().key("next");
    page.next ? json.value(page_cursor(*page.next)) : json.null();
    json.end();
    return net::Response::json(200, json.take());
}

// ---- what each route does, on the connection's thread ----

/// What a lane thread does for a request: the answer, or what went wrong.
using Work = std::function<Result<net::Response>(tenancy::Database&, Deadline)>;

/// `read` turns the request into work on the connection's thread, so that bad input costs no
/// database.
template <class Read>
tenancy::Gate::PrincipalHandler answered_on(tenancy::DatabaseLane& lane, Read read) {
    return [&lane, read](const tenancy::Principal& principal, const net::Request& request,
                         net::Responder respond) {
        Result<Work> work = read(principal, request);
        if (!work)
            return respond(std::move(work).error());
        lane.submit(
            principal.scope.tenant(), request.deadline,
            [respond = std::move(respond), work = *std::move(work),
             deadline = request.deadline](Result<tenancy::Database*> turn) mutable {
                if (!turn)
                    return respond(std::move(turn).error());
                respond.result(work(**turn, deadline),
                               [](net::Response&& response) { return std::move(response); });
            },
            request.trace);
    };
}

/// The assignment, if the caller may see it; an administrator teaches everywhere.
Result<SeenAssignment> visible_assignment(tenancy::Database& database,
                                          const tenancy::Principal& principal, AssignmentId id,
                                          Deadline deadline);
/// The same; forbidden to whoever does not teach it.
Result<SeenAssignment> taught_assignment(tenancy::Database& database,
                                         const tenancy::Principal& principal, AssignmentId id,
                                         Deadline deadline);

// ---- what documents say ----

net::Parameter assignment_in_path();
net::Parameter limit_parameter();
net::Parameter cursor_parameter();

} // namespace bw::submissions
