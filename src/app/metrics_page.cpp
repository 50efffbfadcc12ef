#include "app/metrics_page.hpp"

#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

namespace bw::app {

using prometheus::ClientMetric;
using prometheus::MetricType;

MetricsPage::Family& MetricsPage::Family::add(double value, Labels labels) {
    ClientMetric& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    return *this;
}

MetricsPage::Family& MetricsPage::Family::add(const telemetry::HistogramSnapshot& histogram,
                                              Labels labels) {
    ClientMetric& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    ClientMetric::Histogram& out = metric.histogram;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        out.sample_count += histogram.counts[i];
        out.bucket.push_back(
            {out.sample_count, i < telemetry::HistogramSnapshot::bounds
                                   ? seconds(telemetry::HistogramSnapshot::bound(i))
                                   : std::numeric_limits<double>::infinity()});
    }
    out.sample_sum = seconds(histogram.sum);
    return *this;
}

MetricsPage::Family MetricsPage::counter(const char* name, const char* help) {
    return family(name, help, MetricType::Counter);
}
MetricsPage::Family MetricsPage::gauge(const char* name, const char* help) {
    return family(name, help, MetricType::Gauge);
}
MetricsPage::Family MetricsPage::histogram(const char* name, const char* help) {
    return family(name, help, MetricType::Histogram);
}

MetricsPage::Family MetricsPage::family(const char* name, const char* help, MetricType type) {
    prometheus::MetricFamily& made = families_.emplace_back();
    made.name = name;
    made.help = help;
    made.type = type;
    return Family(made);
}

std::string MetricsPage::text() {
    std::vector<prometheus::MetricFamily> filled;
    for (prometheus::MetricFamily& family : families_)
        if (!family.metric.empty())
            filled.push_back(std::move(family));
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, filled);
    return std::move(out).str();
}

} // namespace bw::app
