#include "app/background.hpp"

#include <unistd.h>

#include "app/job_kinds.hpp"
#include "app/preparing.hpp"
#include "app/recordings.hpp"
#include "pipeline/clamd.hpp"

namespace bw::app {

Result<audit::SubjectKeys> subject_keys(const Installation& installation, Rng& rng) {
    return audit::SubjectKeys(TRY(installation.secret_key("subject", rng)));
}

Result<Background> start_background(const Installation& installation, const ServeOptions& options,
                                    tenancy::Cluster& cluster,
                                    const tenancy::TenantDirectory& directory,
                                    const SigningKey& audit_key, blob::Store* store,
                                    LoadForecast& forecast, const Clock& clock, Rng& rng) {
    const audit::SubjectKeys keys = TRY(subject_keys(installation, rng));
    Background made;
    made.forecast = &forecast;
    if (!options.smtp_url.empty()) {
        CHECK_OK(mail::check_address(options.mail_from, "--mail-from"));
        mail::SmtpOptions smtp{.url = options.smtp_url,
                               .require_tls = !options.smtp_in_the_clear,
                               .user = options.smtp_user};
        if (!smtp.user.empty())
            smtp.password = TRY(installation.smtp_password());
        made.mail = std::make_unique<mail::Relay>(
            std::make_unique<tenancy::Database>(cluster, "mail"),
            TRY(mail::Smtp::make(std::move(smtp))), directory, keys, clock, rng,
            mail::RelayOptions{.sender = {options.mail_from, ""}});
        made.mail->start();
    }
    if (options.roles.contains("worker")) {
        if (!options.clamd.empty())
            CHECK_OK(pipeline::check_clamd_address(options.clamd));
        const pipeline::FileWork work{
            .store = *store, .clock = clock, .rng = rng, .clamd = options.clamd};
        const institution::ImportWork imports{
            .store = *store,
            .clock = clock,
            .rng = rng,
            .database =
                [&cluster] { return std::make_unique<tenancy::Database>(cluster, "imports"); },
            .scratch = installation.pid_file().parent_path()};
        made.worker = std::make_unique<jobs::Worker>(
            [&cluster] { return std::make_unique<tenancy::Database>(cluster, "jobs"); }, directory,
            job_kinds(work, keys,
                      marking::Pseudonyms(TRY(installation.key("pseudonyms", rng)).seed()),
                      imports),
            clock, rng,
            jobs::WorkerOptions{.name = "pid " + std::to_string(getpid()),
                                .threads = options.worker_threads,
                                .demand =
                                    job_demand(options, "jobs", directory, forecast.hints, clock)});
        made.worker->start();
        made.recordings = recordings_worker(installation, options, cluster, directory, *store,
                                            forecast.hints, clock, rng);
        made.recordings->start();
        made.bells = std::make_unique<timetable::BellWriter>(
            [&cluster] { return std::make_unique<tenancy::Database>(cluster, "bells"); }, directory,
            clock, rng);
        made.bells->start();
    }
    made.audit =
        std::make_unique<audit::Writer>(std::make_unique<tenancy::Database>(cluster, "audit"),
                                        directory, audit_key, keys, clock, rng);
    made.audit->start();
    forecast.keeper.start(
        [&cluster] { return std::make_unique<tenancy::Database>(cluster, "forecast"); });
    return made;
}

void Background::stop() {
    if (mail)
        mail->stop();
    if (worker)
        worker->stop();
    if (recordings)
        recordings->stop();
    if (bells)
        bells->stop();
    forecast->keeper.stop();
    audit->stop();
}

} // namespace bw::app
