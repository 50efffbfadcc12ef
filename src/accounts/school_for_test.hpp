// A school for this module's tests: a teacher with two sections, students with and without
// passwords, a neighbour with the same names; and a desk whose hashes are cheap.
#pragma once

#include <gtest/gtest.h>

#include "accounts/class_codes.hpp"
#include "accounts/password_desk.hpp"
#include "auth/credentials.hpp"
#include "support/installation.hpp"

namespace bw::accounts {

/// The wall clock is moved by hand; deadlines go on as ever, since a real database keeps them.
class WallByHand final : public Clock {
public:
    Instant now() const override { return now_; }
    Monotonic monotonic() const override { return system_.monotonic(); }
    void advance(Duration d) { now_ = now_ + d; }

private:
    SystemClock system_;
    Instant now_{1795424340000};
};

struct School : testing::Test {
    test::Installation installation;
    WallByHand clock;
    tenancy::TenantInfo north = installation.provision("north"),
                        south = installation.provision("south");
    std::unique_ptr<tenancy::Database> database = installation.database();
    SecretMacs macs{SecretKey{7}};
    audit::SubjectKeys keys{SecretKey{9}};
    Letters letters{keys, clock, installation.rng()};
    PasswordDesk desk{desk_parts()};
    Origins origins{"https://{host}", "school.test"};
    Institution here = origins.of(north), there = origins.of(south);

    static constexpr const char* ada = "00000000-0000-7000-8000-00000000000a";
    SectionId art{*to_array<16>(*from_hex("00000000000070008000000000000004"))},
        music{*to_array<16>(*from_hex("00000000000070008000000000000005"))};
    UserId ada_id = user("a"), bob_id = user("b"), eve_id = user("e"), tess_id = user("f"),
           tom_id = user("d");

    DeskParts desk_parts() {
        return {.macs = macs,
                .letters = letters,
                .clock = clock,
                .rng = installation.rng(),
                .cost = {.passes = 1, .memory_bytes = 8192}};
    }
    static UserId user(const char* digit) {
        return UserId{
            *to_array<16>(*from_hex("0000000000007000800000000000000" + std::string(digit)))};
    }

    void SetUp() override {
        // ada and bob are students of Art; eve of Music, and helps out as a teacher's aide
        // elsewhere; tom attends Art and teaches Music; tess teaches Art. ada, tess and gus have
        // addresses.
        for (const tenancy::TenantInfo& tenant : {north, south})
            run(tenant, R"(
                insert into orgs (org_id, source, sourced_id, name, type) values ('00000000-0000-7000-8000-000000000001', 's', 'o', 'O', 'school');
                insert into courses (course_id, source, sourced_id, title, org_id) values
                    ('00000000-0000-7000-8000-000000000002', 's', 'c', 'C', '00000000-0000-7000-8000-000000000001');
                insert into sections (section_id, source, sourced_id, title, class_type, course_id, school_org_id)
                select ('00000000-0000-7000-8000-00000000000' || n)::uuid, 's', n, t, 'scheduled', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001'
                from (values ('4', 'Art'), ('5', 'Music')) as v (n, t);
                insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name, email)
                select ('00000000-0000-7000-8000-00000000000' || n)::uuid, 's', n, u, lower(u), initcap(u), 'Byron', e
                from (values ('a', 'Ada', 'ada@school.example'), ('b', 'bob', null), ('e', 'eve', null), ('d', 'tom', null),
                             ('f', 'tess', 'tess@school.example'), ('9', 'gus', 'Gus@school.example')) as v (n, u, e);
                insert into user_roles (user_role_id, source, sourced_id, user_id, org_id, role, role_type)
                select gen_random_uuid(), 's', n || r, ('00000000-0000-7000-8000-00000000000' || n)::uuid, '00000000-0000-7000-8000-000000000001', r, 'primary'
                from (values ('a', 'student'), ('b', 'student'), ('e', 'student'), ('e', 'aide'), ('d', 'student'), ('f', 'teacher'), ('9', 'student')) as v (n, r);
                insert into enrollments (enrollment_id, source, sourced_id, section_id, school_org_id, user_id, role, is_primary)
                select gen_random_uuid(), 's', n || s || r, ('00000000-0000-7000-8000-00000000000' || s)::uuid, '00000000-0000-7000-8000-000000000001',
                       ('00000000-0000-7000-8000-00000000000' || n)::uuid, r, true
                from (values ('a', '4', 'student'), ('b', '4', 'student'), ('d', '4', 'student'), ('d', '5', 'teacher'), ('e', '5', 'student'),
                             ('f', '4', 'teacher')) as v (n, s, r);)");
        ASSERT_TRUE(set(north, "ada", "three blue kettles"));
        ASSERT_TRUE(set(south, "ada", "four green kettles"));
    }
    void run(const tenancy::TenantInfo& tenant, const std::string& sql) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(tenant.scope.tenant().uuid) + "';" + sql + "; commit");
    }
    Result<auth::PasswordChange> set(const tenancy::TenantInfo& tenant, const std::string& username,
                                     const std::string& password) {
        const std::string hash =
            *auth::hash_password(password, {.passes = 1, .memory_bytes = 8192});
        return database->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return auth::set_password(tx, username, hash, clock.now());
        });
    }
    bool opens(const tenancy::TenantInfo& tenant, const std::string& username,
               const std::string& password) {
        auto found = auth::find_credential(*database, tenant.scope, username, soon());
        return found && *found && auth::verify_password((*found)->password_hash, password);
    }
    Voucher voucher(const tenancy::TenantInfo& tenant, UserId person, Purpose purpose) {
        auto made = database->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return make_voucher(tx, macs, person, purpose, tess_id, clock, installation.rng());
        });
        EXPECT_TRUE(made) << made.error().text();
        return made.value_or(Voucher{});
    }
    std::string class_code(const tenancy::TenantInfo& tenant, SectionId section,
                           const std::vector<UserId>& users, Duration lifetime = 15min) {
        auto made =
            database->run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<ClassCode> {
                auto students =
                    TRY(chosen_students(TRY(section_students(tx, section, clock.now())), users));
                return make_class_code(tx, macs, section, students, tess_id, lifetime, clock,
                                       installation.rng());
            });
        EXPECT_TRUE(made) << made.error().text();
        return made ? made->code : "";
    }
    /// "" if it worked, else the error's name.
    std::string choose(const Institution& place, const Bearer& bearer, const std::string& next) {
        auto chosen = desk.choose(*database, place, bearer, next, soon());
        clock.advance(1ms); // two changes of one moment cannot be told
        return chosen ? "" : std::string(wire_name(chosen.error().code));
    }
    std::string count(const std::string& sql) {
        return installation.superuser().value("select count(*) from " + sql);
    }
    Deadline soon() const { return Deadline::in(clock, 20s); }
};

} // namespace bw::accounts
