#include "storm/api.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <thread>

#include "base/json.hpp"
#include "storm/pacing.hpp"
#include "submissions/receipt.hpp"

namespace bw::storm {

namespace {

constexpr Duration call_timeout = 10s;
constexpr std::size_t described_bytes_limit = 240;

net::ClientRequest as_teacher(const PlannedAssignment& assignment, net::Method method,
                              std::string target) {
    net::ClientRequest request;
    request.method = method;
    request.target = std::move(target);
    request.host = assignment.host;
    request.headers.emplace_back("Authorization", "Bearer " + assignment.access_token);
    return request;
}

std::string_view member(simdjson::dom::element object, const char* name) {
    std::string_view value;
    return object[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

std::optional<RecordedRow> read_row(simdjson::dom::element json) {
    auto id = SubmissionId::parse(member(json, "submission_id"));
    auto assignment = AssignmentId::parse(member(json, "assignment_id"));
    auto user = UserId::parse(member(json, "user_id"));
    auto received_at = from_rfc3339(member(json, "received_at"));
    auto hash = to_array<32>(from_hex(member(json, "content_sha256")).value_or(""));
    bool late = false;
    if (!id || !assignment || !user || !received_at || !hash ||
        json["late"].get(late) != simdjson::SUCCESS)
        return std::nullopt;
    return RecordedRow{*id,          *assignment, *user, std::string(member(json, "state")),
                       *received_at, late,        *hash};
}

} // namespace

namespace {

net::ClientRequest hand_in_request(const PlannedStudent& student, std::string_view key,
                                   std::string body) {
    net::ClientRequest request;
    request.method = net::Method::post;
    request.target = "/v1/submissions";
    request.host = student.host;
    request.headers.emplace_back("Authorization", "Bearer " + student.access_token);
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("Idempotency-Key", "\"" + std::string(key) + "\"");
    request.body = std::move(body);
    return request;
}

} // namespace

net::ClientRequest submit_request(const PlannedStudent& student, AssignmentId assignment,
                                  std::string_view key, std::string_view content) {
    JsonWriter json;
    json.object().member("assignment_id", assignment.text()).member("text", content).end();
    return hand_in_request(student, key, json.take());
}

net::ClientRequest declare_request(const PlannedStudent& student, AssignmentId assignment,
                                   std::string_view key, const submissions::DeclaredFile& file) {
    JsonWriter json;
    json.object()
        .member("assignment_id", assignment.text())
        .key("files")
        .raw(submissions::declaration_of({file}));
    json.end();
    return hand_in_request(student, key, json.take());
}

Result<Bytes> receipt_in_answer(std::string_view body) {
    return submissions::encode(TRY(submissions::receipt_from_json(body)));
}

Result<Proven> prove(ByteView bytes, const std::vector<submissions::ReceiptKey>& keys,
                     const Submitted& submitted) {
    submissions::Receipt receipt = TRY(submissions::decode_receipt(bytes));
    submissions::Statement statement = TRY(submissions::verify(receipt, keys));
    // The id is derived from tenant, user, assignment and key: it stands for all four.
    if (statement.submission_id() != submitted.id)
        return fail(Code::corrupt, "the receipt is for another submission");
    if (statement.content_sha256 != submitted.content_sha256)
        return fail(Code::corrupt, "the receipt is for another content");
    return Proven{statement.received_at, statement.clock_error};
}

std::optional<Duration> retry_after(const net::ClientResponse& response) {
    constexpr std::int64_t seconds_limit = 3600;
    auto header = response.header("Retry-After");
    std::int64_t seconds = 0;
    if (!header)
        return std::nullopt;
    auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
    if (error != std::errc() || end != header->data() + header->size() || seconds < 0)
        return std::nullopt;
    return std::chrono::seconds(std::min(seconds, seconds_limit));
}

std::string describe(const net::ClientResponse& response) {
    std::string text = "HTTP " + std::to_string(response.status);
    simdjson::dom::parser parser;
    simdjson::dom::element problem;
    std::string_view detail = response.body;
    if (parser.parse(response.body).get(problem) == simdjson::SUCCESS && problem.is_object())
        detail = member(problem, "detail");
    if (!detail.empty())
        text += ": " + std::string(detail.substr(0, described_bytes_limit));
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ')
            c = ' ';
    return text;
}

std::string text_member(std::string_view body, const char* name, const char* inner) {
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    std::string_view text;
    if (parser.parse(body).get(json) != simdjson::SUCCESS)
        return "";
    auto found = inner ? json[name][inner] : json[name];
    return found.get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

Result<RowPage> read_row_page(std::string_view body) {
    thread_local simdjson::dom::parser parser;
    simdjson::dom::element json, next;
    simdjson::dom::array data;
    if (parser.parse(body.data(), body.size()).get(json) != simdjson::SUCCESS ||
        json["data"].get(data) != simdjson::SUCCESS || json["next"].get(next) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the answer is not a page of submissions");
    RowPage page;
    for (simdjson::dom::element item : data) {
        auto row = read_row(item);
        if (!row)
            return fail(Code::corrupt, "a row of the page is not a submission");
        page.rows.push_back(*std::move(row));
    }
    page.next = member(json, "next");
    return page;
}

Result<std::vector<submissions::ReceiptKey>> Api::receipt_keys(const std::string& host,
                                                               Deadline deadline) {
    net::ClientRequest request;
    request.target = "/.well-known/receipt-keys.json";
    request.host = host;
    auto keys = TRY(submissions::read_receipt_key_set(TRY(ask(request, deadline)).body));
    if (keys.empty())
        return fail(Code::corrupt, "the server publishes no receipt key that is known here");
    return keys;
}

Result<std::vector<submissions::SignedHead>> Api::journal_heads(const std::string& host,
                                                                Deadline deadline) {
    net::ClientRequest request;
    request.target = "/.well-known/journal-heads.json";
    request.host = host;
    const net::ClientResponse answer = TRY(ask(request, deadline));
    simdjson::dom::parser parser;
    simdjson::dom::element json;
    simdjson::dom::array array;
    if (parser.parse(answer.body).get(json) != simdjson::SUCCESS ||
        json["heads"].get(array) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the answer is not a list of heads");
    std::vector<submissions::SignedHead> heads;
    for (simdjson::dom::element head : array)
        heads.push_back(TRY(submissions::head_from_json(simdjson::minify(head))));
    return heads;
}

Result<submissions::ConsistencyProof> Api::consistency(const std::string& host, std::uint64_t epoch,
                                                       std::uint64_t from_size, Deadline deadline) {
    net::ClientRequest request;
    request.target = "/v1/journals/" + submissions::epoch_text(epoch) +
                     "/consistency?from_size=" + std::to_string(from_size);
    request.host = host;
    return submissions::consistency_from_json(TRY(ask(request, deadline)).body);
}

Result<std::string> Api::etag_of(const PlannedAssignment& assignment, Deadline deadline) {
    auto response =
        TRY(ask(as_teacher(assignment, net::Method::get, "/v1/assignments/" + assignment.id.text()),
                deadline));
    auto etag = response.header("ETag");
    if (!etag)
        return fail(Code::corrupt, "the assignment has no ETag", assignment.id.text());
    return std::string(*etag);
}

Result<void> Api::move_due(const PlannedAssignment& assignment, const std::string& etag,
                           Instant due_at, bool of_files, Deadline deadline) {
    auto request =
        as_teacher(assignment, net::Method::patch, "/v1/assignments/" + assignment.id.text());
    request.headers.emplace_back("If-Match", etag);
    request.headers.emplace_back("Content-Type", "application/json");
    JsonWriter json;
    json.object().member("due_at", to_rfc3339(due_at));
    if (of_files)
        json.member("kind", "file");
    json.end();
    request.body = json.take();
    const std::string body = TRY(ask(request, deadline)).body;
    simdjson::dom::parser parser;
    simdjson::dom::element answer;
    if (parser.parse(body).get(answer) != simdjson::SUCCESS ||
        member(answer, "due_at") != to_rfc3339(due_at))
        return fail(Code::corrupt, "the server did not take the due instant as it was sent",
                    assignment.id.text());
    return {};
}

Result<std::string> Api::change(const PlannedAssignment& assignment, const std::string& etag,
                                std::string body, Deadline deadline) {
    auto request =
        as_teacher(assignment, net::Method::patch, "/v1/assignments/" + assignment.id.text());
    request.headers.emplace_back("If-Match", etag);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    const auto response = TRY(ask(request, deadline));
    return std::string(response.header("ETag").value_or(""));
}

Result<std::vector<RecordedRow>> Api::rows_of(const PlannedAssignment& assignment,
                                              Deadline deadline) {
    std::vector<RecordedRow> rows;
    const std::string target = "/v1/assignments/" + assignment.id.text() + "/submissions?limit=500";
    for (std::string next;;) {
        std::string page_target = next.empty() ? target : target + "&cursor=" + next;
        auto response =
            TRY(ask(as_teacher(assignment, net::Method::get, std::move(page_target)), deadline));
        RowPage page = TRY(read_row_page(response.body));
        std::ranges::move(page.rows, std::back_inserter(rows));
        if (page.next.empty())
            return rows;
        if (page.next == next)
            return fail(Code::corrupt, "the cursor does not move", assignment.id.text());
        next = std::move(page.next);
    }
}

Result<net::ClientResponse> Api::ask(const net::ClientRequest& request, Deadline deadline) {
    const std::string what = std::string(net::to_text(request.method)) + " " + request.target;
    for (int attempt = 1;; ++attempt) {
        auto response = client_.fetch(
            request, Deadline(std::min(deadline.at(), clock_.monotonic() + call_timeout)));
        if (response && (response->status == 200 || response->status == 201))
            return response;
        // Only what surely had no effect, or has none twice, is asked again here.
        const bool again = response ? response->status == 503 || response->status == 429
                                    : response.error().code == Code::unavailable ||
                                          response.error().code == Code::overloaded ||
                                          request.method == net::Method::get;
        Duration pause =
            backoff(attempt + 1, response ? retry_after(*response) : std::nullopt, rng_.unit());
        if (!again || pause >= deadline.remaining(clock_))
            return fail(response ? Code::internal : response.error().code,
                        what + ": " + (response ? describe(*response) : response.error().text()));
        std::this_thread::sleep_for(pause);
    }
}

} // namespace bw::storm
