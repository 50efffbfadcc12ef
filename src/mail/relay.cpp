#include "mail/relay.hpp"

#include <algorithm>
#include <map>

#include "lane/lane.hpp"
#include "mail/mail_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::mail {

Relay::Relay(std::unique_ptr<tenancy::Database> database, std::unique_ptr<Smtp> smtp,
             const tenancy::TenantDirectory& directory, const audit::SubjectKeys& keys,
             const Clock& clock, Rng& rng, RelayOptions options)
    : database_(std::move(database)), smtp_(std::move(smtp)), directory_(directory), keys_(keys),
      clock_(clock), rng_(rng), options_(std::move(options)) {}

Relay::~Relay() {
    stop();
}

void Relay::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Relay::stop() {
    stopping_ = true;
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

RelayStatus Relay::status() const {
    return {sent_, refused_, postponed_, expired_, server_reached_, failing_};
}

void Relay::run(const std::stop_token& stop) {
    lane::name_this_thread("mail");
    while (!stop.stop_requested()) {
        auto tried = step();
        failing_ = !tried;
        if (!tried)
            log::warn("mail_relay_failed", {{"error", tried.error().text()}});
        if (tried && *tried > 0 && server_reached_)
            continue; // there may be more
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, server_reached_ ? options_.interval : pause_,
                       [&] { return stop.stop_requested(); });
    }
}

Result<std::size_t> Relay::step() {
    pg::Params params;
    params.instant(clock_.now()).int4(options_.tenant_items_limit).int4(options_.batch_items_limit);
    const auto due = TRY(database_->run_batch({}, {{sql::due, std::move(params)}}, soon()));
    std::map<TenantId, std::vector<MailId>> mails;
    for (int row = 0; row < due[0].count(); ++row)
        mails[due[0].id<TenantId>(row, 0)].push_back(due[0].id<MailId>(row, 1));
    std::size_t tried = 0;
    for (const auto& [id, of_tenant] : mails) {
        const auto tenant = directory_.by_id(id);
        if (!tenant)
            continue; // newer than our directory: next time
        tried += TRY(send_of(*tenant, of_tenant));
        if (!server_reached_ || stopping_)
            break;
    }
    return tried;
}

Result<std::size_t> Relay::send_of(const tenancy::TenantInfo& tenant,
                                   const std::vector<MailId>& mails) {
    const Instant now = clock_.now();
    const Claim claimed =
        TRY(database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<Claim> {
            Claim claim = TRY(mail::claim(tx, mails, now, now + options_.lease, keys_));
            for (MailId mail : claim.unreadable)
                CHECK_OK(finish(tx, mail, State::expired, {}, now));
            return claim;
        }));
    expired_ += claimed.unreadable.size();
    Sender sender = options_.sender;
    sender.name = tenant.name;
    std::size_t tried = 0;
    for (const Claimed& mail : claimed.mails) {
        if (stopping_)
            break;
        if (mail.expires_at <= clock_.now()) {
            ++expired_;
            CHECK_OK(database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
                return finish(tx, mail.id, State::expired, {}, clock_.now());
            }));
            ++tried;
            continue;
        }
        const Delivery delivery = smtp_->send(sender.address, mail.message.to,
                                              compose(mail.message, mail.id, sender, clock_.now()));
        server_reached_ = delivery.outcome != Delivery::Outcome::unreachable;
        pause_ = server_reached_ ? Duration{}
                                 : std::clamp(pause_ * 2, options_.pause_min, options_.pause_max);
        if (!server_reached_) {
            log::warn("mail_server_unreachable",
                      {{"reason", delivery.reason}, {"code", delivery.code.value_or(0)}});
            break;
        }
        ++tried;
        CHECK_OK(settle(tenant, mail, delivery));
    }
    if (tried < claimed.mails.size()) {
        std::vector<MailId> rest;
        for (std::size_t i = tried; i < claimed.mails.size(); ++i)
            rest.push_back(claimed.mails[i].id);
        CHECK_OK(database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return hand_back(tx, rest, clock_.now() + pause_);
        }));
    }
    return tried;
}

Result<void> Relay::settle(const tenancy::TenantInfo& tenant, const Claimed& mail,
                           const Delivery& delivery) {
    const Reply reply{delivery.code, delivery.status};
    const Instant now = clock_.now();
    return database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        switch (delivery.outcome) {
        case Delivery::Outcome::accepted:
            ++sent_;
            return finish(tx, mail.id, State::sent, reply, now);
        case Delivery::Outcome::refused:
            ++refused_;
            log::info("mail_refused", {{"mail", mail.id.text()},
                                       {"code", delivery.code.value_or(0)},
                                       {"status", delivery.status.value_or("")}});
            return finish(tx, mail.id, State::refused, reply, now);
        case Delivery::Outcome::postponed:
        case Delivery::Outcome::unknown: // sent again under the same Message-ID
        case Delivery::Outcome::unreachable:
            ++postponed_;
            return postpone(tx, mail.id, now + backoff(mail.attempts), reply);
        }
        return {};
    });
}

/// Doubles from attempt to attempt; jittered by a quarter either way, so that what failed together
/// does not come back together.
Duration Relay::backoff(int attempts) {
    const int doublings = std::clamp(attempts - 1, 0, 20);
    const Duration plain =
        std::min(options_.backoff_min * (std::int64_t{1} << doublings), options_.backoff_max);
    return std::chrono::duration_cast<Duration>(plain * (0.75 + rng_.unit() / 2));
}

} // namespace bw::mail
