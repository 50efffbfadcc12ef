// Sends spans to a collector: OTLP over HTTP, as JSON, in batches, on a thread of its own. A dead
// or slow collector costs spans, never anything else.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "net/client.hpp"
#include "telemetry/otlp.hpp"

namespace bw::app {

class SpanExporter {
public:
    struct Options {
        std::string address; // numeric
        std::uint16_t port = 0;
        std::string target = "/v1/traces";
        std::size_t batch_items_limit = 512;
        Duration batch_interval = 1s; // a batch that is not full waits no longer
        Duration deadline = 3s;       // of one attempt; also how long the end may take
        Duration backoff_min = 500ms, backoff_max = 30s;
    };
    /// "http://127.0.0.1:4318", with a path or without; `option` is named in the error.
    static Result<Options> parse(const std::string& endpoint, const char* option);

    /// `spans` and `clock` outlive it.
    SpanExporter(Options options, telemetry::Resource resource, telemetry::SpanQueue& spans,
                 const Clock& clock);
    /// One more attempt with what is at hand.
    ~SpanExporter();

    struct Status {
        std::uint64_t exported; // spans that the collector took
        std::uint64_t refused;  // that it said are wrong; they are not sent again
        std::uint64_t failures; // attempts that came to nothing
    };
    Status status() const { return {exported_, refused_, failures_}; }

private:
    enum class Outcome : std::uint8_t { taken, refused, failed };
    void run();
    Outcome attempt(const std::string& body);
    /// False: stopped meanwhile.
    bool pause(Duration d);

    const Options options_;
    const telemetry::Resource resource_;
    telemetry::SpanQueue& spans_;
    const Clock& clock_;
    std::unique_ptr<net::Client> client_;
    std::atomic<std::uint64_t> exported_{0}, refused_{0}, failures_{0};
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace bw::app
