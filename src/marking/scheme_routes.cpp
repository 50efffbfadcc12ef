// How an assignment is marked. (The name ends in _routes: it sees HTTP.)
#include <fmt/format.h>

#include "marking/schemas.hpp"
#include "marking/shared_routes.hpp"

namespace bw::marking {

namespace {

using tenancy::Permission;

constexpr std::int64_t regrade_days_max = 366;

// ---- writing answers ----

std::string marking_json(const Marking& marking) {
    const Scheme& scheme = marking.scheme;
    JsonWriter json;
    json.object().member("version", scheme.version);
    write_points(json, "points_max", scheme.points_max);
    json.key("criteria");
    scheme.rubric.empty() ? json.null() : json.raw(to_json(scheme.rubric));
    json.key("answer_key");
    scheme.key.empty() ? json.null() : json.raw(to_json(scheme.key));
    json.member("counts", wire_name(scheme.counts)).member("anonymous", marking.anonymous);
    write_optional(json, "identities_opened_at", marking.opened_at);
    write_points(json, "second_marking_tolerance", scheme.tolerance);
    json.key("regrade_days");
    scheme.regrade_window ? json.value(*scheme.regrade_window / 24h) : json.null();
    json.end();
    return json.take();
}

// ---- reading requests ----

/// By which of the three ways it is marked; the others must be missing.
Result<void> read_items(const JsonObject& body, Element numbers, Scheme& scheme) {
    if (body.has("criteria")) {
        for (const char* other : {"points_max", "answer_key"})
            if (body.has(other))
                return fail(Code::invalid_field, "does not go together with criteria",
                            "/" + std::string(other));
        scheme.rubric =
            TRY(read_rubric(TRY(body.structure("criteria", rubric_bytes_limit)), "/criteria"));
    } else if (body.has("answer_key")) {
        if (body.has("points_max"))
            return fail(Code::invalid_field, "follows from the answer key; leave it out",
                        "/points_max");
        scheme.key =
            TRY(read_answer_key(TRY(body.structure("answer_key", key_bytes_limit)), "/answer_key"));
    } else if (!body.has("points_max")) {
        return fail(Code::invalid_field,
                    "say how it is marked, by one of points_max, criteria or answer_key",
                    "/criteria");
    } else {
        scheme.points_max = TRY(required_points_in(numbers, "points_max", ""));
    }
    for (const Criterion& criterion : scheme.items())
        scheme.points_max = scheme.points_max + criterion.points_max;
    return {};
}

Result<Marking> read_marking(const net::Request& request) {
    const JsonObject body =
        TRY(net::json_body(request, {"points_max", "criteria", "answer_key", "counts", "anonymous",
                                     "second_marking_tolerance", "regrade_days"}));
    Marking marking;
    Scheme& scheme = marking.scheme;
    simdjson::dom::parser parser;
    const Element numbers = TRY(document_in(parser, request.body));
    CHECK_OK(read_items(body, numbers, scheme));
    if (body.has("counts")) {
        const std::string counts = TRY(body.string("counts", 16));
        if (counts != "latest" && counts != "best")
            return fail(Code::invalid_field, "expected latest or best", "/counts");
        scheme.counts = counts == "best" ? Counts::best : Counts::latest;
        if (scheme.counts == Counts::best && scheme.key.empty())
            return fail(Code::invalid_field, "which attempt is best is told by an answer key alone",
                        "/counts");
    }
    if (body.has("anonymous"))
        marking.anonymous = TRY(body.boolean("anonymous"));
    if (body.has("second_marking_tolerance") && !body.is_null("second_marking_tolerance"))
        scheme.tolerance = TRY(required_points_in(numbers, "second_marking_tolerance", ""));
    if (body.has("regrade_days") && !body.is_null("regrade_days"))
        scheme.regrade_window = TRY(body.integer("regrade_days", 1, regrade_days_max)) * 24h;
    return marking;
}

// ---- what each route does ----

Result<LaneWork> get_marking_work(const RouteParts&, const Principal& principal,
                                  const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    return in_taught(
        principal, id, [id](tenancy::TenantTx& tx, const auto&) -> Result<net::Response> {
            const auto marking = TRY(marking_of(tx, id));
            if (!marking)
                return fail(Code::not_found, "nothing says yet how this assignment is marked");
            return tagged(marking_json(*marking), marking->scheme.version);
        });
}

/// What is wanted fits the assignment as it is.
Result<void> check_against(const submissions::Assignment& assignment, const Scheme& scheme) {
    if (scheme.key.empty())
        return {};
    if (assignment.rules.kind != submissions::ContentKind::structured)
        return fail(Code::invalid_field, "the assignment asks for a text: there are no answers",
                    "/answer_key");
    return fits_questions(scheme.key, assignment.rules.questions, "/answer_key");
}

Result<LaneWork> set_marking_work(const RouteParts& parts, const Principal& principal,
                                  const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const auto seen = TRY(optional_if_match(request));
    const Marking wanted = TRY(read_marking(request));
    return in_taught(
        principal, id,
        [&parts, principal, id, seen, wanted](
            tenancy::TenantTx& tx, const submissions::SeenAssignment& at) -> Result<net::Response> {
            CHECK_OK(check_against(at.assignment, wanted.scheme));
            Marking marking = wanted;
            if (const auto before = TRY(marking_of(tx, id))) {
                if (!seen)
                    return fail(Code::precondition_required,
                                "it is said already how this is marked; send the ETag that you saw "
                                "as If-Match",
                                "If-Match");
                marking.opened_at = before->opened_at;
            }
            marking.scheme.version = TRY(
                set_marking(tx, id, marking, seen.value_or(0), principal.user, parts.clock.now()));
            CHECK_OK(record(parts, tx, principal, "marking.set", id.text(),
                            fmt::format(R"({{"version":{},"anonymous":{}}})",
                                        marking.scheme.version, marking.anonymous)));
            return tagged(marking_json(marking), marking.scheme.version);
        });
}

Result<LaneWork> open_identities_work(const RouteParts& parts, const Principal& principal,
                                      const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    return in_taught(
        principal, id,
        [&parts, principal, id](tenancy::TenantTx& tx, const auto&) -> Result<net::Response> {
            if (TRY(open_identities(tx, id, principal.user, parts.clock.now())))
                CHECK_OK(record(parts, tx, principal, "identities.opened", id.text(),
                                R"({"by":"administrator"})"));
            return net::Response{204, "", "", {}};
        });
}

constexpr std::string_view reference_to_marking = R"({"$ref": "#/components/schemas/Marking"})";

} // namespace

void add_scheme_routes(net::RouteTable& routes, const RouteParts& parts) {
    constexpr const char* marking = "/v1/assignments/{assignment_id}/marking";
    routes.add_schema("Marking", marking_schema);
    routes.add_schema("MarkingChange", marking_change_schema);
    routes.add_schema("Criteria", criteria_schema);
    routes.add_schema("AnswerKey", answer_key_schema);
    routes.add({.method = net::Method::get,
                .path = marking,
                .operation = "get_marking",
                .summary = "How the assignment is marked (its section's teachers).",
                .handler = parts.gate.authenticated(answered(parts, get_marking_work),
                                                    Permission::marking_write),
                .tag = "marking",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path()},
                .answers = {{200, "The version in force, and its `ETag`.", reference_to_marking}}});
    routes.add({.method = net::Method::put,
                .path = marking,
                .operation = "set_marking",
                .summary = "Say how the assignment is marked. Each change makes a version; marks "
                           "keep the one that they were given by (the section's teachers).",
                .handler = parts.gate.authenticated(answered(parts, set_marking_work),
                                                    Permission::marking_write),
                .body_bytes_limit = 2 * rubric_bytes_limit,
                .tag = "marking",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path(), optional_version_parameter()},
                .body = net::Body{R"({"$ref": "#/components/schemas/MarkingChange"})",
                                  marking_change_example},
                .answers = {{200, "In force; with its `ETag`.", reference_to_marking}}});
    routes.add({.method = net::Method::post,
                .path = "/v1/assignments/{assignment_id}/marking:open-identities",
                .operation = "open_identities",
                .summary = "Tell markers whose works they mark, before everything is released "
                           "(administrators).",
                .handler = parts.gate.authenticated(answered(parts, open_identities_work),
                                                    Permission::identities_open),
                .tag = "marking",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path()},
                .answers = {{204, "They are told from now on."}}});
}

} // namespace bw::marking
