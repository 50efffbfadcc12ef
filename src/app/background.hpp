// What a process does for no request in particular: the audit log's thread, the
// mail relay, the jobs, the bells that follow from timetables, and the forecast.
#pragma once

#include <memory>

#include "app/installation.hpp"
#include "app/load_forecast.hpp"
#include "app/serve.hpp"
#include "audit/writer.hpp"
#include "blob/store.hpp"
#include "jobs/worker.hpp"
#include "mail/relay.hpp"
#include "timetable/bells.hpp"

namespace bw::app {

struct Background {
    std::unique_ptr<audit::Writer> audit;
    std::unique_ptr<mail::Relay> mail;            // null unless a mail server is configured
    std::unique_ptr<jobs::Worker> worker;         // null without the role
    std::unique_ptr<jobs::Worker> recordings;     // likewise: what takes long, one at a time
    std::unique_ptr<timetable::BellWriter> bells; // likewise
    LoadForecast* forecast = nullptr;

    /// Writes what is queued, lets the mail that is being sent and the jobs that run end.
    void stop();
};

/// What encrypts the keys of persons.
Result<audit::SubjectKeys> subject_keys(const Installation& installation, Rng& rng);

/// Everything given outlives the result. `store`: of uploaded files; not null with role worker.
Result<Background> start_background(const Installation& installation, const ServeOptions& options,
                                    tenancy::Cluster& cluster,
                                    const tenancy::TenantDirectory& directory,
                                    const SigningKey& audit_key, blob::Store* store,
                                    LoadForecast& forecast, const Clock& clock, Rng& rng);

} // namespace bw::app
