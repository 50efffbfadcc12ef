#include "federation/fetcher.hpp"

#include <curl/curl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/ensure.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::federation {

struct Fetcher::Transfer {
    FetchFor whom;
    FetchRequest request;
    Deadline deadline;
    Done done;
    const FetcherOptions& options;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy{nullptr, &curl_easy_cleanup};
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers{nullptr,
                                                                        &curl_slist_free_all};
    FetchAnswer answer = {};
    std::size_t head_bytes = 0;
    bool too_large = false, astray = false;

    ~Transfer() {
        if (request.form)
            sodium_memzero(request.form->data(), request.form->size());
        sodium_memzero(request.authorization.data(), request.authorization.size());
    }
};

namespace {

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    ENSURE(curl_easy_setopt(easy, option, value) == CURLE_OK, "libcurl knows the option");
}

long milliseconds(Duration d) {
    return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(d).count());
}

/// Where the name leads is known here and not before; nobody can change it between this look and
/// the connection.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
    auto* astray = static_cast<bool*>(user);
    if (is_private_address(&address->addr)) {
        *astray = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// max-age of a Cache-Control line; a decimal number of seconds (RFC 9111).
std::optional<Duration> max_age_in(std::string_view line) {
    constexpr std::string_view name = "cache-control:", directive = "max-age=";
    std::string lower(line);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    if (!lower.starts_with(name))
        return std::nullopt;
    const std::size_t at = lower.find(directive);
    std::uint32_t seconds = 0;
    if (at == std::string::npos ||
        std::from_chars(lower.data() + at + directive.size(), lower.data() + lower.size(), seconds)
                .ec != std::errc())
        return std::nullopt;
    return std::chrono::seconds(seconds);
}

/// Not the provider's fault: its breaker does not hear of it.
Error too_many(const char* of_what) {
    return Error{.code = Code::overloaded,
                 .detail = std::string("too many are signing in ") + of_what + " at once",
                 .retry_after = std::chrono::milliseconds(1'000)};
}

} // namespace

Fetcher::Fetcher(FetcherOptions options, const Clock& clock, Rng& rng)
    : options_(std::move(options)), clock_(clock), rng_(rng), multi_([] {
          static std::once_flag once;
          std::call_once(once, [] {
              ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl starts");
          });
          return curl_multi_init();
      }()) {
    ENSURE(multi_, "libcurl has memory");
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 64L);
    thread_ = std::thread([this] {
        lane::name_this_thread("federation");
        run();
    });
}

Fetcher::~Fetcher() {
    stop();
    curl_multi_cleanup(multi_);
}

void Fetcher::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    if (thread_.joinable())
        thread_.join();
}

/// A quarter is forgotten, who was asked longest ago first, however its breaker stands.
void Fetcher::make_room() {
    std::vector<std::pair<Monotonic, ProviderId>> idle;
    for (const auto& [id, provider] : providers_)
        if (provider.running == 0)
            idle.emplace_back(provider.asked_at, id);
    std::ranges::sort(idle);
    idle.resize(std::min(idle.size(), options_.breakers_limit / 4 + 1));
    for (const auto& [_, id] : idle)
        providers_.erase(id);
}

Result<void> Fetcher::admit(const FetchFor& whom) {
    if (stopping_)
        return fail(Code::unavailable, "the server is stopping");
    if (status_.running >= options_.running_limit)
        return too_many("here");
    if (auto at = running_by_tenant_.find(whom.tenant);
        at != running_by_tenant_.end() && at->second >= options_.tenant_running_limit)
        return too_many("at this institution");
    if (!providers_.contains(whom.provider) && providers_.size() >= options_.breakers_limit)
        make_room();
    Provider& provider = providers_[whom.provider];
    provider.preset = whom.preset;
    provider.asked_at = clock_.monotonic();
    if (!provider.breaker)
        provider.breaker = std::make_unique<tenancy::Breaker>(options_.breaker, clock_, rng_);
    if (provider.running >= options_.provider_running_limit)
        return too_many("with this provider");
    CHECK_OK(provider.breaker->admit());
    ++provider.running;
    ++running_by_tenant_[whom.tenant];
    ++status_.running;
    return {};
}

void Fetcher::fetch(const FetchFor& whom, FetchRequest request, Deadline deadline, Done done) {
    auto transfer =
        std::make_unique<Transfer>(whom, std::move(request), deadline, std::move(done), options_);
    {
        std::unique_lock lock(mutex_);
        if (auto admitted = admit(whom); !admitted) {
            ++status_.presets[static_cast<std::size_t>(whom.preset)].refused;
            lock.unlock();
            Error error = std::move(admitted).error();
            if (error.code == Code::unavailable)
                error.detail = "the provider does not answer at present; other ways to sign in "
                               "are not touched by it";
            return transfer->done(std::move(error));
        }
        submitted_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_);
}

void Fetcher::run() {
    for (;;) {
        std::vector<std::unique_ptr<Transfer>> fresh;
        bool stopping = false;
        {
            std::lock_guard lock(mutex_);
            fresh.swap(submitted_);
            stopping = stopping_;
        }
        for (auto& transfer : fresh)
            start(multi_, std::move(transfer));
        int running = 0, left = 0;
        curl_multi_perform(multi_, &running);
        while (CURLMsg* message = curl_multi_info_read(multi_, &left))
            if (message->msg == CURLMSG_DONE)
                finish(multi_, message->easy_handle, message->data.result);
        if (stopping) {
            while (!running_.empty())
                finish(multi_, running_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
            return;
        }
        curl_multi_poll(multi_, nullptr, 0, 1'000, nullptr);
    }
}

void Fetcher::start(void* multi, std::unique_ptr<Transfer> transfer) {
    transfer->easy.reset(curl_easy_init());
    CURL* easy = transfer->easy.get();
    ENSURE(easy, "libcurl has memory");
    Transfer* at = transfer.get();
    const Duration left = std::min(transfer->deadline.remaining(clock_), options_.time_limit);
    set(easy, CURLOPT_URL, at->request.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, options_.reach == Reach::private_too ? "https,http" : "https");
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NOSIGNAL, 1L);
    // Else the end of a transfer waits for its name to be found, and all others with it. The thread
    // that looks for it is left behind until the resolver gives up; the limits on transfers and the
    // breakers bound how many there are.
    set(easy, CURLOPT_QUICK_EXIT, 1L);
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_TIMEOUT_MS, std::max(1L, milliseconds(left)));
    set(easy, CURLOPT_CONNECTTIMEOUT_MS,
        std::max(1L, milliseconds(std::min(left, options_.connect_limit))));
    set(easy, CURLOPT_MAXFILESIZE, static_cast<long>(options_.body_bytes_limit));
    if (!options_.authorities_file.empty())
        set(easy, CURLOPT_CAINFO, options_.authorities_file.c_str());
    if (options_.reach == Reach::public_only) {
        set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
        set(easy, CURLOPT_OPENSOCKETDATA, &at->astray);
    }
    curl_slist* headers = curl_slist_append(nullptr, "Accept: application/json");
    if (!at->request.authorization.empty())
        headers =
            curl_slist_append(headers, ("Authorization: " + at->request.authorization).c_str());
    transfer->headers.reset(headers);
    set(easy, CURLOPT_HTTPHEADER, headers);
    if (at->request.form) {
        set(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(at->request.form->size()));
        set(easy, CURLOPT_POSTFIELDS, at->request.form->c_str());
    }
    using Write = std::size_t (*)(char*, std::size_t, std::size_t, void*);
    const Write on_body = [](char* data, std::size_t size, std::size_t count, void* user) {
        auto& transfer = *static_cast<Transfer*>(user);
        if (transfer.answer.body.size() + size * count > transfer.options.body_bytes_limit) {
            transfer.too_large = true;
            return std::size_t{0};
        }
        transfer.answer.body.append(data, size * count);
        return size * count;
    };
    const Write on_head = [](char* data, std::size_t size, std::size_t count, void* user) {
        auto& transfer = *static_cast<Transfer*>(user);
        transfer.head_bytes += size * count;
        if (transfer.head_bytes > transfer.options.head_bytes_limit) {
            transfer.too_large = true;
            return std::size_t{0};
        }
        if (auto age = max_age_in({data, size * count}))
            transfer.answer.max_age = age;
        return size * count;
    };
    set(easy, CURLOPT_WRITEFUNCTION, on_body);
    set(easy, CURLOPT_WRITEDATA, at);
    set(easy, CURLOPT_HEADERFUNCTION, on_head);
    set(easy, CURLOPT_HEADERDATA, at);
    running_.emplace(easy, std::move(transfer));
    ENSURE(curl_multi_add_handle(multi, easy) == CURLM_OK, "libcurl takes a fresh handle");
}

void Fetcher::finish(void* multi, void* easy, int result) {
    auto node = running_.extract(easy);
    std::unique_ptr<Transfer> transfer = std::move(node.mapped());
    curl_multi_remove_handle(multi, easy);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->answer.status = static_cast<int>(status);
    const bool late = result == CURLE_OPERATION_TIMEDOUT;
    Result<FetchAnswer> outcome = fail(Code::unavailable, "");
    if (result == CURLE_OK && status < 500)
        outcome = std::move(transfer->answer);
    else if (late)
        outcome = fail(Code::deadline_exceeded, "the provider did not answer in time");
    else if (transfer->too_large || result == CURLE_FILESIZE_EXCEEDED)
        outcome = fail(Code::unavailable, "the provider's answer is larger than it may be");
    else if (transfer->astray)
        outcome = fail(Code::unavailable,
                       "the provider's address is not a public one, and those who run this "
                       "installation have not allowed others");
    else if (result == CURLE_OK)
        outcome = fail(Code::unavailable, "the provider answered " + std::to_string(status));
    else
        outcome = fail(Code::unavailable, std::string("the provider cannot be asked: ") +
                                              curl_easy_strerror(static_cast<CURLcode>(result)));
    settle(std::move(transfer), std::move(outcome), late);
}

void Fetcher::settle(std::unique_ptr<Transfer> transfer, Result<FetchAnswer> outcome, bool late) {
    const FetchFor whom = transfer->whom;
    {
        std::lock_guard lock(mutex_);
        --status_.running;
        if (auto at = running_by_tenant_.find(whom.tenant); --at->second == 0)
            running_by_tenant_.erase(at);
        Provider& provider = providers_.at(whom.provider);
        --provider.running;
        auto& of = status_.presets[static_cast<std::size_t>(whom.preset)];
        if (outcome) {
            ++of.answered;
            provider.breaker->succeeded();
        } else if (late) {
            ++of.late;
            provider.breaker->deadline_failed();
        } else {
            ++of.failed;
            provider.breaker->connection_failed();
        }
    }
    if (!outcome)
        log::warn("provider_failed", {{"tenant", whom.tenant.text()},
                                      {"provider", whom.provider.text()},
                                      {"error", outcome.error().text()}});
    try {
        transfer->done(std::move(outcome));
    } catch (const std::exception& error) {
        log::error("provider_answer_threw", {{"error", error.what()}});
    }
}

FetcherStatus Fetcher::status() const {
    std::lock_guard lock(mutex_);
    FetcherStatus out = status_;
    for (const auto& [id, provider] : providers_)
        if (provider.breaker->status().state != tenancy::BreakerState::closed)
            ++out.presets[static_cast<std::size_t>(provider.preset)].breakers_open;
    return out;
}

} // namespace bw::federation
