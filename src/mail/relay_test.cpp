// The outbox and the relay against a real SMTP server (tests/mail) and a real database: every state
// of a mail, and what faults of either end do.
#include "mail/relay.hpp"

#include <gtest/gtest.h>

#include "mail/smtp_sink.hpp"
#include "support/installation.hpp"

namespace bw::mail {
namespace {

using test::SmtpSink;

/// The wall clock can be set forward by hand, for backoff and leases; deadlines go on as ever.
class SettableClock final : public Clock {
public:
    Instant now() const override { return system_.now() + ahead_; }
    Monotonic monotonic() const override { return system_.monotonic(); }
    void advance(Duration d) { ahead_ += d; }

private:
    SystemClock system_;
    Duration ahead_{};
};

class RelayTest : public testing::Test {
protected:
    void SetUp() override {
        if (!SmtpSink::available())
            GTEST_SKIP() << "no mail was sent: node, or the packages of tests/mail (npm ci), are "
                            "missing";
    }
    MailId enqueue(const tenancy::TenantInfo& tenant, const std::string& to,
                   std::optional<UserId> person = std::nullopt) {
        auto id = database_->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return mail::enqueue(tx, {"test", "en", {{"institution", tenant.name}}, to, person},
                                 keys_, clock_, rng_);
        });
        EXPECT_TRUE(id) << id.error().text();
        return id.value_or(MailId{});
    }
    Progress progress(const tenancy::TenantInfo& tenant, MailId mail) {
        auto found = database_->run(tenant.scope, soon(),
                                    [&](tenancy::TenantTx& tx) { return read_mail(tx, mail); });
        EXPECT_TRUE(found && *found);
        return **found;
    }
    std::unique_ptr<Relay> relay(SmtpOptions smtp, RelayOptions options = {}) {
        installation_.refresh(directory_);
        options.sender.address = "noreply@bellwether.example";
        return std::make_unique<Relay>(installation_.database(), *Smtp::make(std::move(smtp)),
                                       directory_, keys_, clock_, rng_, options);
    }
    SmtpOptions plain(const SmtpSink& sink) { return {.url = sink.url(), .require_tls = false}; }
    std::string readable_payloads() {
        return installation_.superuser().value(
            "select count(*) from mail_outbox where payload is not null");
    }
    Deadline soon() const { return Deadline::in(clock_, 20s); }

    test::Installation installation_;
    SettableClock clock_;
    SystemRng rng_;
    tenancy::TenantInfo north_ = installation_.provision("north");
    std::unique_ptr<tenancy::Database> database_ = installation_.database();
    audit::SubjectKeys keys_{SecretKey{9}};
    tenancy::TenantDirectory directory_;
};

TEST_F(RelayTest, EveryReplyOfTheServerLeadsToItsState) {
    struct Case {
        std::string to;
        State state;
        std::optional<int> code;
        std::string status;
    };
    const Case cases[] = {
        {"ada@school.example", State::sent, 250, ""},
        {"unknown@school.example", State::refused, 550, "5.1.1"},
        {"busy@school.example", State::queued, 451, "4.3.0"},
        {"spam@school.example", State::refused, 554, "5.7.1"},
        {"grace@school.example", State::sent, 250, ""}, // the connection goes on after refusals
    };
    SmtpSink sink;
    std::vector<MailId> mails;
    for (const Case& c : cases) {
        mails.push_back(enqueue(north_, c.to));
        clock_.advance(1ms);
    }
    auto sender = relay(plain(sink));
    auto tried = sender->step();
    ASSERT_TRUE(tried) << tried.error().text();
    EXPECT_EQ(*tried, std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        const Progress found = progress(north_, mails[i]);
        EXPECT_EQ(found.state, cases[i].state) << cases[i].to;
        EXPECT_EQ(found.reply.code, cases[i].code) << cases[i].to;
        if (!cases[i].status.empty()) {
            EXPECT_EQ(found.reply.status.value_or(""), cases[i].status) << cases[i].to;
        }
        EXPECT_EQ(found.attempts, 1) << cases[i].to;
        EXPECT_EQ(found.ended_at.has_value(), cases[i].state != State::queued) << cases[i].to;
    }
    EXPECT_EQ(readable_payloads(), "1") << "what has ended says nothing any more";
    const std::string first = sink.line();
    for (const char* part :
         {R"("to":["ada@school.example"])", R"("subject":"Mail from Institution north works")",
          R"("address":"noreply@bellwether.example")", R"("name":"Institution north")"})
        EXPECT_NE(first.find(part), std::string::npos) << part << " in " << first;

    // Not before its time, then again.
    EXPECT_EQ(sender->step().value_or(99), 0u);
    clock_.advance(2min);
    EXPECT_EQ(sender->step().value_or(99), 1u);
    EXPECT_EQ(progress(north_, mails[2]).attempts, 2);
    // Until nobody wants it any more.
    clock_.advance(25h);
    EXPECT_EQ(sender->step().value_or(99), 1u);
    EXPECT_EQ(progress(north_, mails[2]).state, State::expired);
    EXPECT_EQ(sender->status().expired, 1u);
    EXPECT_EQ(readable_payloads(), "0");
}

TEST_F(RelayTest, AMailLostAfterItsContentGoesAgainUnderTheSameMessageId) {
    SmtpSink sink;
    const MailId mail = enqueue(north_, "hangup@school.example");
    auto sender = relay(plain(sink));
    EXPECT_EQ(sender->step().value_or(99), 1u);
    EXPECT_EQ(sink.line(), R"({"hung_up":true})");
    EXPECT_EQ(progress(north_, mail).state, State::queued);
    clock_.advance(2min);
    EXPECT_EQ(sender->step().value_or(99), 1u);
    EXPECT_EQ(progress(north_, mail).state, State::sent);
    EXPECT_NE(sink.line().find("<" + mail.text() + "@"), std::string::npos);
}

TEST_F(RelayTest, WhileTheServerIsAwayNoAttemptIsCountedAndNothingIsLost) {
    auto sink = std::make_unique<SmtpSink>();
    const SmtpOptions away = plain(*sink);
    sink->stop();
    std::vector<MailId> mails;
    for (int i = 0; i < 3; ++i)
        mails.push_back(enqueue(north_, "ada@school.example"));
    auto sender = relay(away);
    EXPECT_EQ(sender->step().value_or(99), 0u);
    EXPECT_FALSE(sender->status().server_reached);
    for (MailId mail : mails) {
        EXPECT_EQ(progress(north_, mail).state, State::queued);
        EXPECT_EQ(progress(north_, mail).attempts, 0);
    }
    clock_.advance(2min);
    SmtpSink back;
    auto other = relay(plain(back));
    EXPECT_EQ(other->step().value_or(99), 3u);
    EXPECT_EQ(other->status().sent, 3u);
}

TEST_F(RelayTest, AWrongPasswordOrSenderIsTheInstallationsFaultNotTheMails) {
    for (const bool wrong_password : {true, false}) {
        SmtpSink sink(wrong_password ? std::vector<std::string>{"--auth", "bw:right"}
                                     : std::vector<std::string>{"--refuse-sender"});
        SmtpOptions options = plain(sink);
        if (wrong_password) {
            options.user = "bw";
            options.password = "wrong";
        }
        const MailId mail = enqueue(north_, "ada@school.example");
        auto sender = relay(options);
        ASSERT_TRUE(sender->step());
        EXPECT_EQ(progress(north_, mail).state, State::queued) << wrong_password;
        EXPECT_EQ(progress(north_, mail).attempts, 0) << wrong_password;
        EXPECT_FALSE(sender->status().server_reached);
        clock_.advance(25h); // out of the next round's way
    }
    SmtpSink sink({"--auth", "bw:right"});
    SmtpOptions right = plain(sink);
    right.user = "bw";
    right.password = "right";
    enqueue(north_, "ada@school.example");
    EXPECT_GE(relay(right)->step().value_or(0), 1u);
    EXPECT_NE(sink.line().find(R"("user":"bw")"), std::string::npos);
}

TEST_F(RelayTest, WithoutTheTlsThatIsRequiredNothingIsSaid) {
    SmtpSink in_the_clear;
    enqueue(north_, "ada@school.example");
    auto sender = relay({.url = in_the_clear.url(), .require_tls = true});
    EXPECT_EQ(sender->step().value_or(99), 0u);
    EXPECT_FALSE(sender->status().server_reached);

    // A certificate that nobody vouches for is no TLS either.
    SmtpSink self_signed({"--tls"});
    clock_.advance(2min);
    auto strict = relay({.url = self_signed.url(), .require_tls = true});
    EXPECT_EQ(strict->step().value_or(99), 0u);
    EXPECT_FALSE(strict->status().server_reached);
}

TEST_F(RelayTest, OneTenantsFloodDelaysNoOthersMail) {
    const auto south = installation_.provision("south");
    for (int i = 0; i < 30; ++i)
        enqueue(north_, "ada@school.example");
    clock_.advance(1ms);
    const MailId late = enqueue(south, "grace@school.example");
    SmtpSink sink;
    auto sender = relay(plain(sink), {.batch_items_limit = 20, .tenant_items_limit = 5});
    EXPECT_EQ(sender->step().value_or(99), 6u);
    EXPECT_EQ(progress(south, late).state, State::sent);
}

TEST_F(RelayTest, AClaimedMailIsNobodyElsesUntilItsLeaseEnds) {
    const MailId mail = enqueue(north_, "ada@school.example");
    auto take = [&] {
        auto taken = database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) {
            return claim(tx, {mail}, clock_.now(), clock_.now() + 10min, keys_);
        });
        EXPECT_TRUE(taken);
        return taken->mails.size();
    };
    EXPECT_EQ(take(), 1u); // and whoever took it is killed
    EXPECT_EQ(take(), 0u);
    SmtpSink sink;
    auto sender = relay(plain(sink));
    EXPECT_EQ(sender->step().value_or(99), 0u);
    clock_.advance(11min);
    EXPECT_EQ(sender->step().value_or(99), 1u);
    EXPECT_EQ(progress(north_, mail).state, State::sent);
    EXPECT_EQ(progress(north_, mail).attempts, 2);
}

TEST_F(RelayTest, NothingIsSentToWhoWasErased) {
    const UserId person = UserId::make(clock_.now(), rng_);
    const MailId mail = enqueue(north_, "ada@school.example", person);
    const std::string stored =
        installation_.superuser().value("select string_agg(o::text, ' ') from mail_outbox o");
    for (const std::string& readable : {std::string("school.example"), to_hex("school.example")})
        EXPECT_EQ(stored.find(readable), std::string::npos) << stored;
    ASSERT_TRUE(database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) {
        return audit::erase_subject_key(tx, person, clock_.now());
    }));
    SmtpSink sink;
    auto sender = relay(plain(sink));
    EXPECT_EQ(sender->step().value_or(99), 0u);
    EXPECT_EQ(progress(north_, mail).state, State::expired);
    auto again = database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) {
        return mail::enqueue(tx,
                             {"test", "en", {{"institution", "N"}}, "ada@school.example", person},
                             keys_, clock_, rng_);
    });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::conflict);
}

TEST_F(RelayTest, AMailStandsOnlyWithItsDeedAndABadAddressChangesNothing) {
    for (const bool bad_address : {true, false}) {
        auto undone =
            database_->run(north_.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
                TRY(mail::enqueue(tx,
                                  {"test",
                                   "en",
                                   {{"institution", "N"}},
                                   bad_address ? "nobody" : "ada@school.example",
                                   std::nullopt},
                                  keys_, clock_, rng_));
                return fail(Code::conflict, "the deed failed");
            });
        EXPECT_EQ(undone.error().code, bad_address ? Code::invalid_field : Code::conflict);
    }
    EXPECT_EQ(installation_.superuser().value("select count(*) from mail_outbox"), "0");
}

TEST_F(RelayTest, TheThreadSendsAndStops) {
    SmtpSink sink;
    auto sender = relay(plain(sink), {.interval = 10ms});
    sender->start();
    enqueue(north_, "ada@school.example");
    EXPECT_NE(sink.line().find("ada@school.example"), std::string::npos);
    sender->stop();
    sender->stop();
    EXPECT_EQ(sender->status().sent, 1u);
}

TEST(Smtp, AUrlOfAnotherKindIsRefused) {
    for (const char* url :
         {"", "smtp://", "http://x", "mail.example:25", "smtp://me:secret@host"}) {
        auto made = Smtp::make({.url = url});
        ASSERT_FALSE(made) << url;
        EXPECT_EQ(made.error().code, Code::invalid_field);
        EXPECT_EQ(made.error().text().find("secret"), std::string::npos);
    }
}

} // namespace
} // namespace bw::mail
