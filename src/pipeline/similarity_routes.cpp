#include "pipeline/similarity_routes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "net/json_body.hpp"
#include "pipeline/file_routes.hpp"
#include "pipeline/schemas.hpp"
#include "pipeline/similarity.hpp"
#include "pipeline/similarity_jobs.hpp"
#include "submissions/schemas.hpp"
#include "submissions/shared_routes.hpp"

namespace bw::pipeline {

namespace {

using submissions::taught_assignment;
using tenancy::Principal;
using tenancy::Role;
using tenancy::Work;

constexpr std::size_t quote_bytes_limit = 1000;
constexpr int matches_limit = 20;

// ---- reading requests ----

/// `score_min` in thousandths.
Result<std::int64_t> score_min(const net::Request& request) {
    const std::string text(request.query_param("score_min").value_or(""));
    if (text.empty())
        return std::lround(score_threshold * 1000);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1))
        return fail(Code::invalid_field, "expected a number from 0 to 1, such as 0.15",
                    "score_min");
    return std::lround(value * 1000);
}

std::string cursor(const Pair& pair) {
    Bytes raw;
    put_le(raw, static_cast<std::uint16_t>(pair.score));
    raw += view(pair.submission.uuid);
    raw += view(pair.other.uuid);
    return to_base64url(raw);
}

Result<std::optional<Pair>> cursor_in(const net::Request& request) {
    const auto raw = TRY(net::page_cursor<34>(request));
    if (!raw)
        return std::optional<Pair>();
    const ByteView bytes = view(*raw);
    return std::optional(Pair{.submission = {*to_array<16>(bytes.substr(2, 16))},
                              .other = {*to_array<16>(bytes.substr(18))},
                              .score = get_le<std::uint16_t>(bytes)});
}

// ---- writing answers ----

double share_of(std::int64_t thousandths) {
    return static_cast<double>(thousandths) / 1000;
}

void write_settings(JsonWriter& json, AssignmentId assignment, const Settings& settings) {
    json.member("assignment_id", assignment.text())
        .member("similarity", settings.on ? "on" : "off")
        .member("template", settings.text_template)
        .member("texts_compared", settings.compared)
        .member("texts_waiting", settings.waiting)
        .member("version", settings.version);
}

net::Response with_version(JsonWriter& json, std::int64_t version) {
    net::Response response = net::Response::json(200, json.take());
    response.headers.emplace_back("ETag", "\"" + std::to_string(version) + "\"");
    return response;
}

net::Response pairs_response(AssignmentId assignment, const Settings& settings,
                             const PairPage& page) {
    JsonWriter json;
    json.object();
    write_settings(json, assignment, settings);
    json.key("data").array();
    for (const Pair& pair : page.items)
        json.object()
            .member("submission_id", pair.submission.text())
            .member("user_id", pair.author.text())
            .member("other_submission_id", pair.other.text())
            .member("other_user_id", pair.other_author.text())
            .member("other_assignment_id", pair.other_assignment.text())
            .member("score", share_of(pair.score))
            .member("words", pair.words)
            .end();
    json.end().key("next");
    page.next ? json.value(cursor(*page.next)) : json.null();
    json.end();
    return with_version(json, settings.version);
}

/// Whole characters of it, up to the limit.
std::string_view quote(std::string_view text, const Passage& passage) {
    if (passage.byte >= text.size())
        return {};
    const std::string_view whole = text.substr(passage.byte, passage.bytes),
                           begin = whole.substr(0, quote_bytes_limit);
    return begin.substr(0, utf8_prefix(begin));
}

void write_passage(JsonWriter& json, const char* name, const Passage& passage,
                   const std::optional<Bytes>& text) {
    json.key(name)
        .object()
        .member("word", passage.word)
        .member("byte", passage.byte)
        .member("bytes", passage.bytes)
        .key("quote");
    text ? json.value(quote(*text, passage)) : json.null();
    json.end();
}

void write_match(JsonWriter& json, const MatchRecord& match, const std::optional<Bytes>& text) {
    json.object()
        .member("submission_id", match.other.text())
        .member("user_id", match.other_author.text())
        .member("assignment_id", match.other_assignment.text())
        .member("score", share_of(match.score))
        .member("words", match.words)
        .key("spans")
        .array();
    for (const Span& span : match.spans) {
        json.object().member("words", span.words);
        write_passage(json, "here", span.here, text);
        write_passage(json, "there", span.there, match.other_text);
        json.end();
    }
    json.end().end();
}

/// Of the words that count, those that stand in one of the matches.
double share_covered(const Report& report) {
    std::vector<Match> matches;
    for (const MatchRecord& match : report.matches)
        matches.push_back({.spans = match.spans});
    const auto words = static_cast<double>(std::max<std::int64_t>(1, report.words_counted));
    const auto in = static_cast<double>(covered(static_cast<std::size_t>(report.words), matches));
    return std::round(std::min(1.0, in / words) * 1000) / 1000;
}

net::Response report_response(SubmissionId id, const Report& report) {
    const std::optional<Bytes> text = report.text;
    JsonWriter json;
    json.object()
        .member("submission_id", id.text())
        .member("user_id", report.author.text())
        .key("compared_at");
    report.compared_at ? json.value(to_rfc3339(*report.compared_at)) : json.null();
    if (report.words > 0)
        json.member("words", report.words)
            .member("words_counted", report.words_counted)
            .member("share", share_covered(report));
    else
        json.key("words").null().key("words_counted").null().key("share").null();
    json.key("data").array();
    for (const MatchRecord& match : report.matches)
        write_match(json, match, text);
    json.end().member("more", report.more).end();
    return net::Response::json(200, json.take());
}

// ---- what each route does ----

/// Ids would tell markers whose work it is, and so would the words.
Error marked_anonymously() {
    return fail(Code::forbidden, "this assignment is marked anonymously: until its results are "
                                 "released nobody is told whose texts are alike");
}

Result<Work> get_pairs_work(const Principal& principal, const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const int limit = TRY(net::page_limit(request));
    const std::int64_t least = TRY(score_min(request));
    const auto after = TRY(cursor_in(request));
    return Work([principal, id, limit, least, after](tenancy::Database& database,
                                                     Deadline deadline) -> Result<net::Response> {
        if (TRY(taught_assignment(database, principal, id, deadline)).identities_hidden)
            return marked_anonymously();
        return database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<net::Response> {
                const Settings settings = TRY(get_settings(tx, id));
                return pairs_response(id, settings, TRY(list_pairs(tx, id, least, after, limit)));
            });
    });
}

Result<Work> set_settings_work(const RouteParts& parts, const Principal& principal,
                               const net::Request& request) {
    const auto id = TRY(net::id_in_path<AssignmentId>(request, "assignment_id"));
    const std::int64_t version = TRY(net::version_in_if_match(request));
    const JsonObject body = TRY(net::json_body(request, {"similarity", "template"}));
    const std::string similarity = TRY(body.string("similarity", 8));
    if (similarity != "on" && similarity != "off")
        return fail(Code::invalid_field, "expected \"on\" or \"off\"", "/similarity");
    const std::string text_template =
        body.has("template") ? TRY(body.text("template", template_bytes_limit)) : std::string();
    return Work([parts, principal, id, version, on = similarity == "on", text_template](
                    tenancy::Database& database, Deadline deadline) -> Result<net::Response> {
        TRY(taught_assignment(database, principal, id, deadline));
        return database.run(
            principal.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<net::Response> {
                TRY(set_settings(tx, id, on, text_template, version));
                if (on)
                    CHECK_OK(compare_later(tx, id, parts.clock, parts.rng));
                const Settings settings = TRY(get_settings(tx, id));
                return pairs_response(
                    id, settings,
                    TRY(list_pairs(tx, id, std::lround(score_threshold * 1000), {}, 50)));
            });
    });
}

Result<Work> get_report_work(const Principal& principal, const net::Request& request) {
    const auto id = TRY(net::id_in_path<SubmissionId>(request, "submission_id"));
    const std::int64_t least = TRY(score_min(request));
    return Work([principal, id, least](tenancy::Database& database,
                                       Deadline deadline) -> Result<net::Response> {
        const bool reads_all = principal.roles.has(Role::administrator);
        const Report report =
            TRY(database.run(principal.scope, deadline, [&](tenancy::TenantTx& tx) {
                return report_of(tx, id, principal.user, reads_all, least, matches_limit);
            }));
        if (!report.caller_teaches && !reads_all)
            return fail(Code::not_found, "there is no such submission");
        if (report.identity_hidden)
            return marked_anonymously();
        return report_response(id, report);
    });
}

constexpr net::Parameter score_min_parameter{
    .name = "score_min",
    .description = "Only pairs with so much in common; they are kept from 0.05 on.",
    .schema = R"({"type": "number", "minimum": 0, "maximum": 1, "default": 0.15})",
    .example = "0.15"};
constexpr std::string_view reference_to_pairs =
    R"({"$ref": "#/components/schemas/AssignmentSimilarity"})";

void add_assignment_routes(net::RouteTable& routes, const RouteParts& parts) {
    using enum tenancy::Permission;
    routes.add({.method = net::Method::get,
                .path = "/v1/assignments/{assignment_id}/similarity",
                .operation = "get_assignment_similarity",
                .summary = "Which texts handed in to an assignment have much in common (its "
                           "section's teachers).",
                .handler = parts.gate.authenticated(
                    tenancy::answered_on(parts.lane, get_pairs_work), submissions_read_others),
                .tag = "similarity",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path(), score_min_parameter,
                               net::limit_parameter, net::cursor_parameter},
                .answers = {{200, "Settings and a page of pairs; with the assignment's `ETag`.",
                             reference_to_pairs}}});
    auto set = [parts](const Principal& principal, const net::Request& request) {
        return set_settings_work(parts, principal, request);
    };
    routes.add({.method = net::Method::put,
                .path = "/v1/assignments/{assignment_id}/similarity",
                .operation = "set_assignment_similarity",
                .summary = "Have an assignment's texts compared, or no longer.",
                .handler = parts.gate.authenticated(tenancy::answered_on(parts.lane, set),
                                                    assignments_write),
                .body_bytes_limit = 2 * template_bytes_limit,
                .tag = "similarity",
                .credential = net::Credential::access_token,
                .parameters = {submissions::assignment_in_path(),
                               {.name = "If-Match",
                                .in = net::Parameter::In::header,
                                .description = "The assignment's ETag.",
                                .schema = submissions::version_schema,
                                .required = true,
                                .example = "\"1\""}},
                .body = net::Body{R"({"$ref": "#/components/schemas/SimilaritySettings"})",
                                  R"({"similarity": "on", "template": "Describe how ..."})"},
                .answers = {{200, "As it is now; what was handed in before is compared too.",
                             reference_to_pairs}}});
}

} // namespace

void add_routes(net::RouteTable& routes, const RouteParts& parts) {
    routes.add_schema("SimilaritySettings", similarity_settings_schema);
    routes.add_schema("AssignmentSimilarity", assignment_similarity_schema);
    routes.add_schema("SubmissionSimilarity", submission_similarity_schema);
    routes.add_schema("SimilarityPassage", similarity_passage_schema);
    add_assignment_routes(routes, parts);
    add_file_routes(routes, parts);
    routes.add(
        {.method = net::Method::get,
         .path = "/v1/submissions/{submission_id}/similarity",
         .operation = "get_submission_similarity",
         .summary = "Which passages of a submission stand in others too (its section's "
                    "teachers).",
         .handler = parts.gate.authenticated(tenancy::answered_on(parts.lane, get_report_work),
                                             tenancy::Permission::submissions_read_others),
         .tag = "similarity",
         .credential = net::Credential::access_token,
         .parameters = {{.name = "submission_id",
                         .in = net::Parameter::In::path,
                         .description = "As the receipt says.",
                         .schema = R"({"type": "string", "pattern": "^sub_[0-9a-f]{32}$"})",
                         .required = true,
                         .example = "sub_7c1d5a3e9b2f8d40a6c8e0f21b3d5f79"},
                        score_min_parameter},
         .answers = {{200, "Up to 20 texts, the most alike first.",
                      R"({"$ref": "#/components/schemas/SubmissionSimilarity"})"}}});
}

} // namespace bw::pipeline
