// Works and their marks, for those who mark. (The name ends in _routes: it sees HTTP.)
#include <algorithm>

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "marking/schemas.hpp"
#include "marking/shared_routes.hpp"

namespace bw::marking {

namespace {

using tenancy::Permission;

constexpr std::size_t mark_body_bytes_limit = 512 * 1024;

// ---- writing answers ----

/// First marking, what was released, and what is asked about are apart.
std::string_view lane_of(const Work& work) {
    return work.regrade_open ? "regrade" : work.released ? "released" : "marking";
}

/// Members that lists and single works share.
void write_common(JsonWriter& json, const Work& work, const Marking& marking, UserId viewer) {
    const Outcome outcome = outcome_of(work.marks, marking.scheme.tolerance);
    json.member("work_id", work.id.text());
    write_user(json, work.user, marking.hides(work.released.has_value()));
    json.member("lane", lane_of(work))
        .member("state", wire_name(outcome.state))
        .member("handed_in", work.latest.has_value())
        .member("late", work.latest && work.latest->late);
    write_points(json, "points",
                 outcome.state == WorkState::ready ? std::optional(outcome.points) : std::nullopt);
    write_points(json, "released_points",
                 work.released ? std::optional(work.released->points) : std::nullopt);
    const auto own = std::ranges::find_if(work.marks, [&](const Mark& mark) {
        return mark.marker == viewer && mark.kind != MarkKind::agreed;
    });
    json.key("own_mark");
    own == work.marks.end() ? json.null() : json.value(own->done ? "done" : "draft");
}

Result<void> write_content(tenancy::TenantTx& tx, JsonWriter& json,
                           const std::vector<Attempt>& attempts,
                           std::optional<SubmissionId> counting, bool hidden) {
    auto shown = std::ranges::find_if(
        attempts, [&](const Attempt& attempt) { return attempt.submission == counting; });
    if (shown == attempts.end())
        shown = attempts.begin();
    if (shown == attempts.end())
        return {};
    if (shown->declares_files) {
        using submissions::FileFacts;
        json.key("files").array();
        for (const auto& file : TRY(submissions::files_of(tx, shown->submission)))
            submissions::write_file(json, file, hidden ? FileFacts::anonymous : FileFacts::all);
        json.end();
        return {};
    }
    shown->structured ? json.key("answers").raw(shown->content)
                      : json.member("text", shown->content);
    return {};
}

/// The mark that a marker would change: of two markers their own.
const Mark* editable(const Marks& marks, UserId viewer, bool two_markers) {
    for (const Mark& mark : marks)
        if ((mark.kind == MarkKind::first && !two_markers) ||
            ((mark.kind == MarkKind::first || mark.kind == MarkKind::second) &&
             mark.marker == viewer))
            return &mark;
    return nullptr;
}

Result<Marking> required_marking(tenancy::TenantTx& tx, AssignmentId id) {
    auto marking = TRY(marking_of(tx, id));
    if (!marking)
        return fail(Code::not_found, "nothing says yet how this assignment is marked");
    return *std::move(marking);
}

// ---- lists ----

struct Wanted {
    std::string lane; // empty: all
    int limit = 0;
    std::optional<WorkId> after;
};

Result<Wanted> wanted_in(const net::Request& request) {
    Wanted wanted{request.query_param("lane").value_or(""), TRY(net::page_limit(request)),
                  std::nullopt};
    if (!wanted.lane.empty() && wanted.lane != "marking" && wanted.lane != "regrade" &&
        wanted.lane != "released")
        return fail(Code::invalid_field, "expected marking, regrade or released", "lane");
    if (request.query_param("lane") && wanted.lane.empty())
        return fail(Code::invalid_field, "expected marking, regrade or released", "lane");
    if (auto cursor = request.query_param("cursor")) {
        wanted.after = WorkId::parse(*cursor);
        if (!wanted.after)
            return fail(Code::invalid_field, "send the `next` of an earlier answer, unchanged",
                        "cursor");
    }
    return wanted;
}

/// A page of the works in the lane that is wanted; the id that the next one begins behind.
Result<std::pair<std::vector<Work>, std::optional<WorkId>>> page_of(tenancy::TenantTx& tx,
                                                                    const Pseudonyms& pseudonyms,
                                                                    AssignmentId id,
                                                                    const Wanted& wanted) {
    std::pair<std::vector<Work>, std::optional<WorkId>> page;
    std::vector<UserId> users;
    for (const auto& [work, user] : TRY(all_works(tx, pseudonyms, id)))
        if (!wanted.after || work > *wanted.after)
            users.push_back(user);
    for (Work& work : TRY(read_works(tx, pseudonyms, id, users, Contents::left_out))) {
        if (!wanted.lane.empty() && lane_of(work) != wanted.lane)
            continue;
        if (page.first.size() == static_cast<std::size_t>(wanted.limit)) {
            page.second = page.first.back().id;
            break;
        }
        page.first.push_back(std::move(work));
    }
    return page;
}

Result<LaneWork> list_works_work(const RouteParts& parts, const Principal& principal,
                                 const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const Wanted wanted = TRY(wanted_in(request));
    return in_taught(principal, id,
                     [&parts, principal, id, wanted](tenancy::TenantTx& tx,
                                                     const auto&) -> Result<net::Response> {
                         const Marking marking = TRY(required_marking(tx, id));
                         const auto [works, next] = TRY(page_of(tx, parts.pseudonyms, id, wanted));
                         JsonWriter json;
                         json.object().key("data").array();
                         for (const Work& work : works) {
                             json.object();
                             write_common(json, work, marking, principal.user);
                             json.end();
                         }
                         json.end().key("next");
                         next ? json.value(next->text()) : json.null();
                         json.end();
                         return net::Response::json(200, json.take());
                     });
}

// ---- one work ----

/// deed(tx, marking, user) for the work that the path names.
template <class Deed>
Result<LaneWork> in_work(const RouteParts& parts, const Principal& principal,
                         const net::Request& request, Deed deed) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const auto work = TRY(net::id_in_path<WorkId>(request, "work_id"));
    return in_taught(principal, id,
                     [&parts, id, work, deed = std::move(deed)](
                         tenancy::TenantTx& tx, const auto&) -> Result<net::Response> {
                         const Marking marking = TRY(required_marking(tx, id));
                         const UserId user = TRY(user_of(tx, parts.pseudonyms, id, work));
                         return deed(tx, id, marking, user);
                     });
}

Result<LaneWork> get_work_work(const RouteParts& parts, const Principal& principal,
                               const net::Request& request) {
    return in_work(
        parts, principal, request,
        [&parts, principal](tenancy::TenantTx& tx, AssignmentId id, const Marking& marking,
                            UserId user) -> Result<net::Response> {
            const Work work = TRY(read_work(tx, parts.pseudonyms, id, user));
            const bool hidden = marking.hides(work.released.has_value());
            const Mark* automatic = find_mark(work.marks, MarkKind::automatic);
            const auto counting = automatic && marking.scheme.counts == Counts::best
                                      ? automatic->submission
                                      : std::nullopt;
            JsonWriter json;
            json.object();
            write_common(json, work, marking, principal.user);
            // Both would lead to the student: an id follows from who handed in, a time is told
            // elsewhere.
            json.key("submission_id");
            work.latest && !hidden ? json.value(work.latest->submission.text()) : json.null();
            write_optional(json, "received_at",
                           work.latest && !hidden ? std::optional(work.latest->received_at)
                                                  : std::nullopt);
            CHECK_OK(write_content(
                tx, json, TRY(recorded_attempts(tx, id, user, counting ? attempts_limit : 1)),
                counting, hidden));
            json.key("marks").array();
            for (const Mark& mark : work.marks)
                if (may_see(principal.user, mark, work.marks, marking.scheme.tolerance.has_value()))
                    json.raw(shown(mark));
            json.end().end();
            return net::Response::json(200, json.take());
        });
}

net::Response mark_response(const Mark& mark) {
    return tagged(shown(mark), mark.version);
}

template <bool agreed>
Result<LaneWork> get_mark_work(const RouteParts& parts, const Principal& principal,
                               const net::Request& request) {
    return in_work(
        parts, principal, request,
        [&parts, principal](tenancy::TenantTx& tx, AssignmentId id, const Marking& marking,
                            UserId user) -> Result<net::Response> {
            const Marks marks = TRY(read_work(tx, parts.pseudonyms, id, user)).marks;
            const Mark* mark =
                agreed ? find_mark(marks, MarkKind::agreed)
                       : editable(marks, principal.user, marking.scheme.tolerance.has_value());
            if (!mark)
                return fail(Code::not_found, "there is no such mark yet");
            return mark_response(*mark);
        });
}

Result<MarkEdit> edit_in(const net::Request& request) {
    const JsonObject body = TRY(net::json_body(request, {"done", "points", "items", "feedback"}));
    return MarkEdit{.content = TRY(read_mark(request.body)),
                    .done = body.has("done") && TRY(body.boolean("done")),
                    .seen = TRY(optional_if_match(request))};
}

/// The problem that tells why the mark stays, with the mark (member `standing`).
net::Response standing_response(const Saved& saved, const std::string& request_id) {
    net::Response response = net::problem(*saved.stays, request_id, 0);
    ENSURE(response.body.ends_with('}'), "a problem that is no object");
    response.body.pop_back();
    response.body += R"(,"standing":)" + shown(saved.mark) + "}";
    response.headers.emplace_back("ETag", "\"" + std::to_string(saved.mark.version) + "\"");
    return response;
}

template <bool agreed>
Result<LaneWork> save_mark_work(const RouteParts& parts, const Principal& principal,
                                const net::Request& request) {
    const MarkEdit edit = TRY(edit_in(request));
    return in_work(
        parts, principal, request,
        [&parts, principal, edit,
         request_id = request.request_id](tenancy::TenantTx& tx, AssignmentId id, const Marking&,
                                          UserId user) -> Result<net::Response> {
            constexpr auto save = agreed ? save_agreed_mark : save_mark;
            const Saved saved =
                TRY(save(tx, parts.pseudonyms, id, user, principal.user, edit, parts.clock.now()));
            if (saved.stays)
                return standing_response(saved, request_id);
            if (agreed && saved.mark.done)
                CHECK_OK(record(parts, tx, principal, "mark.agreed", id.text(),
                                fmt::format(R"({{"work_id":"{}","version":{}}})",
                                            parts.pseudonyms.of(tx.tenant(), id, user).text(),
                                            saved.mark.version)));
            return mark_response(saved.mark);
        });
}

// ---- what documents say ----

constexpr std::string_view reference_to_mark = R"({"$ref": "#/components/schemas/Mark"})";

void add_mark_routes(net::RouteTable& routes, const RouteParts& parts, const char* path,
                     const char* get_name, const char* get_summary, Read get, const char* put_name,
                     const char* put_summary, Read put) {
    routes.add(
        {.method = net::Method::get,
         .path = path,
         .operation = get_name,
         .summary = get_summary,
         .handler = parts.gate.authenticated(answered(parts, get), Permission::marking_write),
         .tag = "marking",
         .credential = net::Credential::access_token,
         .parameters = {submissions::assignment_in_path(), work_in_path()},
         .answers = {{200, "It stands; with its `ETag`.", reference_to_mark}}});
    routes.add(
        {.method = net::Method::put,
         .path = path,
         .operation = put_name,
         .summary = put_summary,
         .handler = parts.gate.authenticated(answered(parts, put), Permission::marking_write),
         .body_bytes_limit = mark_body_bytes_limit,
         .tag = "marking",
         .credential = net::Credential::access_token,
         .parameters = {submissions::assignment_in_path(), work_in_path(),
                        optional_version_parameter()},
         .body = net::Body{R"({"$ref": "#/components/schemas/MarkEdit"})", mark_edit_example},
         .answers = {{200, "Saved; with the new `ETag`.", reference_to_mark}}});
}

} // namespace

void add_work_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("WorkPage", work_page_schema);
    routes.add_schema("Work", work_schema);
    routes.add_schema("Mark", mark_schema);
    routes.add_schema("MarkEdit", mark_edit_schema);
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}/works",
                .operation = "list_works",
                .summary = "What there is to mark, under pseudonyms: each student's work, also "
                           "theirs who handed nothing in (the section's teachers).",
                .handler = parts.gate.authenticated(answered(parts, list_works_work),
                                                    Permission::marking_write),
                .tag = "marking",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path(),
                               net::limit_parameter,
                               {.name = "cursor",
                                .description = "`next` of the page before, unchanged.",
                                .schema = work_id_schema},
                               {.name = "lane",
                                .description = "Only those that are to be marked, that were "
                                               "released, or that a student asks about.",
                                .schema = lane_schema,
                                .example = "marking"}},
                .answers = {{200, "A page.", R"({"$ref": "#/components/schemas/WorkPage"})"}}});
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}/works/{work_id}",
                .operation = "get_work",
                .summary = "One work with what was handed in and the marks that the caller may see "
                           "(the section's teachers).",
                .handler = parts.gate.authenticated(answered(parts, get_work_work),
                                                    Permission::marking_write),
                .tag = "marking",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path(), work_in_path()},
                .answers = {{200, "The work.", R"({"$ref": "#/components/schemas/Work"})"}}});
    add_mark_routes(routes, parts, "/v1/assignments/{assignment_id}/works/{work_id}/mark",
                    "get_mark", "The mark that the caller may change; its ETag is needed for it.",
                    get_mark_work<false>, "save_mark",
                    "Save the caller's mark of the work, as a draft or done. 412 and 428 say in "
                    "`standing` what stands, so nothing is lost (the section's teachers).",
                    save_mark_work<false>);
    add_mark_routes(routes, parts, "/v1/assignments/{assignment_id}/works/{work_id}/agreed-mark",
                    "get_agreed_mark", "What was agreed on where two marks differ.",
                    get_mark_work<true>, "save_agreed_mark",
                    "Settle what two markers differ on, once both are done (the section's "
                    "teachers).",
                    save_mark_work<true>);
}

} // namespace bw::marking
