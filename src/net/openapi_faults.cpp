// documentation_faults: a route that says too little of itself is found by a test, not by a caller.
#include <simdjson.h>

#include <algorithm>
#include <set>

#include "net/openapi.hpp"

namespace bw::net {

namespace {

constexpr std::string_view reference_prefix = "#/components/schemas/";

bool is_built_in(std::string_view schema) {
    return schema == "Problem" || schema == "ProblemCode";
}

class Faults {
public:
    explicit Faults(const RouteTable& routes) : routes_(routes) {}

    std::vector<std::string> find() {
        for (const auto& [name, schema] : routes_.schemas()) {
            need(!is_built_in(name), "schema " + std::string(name), "is the document's own");
            check_schema("schema " + std::string(name), schema);
        }
        for (const Route& route : routes_.routes())
            check(route);
        return std::move(found_);
    }

private:
    void check(const Route& route) {
        const std::string where = std::string(to_text(route.method)) + " " + route.path;
        need(!route.operation.empty(), where, "no operation id");
        need(operations_.insert(route.operation).second, where,
             "another operation is called '" + route.operation + "'");
        need(!route.summary.empty(), where, "no summary");
        need(!route.tag.empty(), where, "no tag");
        check_parameters(route, where);
        check_body(route, where);
        check_answers(route, where);
    }

    void check_parameters(const Route& route, const std::string& where) {
        std::set<std::pair<Parameter::In, std::string_view>> seen;
        for (const Parameter& p : route.parameters) {
            const std::string what = where + ", parameter " + std::string(p.name);
            need(seen.emplace(p.in, p.name).second, what, "stands twice");
            need(!p.description.empty(), what, "no description");
            check_schema(what, p.schema);
            check_example(what, p);
        }
        const std::vector<std::string_view> in_path = path_parameters(route.path);
        for (std::string_view name : in_path)
            need(seen.contains({Parameter::In::path, name}), where,
                 "'" + std::string(name) + "' of the path is no parameter");
        for (const auto& [in, name] : seen)
            need(in != Parameter::In::path || std::ranges::count(in_path, name) == 1, where,
                 "the parameter '" + std::string(name) + "' is not in the path");
    }

    void check_body(const Route& route, const std::string& where) {
        if (!route.body)
            return need(route.body_bytes_limit == 0, where, "takes a body and does not say which");
        need(route.body_bytes_limit > 0, where, "its body has no limit, so none is read");
        const bool json = is_json(route.body->content_type);
        if (json || !route.body->schema.empty())
            check_schema(where + ", body", route.body->schema);
        if (json)
            need(parses(route.body->example), where + ", body", "its example is not JSON");
    }

    void check_answers(const Route& route, const std::string& where) {
        need(!route.answers.empty(), where, "no answers");
        std::set<int> statuses;
        for (const Answer& answer : route.answers) {
            const std::string what = where + ", answer " + std::to_string(answer.status);
            need(statuses.insert(answer.status).second, what, "stands twice");
            need(answer.status == 101 || (answer.status >= 200 && answer.status < 600), what,
                 "is no final status");
            need(!answer.description.empty(), what, "no description");
            if (!answer.schema.empty())
                check_schema(what, answer.schema);
        }
    }

    void check_schema(const std::string& where, std::string_view text) {
        simdjson::dom::element schema;
        if (simdjson::dom::parser parser;
            parser.parse(simdjson::padded_string(text)).get(schema) != simdjson::SUCCESS)
            return need(false, where, "its schema is not JSON");
        else if (!schema.is_object())
            return need(false, where, "its schema is no object");
        else
            check_references(where, schema);
    }

    /// Text is right as it stands; a number's must be one.
    void check_example(const std::string& where, const Parameter& p) {
        simdjson::dom::parser parser;
        simdjson::dom::element schema;
        std::string_view type;
        if (p.example.empty() ||
            parser.parse(simdjson::padded_string(p.schema)).get(schema) != simdjson::SUCCESS ||
            schema["type"].get(type) != simdjson::SUCCESS)
            return;
        for (std::string_view bare : {"integer", "number", "boolean"})
            need(type != bare || parses(p.example), where,
                 "its example is no " + std::string(bare));
    }

    void check_references(const std::string& where, simdjson::dom::element in) {
        if (in.is_array())
            for (simdjson::dom::element item : simdjson::dom::array(in))
                check_references(where, item);
        if (!in.is_object())
            return;
        for (auto [key, value] : simdjson::dom::object(in)) {
            std::string_view target;
            if (key != "$ref" || value.get(target) != simdjson::SUCCESS) {
                check_references(where, value);
                continue;
            }
            const bool schema = target.starts_with(reference_prefix);
            const std::string_view name = target.substr(schema ? reference_prefix.size() : 0);
            need(schema && (is_built_in(name) || routes_.schemas().contains(name)), where,
                 "refers to '" + std::string(target) + "', which is not there");
        }
    }

    static bool parses(std::string_view text) {
        simdjson::dom::parser parser;
        return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
    }

    void need(bool good, const std::string& where, const std::string& fault) {
        if (!good)
            found_.push_back(where + ": " + fault);
    }

    const RouteTable& routes_;
    std::set<std::string_view> operations_;
    std::vector<std::string> found_;
};

} // namespace

std::vector<std::string> documentation_faults(const RouteTable& routes) {
    return Faults(routes).find();
}

bool is_json(std::string_view content_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    return type == "application/json" || type.ends_with("+json");
}

std::vector<std::string_view> path_parameters(std::string_view path) {
    std::vector<std::string_view> names;
    for (std::size_t open = path.find('{'); open != std::string_view::npos;
         open = path.find('{', open + 1))
        names.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
    return names;
}

} // namespace bw::net
