#include "storm/plan.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <unordered_map>

#include "base/json_object.hpp"

namespace bw::storm {

namespace {

constexpr std::size_t host_bytes_limit = 253; // of a name in the DNS
constexpr std::size_t token_bytes_limit = 8192;

struct Line {
    bool student = false;
    TenantId tenant;
    UserId user; // of a student
    AssignmentId assignment;
    std::string host, access_token;
};

template <class IdType>
Result<IdType> read_id(const JsonObject& object, std::string_view name) {
    std::string text = TRY(object.string(name, 64));
    auto id = IdType::parse(text);
    if (!id)
        return fail(Code::invalid_field, "'" + text + "' is no such id", "/" + std::string(name));
    return *id;
}

Result<Line> read_line(const std::string& text) {
    JsonObject object = TRY(JsonObject::parse(
        text, {"kind", "host", "tenant_id", "user_id", "assignment_id", "access_token"}));
    std::string kind = TRY(object.string("kind", 16));
    if (kind != "student" && kind != "teacher")
        return fail(Code::invalid_field, "expected student or teacher, not '" + kind + "'",
                    "/kind");
    Line line;
    line.student = kind == "student";
    line.host = TRY(object.string("host", host_bytes_limit));
    line.tenant = TRY(read_id<TenantId>(object, "tenant_id"));
    if (line.student)
        line.user = TRY(read_id<UserId>(object, "user_id"));
    line.assignment = TRY(read_id<AssignmentId>(object, "assignment_id"));
    line.access_token = TRY(object.string("access_token", token_bytes_limit));
    for (std::string_view value :
         {std::string_view(line.host), std::string_view(line.access_token)})
        for (char c : value)
            if (c <= ' ' || c >= 0x7f) // both go into the head of a request
                return fail(Code::invalid_field,
                            "host and access_token are visible ASCII characters");
    return line;
}

} // namespace

Result<Plan> read_plan(std::istream& in, const std::string& name) {
    Plan plan;
    std::unordered_map<AssignmentId, std::uint32_t>
        index_of; // of assignments that have a teacher line
    struct Waiting {
        AssignmentId assignment;
        TenantId tenant;
        std::size_t line;
    };
    std::vector<Waiting> waiting; // one a student: teacher lines may come after
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
        const std::string where = name + ":" + std::to_string(number);
        if (number > plan_lines_limit)
            return fail(Code::bad_request,
                        "a plan has at most " + std::to_string(plan_lines_limit) + " lines", where);
        if (text.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        auto read = read_line(text);
        if (!read) {
            Error error = std::move(read).error();
            if (!error.field.empty())
                error.detail = error.field + ": " + error.detail;
            error.field = where;
            return error;
        }
        Line& line = *read;
        if (line.student) {
            waiting.push_back({line.assignment, line.tenant, number});
            plan.students.push_back(
                {line.user, 0, std::move(line.host), std::move(line.access_token)});
        } else {
            auto [it, first] = index_of.try_emplace(
                line.assignment, static_cast<std::uint32_t>(plan.assignments.size()));
            if (!first)
                return fail(Code::conflict,
                            "the assignment " + line.assignment.text() +
                                " has a teacher line already",
                            where);
            plan.assignments.push_back(
                {line.assignment, line.tenant, std::move(line.host), std::move(line.access_token)});
        }
    }
    if (in.bad())
        return fail(Code::unavailable, "the plan cannot be read to its end", name);
    if (plan.students.empty())
        return fail(Code::bad_request, "the plan has no student lines", name);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        const std::string where = name + ":" + std::to_string(waiting[i].line);
        auto it = index_of.find(waiting[i].assignment);
        if (it == index_of.end())
            return fail(Code::bad_request,
                        "the assignment " + waiting[i].assignment.text() + " has no teacher line",
                        where);
        if (plan.assignments[it->second].tenant != waiting[i].tenant)
            return fail(Code::conflict, "the assignment's teacher line names another tenant_id",
                        where);
        plan.students[i].assignment = it->second;
    }
    return plan;
}

Result<Plan> read_plan_file(const std::string& path) {
    std::ifstream in(path);
    if (!in)
        return fail(Code::not_found,
                    "the plan cannot be opened: " + std::string(std::strerror(errno)), path);
    return read_plan(in, path);
}

} // namespace bw::storm
