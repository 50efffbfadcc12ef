// The page of metrics as it grows, and those who write their parts of it. Internal.
#pragma once

#include <prometheus/metric_family.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "app/health.hpp"
#include "telemetry/histogram.hpp"

namespace bw::app {

using Labels = std::vector<prometheus::ClientMetric::Label>;

inline double seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

/// A metric without samples is left out.
class MetricsPage {
public:
    class Family {
    public:
        explicit Family(prometheus::MetricFamily& family) : family_(family) {}
        Family& add(double value, Labels labels = {});
        Family& add(const telemetry::HistogramSnapshot& histogram, Labels labels);

    private:
        prometheus::MetricFamily& family_;
    };

    Family counter(const char* name, const char* help);
    Family gauge(const char* name, const char* help);
    Family histogram(const char* name, const char* help);
    /// Once.
    std::string text();

private:
    Family family(const char* name, const char* help, prometheus::MetricType type);
    std::deque<prometheus::MetricFamily> families_; // a Family refers into it
};

/// Of what the process's roles do; each writes nothing of a part that is not there.
void write_sessions(MetricsPage& page, const HealthSources& sources);
void write_federation(MetricsPage& page, const HealthSources& sources);
void write_mail(MetricsPage& page, const HealthSources& sources);
void write_events(MetricsPage& page, const HealthSources& sources);
void write_first_pages(MetricsPage& page, const HealthSources& sources);
void write_journal(MetricsPage& page, const HealthSources& sources);
void write_activity(MetricsPage& page, const HealthSources& sources);
void write_heads(MetricsPage& page, const HealthSources& sources);
void write_jobs(MetricsPage& page, const HealthSources& sources);
void write_forecast(MetricsPage& page, const HealthSources& sources);
void write_reports(MetricsPage& page, const HealthSources& sources);
void write_live(MetricsPage& page, const HealthSources& sources);
void write_rooms(MetricsPage& page, const HealthSources& sources);

} // namespace bw::app
