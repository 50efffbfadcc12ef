// For tests: what reports say of rows that may have been spoiled.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/json.hpp"
#include "net/http.hpp"
#include "storm/api.hpp"

namespace bw::storm {

/// The report that is asked for, of all rows of one assignment.
inline net::Response fake_report(const net::Request& request, AssignmentId assignment,
                                 const std::vector<RecordedRow>& rows, Instant as_of) {
    const std::string_view name = request.path.substr(request.path.rfind('/') + 1);
    EXPECT_EQ(request.header("Authorization"), "Bearer teacher");
    JsonWriter json;
    json.object().member("as_of", to_rfc3339(as_of)).member("truncated", false);
    const auto columns = [&](std::initializer_list<const char*> names) {
        json.key("columns").array();
        for (const char* column : names)
            json.object().member("name", column).end();
        json.end().key("rows").array();
    };
    if (name == "class_progress") {
        std::set<UserId> people;
        for (const RecordedRow& row : rows)
            people.insert(row.user);
        columns({"assignment_id", "handed_in"});
        json.array().value(assignment.text()).value(static_cast<std::int64_t>(people.size())).end();
    } else if (name == "assignment_timeline") {
        columns({"hour", "submissions"});
        json.array().value("an hour").value(static_cast<std::int64_t>(rows.size())).end();
    } else {
        columns({"submission_id"});
        for (const RecordedRow& row : rows)
            json.array().value(row.id.text()).end();
    }
    json.end().end();
    return net::Response::json(200, json.take());
}

} // namespace bw::storm
