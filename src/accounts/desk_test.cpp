// Passwords changed, reset by mail and chosen with links and codes, against a real database and a
// real mail server: the tables of the README, and what nobody can do with another's.
#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "accounts/school_for_test.hpp"
#include "mail/relay.hpp"
#include "mail/smtp_sink.hpp"
#include "support/epoch_last.hpp"

namespace bw::accounts {
namespace {

using testing::HasSubstr;

struct Desk : School {
    std::string change(const std::string& current, const std::string& next) {
        auto changed = desk.change(*database, here, ada_id, {}, current, next, soon());
        clock.advance(1ms);
        return changed ? "" : std::string(wire_name(changed.error().code)) + changed.error().field;
    }
    std::string state_of(VoucherId id) {
        auto page = database->run(north.scope, soon(), [&](tenancy::TenantTx& tx) {
            return list_invitations(tx, clock.now(), std::nullopt, 10);
        });
        for (const Invitation& invitation : page->items)
            if (invitation.id == id)
                return invitation.state;
        return "not listed";
    }
    std::size_t asked(const Institution& place, const PasswordDesk::Asked& asked) {
        auto persons = desk.asked_for(*database, place, asked, soon());
        EXPECT_TRUE(persons) << persons.error().text();
        return persons ? persons->size() : 99;
    }
    void forget(UserId person) {
        ASSERT_TRUE(database->run(
            north.scope, soon(), [&](tenancy::TenantTx& tx) { return forget_person(tx, person); }));
    }
};

TEST_F(Desk, AChangeAsksForTheOldPasswordAndAGoodNewOne) {
    struct Case {
        const char *what, *current, *next, *error;
    };
    const Case cases[] = {
        {"a wrong one", "three blue kettle", "seven red lamps", "invalid_field/current_password"},
        {"the neighbour's", "four green kettles", "seven red lamps",
         "invalid_field/current_password"},
        {"the same again", "three blue kettles", "three blue kettles",
         "invalid_field/new_password"},
        {"too short", "three blue kettles", "red", "invalid_field/new_password"},
        {"the commonest", "three blue kettles", "Password1!", "invalid_field/new_password"},
        {"her name", "three blue kettles", "adabyron1", "invalid_field/new_password"},
        {"her school's name", "three blue kettles", "Institution", "invalid_field/new_password"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(change(c.current, c.next), c.error) << c.what;
    EXPECT_TRUE(opens(north, "ada", "three blue kettles"));

    const Voucher card = voucher(north, ada_id, Purpose::card);
    const std::string before = count("revocations");
    EXPECT_EQ(change("three blue kettles", "seven red lamps"), "");
    EXPECT_TRUE(opens(north, "ada", "seven red lamps"));
    EXPECT_FALSE(opens(north, "ada", "three blue kettles"));
    EXPECT_TRUE(opens(south, "ada", "four green kettles")) << "the neighbour's stays";
    EXPECT_NE(count("revocations"), before) << "all that was issued before has ended";
    EXPECT_EQ(choose(here, {"", "ada", card.secret}, "nine white bells"), "forbidden")
        << "what was open ended with it";
    EXPECT_EQ(count("audit_events where action = 'password.changed'"), "1");
    EXPECT_EQ(count("mail_outbox where template = 'password_changed'"), "1");
}

TEST_F(Desk, WrongPasswordsAreCountedAndTimeForgetsThem) {
    for (std::int32_t i = 0; i < change_tries.tries; ++i)
        EXPECT_EQ(change("guess", "seven red lamps"), "invalid_field/current_password");
    EXPECT_EQ(change("three blue kettles", "seven red lamps"), "quota_exceeded")
        << "not even the right one";
    clock.advance(5min);
    auto later = desk.change(*database, here, ada_id, {}, "x", "seven red lamps", soon());
    ASSERT_FALSE(later);
    EXPECT_LE(later.error().retry_after, 10min) << "when the window ends";
    EXPECT_GE(later.error().retry_after, 9min);
    EXPECT_TRUE(opens(north, "ada", "three blue kettles"));
    clock.advance(change_tries.window + 1s);
    EXPECT_EQ(change("three blue kettles", "seven red lamps"), "");
}

TEST_F(Desk, WhoHasNoPasswordHasNoneToChange) {
    auto changed = desk.change(*database, here, bob_id, {}, "x", "seven red lamps", soon());
    EXPECT_EQ(changed.error().code, Code::conflict);
}

/// The README's table.
TEST_F(Desk, AVoucherCountsInOneStateAlone) {
    struct Case {
        const char* state;
        std::function<void(const Voucher&)> event;
    };
    auto revoke = [&](const Voucher& v) {
        ASSERT_TRUE(database->run(north.scope, soon(), [&](tenancy::TenantTx& tx) {
            return revoke_invitation(tx, v.id, clock.now());
        }));
    };
    const Case cases[] = {
        {"open", [](const Voucher&) {}},
        {"used",
         [&](const Voucher& v) {
             EXPECT_EQ(choose(here, {v.secret, "", ""}, "ten grey doors"), "");
         }},
        {"revoked", revoke},
        {"replaced", [&](const Voucher&) { voucher(north, bob_id, Purpose::invitation); }},
        {"replaced",
         [&](const Voucher&) { ASSERT_TRUE(set(north, "bob", "set by the operator")); }},
        {"expired", [&](const Voucher&) { clock.advance(lifetime_of(Purpose::invitation)); }},
    };
    for (const Case& c : cases) {
        run(north,
            "delete from credentials where user_id = '00000000-0000-7000-8000-00000000000b'");
        const Voucher made = voucher(north, bob_id, Purpose::invitation);
        c.event(made);
        EXPECT_EQ(state_of(made.id), c.state);
        EXPECT_EQ(choose(here, {made.secret, "", ""}, "six brown boats"),
                  std::string(c.state) == "open" ? "" : "forbidden")
            << c.state;
    }
    const Voucher made = voucher(north, bob_id, Purpose::invitation);
    run(north,
        "update users set status = 'inactive', username_normal = null where username = 'bob'");
    EXPECT_EQ(choose(here, {made.secret, "", ""}, "six brown boats"), "forbidden") << "inactive";
}

TEST_F(Desk, AWeakPasswordDoesNotUseTheLinkUp) {
    const Voucher made = voucher(north, bob_id, Purpose::reset);
    EXPECT_EQ(choose(here, {made.secret, "", ""}, "bob"), "invalid_field");
    EXPECT_EQ(choose(here, {made.secret, "", ""}, "six brown boats"), "");
    EXPECT_TRUE(opens(north, "bob", "six brown boats"));
}

TEST_F(Desk, OfTwoAtOnceOneUsesItUp) {
    const Voucher made = voucher(north, bob_id, Purpose::reset);
    auto use = [&](tenancy::TenantTx& tx) {
        return use_up(tx, {bob_id, made.id, {}}, clock.now());
    };
    EXPECT_TRUE(database->run(north.scope, soon(), use).value());
    EXPECT_FALSE(database->run(north.scope, soon(), use).value());
}

TEST_F(Desk, TwoSecretsOfOnePersonAtOnceWaitForEachOther) {
    installation.superuser().run(R"(
        create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
        create trigger slow before update on vouchers for each row execute function slow())");
    const Voucher link = voucher(north, bob_id, Purpose::reset),
                  card = voucher(north, bob_id, Purpose::card);
    auto other = installation.database();
    std::string there_said;
    std::jthread second([&] {
        auto chosen = desk.choose(*other, here, {link.secret, "", ""}, "six brown boats", soon());
        there_said = chosen ? "" : wire_name(chosen.error().code);
    });
    auto chosen = desk.choose(*database, here, {"", "bob", card.secret}, "ten grey doors", soon());
    second.join();
    const std::string here_said(chosen ? "" : wire_name(chosen.error().code));
    EXPECT_THAT((std::vector{here_said, there_said}),
                testing::UnorderedElementsAre("", "forbidden"))
        << "one uses its own up, and the other's was open no more";
}

TEST_F(Desk, WhoeverTakesTheRevocationEpochIsDone) {
    test::nothing_follows_the_epoch(installation.superuser());
    EXPECT_EQ(change("three blue kettles", "seven red lamps"), "");
    const Voucher link = voucher(north, bob_id, Purpose::reset);
    EXPECT_EQ(choose(here, {link.secret, "", ""}, "six brown boats"), "");
}

TEST_F(Desk, SecretsOfOneOpenNothingOfAnother) {
    const Voucher link = voucher(north, ada_id, Purpose::reset),
                  card = voucher(north, ada_id, Purpose::card);
    const std::string code = class_code(north, art, {ada_id});
    const Bearer bearers[] = {{link.secret, "", ""}, {"", "ada", card.secret}, {"", "ada", code}};
    for (const Bearer& bearer : bearers)
        EXPECT_EQ(choose(there, bearer, "six brown boats"), "forbidden")
            << "the neighbour has an Ada, too";
    EXPECT_EQ(choose(here, {"", "bob", card.secret}, "six brown boats"), "forbidden");
    EXPECT_EQ(choose(here, {"", "bob", code}, "six brown boats"), "forbidden");
    EXPECT_EQ(choose(here, {"", "nobody", card.secret}, "six brown boats"), "forbidden");
    EXPECT_TRUE(opens(south, "ada", "four green kettles"));
    EXPECT_TRUE(opens(north, "ada", "three blue kettles"));
    for (const std::string& secret : {link.secret, card.secret, code})
        EXPECT_EQ(
            installation.superuser().value("select count(*) from (select v::text as t from "
                                           "vouchers v union all select k::text from class_codes k "
                                           "union all select a::text from audit_events a union all "
                                           "select m::text from mail_outbox m) x "
                                           "where t like '%" +
                                           secret + "%'"),
            "0")
            << "none is kept";
    EXPECT_EQ(choose(here, {"", "Ada", card.secret}, "six brown boats"), "") << "the control: hers";
}

TEST_F(Desk, TriesOfClassCodesAreCountedWhoeverIsNamedAndOpenedAgainByATeacher) {
    auto guess = [&](const std::string& name) {
        return choose(here, {"", name, "BCDFGH"}, "six brown boats");
    };
    const std::string code = class_code(north, art, {ada_id, bob_id});
    for (std::int32_t i = 0; i < class_code_tries.tries; ++i)
        for (const char* name : {"bob", "nobody", "BOB-"})
            EXPECT_EQ(guess(name), "forbidden");
    EXPECT_EQ(count("try_cells where purpose = 'code' and tries = 100"), "3")
        << "a name that nobody has leaves the same trace";
    EXPECT_EQ(choose(here, {"", "bob", code}, "six brown boats"), "forbidden")
        << "the right one, too late";
    EXPECT_EQ(choose(here, {"", "ada", code}, "ten grey doors"), "") << "others are not touched";
    const std::string again = class_code(north, art, {bob_id});
    EXPECT_EQ(choose(here, {"", "bob", again}, "six brown boats"), "") << "tries are forgotten";
    const std::string third = class_code(north, art, {ada_id}, 1h);
    for (std::int32_t i = 0; i <= class_code_tries.tries; ++i)
        EXPECT_EQ(guess("ada"), "forbidden");
    clock.advance(class_code_tries.window + 1s);
    EXPECT_EQ(choose(here, {"", "ada", third}, "six brown boats"), "") << "or by time";
}

TEST_F(Desk, NobodysTriesShutTheOwnerOfACardOut) {
    const Voucher card = voucher(north, bob_id, Purpose::card);
    for (std::int32_t i = 0; i <= class_code_tries.tries; ++i)
        for (const char* wrong : {"BCDFGH", "BCDFGHJKMN"})
            EXPECT_EQ(choose(here, {"", "bob", wrong}, "six brown boats"), "forbidden");
    EXPECT_EQ(choose(here, {"", "bob", card.secret}, "six brown boats"), "");
    EXPECT_TRUE(opens(north, "bob", "six brown boats"));
}

TEST_F(Desk, ALinkIsSentOnlyToAnAddressOfTheRosterThreeTimesAnHour) {
    struct Case {
        const char* what;
        PasswordDesk::Asked asked;
        std::size_t persons;
    };
    const Case cases[] = {
        {"with an address", {"ada", ""}, 1},
        {"in capitals", {"ADA", ""}, 1},
        {"without an address", {"bob", ""}, 0},
        {"nobody", {"nobody", ""}, 0},
        {"by address", {"", "gus@SCHOOL.example"}, 1},
        {"a stranger's address", {"", "x@school.example"}, 0},
    };
    for (const Case& c : cases)
        EXPECT_EQ(asked(here, c.asked), c.persons) << c.what;
    EXPECT_EQ(count("try_cells where purpose = 'mail'"), "5") << "whoever is asked for is counted";
    EXPECT_EQ(asked(here, {"ada", ""}), 1U);
    EXPECT_EQ(asked(here, {"ada", ""}), 0U) << "a fourth within the hour";
    EXPECT_EQ(asked(there, {"ada", ""}), 1U) << "the neighbour's are counted apart";
    clock.advance(mail_tries.window + 1s);
    EXPECT_EQ(asked(here, {"ada", ""}), 1U);
    EXPECT_EQ(count("vouchers"), "0") << "looking has made nothing";
}

TEST_F(Desk, AnErasedPersonLeavesNoWayIn) {
    voucher(north, ada_id, Purpose::card);
    class_code(north, art, {ada_id, bob_id});
    forget(ada_id);
    EXPECT_EQ(count("vouchers"), "0");
    EXPECT_EQ(count("class_code_students"), "1");
}

TEST_F(Desk, AResetMailArrivesAndItsLinkWorksOnce) {
    if (!test::SmtpSink::available())
        GTEST_SKIP()
            << "no mail was sent: node, or the packages of tests/mail (npm ci), are missing";
    test::SmtpSink sink;
    const Person person =
        *database
             ->run(north.scope, soon(),
                   [&](tenancy::TenantTx& tx) { return person_by_id(tx, ada_id); })
             .value();
    ASSERT_TRUE(desk.send_reset(*database, here, person, soon()));
    tenancy::TenantDirectory directory;
    installation.refresh(directory);
    mail::RelayOptions options;
    options.sender.address = "noreply@bellwether.example";
    mail::Relay relay(installation.database(),
                      *mail::Smtp::make({.url = sink.url(), .require_tls = false}), directory, keys,
                      clock, installation.rng(), options);
    ASSERT_EQ(relay.step().value_or(0), 1U);
    const std::string mail = sink.line();
    EXPECT_THAT(mail, HasSubstr(R"("to":["ada@school.example"])"));
    EXPECT_THAT(mail, HasSubstr("Choose a new password for Institution north"));
    const std::string before = "https://north.school.test/password#token=";
    const std::size_t at = mail.find(before);
    ASSERT_NE(at, std::string::npos) << mail;
    const std::string token = mail.substr(at + before.size(), 47);
    EXPECT_TRUE(is_link_token(token)) << token;
    EXPECT_EQ(choose(there, {token, "", ""}, "six brown boats"), "forbidden");
    EXPECT_EQ(choose(here, {token, "", ""}, "six brown boats"), "");
    EXPECT_TRUE(opens(north, "ada", "six brown boats"));
    EXPECT_EQ(choose(here, {token, "", ""}, "ten grey doors"), "forbidden");
    ASSERT_EQ(relay.step().value_or(0), 1U) << "and she hears that it was changed";
    EXPECT_THAT(sink.line(), HasSubstr("was changed"));
}

TEST_F(Desk, APolicyIsChangedFromTheVersionThatWasSeen) {
    auto set_policy = [&](PasswordPolicy policy) {
        return database->run(north.scope, soon(), [&](tenancy::TenantTx& tx) {
            return set_password_policy(tx, policy, clock.now());
        });
    };
    auto read = [&](const tenancy::TenantInfo& tenant) {
        return *database->run(tenant.scope, soon(),
                              [](tenancy::TenantTx& tx) { return password_policy(tx); });
    };
    EXPECT_EQ(read(north), PasswordPolicy());
    EXPECT_EQ(set_policy({12, 5, 60, 3}).error().code, Code::precondition_failed);
    EXPECT_EQ(set_policy({12, 5, 60, 0}).value_or(0), 1);
    EXPECT_EQ(set_policy({13, 5, 60, 0}).error().code, Code::precondition_failed);
    EXPECT_EQ(set_policy({13, 5, 60, 1}).value_or(0), 2);
    EXPECT_EQ(read(north), (PasswordPolicy{13, 5, 60, 2}));
    EXPECT_EQ(read(south), PasswordPolicy()) << "the neighbour's stays";
    const Voucher made = voucher(north, bob_id, Purpose::card);
    EXPECT_EQ(choose(here, {"", "bob", made.secret}, "kiwi"), "invalid_field");
    EXPECT_EQ(choose(here, {"", "bob", made.secret}, "kiwi7"), "")
        << "five will do for pupils here";
}

} // namespace
} // namespace bw::accounts
