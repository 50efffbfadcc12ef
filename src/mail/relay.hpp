// The relay: one thread that takes due mails of all tenants out of the outbox and hands them to the
// mail server, fairly between tenants, again until they are taken, refused or too old.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "mail/outbox.hpp"
#include "mail/smtp.hpp"
#include "tenancy/directory.hpp"

namespace bw::mail {

struct RelayOptions {
    Sender sender; // its name is replaced by the institution's
    std::int32_t batch_items_limit = 50;
    std::int32_t tenant_items_limit = 10;          // of one batch
    Duration lease = 10min;                        // longer than a whole batch may take
    Duration interval = 2s;                        // between looks into the outbox
    Duration backoff_min = 1min, backoff_max = 1h; // between attempts of one mail
    Duration pause_min = 1s, pause_max = 1min;     // while the mail server cannot be reached
    Duration deadline = 10s;                       // of one database transaction
};

struct RelayStatus {
    std::uint64_t sent, refused, postponed, expired;
    bool server_reached; // by the last attempt
    bool failing;        // the last look into the outbox
};

class Relay {
public:
    Relay(std::unique_ptr<tenancy::Database> database, std::unique_ptr<Smtp> smtp,
          const tenancy::TenantDirectory& directory, const audit::SubjectKeys& keys,
          const Clock& clock, Rng& rng, RelayOptions options);
    ~Relay();

    void start();
    /// Lets the mail that is being sent end; thread-safe.
    void stop();
    /// One look into the outbox and one batch; how many mails were tried. For tests without the
    /// thread.
    Result<std::size_t> step();
    RelayStatus status() const; // thread-safe

private:
    void run(const std::stop_token& stop);
    Result<std::size_t> send_of(const tenancy::TenantInfo& tenant,
                                const std::vector<MailId>& mails);
    Result<void> settle(const tenancy::TenantInfo& tenant, const Claimed& mail,
                        const Delivery& delivery);
    Duration backoff(int attempts);
    Deadline soon() const { return Deadline::in(clock_, options_.deadline); }

    const std::unique_ptr<tenancy::Database> database_; // the thread's, or who calls step()
    const std::unique_ptr<Smtp> smtp_;
    const tenancy::TenantDirectory& directory_;
    const audit::SubjectKeys keys_;
    const Clock& clock_;
    Rng& rng_;
    const RelayOptions options_;
    Duration pause_{}; // none: the server was reached
    std::atomic<bool> stopping_ = false;
    std::atomic<std::uint64_t> sent_ = 0, refused_ = 0, postponed_ = 0, expired_ = 0;
    std::atomic<bool> server_reached_ = true, failing_ = false;
    std::mutex mutex_; // for wake_ alone
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::mail
