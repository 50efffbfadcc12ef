// Two institutions with the same people: Ada and Bob attend a section, Cyd another, Tess teaches
// the first. A wall clock moved by hand; deadlines go on as ever, since a real database keeps them.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "notices/hub.hpp"
#include "support/installation.hpp"
#include "tenancy/revocation_feed.hpp"

namespace bw::notices {

class WallByHand final : public Clock {
public:
    Instant now() const override { return {now_.load()}; }
    Monotonic monotonic() const override { return system_.monotonic() + Duration(ahead_.load()); }
    void advance(Duration d) {
        now_ += std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
        ahead_ += d.count();
    }

private:
    SystemClock system_;
    std::atomic<std::int64_t> now_ = 1795424340000, ahead_ = 0;
};

struct School : testing::Test {
    test::Installation installation;
    WallByHand clock;
    tenancy::TenantInfo north = installation.provision("north"),
                        south = installation.provision("south");
    tenancy::TenantDirectory directory;
    std::unique_ptr<tenancy::Database> database = installation.database();
    const UserId ada{uuid("a")}, bob{uuid("b")}, cyd{uuid("c")}, tess{uuid("f")};
    const SectionId section{uuid("4")}, other_section{uuid("5")};
    const Uuid essay = uuid("1e");

    static Uuid uuid(std::string end) {
        end.insert(0, 12 - end.size(), '0');
        return *to_array<16>(*from_hex("00000000000070008000" + end));
    }
    static std::string text_of(const std::string& end) { return "'" + to_text(uuid(end)) + "'"; }
    static std::string person(const std::string& end, const std::string& at,
                              const std::string& role) {
        const std::string n = "'p" + end + "'", i = text_of(end);
        return "insert into users (user_id, source, sourced_id, username, username_normal, "
               "given_name, family_name, email) values (" +
               i + ", 's', " + n + ", " + n + ", " + n + ", " + n + ", 'Byron', case when " + n +
               " = 'pc' then null else " + n +
               " || '@school.example' end);"
               "insert into enrollments (enrollment_id, source, sourced_id, section_id, "
               "school_org_id, user_id, role, is_primary) values (gen_random_uuid(), 's', " +
               n + ", " + text_of(at) + ", " + text_of("1") + ", " + i + ", '" + role + "', true);";
    }
    void SetUp() override {
        for (const tenancy::TenantInfo& at : {north, south})
            run(at, "insert into orgs (org_id, source, sourced_id, name, type) values (" +
                        text_of("1") +
                        ", 's', 'o', 'O', 'school');"
                        "insert into courses (course_id, source, sourced_id, title, org_id) values "
                        "(" +
                        text_of("2") + ", 's', 'c', 'C', " + text_of("1") +
                        ");"
                        "insert into sections (section_id, source, sourced_id, title, class_type, "
                        "course_id, school_org_id) select v.id::uuid, 's', v.id, 'Art', "
                        "'scheduled', " +
                        text_of("2") + ", " + text_of("1") + " from (values (" + text_of("4") +
                        "), (" + text_of("5") + ")) as v (id);" + person("a", "4", "student") +
                        person("b", "4", "student") + person("c", "5", "student") +
                        person("f", "4", "teacher"));
        installation.refresh(directory);
    }
    void run(const tenancy::TenantInfo& at, const std::string& sql) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(at.scope.tenant().uuid) + "';" + sql + "; commit");
    }
    std::string value(const std::string& sql) { return installation.superuser().value(sql); }
    Deadline soon() const { return Deadline::in(clock, 20s); }

    template <class Fn>
    auto in(const tenancy::TenantInfo& at, Fn fn) {
        return database->run(at.scope, soon(), fn);
    }
    void tell(UserId person, const tenancy::TenantInfo* at = nullptr) {
        auto told = in(at ? *at : north, [&](tenancy::TenantTx& tx) {
            return tell_persons(tx, Kind::grade_released, essay, std::span(&person, 1), clock.now(),
                                installation.rng());
        });
        ASSERT_TRUE(told) << told.error().text();
    }
    void announce(SectionId to, const std::string& subject = "1f") {
        auto told = in(north, [&](tenancy::TenantTx& tx) {
            return tell_section(tx, Kind::announcement, uuid(subject), to, clock.now(),
                                installation.rng());
        });
        ASSERT_TRUE(told) << told.error().text();
    }
    Page page(UserId person, const Position& before = the_end, int limit = 50) {
        auto found =
            in(north, [&](tenancy::TenantTx& tx) { return list(tx, person, before, limit); });
        EXPECT_TRUE(found) << found.error().text();
        return found ? *found : Page();
    }
};

} // namespace bw::notices
