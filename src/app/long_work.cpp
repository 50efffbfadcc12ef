#include "app/long_work.hpp"

#include <algorithm>
#include <atomic>
#include <climits>

#include "app/passing_target.hpp"

namespace bw::app {

namespace {

constexpr std::chrono::milliseconds come_again =
    3s; // one of them is done by then, mostly; net adds its jitter

/// One of them, as long as it is in work.
class InWork {
public:
    explicit InWork(std::shared_ptr<std::atomic<int>> count) : count_(std::move(count)) {
        before_ = count_->fetch_add(1);
    }
    ~InWork() { count_->fetch_sub(1); }
    InWork(const InWork&) = delete;
    InWork& operator=(const InWork&) = delete;
    int before() const { return before_; }

private:
    const std::shared_ptr<std::atomic<int>> count_; // shared by all of them
    int before_ = 0;
};

class HoldingTarget final : public PassingTarget {
public:
    HoldingTarget(std::shared_ptr<Target> inner, std::unique_ptr<InWork> place)
        : PassingTarget(std::move(inner)), place_(std::move(place)) {}

private:
    const std::unique_ptr<InWork> place_; // until the request is answered, or dropped
};

Error refusal() {
    Error error = fail(Code::overloaded, "many are expected this minute, and what takes long waits "
                                         "for them; come again after Retry-After");
    error.retry_after = come_again;
    return error;
}

} // namespace

int long_work_at_once(bool peak, int api_threads) {
    return peak ? std::max(1, api_threads / 4) : INT_MAX;
}

const std::vector<std::string_view>& long_operations() {
    static const std::vector<std::string_view> all{
        "list_timetable_conflicts", // of four weeks
        "generate_timetable",       "replace_timetable_table",   "import_holidays",
        "export_timetable_table",   "get_assignment_similarity",
    };
    return all;
}

net::RouteTable with_room_at_peaks(const net::RouteTable& routes, std::function<bool()> at_peak,
                                   int api_threads) {
    net::RouteTable out;
    for (const auto& [name, schema] : routes.schemas())
        out.add_schema(name, schema);
    const auto count = std::make_shared<std::atomic<int>>(0); // shared by all of them
    for (net::Route route : routes.routes()) {
        if (std::ranges::find(long_operations(), route.operation) != long_operations().end())
            route.handler = [handler = std::move(route.handler), at_peak, api_threads,
                             count](const net::Request& request, net::Responder respond) {
                auto place = std::make_unique<InWork>(count);
                if (place->before() >= long_work_at_once(at_peak(), api_threads))
                    return respond(refusal());
                handler(request, net::Responder(std::make_shared<HoldingTarget>(respond.stream(),
                                                                                std::move(place))));
            };
        out.add(std::move(route));
    }
    return out;
}

} // namespace bw::app
