#include "app/files.hpp"

#include <poll.h>

#include "blob/directory_store.hpp"
#include "blob/s3_store.hpp"

namespace bw::app {

namespace {

constexpr std::size_t queue_limit = 4'096; // one item an upload at most, and requests
constexpr Duration settle_limit = 5s, store_wait_at_start = 30s;
constexpr std::uint64_t mib = 1024 * 1024;
constexpr int settle_look_ms = 10;

} // namespace

Result<std::unique_ptr<blob::Store>> open_store(const Installation& installation,
                                                const ServeOptions& options, const Clock& clock,
                                                Rng& rng) {
    if (options.s3_endpoint.empty())
        return blob::open_directory_store(
            options.files.empty() ? installation.files() : std::filesystem::path(options.files),
            {.bytes_kept_free = options.files_mib_kept_free * mib});
    if (!options.s3_endpoint.contains("://") || options.s3_bucket.empty())
        return fail(Code::invalid_field, "expected https://HOST, and a bucket beside it",
                    options.s3_bucket.empty() ? "--s3-bucket" : "--s3-endpoint");
    if (!options.s3_public_endpoint.empty() && !options.s3_public_endpoint.contains("://"))
        return fail(Code::invalid_field, "expected https://HOST", "--s3-public-endpoint");
    return blob::open_s3_store({.account = {.endpoint = options.s3_endpoint,
                                            .region = options.s3_region,
                                            .bucket = options.s3_bucket,
                                            .access_key = options.s3_access_key,
                                            .secret_key = TRY(installation.s3_secret())},
                                .public_endpoint = options.s3_public_endpoint},
                               clock, rng, Deadline::in(clock, store_wait_at_start));
}

Result<FileParts> open_files(const Installation& installation, const ServeOptions& options,
                             blob::Store& store, tenancy::Cluster& cluster,
                             const tenancy::TenantDirectory& directory, const tenancy::Gate& gate,
                             telemetry::SpanQueue* spans, const Clock& clock, Rng& rng) {
    FileParts made;
    made.lane = std::make_unique<tenancy::DatabaseLane>(
        lane::Budget{.name = "files",
                     .threads = options.file_threads,
                     .queue_items_limit = queue_limit,
                     .spans = spans},
        clock, [&cluster] { return std::make_unique<tenancy::Database>(cluster, "files"); });
    const files::Parts parts{store,
                             clock,
                             rng,
                             {.upload_bytes = options.upload_mib_limit * mib,
                              .person_bytes = options.person_files_mib_limit * mib,
                              .tenant_bytes = options.tenant_files_mib_limit * mib}};
    made.sweeper = std::make_unique<files::Sweeper>(
        parts, std::make_unique<tenancy::Database>(cluster, "files sweep"), directory);
    made.sweeper->start();
    made.routes = std::make_unique<files::RouteParts>(
        files::RouteParts{.gate = gate,
                          .lane = *made.lane,
                          .parts = parts,
                          .links = files::LinkSigner(TRY(installation.key("files", rng)).seed())});
    return made;
}

void FileParts::stop(const Clock& clock) {
    if (!lane)
        return;
    sweeper->stop();
    const Deadline limit = Deadline::in(clock, settle_limit);
    for (lane::LaneStatus now = lane->status();
         now.queued + now.running > 0 && !limit.expired(clock); now = lane->status())
        ::poll(nullptr, 0, settle_look_ms);
    lane->stop();
}

} // namespace bw::app
