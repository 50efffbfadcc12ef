// Which jobs there are, and when they yield.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "audit/subject_keys.hpp"
#include "institution/import_jobs.hpp"
#include "jobs/handler.hpp"
#include "marking/works.hpp"
#include "pipeline/file_jobs.hpp"
#include "tenancy/directory.hpp"

namespace bw::app {

/// `keys`: what mails are kept under.
std::vector<jobs::Kind> job_kinds(const pipeline::FileWork& work, const audit::SubjectKeys& keys,
                                  const marking::Pseudonyms& pseudonyms,
                                  const institution::ImportWork& imports);

/// What the bells let expect now: the share of institutions that are at one, a quarter at least if
/// any is. Thread-safe; looks once a second.
class BellDemand {
public:
    BellDemand(const tenancy::TenantDirectory& directory, const Clock& clock);
    double operator()() const;

private:
    struct Seen;
    const tenancy::TenantDirectory& directory_;
    const Clock& clock_;
    std::shared_ptr<Seen> seen_;
};

} // namespace bw::app
