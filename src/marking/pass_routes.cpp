// Marking by the answer key and regrading a whole assignment: in batches, as far as a request's
// time goes. (The name ends in _routes: it sees HTTP.)
#include <fmt/format.h>

#include "marking/automatic.hpp"
#include "marking/schemas.hpp"
#include "marking/shared_routes.hpp"

namespace bw::marking {

namespace {

using tenancy::Permission;

constexpr std::size_t changes_limit = 500; // told in one answer
constexpr int batches_limit = 100;

struct Told {
    std::size_t examined = 0;
    std::vector<Changed> changed;
    std::vector<WorkId> by_hand;
    std::optional<WorkId> next;
};

/// A batch took this long; is there time for another, and for the answer?
bool time_for_more(Duration took, Deadline deadline, const Clock& clock) {
    return deadline.remaining(clock) > 3 * took + 200ms;
}

/// Batch after batch, each in a transaction of its own, until the time is used up.
Result<Told> run_pass(tenancy::Database& database, const RouteParts& parts,
                      const Principal& principal, AssignmentId id, BatchOptions options,
                      Deadline deadline) {
    Told told;
    for (int batches = 0; batches < batches_limit; ++batches) {
        const Monotonic begin = parts.clock.monotonic();
        Batch batch = TRY(
            database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Batch> {
                Batch done =
                    TRY(mark_automatically(tx, parts.pseudonyms, id, options, parts.clock.now()));
                if (!options.dry_run && !done.changed.empty())
                    CHECK_OK(record(
                        parts, tx, principal,
                        options.pass == Pass::by_key ? "works.marked_by_key" : "works.regraded",
                        id.text(), fmt::format(R"({{"works":{}}})", done.changed.size())));
                return done;
            }));
        told.examined += batch.examined;
        told.changed.insert(told.changed.end(), batch.changed.begin(), batch.changed.end());
        told.by_hand.insert(told.by_hand.end(), batch.by_hand.begin(), batch.by_hand.end());
        told.next = options.after = batch.next;
        if (!told.next || told.changed.size() + options.limit > changes_limit ||
            !time_for_more(parts.clock.monotonic() - begin, deadline, parts.clock))
            break;
    }
    return told;
}

std::string told_json(const Told& told, bool dry_run) {
    JsonWriter json;
    json.object().member("dry_run", dry_run).member("examined", told.examined).key("changed");
    json.array();
    for (const Changed& change : told.changed) {
        json.object().member("work_id", change.work.text());
        write_points(json, "before", change.before);
        write_points(json, "after", change.after);
        json.member("released", change.released).end();
    }
    json.end().key("by_hand").array();
    for (WorkId work : told.by_hand)
        json.value(work.text());
    json.end().key("next");
    told.next ? json.value(told.next->text()) : json.null();
    json.end();
    return json.take();
}

template <Pass pass>
Result<LaneWork> pass_work(const RouteParts& parts, const Principal& principal,
                           const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const JsonObject body = TRY(net::json_body(request, {"dry_run", "after"}));
    BatchOptions options{.pass = pass};
    if (body.has("dry_run"))
        options.dry_run = TRY(body.boolean("dry_run"));
    if (body.has("after")) {
        options.after = WorkId::parse(TRY(body.string("after", 64)));
        if (!options.after)
            return fail(Code::invalid_field, "send the `next` of an earlier answer, unchanged",
                        "/after");
    }
    return LaneWork([&parts, principal, id, options](tenancy::Database& database,
                                                     Deadline deadline) -> Result<net::Response> {
        TRY(submissions::taught_assignment(database, principal, id, deadline));
        const Told told = TRY(run_pass(database, parts, principal, id, options, deadline));
        return net::Response::json(200, told_json(told, options.dry_run));
    });
}

} // namespace

void add_pass_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("Pass", pass_schema);
    routes.add_schema("PassOutcome", pass_outcome_schema);
    auto add = [&](const char* path, const char* operation, const char* summary, Read read) {
        routes.add(
            {.method = net::Method::post,
             .path = path,
             .operation = operation,
             .summary = summary,
             .handler = parts.gate.authenticated(answered(parts, read), Permission::marking_write),
             .body_bytes_limit = 1024,
             .tag = "marking",
             .credential = net::Credential::access_token,
             .parameters = {submissions::assignment_in_path()},
             .body = net::Body{R"({"$ref": "#/components/schemas/Pass"})", pass_example},
             .answers = {{200, "How far it came; `next` goes on from there.",
                          R"({"$ref": "#/components/schemas/PassOutcome"})"}}});
    };
    add("/v1/assignments/{assignment_id}/marking:mark-automatically", "mark_automatically",
        "Mark what was handed in by the answer key; again it changes nothing. Nothing is released "
        "by it (the section's teachers).",
        pass_work<Pass::by_key>);
    add("/v1/assignments/{assignment_id}/marking:regrade", "regrade_assignment",
        "Bring all marks up to the scheme in force: a dry run tells whose result would change. "
        "Nothing is released by it (the section's teachers).",
        pass_work<Pass::regrade>);
}

} // namespace bw::marking
