// Institutions with an assignment whose texts are compared, and what students hand in to it, put
// straight into the database. For tests and benchmarks.
#pragma once

#include <string>

#include "base/crypto.hpp"
#include "pipeline/similarity.hpp"
#include "support/installation.hpp"

namespace bw::pipeline {

class Classroom {
public:
    Classroom(test::Session& superuser, const tenancy::TenantInfo& tenant, Rng& rng)
        : superuser_(superuser), tenant_(tenant), rng_(rng) {
        const std::string org = fresh(), course = fresh();
        run("insert into orgs (org_id, source, sourced_id, name, type) values ('" + org +
            "', 't', 'o', 'Org', 'school');"
            "insert into courses (course_id, source, sourced_id, title, org_id) values ('" +
            course + "', 't', 'c', 'Course', '" + org +
            "');"
            "insert into sections (section_id, source, sourced_id, title, class_type, course_id, "
            "school_org_id) values ('" +
            section_ + "', 't', 's', 'Section', 'scheduled', '" + course + "', '" + org + "')");
    }

    AssignmentId assign(bool similarity = true) {
        const AssignmentId id = AssignmentId::make(Instant{0}, rng_);
        run("insert into assignments (assignment_id, section_id, title, due_at, similarity) values "
            "('" +
            to_text(id.uuid) + "', '" + section_ + "', 'Essay', '2040-01-01', " +
            (similarity ? "true" : "false") + ")");
        return id;
    }
    /// Which asks for files from now on.
    void ask_for_files(AssignmentId assignment) {
        run("update assignments set kind = 'file' where assignment_id = '" +
            to_text(assignment.uuid) + "'");
    }
    UserId student() { return UserId::make(Instant{0}, rng_); }
    /// As the recorder leaves it, without its jobs.
    SubmissionId hand_in(AssignmentId assignment, UserId user, const std::string& text,
                         const std::string& kind = "text") {
        const SubmissionId id = SubmissionId::make(Instant{0}, rng_);
        run("insert into submissions (submission_id, assignment_id, user_id, idempotency_key, "
            "state, received_at, late, content, content_sha256, receipt, journal_epoch, "
            "journal_seq, kind) values ('" +
            to_text(id.uuid) + "', '" + to_text(assignment.uuid) + "', '" + to_text(user.uuid) +
            "', 'k', 'recorded', now(), false, decode('" + to_hex(text) + "', 'hex'), decode('" +
            to_hex(view(sha256(text))) + "', 'hex'), '', 1, " + std::to_string(++seq_) + ", '" +
            kind + "')");
        return id;
    }
    /// In the institution's name.
    void run(const std::string& sql) {
        superuser_.run("begin; set local bw.tenant = '" + to_text(tenant_.scope.tenant().uuid) +
                       "';" + sql + ";commit");
    }

private:
    std::string fresh() { return to_text(make_uuid_v7(Instant{0}, rng_)); }

    test::Session& superuser_;
    const tenancy::TenantInfo& tenant_;
    Rng& rng_;
    std::string section_ = fresh();
    std::int64_t seq_ = 0;
};

} // namespace bw::pipeline
