#include "storm/uploader.hpp"

#include "base/bytes.hpp"
#include "lane/lane.hpp"
#include "storm/api.hpp"
#include "storm/pacing.hpp"

namespace bw::storm {

namespace {

constexpr Duration wait_max = 1s; // between looks at the queue, should a wake-up be missed

net::ClientRequest upload_request(const PlannedStudent& student,
                                  const submissions::DeclaredFile& file, std::string content) {
    net::ClientRequest request{
        .method = net::Method::post, .target = "/v1/uploads", .host = student.host};
    request.headers.emplace_back("Authorization", "Bearer " + student.access_token);
    request.headers.emplace_back("Tus-Resumable", "1.0.0");
    request.headers.emplace_back("Upload-Length", std::to_string(content.size()));
    // Hexadecimal digits have no letter in base64 that base64url writes otherwise.
    request.headers.emplace_back("Upload-Metadata",
                                 "sha256 " + to_base64url(to_hex(view(file.sha256))) + "==");
    request.headers.emplace_back("Content-Type", "application/offset+octet-stream");
    request.body = std::move(content);
    return request;
}

} // namespace

Uploader::Uploader(const Plan& plan, const Load& load, UploaderOptions options, net::Client& client,
                   const Clock& clock, Rng& rng)
    : plan_(plan), load_(load), options_(options), client_(client), clock_(clock), rng_(rng),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Uploader::~Uploader() {
    thread_.request_stop();
    thread_.join();
}

void Uploader::add(std::uint32_t submission) {
    const Monotonic now = clock_.monotonic();
    std::lock_guard lock(mutex_);
    ++tally_.wanted;
    waiting_.push({now, submission, now});
    wake_.notify_all();
}

void Uploader::finish() {
    std::unique_lock lock(mutex_);
    while (!waiting_.empty() || in_flight_ > 0)
        wake_.wait_for(lock, wait_max);
}

UploadTally Uploader::tally() const {
    std::lock_guard lock(mutex_);
    return tally_;
}

void Uploader::run(const std::stop_token& stop) {
    lane::name_this_thread("storm-uploader");
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const Monotonic now = clock_.monotonic();
        if (waiting_.empty() || in_flight_ >= options_.at_once || waiting_.top().at > now) {
            const bool later = !waiting_.empty() && in_flight_ < options_.at_once;
            wake_.wait_for(lock, stop,
                           later ? std::min<Duration>(waiting_.top().at - now, wait_max) : wait_max,
                           [&] {
                               return !waiting_.empty() && in_flight_ < options_.at_once &&
                                      waiting_.top().at <= clock_.monotonic();
                           });
            continue;
        }
        const Attempt attempt = waiting_.top();
        waiting_.pop();
        ++in_flight_;
        tally_.retries += attempt.number > 1;
        lock.unlock();
        fire(attempt);
        lock.lock();
    }
}

void Uploader::fire(const Attempt& attempt) {
    const PlannedStudent& student = plan_.students[load_.student_of[attempt.submission]];
    client_.send(upload_request(student,
                                file_of(load_.run, attempt.submission, options_.file_bytes),
                                content_of(load_.run, attempt.submission, options_.file_bytes)),
                 Deadline::in(clock_, options_.attempt_timeout),
                 [this, attempt](const Result<net::ClientResponse>& outcome) {
                     answered(attempt, outcome);
                 });
}

/// Whatever was cut begins anew: an upload that nobody goes on with expires.
void Uploader::answered(const Attempt& attempt, const Result<net::ClientResponse>& outcome) {
    const Monotonic now = clock_.monotonic();
    const bool whole =
        outcome && outcome->status == 201 &&
        outcome->header("Upload-Offset").value_or("") == std::to_string(options_.file_bytes);
    const bool again =
        !outcome || outcome->status == 201 || outcome->status == 429 || outcome->status >= 500;
    std::lock_guard lock(mutex_);
    --in_flight_;
    wake_.notify_all();
    if (whole) {
        ++tally_.done;
        return tally_.took.add(now - attempt.added);
    }
    const Monotonic at = now + backoff(attempt.number + 1,
                                       outcome ? retry_after(*outcome) : std::nullopt, rng_.unit());
    if (again && at < attempt.added + options_.retry_for)
        return waiting_.push({at, attempt.submission, attempt.added, attempt.number + 1});
    ++tally_.failed;
    ++tally_.failures[outcome ? describe(*outcome) : std::string(wire_name(outcome.error().code))];
}

} // namespace bw::storm
