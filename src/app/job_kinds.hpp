// Which jobs there are, and when they yield.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "audit/subject_keys.hpp"
#include "institution/import_jobs.hpp"
#include "jobs/handler.hpp"
#include "lane/demand.hpp"
#include "marking/works.hpp"
#include "pipeline/file_jobs.hpp"
#include "tenancy/directory.hpp"

namespace bw::app {

/// `keys`: what mails are kept under.
std::vector<jobs::Kind> job_kinds(const pipeline::FileWork& work, const audit::SubjectKeys& keys,
                                  const marking::Pseudonyms& pseudonyms,
                                  const institution::ImportWork& imports);

/// What bells and forecast let expect now, the higher of the two: the share of institutions that
/// are at a bell; and what is expected in the next minutes over the
/// week's busiest, if that is much at all. Thread-safe; looks once a second.
class BellDemand {
public:
    /// `hints` too outlives it; where none holds, the bells alone count.
    BellDemand(const tenancy::TenantDirectory& directory, const lane::DemandHints& hints,
               const Clock& clock);
    double operator()() const;

private:
    struct Seen;
    const tenancy::TenantDirectory& directory_;
    const lane::DemandHints& hints_;
    const Clock& clock_;
    std::shared_ptr<Seen> seen_;
};

} // namespace bw::app
