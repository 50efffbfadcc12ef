// The marking module's HTTP: how an assignment is marked, works and marks for its teachers, grades
// and requests for another look.
#pragma once

#include "audit/subject_keys.hpp"
#include "base/json.hpp"
#include "marking/grades.hpp"
#include "marking/works.hpp"
#include "net/http.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/gate.hpp"

namespace bw::marking {

/// Outlives the route table, with everything in it.
struct RouteParts {
    const tenancy::Gate& gate;
    const tenancy::TenantDirectory& directory;
    tenancy::DatabaseLane& lane;
    const Pseudonyms& pseudonyms;
    audit::SubjectKeys keys; // what notices are kept under until they are sent
    const Clock& clock;
    Rng& rng;
};

/// As GET /v1/grades answers, schema OwnGradeList: at most `limit` of them; one more says that
/// there is a next page.
void write_own_grades(JsonWriter& json, std::vector<LatestGrade> grades, std::size_t limit);

void add_routes(net::RouteTable& routes, const RouteParts& parts);

} // namespace bw::marking
