// What the routes of this module have in common; marking's use them too.
#pragma once

#include "base/json.hpp"
#include "base/json_object.hpp"
#include "net/resource_request.hpp"
#include "submissions/assignments.hpp"
#include "submissions/submission_files.hpp"
#include "tenancy/lane_work.hpp"

namespace bw::submissions {

// ---- reading requests ----

/// Member `name` of the body; of the years 1970 to 9999 in UTC, so that what is answered is RFC
/// 3339 again: it has four digits for a year.
Result<Instant> instant_in(const JsonObject& body, const char* name);

/// Member `title`: one line that says something, of at most title_bytes_limit bytes.
Result<std::string> title_in(const JsonObject& body);

/// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a structured-field string; the
/// quotes may be left out. idempotency_key_missing, bad_request.
Result<std::string> idempotency_key(const net::Request& request);

/// To markers who are not to know whose work it is nothing is told that leads there: no instant.
enum class FileFacts : std::uint8_t { all, anonymous };
void write_file(JsonWriter& json, const SubmissionFile& file, FileFacts facts);

template <class Page, class Write>
void write_page(JsonWriter& json, const Page& page, Write&& write) {
    json.object().key("data").array();
    for (const auto& item : page.items)
        write(json, item);
    json.end().key("next");
    page.next ? json.value(net::time_cursor(*page.next)) : json.null();
    json.end();
}
template <class Page, class Write>
net::Response page_response(const Page& page, Write&& write) {
    JsonWriter json;
    write_page(json, page, std::forward<Write>(write));
    return net::Response::json(200, json.take());
}
/// As GET /v1/assignments lists them: schema AssignmentPage.
void write_assignments(JsonWriter& json, const AssignmentPage& page);

using tenancy::answered_on, tenancy::Work, net::id_in_path, net::page_limit,
    net::version_in_if_match;

/// The assignment, if the caller may see it: withdrawn ones are their teachers'; an administrator
/// teaches everywhere.
Result<SeenAssignment> visible_assignment(tenancy::Database& database,
                                          const tenancy::Principal& principal, AssignmentId id,
                                          Deadline deadline);
/// The same; forbidden to whoever does not teach it.
Result<SeenAssignment> taught_assignment(tenancy::Database& database,
                                         const tenancy::Principal& principal, AssignmentId id,
                                         Deadline deadline);

// ---- what documents say ----

net::Parameter assignment_in_path();
/// The documents keep a view of `example`.
net::Parameter idempotency_key_parameter(const char* example);

} // namespace bw::submissions
