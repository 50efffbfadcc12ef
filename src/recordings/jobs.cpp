#include "recordings/jobs.hpp"

#include <memory>

#include "audit/audit.hpp"
#include "base/json.hpp"
#include "base/json_object.hpp"
#include "recordings/recordings_sql.hpp"

namespace bw::recordings {

namespace {

constexpr Duration taking_limit = 1h, transcoding_limit = 6h;
constexpr std::int64_t swept_at_once = 100;

jobs::NewJob job_of(const char* kind, RecordingId id, int attempts) {
    JsonWriter args;
    args.object().member("recording_id", id.text()).end();
    return {.kind = kind,
            .args = args.take(),
            .priority = jobs::Priority::low,
            .attempts_max = attempts};
}

} // namespace

jobs::NewJob taking_job(RecordingId id) {
    return job_of("recording.take", id, 20);
}
jobs::NewJob transcoding_job(RecordingId id) {
    return job_of("recording.transcode", id, 5);
}
jobs::NewJob sweep_job() {
    return {.kind = "recording.sweep"};
}

Result<RecordingId> recording_of(const jobs::Job& job) {
    const auto args = TRY(JsonObject::parse(job.args, {"recording_id"}));
    const auto id = RecordingId::parse(TRY(args.string("recording_id", 64)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", "recording_id");
    return *id;
}

jobs::Effect finished(const JobParts& parts, RecordingId id, std::int64_t manifest,
                      const Sha256& sha256, const Totals& totals) {
    return [&clock = parts.clock, &rng = parts.rng, id, manifest, sha256,
            totals](tenancy::TenantTx& tx) -> Result<void> {
        if (!TRY(finish(tx, id, manifest, sha256, totals, clock.now())))
            return {}; // it was removed meanwhile: the sweep takes what was written
        JsonWriter details;
        details.object()
            .member("bytes", totals.bytes)
            .member("seconds", totals.duration_ms / 1'000)
            .member("gaps", totals.gaps)
            .end();
        return audit::record(tx, {"worker", "recording.made", id.text(), details.take()}, clock,
                             rng);
    };
}

jobs::Effect failed(RecordingId id, const Error& error) {
    return [id, error](tenancy::TenantTx& tx) -> Result<void> {
        TRY(fail_recording(tx, id, error));
        return {};
    };
}

/// The objects go before the rows that know of them.
Result<jobs::Outcome> sweep(const JobParts& parts, const jobs::Attempt& attempt) {
    const Instant name_kept = parts.clock.now() - parts.archive_kept - 24h;
    struct Left {
        RecordingId id;
        std::int64_t numbers;
    };
    const auto left = TRY(attempt.database.run(
        attempt.tenant.scope, attempt.deadline,
        [&](tenancy::TenantTx& tx) -> Result<std::vector<Left>> {
            if (parts.keep > Duration::zero())
                TRY(tx.run(sql::remove_old, pg::Params().instant(parts.clock.now() - parts.keep)));
            const auto rows =
                TRY(tx.run(sql::to_sweep, pg::Params().int8(swept_at_once).instant(name_kept)));
            std::vector<Left> out;
            for (int row = 0; row < rows.count(); ++row)
                out.push_back({rows.id<RecordingId>(row, 0), rows.int8(row, 1)});
            return out;
        }));
    std::vector<Uuid> gone;
    for (const Left& one : left) {
        CHECK_OK(parts.store.remove_series(object_prefix(attempt.tenant.scope.tenant(), one.id),
                                           one.numbers, {}, attempt.deadline));
        gone.push_back(one.id.uuid);
    }
    return jobs::Effect([gone, name_kept](tenancy::TenantTx& tx) -> Result<void> {
        TRY(tx.run(sql::classes_without, pg::Params().uuids(gone)));
        TRY(tx.run(sql::swept, pg::Params().uuids(gone).instant(name_kept)));
        return {};
    });
}

namespace {

/// Whose last attempt was in vain has failed, and people are told.
Result<jobs::Outcome> or_failed(const jobs::Attempt& attempt, Result<jobs::Outcome> outcome) {
    if (outcome || attempt.stop.stop_requested() || attempt.job.attempt < attempt.job.attempts_max)
        return outcome;
    return failed(TRY(recording_of(attempt.job)), outcome.error());
}

} // namespace

std::vector<jobs::Kind> job_kinds(const JobParts& parts) {
    // What a process that is gone left there.
    std::error_code ignored;
    if (!parts.scratch.empty())
        std::filesystem::remove_all(parts.scratch, ignored);
    const auto shared = std::make_shared<const JobParts>(parts);
    const auto by = [&shared](auto deed) {
        return [shared, deed](const jobs::Attempt& attempt) { return deed(*shared, attempt); };
    };
    std::vector<jobs::Kind> out;
    out.push_back({.name = "recording.transcode",
                   .handler =
                       [shared](const jobs::Attempt& attempt) {
                           return or_failed(attempt, transcode(*shared, attempt));
                       },
                   .time_limit = transcoding_limit});
    out.push_back(
        {.name = "recording.sweep", .handler = by(sweep), .time_limit = 5min, .every = 1h});
    if (!parts.archive.empty()) {
        out.push_back({.name = "recording.take",
                       .handler =
                           [shared](const jobs::Attempt& attempt) {
                               return or_failed(attempt, take(*shared, attempt));
                           },
                       .time_limit = taking_limit,
                       .backoff_max = 5min});
        out.push_back({.name = "recording.look",
                       .handler = by(look_for_classes),
                       .time_limit = 5min,
                       .every = 2min});
    }
    return out;
}

} // namespace bw::recordings
