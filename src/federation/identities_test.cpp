// Who somebody is here: the table of README.md, on a real database.
#include "federation/identities.hpp"

#include <gtest/gtest.h>

#include "auth/sessions.hpp"
#include "federation/flow.hpp"
#include "federation/providers.hpp"
#include "support/installation.hpp"

namespace bw::federation {
namespace {

using tenancy::Role;
using tenancy::TenantTx;

struct Identities : testing::Test {
    test::Installation installation;
    ManualClock clock{Instant{1'800'000'000'000}};
    tenancy::TenantInfo school = installation.provision("school"),
                        neighbours = installation.provision("neighbours");
    std::unique_ptr<tenancy::Database> database = installation.database();
    Provider provider;
    int users = 0;

    template <class Fn>
    auto run(const tenancy::TenantInfo& at, Fn&& fn) {
        return database->run(at.scope, installation.soon(), std::forward<Fn>(fn));
    }
    void SetUp() override {
        provider = make_provider(school);
        add_user(school, "ada", "ada@school.example", "student");
        add_user(school, "bob", "twins@school.example", "student");
        add_user(school, "bea", "Twins@school.example", "student");
        add_user(school, "gone", "gone@school.example", "student", "inactive");
        add_user(school, "root", "root@school.example", "administrator");
        add_user(school, "tess", "tess@school.example", "teacher");
        add_user(neighbours, "ada", "ada@school.example", "student");
    }
    Provider make_provider(const tenancy::TenantInfo& at) {
        Provider made{.id = ProviderId::make(clock.now(), installation.rng()),
                      .name = "School",
                      .issuer = "https://login.school.example",
                      .client_id = "us",
                      .auth = ClientAuth::none};
        auto created = run(at, [&](TenantTx& tx) { return create_provider(tx, made, {}); });
        EXPECT_TRUE(created) << created.error().text();
        return made;
    }
    void add_user(const tenancy::TenantInfo& at, const std::string& name, const std::string& email,
                  const std::string& role, const std::string& status = "active") {
        const std::string number = std::to_string(++users);
        installation.superuser().run(
            "begin; set local bw.tenant = '" + to_text(at.scope.tenant().uuid) +
            "'; insert into orgs (org_id, source, sourced_id, name, type) values "
            "('00000000-0000-7000-8000-000000000001', 's', 's', 's', 'school') on conflict do "
            "nothing; insert into users (user_id, source, sourced_id, status, username, "
            "username_normal, given_name, family_name, email) values (uuid('00000000-0000-7000-"
            "9000-" +
            std::string(12 - number.size(), '0') + number + "'), 's', 'id-" + name + "', '" +
            status + "', '" + name + "', " + (status == "active" ? "'" + name + "'" : "null") +
            ", 'G', 'F', '" + email +
            "'); insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, "
            "role_type) values (gen_random_uuid(), 's', 'id-" +
            name +
            "', uuid('00000000-0000-"
            "7000-9000-" +
            std::string(12 - number.size(), '0') + number +
            "'), '00000000-0000-7000-8000-000000000001', '" + role + "', 'primary'); commit");
    }
    std::string username_of(UserId user) {
        return installation.superuser().value("select username from users where user_id = '" +
                                              to_text(user.uuid) + "'");
    }
    /// Whom `claims` sign in, as "name", or the code of the refusal.
    std::string comes(const std::string& claims, const Provider& by,
                      const tenancy::TenantInfo& at) {
        auto evidence = evidence_of(by, *Claims::parse(claims));
        if (!evidence)
            return std::string(wire_name(evidence.error().code));
        auto find = [&] {
            return find_identity(*database, at.scope, by.id, *evidence, installation.soon());
        };
        auto known = find();
        if (known && !*known) {
            auto settled = run(at, [&](TenantTx& tx) {
                return settle_newcomer(tx, by, *evidence, clock, installation.rng());
            });
            if (!settled)
                return std::string(wire_name(settled.error().code));
            known = find();
        }
        if (!known)
            return std::string(wire_name(known.error().code));
        return *known ? username_of((*known)->user) : "nobody";
    }
    std::string comes(const std::string& claims) { return comes(claims, provider, school); }
    std::string linked_by(const std::string& subject) {
        return installation.superuser().value("select coalesce(string_agg(linked_by, ' '), '') "
                                              "from federated_identities where subject = '" +
                                              subject + "'");
    }
};

TEST_F(Identities, AVerifiedAddressLinksWhereTheProviderIsBelieved) {
    const std::string claims = R"({"sub":"s1","email":"Ada@School.example","email_verified":true})";
    EXPECT_EQ(comes(claims), "forbidden"); // not believed
    provider.settings.link_by_email = true;
    EXPECT_EQ(comes(R"({"sub":"s1","email":"ada@school.example"})"), "forbidden");
    EXPECT_EQ(comes(R"({"sub":"s1","email":"ada@school.example","email_verified":false})"),
              "forbidden");
    EXPECT_EQ(comes(R"({"sub":"s1","email":"ada@school.example@x","email_verified":true})"),
              "forbidden");
    EXPECT_EQ(comes(claims), "ada");
    EXPECT_EQ(linked_by("s1"), "email");
    // From then on the subject alone counts.
    EXPECT_EQ(comes(R"({"sub":"s1","email":"tess@school.example","email_verified":true})"), "ada");
}

TEST_F(Identities, AnAddressOfTwoOrOfNobodyOrOfAnotherDomainLinksNobody) {
    provider.settings.link_by_email = true;
    auto with = [](const std::string& email) {
        return R"({"sub":"s2","email_verified":true,"email":")" + email + "\"}";
    };
    EXPECT_EQ(comes(with("twins@school.example")), "forbidden");
    EXPECT_EQ(comes(with("nobody@school.example")), "forbidden");
    EXPECT_EQ(comes(with("gone@school.example")), "forbidden");
    provider.settings.email_domains = {"other.example"};
    EXPECT_EQ(comes(with("tess@school.example")), "forbidden");
    EXPECT_EQ(comes(with("tess@school.example.evil.example")), "forbidden");
    provider.settings.email_domains = {"school.example"};
    EXPECT_EQ(comes(with("tess@school.example")), "tess");
}

TEST_F(Identities, AnAddressThatWasGivenToSomebodyElseDoesNotLeadToWhoHadIt) {
    provider.settings.link_by_email = true;
    EXPECT_EQ(comes(R"({"sub":"old","email":"ada@school.example","email_verified":true})"), "ada");
    EXPECT_EQ(comes(R"({"sub":"new","email":"ada@school.example","email_verified":true})"),
              "forbidden");
}

TEST_F(Identities, AnAdministratorIsNeverLinkedUnasked) {
    provider.settings.link_by_email = true;
    provider.settings.username_claim = "name";
    EXPECT_EQ(comes(R"({"sub":"r","email":"root@school.example","email_verified":true})"),
              "forbidden");
    EXPECT_EQ(comes(R"({"sub":"r","name":"root"})"), "forbidden");
    EXPECT_EQ(linked_by("r"), "");
}

TEST_F(Identities, OtherClaimsCountWhereTheyAreBelievedAlone) {
    const std::string claims = R"({"sub":"s3","sid":"id-ada","name":"TESS"})";
    EXPECT_EQ(comes(claims), "forbidden");
    provider.settings.username_claim = "name";
    EXPECT_EQ(comes(claims), "tess");
    provider.settings.sourced_id_claim = "sid";
    EXPECT_EQ(comes(R"({"sub":"s4","sid":"id-ada"})"), "ada");
    EXPECT_EQ(comes(R"({"sub":"s5","sid":"id-gone"})"), "forbidden");
}

TEST_F(Identities, WhoIsNoLongerActiveIsRefused) {
    provider.settings.link_by_email = true;
    const std::string claims = R"({"sub":"s1","email":"ada@school.example","email_verified":true})";
    EXPECT_EQ(comes(claims), "ada");
    installation.superuser().run(
        "update users set status = 'inactive', username_normal = null where username = 'ada'");
    EXPECT_EQ(comes(claims), "forbidden");
}

TEST_F(Identities, RequiredClaimsKeepOthersOut) {
    provider.settings.link_by_email = true;
    provider.settings.required_claims = {{"hd", {"school.example", "staff.school.example"}}};
    const std::string rest = R"("sub":"s1","email":"ada@school.example","email_verified":true})";
    EXPECT_EQ(comes("{" + rest), "forbidden");
    EXPECT_EQ(comes(R"({"hd":"evil.example",)" + rest), "forbidden");
    EXPECT_EQ(comes(R"({"hd":true,)" + rest), "forbidden");
    EXPECT_EQ(comes(R"({"hd":"school.example",)" + rest), "ada");
    EXPECT_EQ(comes("{" + rest), "forbidden"); // also later
}

TEST_F(Identities, UsersAreMadeWhereTheProviderMayAndNeverAdministrators) {
    const std::string claims =
        R"({"sub":"n1","email":"new@school.example","email_verified":true,"given_name":"New"})";
    EXPECT_EQ(comes(claims), "forbidden");
    provider.settings.create_as = Role::student;
    provider.settings.email_domains = {"school.example"};
    EXPECT_EQ(comes(R"({"sub":"n1","email":"new@other.example","email_verified":true})"),
              "forbidden");
    EXPECT_EQ(comes(R"({"sub":"n1","email":"new@school.example"})"), "forbidden");
    EXPECT_EQ(comes(claims), "new@school.example");
    EXPECT_EQ(linked_by("n1"), "creation");
    EXPECT_EQ(installation.superuser().value(
                  "select string_agg(r.role, ' ') from user_roles r join users u using (tenant_id, "
                  "user_id) where u.username = 'new@school.example'"),
              "student");
    EXPECT_EQ(comes(claims), "new@school.example"); // and is the same the next time
    // A name that somebody has is not taken from them, and says nothing of who they are.
    provider.settings.username_claim = "name";
    provider.settings.email_domains.clear();
    provider.settings.required_claims = {{"hd", {"x"}}};
    EXPECT_EQ(comes(R"({"sub":"n2","hd":"x","name":"root"})"), "forbidden");
    EXPECT_EQ(comes(R"({"sub":"n3","hd":"x"})"), "forbidden"); // no name at all
}

TEST_F(Identities, OneIssuerServesTwoInstitutionsApart) {
    provider.settings.link_by_email = true;
    Provider theirs = make_provider(neighbours);
    theirs.settings.link_by_email = true;
    const std::string claims = R"({"sub":"s1","email":"ada@school.example","email_verified":true})";
    EXPECT_EQ(comes(claims), "ada");
    EXPECT_EQ(comes(claims, theirs, neighbours), "ada");
    EXPECT_EQ(installation.superuser().value(
                  "select count(distinct (tenant_id, user_id)) from federated_identities"),
              "2");
    // The other's provider is nothing here.
    EXPECT_EQ(comes(R"({"sub":"s9","email":"tess@school.example","email_verified":true})", theirs,
                    school),
              "forbidden");
    EXPECT_EQ(linked_by("s9"), "");
}

struct Consent : Identities {
    const AuthSessionId session = AuthSessionId::make(clock.now(), installation.rng());
    UserId user_named(const std::string& name) {
        return UserId{*to_array<16>(*from_hex(installation.superuser().value(
            "select encode(uuid_send(user_id), 'hex') from users u join control.tenants t using "
            "(tenant_id) where username = '" +
            name + "' and t.slug = 'school'")))};
    }
    void begin_session(UserId user, Duration ago) {
        installation.superuser().run(
            "insert into refresh_families (tenant_id, session_id, user_id, generation, rotated_at, "
            "began_at, expires_at, device) values ('" +
            to_text(school.scope.tenant().uuid) + "', '" + to_text(session.uuid) + "', '" +
            to_text(user.uuid) + "', 0, now(), '" + to_rfc3339(clock.now() - ago) +
            "', now() + interval '1 day', '')");
    }
    std::string links(UserId user, const std::string& subject) {
        auto linked = run(school, [&](TenantTx& tx) {
            return link_by_consent(tx, provider,
                                   {.issuer = provider.issuer,
                                    .subject = subject,
                                    .email = {},
                                    .sourced_id = {},
                                    .username = {},
                                    .given_name = {},
                                    .family_name = {}},
                                   user, session, clock, installation.rng());
        });
        return linked ? "linked" : std::string(wire_name(linked.error().code));
    }
};

TEST_F(Consent, LinksAnybodyWhoHasJustProvedWhoTheyAre) {
    const UserId root = user_named("root"), ada = user_named("ada");
    EXPECT_EQ(links(root, "r1"), "forbidden"); // no such session
    begin_session(root, 5min);
    EXPECT_EQ(links(ada, "r1"), "forbidden"); // somebody else's
    EXPECT_EQ(links(root, "r1"), "linked");
    EXPECT_EQ(links(root, "r1"), "linked"); // again
    EXPECT_EQ(links(root, "r2"), "conflict");
    EXPECT_EQ(comes(R"({"sub":"r1"})"), "root");
    EXPECT_EQ(linked_by("r1"), "consent");
}

TEST_F(Consent, TakesNobodysIdentityAndNoOldSession) {
    provider.settings.link_by_email = true;
    EXPECT_EQ(comes(R"({"sub":"a1","email":"ada@school.example","email_verified":true})"), "ada");
    const UserId tess = user_named("tess");
    begin_session(tess, 19min);
    EXPECT_EQ(links(tess, "a1"), "conflict");
    auto fresh = run(school, [&](TenantTx& tx) {
        return auth::check_fresh(tx, tess, session, clock.now() - auth::proof_age_max);
    });
    ASSERT_FALSE(fresh);
    EXPECT_EQ(fresh.error().code, Code::forbidden);
    installation.superuser().run("update refresh_families set revoked_at = now()");
    EXPECT_EQ(links(tess, "t1"), "forbidden");
}

TEST_F(Consent, TheOnlyWayInIsNotTakenAway) {
    provider.settings.link_by_email = true;
    EXPECT_EQ(comes(R"({"sub":"a1","email":"ada@school.example","email_verified":true})"), "ada");
    const UserId ada = user_named("ada"), tess = user_named("tess");
    auto taken = [&](UserId user, IdentityId id) {
        auto done = run(
            school, [&](TenantTx& tx) { return unlink(tx, user, id, clock, installation.rng()); });
        return done ? "taken" : std::string(wire_name(done.error().code));
    };
    const auto mine = run(school, [&](TenantTx& tx) { return identities_of(tx, ada); });
    ASSERT_TRUE(mine);
    ASSERT_EQ(mine->size(), 1U);
    const IdentityId id = mine->front().id;
    EXPECT_EQ(taken(tess, id), "not_found");
    EXPECT_EQ(taken(ada, id), "conflict");
    installation.superuser().run("insert into credentials (tenant_id, user_id, password_hash, "
                                 "changed_at) values ('" +
                                 to_text(school.scope.tenant().uuid) + "', '" + to_text(ada.uuid) +
                                 "', 'x', now())");
    EXPECT_EQ(taken(ada, id), "taken");
    EXPECT_EQ(taken(ada, id), "not_found");
    EXPECT_EQ(installation.superuser().value("select string_agg(action, ' ' order by at, action) "
                                             "from audit_events where action like 'identity.%'"),
              "identity.linked identity.unlinked");
}

TEST_F(Identities, ACodeIsUsedOnce) {
    auto uses = [&](const Uuid& code) {
        return *run(school, [&](TenantTx& tx) {
            return use_code(tx, code, clock.now() + exchange_lifetime, clock.now());
        });
    };
    const Uuid code = make_uuid_v7(clock.now(), installation.rng());
    EXPECT_TRUE(uses(code));
    EXPECT_FALSE(uses(code));
    clock.advance(exchange_lifetime +
                  exchange_skew); // here it is over, at a clock behind it is not
    EXPECT_TRUE(uses(make_uuid_v7(clock.now(), installation.rng())));
    EXPECT_FALSE(uses(code)) << "what may still be read is not swept";
    clock.advance(10min);
    EXPECT_TRUE(uses(make_uuid_v7(clock.now(), installation.rng())));
    EXPECT_EQ(installation.superuser().value("select count(*) from federation_codes"), "1");
}

TEST_F(Identities, ASecretIsSealedAndGoesToNoOtherIssuer) {
    const ProviderSecrets secrets(installation.rng().bytes<32>());
    const TenantId tenant = school.scope.tenant();
    Provider made = provider;
    made.id = ProviderId::make(clock.now(), installation.rng());
    made.auth = ClientAuth::client_secret_post;
    auto create = [&](const std::optional<Bytes>& sealed) {
        return run(school, [&](TenantTx& tx) { return create_provider(tx, made, sealed); });
    };
    ASSERT_FALSE(create({}));
    EXPECT_EQ(create({}).error().field, "/client_secret");
    const Bytes sealed = secrets.seal(tenant, made.id, "of-the-provider", installation.rng());
    ASSERT_TRUE(create(sealed));
    EXPECT_EQ(
        installation.superuser().value(
            "select count(*) from identity_providers p where p::text like '%of-the-provider%' "
            "or position('of-the-provider'::bytea in client_secret) > 0"),
        "0");
    EXPECT_EQ(*secrets.open(tenant, made.id, sealed), "of-the-provider");
    EXPECT_FALSE(secrets.open(tenant, provider.id, sealed));
    EXPECT_FALSE(secrets.open(neighbours.scope.tenant(), made.id, sealed));

    auto change = [&] {
        auto version =
            run(school, [&](TenantTx& tx) { return change_provider(tx, made, std::nullopt); });
        if (version)
            made.version = *version;
        return version ? "changed"
                       : version.error().field + std::string(wire_name(version.error().code));
    };
    made.name = "Another name";
    EXPECT_EQ(change(), "changed");
    made.issuer = "https://evil.example";
    EXPECT_EQ(change(), "/client_secretinvalid_field");
    made.version = 1;
    EXPECT_EQ(change(), "If-Matchprecondition_failed");
}

} // namespace
} // namespace bw::federation
