#include "app/token_keys.hpp"

#include <thread>

#include "telemetry/log.hpp"

namespace bw::app {

Result<std::unique_ptr<TokenKeys>> TokenKeys::open(const Installation& installation,
                                                   const ServeOptions& options, const Clock& clock,
                                                   Rng& rng) {
    auto master = TRY(installation.master_key(rng));
    std::unique_ptr<TokenKeys> made(
        new TokenKeys(installation, options, std::move(master), clock, rng));
    if (auto text = Installation::read_file(installation.signing_keys_file()))
        if (auto taken = made->ring.from_file(*text + "\n", clock.now()); !taken)
            log::warn("signing_keys_file_refused", {{"error", taken.error().text()}});
    if (auto former = TRY(installation.former_token_key()))
        made->take_former(*former, rng);
    return made;
}

TokenKeys::TokenKeys(const Installation& installation, const ServeOptions& options,
                     const SecretKey& with, const Clock& clock, Rng& rng)
    : master(with), ring(with),
      feed(ring, with, clock, rng,
           {.makes_keys = options.roles.contains("auth"),
            .rotate_every = options.token_key_days * 24h,
            .algorithm = tenancy::token_algorithm_from(options.token_signing)},
           [file = installation.signing_keys_file()](const std::string& text) {
               if (auto saved = Installation::write_file(file, text, true); !saved)
                   log::warn("signing_keys_not_saved", {{"error", saved.error().text()}});
           }),
      installation_(installation), clock_(clock), signs_(options.roles.contains("auth")) {}

/// Into the ring as any other: the feed's first step writes it into the database, which lacks it.
void TokenKeys::take_former(const Installation::FormerTokenKey& former, Rng& rng) {
    const tenancy::TokenKey key(former.key);
    const tenancy::KeyRecord record{.kid = key.kid(),
                                    .algorithm = key.algorithm(),
                                    .sealed = tenancy::seal_token_key(key, master, rng),
                                    .announced_at = former.since,
                                    .signs_from = former.since};
    ring.merge({&record, 1}, clock_.now());
    has_former_ = true;
}

Result<void> TokenKeys::begin(tenancy::RevocationFeed& revocations, Deadline deadline) const {
    bool reached = revocations.step().has_value();
    while (!reached && signs_ && !ring.signer(clock_.now()) && !deadline.expired(clock_)) {
        std::this_thread::sleep_for(200ms);
        reached = revocations.step().has_value();
    }
    return check(reached);
}

Result<void> TokenKeys::check(bool reached) const {
    if (reached && has_former_)
        CHECK_OK(installation_.forget_former_token_key());
    if (!signs_ || ring.signer(clock_.now()))
        return {};
    if (!reached)
        return fail(Code::unavailable, "the database is away, and no file tells the keys that "
                                       "access tokens are signed with");
    return fail(Code::forbidden, "the keys in the database are sealed under another master key "
                                 "than secrets/master.key: copy it from another server");
}

} // namespace bw::app
