#include "app/common_parts.hpp"

#include "app/budget.hpp"
#include "app/files.hpp"
#include "app/preparing.hpp"
#include "telemetry/log.hpp"

namespace bw::app {

namespace {

/// Takes in what the last process knew of ended sessions; what writes down what this one knows.
std::function<void(const std::string&)> keep_revocations(const Installation& installation,
                                                         tenancy::Revocations& revocations) {
    const std::filesystem::path file = installation.revocations_file();
    if (auto text = Installation::read_file(file))
        if (auto taken = revocations.from_file(*text + "\n"); !taken)
            log::warn("revocations_file_refused", {{"error", taken.error().text()}});
    return [file](const std::string& text) {
        if (auto saved = Installation::write_file(file, text, false); !saved)
            log::warn("revocations_not_saved", {{"error", saved.error().text()}});
    };
}

tenancy::ClusterOptions servers_of(const Installation& installation, const std::string& primary) {
    tenancy::ClusterOptions servers{.primary = primary};
    if (auto replica = installation.replica_conninfo("bw_app"))
        servers.replicas.push_back(*std::move(replica));
    return servers;
}

} // namespace

struct CommonParts::Opened {
    std::string conninfo;
    std::unique_ptr<TokenKeys> keys;
    ReceiptKeys receipt_keys;
    SigningKey audit_key;
    std::unique_ptr<Observation> observation;
};

CommonParts::CommonParts(const Installation& its, const ServeOptions& with, const Clock& time,
                         Rng& chance, Opened opened)
    : installation(its), options(with), clock(time), rng(chance),
      conninfo(std::move(opened.conninfo)), keys(std::move(opened.keys)),
      receipt_keys(std::move(opened.receipt_keys)), audit_key(std::move(opened.audit_key)),
      observation(std::move(opened.observation)),
      cluster(servers_of(installation, conninfo), clock, rng),
      refresher(directory, installation, conninfo, clock),
      feed(std::make_unique<tenancy::Database>(cluster, "revocations"), revocations, directory,
           clock, rng, {}, keep_revocations(installation, revocations), &keys->feed),
      verifier(options.issuer, keys->ring, directory, revocations, clock, rng),
      gate(verifier, directory, options.base_host),
      load(directory, plans, clock, keeper_options(options)) {}

Result<std::unique_ptr<CommonParts>> CommonParts::open(const Installation& installation,
                                                       const ServeOptions& options,
                                                       const Clock& clock, Rng& rng) {
    const bool takes_in = options.roles.contains("intake");
    // First: a mistyped directory gets no keys.
    std::string conninfo = TRY(installation.conninfo("bw_app"));
    auto keys = TRY(TokenKeys::open(installation, options, clock, rng));
    auto receipt_keys = TRY(takes_in ? installation.next_receipt_keys(clock.now(), rng)
                                     : installation.receipt_keys(rng));
    auto audit_key = TRY(installation.key("audit", rng));
    auto observation = TRY(Observation::start(options, clock, rng));
    std::unique_ptr<CommonParts> made(new CommonParts(installation, options, clock, rng,
                                                      {.conninfo = std::move(conninfo),
                                                       .keys = std::move(keys),
                                                       .receipt_keys = std::move(receipt_keys),
                                                       .audit_key = std::move(audit_key),
                                                       .observation = std::move(observation)}));
    // Intake must read in the database how far its journal is recorded, so it waits for it.
    CHECK_OK(made->refresher.begin(!takes_in));
    CHECK_OK(check_budget(options, made->conninfo, clock));
    CHECK_OK(made->keys->begin(made->feed, Deadline::in(clock, database_wait_at_start)));
    made->feed.start();
    if (made->has("api") || made->has("worker") || made->has("report"))
        made->store = TRY(open_store(installation, options, clock, rng));
    return made;
}

} // namespace bw::app
