// What a storm asks of the server's API, and nothing but the API: requests and the reading of
// answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "net/client.hpp"
#include "storm/plan.hpp"
#include "storm/reconcile.hpp"
#include "submissions/declared_files.hpp"
#include "submissions/heads.hpp"

namespace bw::storm {

/// POST /v1/submissions.
net::ClientRequest submit_request(const PlannedStudent& student, AssignmentId assignment,
                                  std::string_view key, std::string_view content);
/// The same, of a file whose bytes come later.
net::ClientRequest declare_request(const PlannedStudent& student, AssignmentId assignment,
                                   std::string_view key, const submissions::DeclaredFile& file);
/// The receipt in the answer to it, in its compact stored form; not verified yet.
Result<Bytes> receipt_in_answer(std::string_view body);
/// Checks a compact receipt without the server: signature, path, and that it is for this submission
/// and content.
Result<Proven> prove(ByteView receipt, const std::vector<submissions::ReceiptKey>& keys,
                     const Submitted& submitted);

/// Retry-After of an answer, in whole seconds (RFC 9110); a date or rubbish is none.
std::optional<Duration> retry_after(const net::ClientResponse& response);
/// "HTTP 403: only teachers do this": the status and the problem's detail (or the start of the
/// body), for people. The same for the same problem, so that it can be counted by.
std::string describe(const net::ClientResponse& response);

/// A text in the object that an answer is, or in an object of it; empty: there is none.
std::string text_member(std::string_view body, const char* name, const char* inner = nullptr);

struct RowPage {
    std::vector<RecordedRow> rows;
    std::string next; // empty: the last page
};
Result<RowPage> read_row_page(std::string_view body);

/// What happens before and after the storm, one call after the other on the calling thread. Calls
/// that could not be made (the server is starting again, or sheds) are made again until the
/// deadline.
class Api {
public:
    Api(net::Client& client, const Clock& clock, Rng& rng)
        : client_(client), clock_(clock), rng_(rng) {}

    Result<std::vector<submissions::ReceiptKey>> receipt_keys(const std::string& host,
                                                              Deadline deadline);
    /// The latest of each journal that answers at `host`.
    Result<std::vector<submissions::SignedHead>> journal_heads(const std::string& host,
                                                               Deadline deadline);
    Result<submissions::ConsistencyProof> consistency(const std::string& host, std::uint64_t epoch,
                                                      std::uint64_t from_size, Deadline deadline);
    Result<std::string> etag_of(const PlannedAssignment& assignment, Deadline deadline);
    /// `of_files`: and files are handed in to it from now on.
    Result<void> move_due(const PlannedAssignment& assignment, const std::string& etag,
                          Instant due_at, bool of_files, Deadline deadline);
    /// PATCH with `body`; the answer's ETag.
    Result<std::string> change(const PlannedAssignment& assignment, const std::string& etag,
                               std::string body, Deadline deadline);
    /// The answer, if its status is 200 or 201.
    Result<net::ClientResponse> ask(const net::ClientRequest& request, Deadline deadline);
    Result<std::vector<RecordedRow>> rows_of(const PlannedAssignment& assignment,
                                             Deadline deadline);

private:
    net::Client& client_;
    const Clock& clock_;
    Rng& rng_;
};

} // namespace bw::storm
