#include "blob/s3_client.hpp"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "telemetry/log.hpp"

namespace bw::blob {

namespace {

constexpr Duration url_lifetime = std::chrono::minutes(5); // also for a clock that is a bit off

struct Receiving {
    S3Answer answer;
    std::size_t limit = 0;
    bool too_much = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
    auto& receiving = *static_cast<Receiving*>(user);
    if (receiving.answer.body.size() + size * count > receiving.limit) {
        receiving.too_much = true;
        return 0;
    }
    receiving.answer.body.append(data, size * count);
    return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
    auto& answer = static_cast<Receiving*>(user)->answer;
    std::string_view line(data, size * count);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return size * count;
    std::string name(line.substr(0, colon));
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
        value.remove_prefix(1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
        value.remove_suffix(1);
    if (name == "etag")
        answer.etag = value;
    else if (name == "content-length")
        std::from_chars(value.data(), value.data() + value.size(), answer.content_length);
    return size * count;
}

std::size_t on_read(char* out, std::size_t size, std::size_t count, void* user) {
    auto& left = *static_cast<ByteView*>(user);
    const std::size_t take = std::min(size * count, left.size());
    std::copy_n(left.data(), take, out);
    left.remove_prefix(take);
    return take;
}

bool try_again(int status) {
    return status == 429 || status >= 500;
}

} // namespace

struct S3Client::Handle {
    Handle() : curl(curl_easy_init()) { ENSURE(curl, "libcurl gave no handle"); }
    ~Handle() { curl_easy_cleanup(curl); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    CURL* const curl;
};

S3Client::S3Client(S3Options options, const Clock& clock, Rng& rng)
    : options_(std::move(options)), clock_(clock), rng_(rng) {
    static std::once_flag once;
    std::call_once(once, [] {
        ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl does not start");
    });
}
S3Client::~S3Client() = default;

std::unique_ptr<S3Client::Handle> S3Client::take_handle() {
    std::lock_guard lock(mutex_);
    if (idle_.empty())
        return std::make_unique<Handle>();
    auto handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
}

void S3Client::give_handle(std::unique_ptr<Handle> handle) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handle));
}

Result<S3Answer> S3Client::attempt(const S3Request& request, Duration limit) {
    auto handle = take_handle();
    CURL* curl = handle->curl;
    curl_easy_reset(curl); // options; the connection stays
    const std::string url =
        presigned_url(options_.account, request.method, request.key, request.query, clock_.now(),
                      url_lifetime, request.headers);
    const std::string method(request.method);
    Receiving receiving{{}, request.answer_bytes_limit, false};
    ByteView unsent = request.body;
    std::array<char, CURL_ERROR_SIZE> why{};
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why.data());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiving);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max<std::int64_t>(1, limit.count() / 1'000'000)));
    if (!options_.authorities_file.empty())
        curl_easy_setopt(curl, CURLOPT_CAINFO, options_.authorities_file.c_str());
    if (method == "HEAD")
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (method == "PUT" || method == "POST") {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(curl, CURLOPT_READDATA, &unsent);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
    }
    curl_slist* headers = curl_slist_append(nullptr, "Expect:");
    if (request.range)
        headers = curl_slist_append(
            headers,
            fmt::format("Range: bytes={}-{}", request.range->first, request.range->second).c_str());
    for (const auto& [name, value] : request.headers)
        headers = curl_slist_append(headers, (name + ": " + value).c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    const CURLcode done = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    if (done != CURLE_OK) // the handle goes, and its connection with it
        return fail(Code::unavailable,
                    receiving.too_much
                        ? "the S3 server answered more than was asked for"
                        : std::string("S3: ") + (why[0] ? why.data() : curl_easy_strerror(done)));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    receiving.answer.status = static_cast<int>(status);
    give_handle(std::move(handle));
    return std::move(receiving.answer);
}

Result<S3Answer> S3Client::call(const S3Request& request, Deadline deadline) {
    Duration pause = options_.backoff_min;
    for (int attempts = 1;; ++attempts) {
        const Duration left = deadline.remaining(clock_);
        if (left == Duration::zero())
            return fail(Code::deadline_exceeded, "the S3 server did not answer in time");
        auto answer = attempt(request, std::min(left, options_.try_limit));
        if (answer && !try_again(answer->status))
            return answer;
        const std::string why =
            answer ? "it answered " + std::to_string(answer->status) : answer.error().detail;
        const auto wait = std::chrono::duration_cast<Duration>(pause * (0.5 + rng_.unit() / 2));
        if (wait >= deadline.remaining(clock_))
            return fail(Code::unavailable, "the S3 server does not do it, after " +
                                               std::to_string(attempts) + " attempts: " + why);
        log::debug("s3_tried_again", {{"method", request.method}, {"why", why}});
        ::poll(nullptr, 0, static_cast<int>(wait.count() / 1'000'000));
        pause = std::min(pause * 2, options_.backoff_max);
    }
}

} // namespace bw::blob
