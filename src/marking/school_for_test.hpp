// A section for this module's tests: two teachers and a third, three students, an essay and a quiz,
// what they handed in; the wall clock moved by hand.
#pragma once

#include <gtest/gtest.h>

#include "marking/automatic.hpp"
#include "marking/grades.hpp"
#include "marking/regrades.hpp"
#include "support/installation.hpp"

namespace bw::marking {

using bw::to_text; // of ids, beside that of points

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
    tenancy::TenantInfo north = installation.provision("north");
    std::unique_ptr<tenancy::Database> database = installation.database();
    const Pseudonyms pseudonyms{SecretKey{7}};
    const AssignmentId essay{uuid("1e")}, quiz{uuid("1f")};
    const UserId ada{uuid("a")}, bob{uuid("b")}, eve{uuid("e")}, tess{uuid("f1")}, tom{uuid("f2")},
        tim{uuid("f3")};

    static Uuid uuid(std::string end) {
        end.insert(0, 12 - end.size(), '0');
        return *to_array<16>(*from_hex("00000000000070008000" + end));
    }
    static std::string text_of(const char* end) { return "'" + to_text(uuid(end)) + "'"; }

    void SetUp() override {
        std::string users, roles, enrollments;
        for (auto [id, name, role] : {std::tuple{"a", "Ada", "student"},
                                      {"b", "Bob", "student"},
                                      {"e", "Eve", "student"},
                                      {"f1", "Tess", "teacher"},
                                      {"f2", "Tom", "teacher"},
                                      {"f3", "Tim", "teacher"}}) {
            const std::string n = std::string("'") + name + "'", i = text_of(id);
            users += "insert into users (user_id, source, sourced_id, username, username_normal, "
                     "given_name, family_name, email) values (" +
                     i + ", 's', " + n + ", " + n + ", lower(" + n + "), " + n +
                     ", 'Byron', case when " + n + " = 'Eve' then null else " + n +
                     " || '@school.example' end);";
            enrollments +=
                "insert into enrollments (enrollment_id, source, sourced_id, section_id, "
                "school_org_id, user_id, role, is_primary) values "
                "(gen_random_uuid(), 's', " +
                n + ", " + text_of("4") + ", " + text_of("1") + ", " + i + ", '" + role +
                "', true);";
        }
        run("insert into orgs (org_id, source, sourced_id, name, type) values (" + text_of("1") +
            ", 's', 'o', 'O', 'school');"
            "insert into courses (course_id, source, sourced_id, title, org_id) values (" +
            text_of("2") + ", 's', 'c', 'C', " + text_of("1") +
            ");"
            "insert into sections (section_id, source, sourced_id, title, class_type, course_id, "
            "school_org_id) values (" +
            text_of("4") + ", 's', 's', 'Art', 'scheduled', " + text_of("2") + ", " + text_of("1") +
            ");" + users + enrollments +
            "insert into assignments (assignment_id, section_id, title, due_at, kind, questions) "
            "values (" +
            text_of("1e") + ", " + text_of("4") + ", 'Essay', '2030-01-01', 'text', null), (" +
            text_of("1f") + ", " + text_of("4") +
            ", 'Quiz', '2030-01-01', 'structured', "
            "'[{\"id\": \"q\", \"kind\": \"text\"}, {\"id\": \"w\", \"kind\": \"text\"}]');");
    }
    void run(const std::string& sql) {
        installation.superuser().run("begin; set local bw.tenant = '" +
                                     to_text(north.scope.tenant().uuid) + "';" + sql + "; commit");
    }
    /// As the recorder would have.
    SubmissionId hand_in(AssignmentId assignment, UserId user, const std::string& content) {
        const Uuid id = uuid(std::to_string(1000 + ++handed_in));
        run("insert into submissions (submission_id, assignment_id, user_id, idempotency_key, "
            "state, "
            "received_at, late, content, content_sha256, receipt, journal_epoch, journal_seq, "
            "kind) "
            "values ('" +
            to_text(id) + "', '" + to_text(assignment.uuid) + "', '" + to_text(user.uuid) +
            "', 'k', 'recorded', timestamptz '2026-11-23T09:00:00Z' + interval '1 minute' * " +
            std::to_string(handed_in) + ", false, convert_to('" + content +
            "', 'UTF8'), '', '', 1, " + std::to_string(handed_in) + ", '" +
            (assignment == quiz ? "structured" : "text") + "')");
        return {id};
    }
    template <class Fn>
    auto in(Fn fn) {
        return database->run(north.scope, soon(), fn);
    }
    std::int64_t set(AssignmentId assignment, const Marking& marking, std::int64_t seen = 0) {
        auto version = in([&](tenancy::TenantTx& tx) {
            return set_marking(tx, assignment, marking, seen, tess, clock.now());
        });
        EXPECT_TRUE(version) << version.error().text();
        return version.value_or(0);
    }
    static Marking plain(std::optional<Points> tolerance = {}) {
        return {.scheme = {.points_max = Points{1000}, .tolerance = tolerance}};
    }
    Result<Saved> try_mark(AssignmentId assignment, UserId marker, UserId student, int points,
                           std::optional<std::int64_t> seen = {}, bool done = true,
                           const std::string& feedback = "f") {
        return in([&](tenancy::TenantTx& tx) {
            return save_mark(tx, pseudonyms, assignment, student, marker,
                             {.content = {.points = Points{100 * points}, .feedback = feedback},
                              .done = done,
                              .seen = seen},
                             clock.now());
        });
    }
    std::int64_t mark(AssignmentId assignment, UserId marker, UserId student, int points,
                      std::optional<std::int64_t> seen = {}, bool done = true) {
        auto saved = try_mark(assignment, marker, student, points, seen, done);
        EXPECT_EQ(code(saved), "");
        return saved ? saved->mark.version : 0;
    }
    marking::Work work(AssignmentId assignment, UserId student) {
        auto found = in(
            [&](tenancy::TenantTx& tx) { return read_work(tx, pseudonyms, assignment, student); });
        EXPECT_TRUE(found) << found.error().text();
        return *found;
    }
    WorkId name(AssignmentId assignment, UserId student) {
        return pseudonyms.of(north.scope.tenant(), assignment, student);
    }
    Result<ReleaseOutcome> let_go(AssignmentId assignment, const std::string& reason = "",
                                  std::optional<std::vector<WorkId>> works = {}) {
        return in([&](tenancy::TenantTx& tx) {
            return release(tx, pseudonyms, assignment,
                           {.works = works, .reason = reason, .by = tess, .now = clock.now()});
        });
    }
    /// "3: 7 because f, 2: ..": all that was released, the newest first.
    std::string history(AssignmentId assignment, UserId student) {
        auto grades =
            in([&](tenancy::TenantTx& tx) { return grades_of(tx, assignment, student, 100); });
        std::string out;
        for (const Grade& grade : *grades)
            out += (out.empty() ? "" : ", ") + std::to_string(grade.number) + ": " +
                   to_text(grade.points) + (grade.reason ? " because " + *grade.reason : "");
        return out;
    }
    static std::string code(const Result<Saved>& saved) {
        if (saved && saved->stays)
            return std::string(bw::wire_name(saved->stays->code));
        return saved ? "" : std::string(bw::wire_name(saved.error().code));
    }
    template <class T>
    static std::string code(const Result<T>& result) {
        return result ? "" : std::string(bw::wire_name(result.error().code));
    }
    std::string count(const std::string& sql) {
        return installation.superuser().value("select count(*) from " + sql);
    }
    Deadline soon() const { return Deadline::in(clock, 20s); }
    int handed_in = 0;
};

} // namespace bw::marking
