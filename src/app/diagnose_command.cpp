#include "app/diagnose_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>

#include "app/installation.hpp"
#include "app/origin.hpp"
#include "app/process_globals.hpp"

namespace bw::app {

namespace {

using simdjson::dom::element;

struct Arguments {
    std::string* data = nullptr;
    bool json = false;
};

std::string number(element in, const char* name, std::string_view unit = "") {
    double value = 0;
    if (in[name].get(value) != simdjson::SUCCESS)
        return "not known";
    return unit.empty() ? fmt::format("{:.4g}", value) : fmt::format("{:.4g} {}", value, unit);
}

std::string text(element in, const char* name, const char* otherwise = "") {
    std::string_view value;
    return std::string(in[name].get(value) == simdjson::SUCCESS ? value : otherwise);
}

void add_limit(std::string& out, element limit, bool advise) {
    const std::string unit = text(limit, "unit");
    out += fmt::format("    {}: {} can be done, {} expected ({})\n", text(limit, "limit"),
                       number(limit, "capacity"), number(limit, "peak"), unit);
    simdjson::dom::array evidence;
    if (limit["evidence"].get(evidence) == simdjson::SUCCESS)
        for (const element one : evidence)
            out += fmt::format("      {}: {}\n", text(one, "what"),
                               number(one, "value", text(one, "unit")));
    if (advise)
        out += fmt::format("    what to do: {}\n", text(limit, "remedy"));
}

void add_wall(std::string& out, element wall) {
    const std::string standing = text(wall, "standing");
    out += fmt::format("\n  {}: {}, headroom {}", text(wall, "wall"), standing,
                       number(wall, "headroom"));
    if (const std::string at = text(wall, "reached_at"); !at.empty())
        out += fmt::format(", reached by {}", at.substr(0, 10));
    out += '\n';
    simdjson::dom::array limits;
    if (wall["limits"].get(limits) == simdjson::SUCCESS)
        for (const element limit : limits)
            add_limit(out, limit, standing == "near" || standing == "reached");
}

Result<void> diagnose(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    const auto address = Installation::read_file(installation.admin_address_file());
    if (!address)
        return fail(Code::unavailable,
                    "no server runs on this data directory; start it with 'bellwether serve' or "
                    "'bellwether up', then ask again",
                    "--data");
    const Origin origin =
        TRY(parse_origin("http://" + address->substr(0, address->find('\n')) + "/walls", "--data"));
    const std::shared_ptr<net::Client> client = client_to(origin, system_clock());
    const auto answer = TRY(
        client->fetch({.method = net::Method::get, .target = origin.target, .host = origin.host},
                      Deadline::in(system_clock(), 15s)));
    if (answer.status != 200)
        return fail(Code::unavailable,
                    fmt::format("the server answered {}: {}", answer.status, answer.body));
    const std::string shown = arguments.json ? answer.body + "\n" : TRY(walls_text(answer.body));
    std::fputs(shown.c_str(), stdout);
    return {};
}

} // namespace

Result<std::string> walls_text(std::string_view json) {
    simdjson::dom::parser parser;
    element document;
    simdjson::dom::array walls;
    if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS ||
        document["walls"].get(walls) != simdjson::SUCCESS)
        return fail(Code::corrupt, "the server's answer is not what this program knows; are they "
                                   "of one version?");
    std::string out = text(document, "said") + "\n";
    for (const element wall : walls)
        add_wall(out, wall);
    return out;
}

void add_diagnose_command(CLI::App& program, std::string& data,
                          std::function<Result<void>()>& chosen) {
    static Arguments arguments; // outlives the call to `chosen`
    arguments.data = &data;
    CLI::App* made = program.add_subcommand(
        "diagnose", "which wall the server that runs here reaches first, and what to do");
    made->add_option("--data", data, "data directory (environment: BW_DATA)")
        ->capture_default_str();
    made->add_flag("--json", arguments.json, "as the API answers it");
    made->callback([&chosen] { chosen = [] { return diagnose(arguments); }; });
}

} // namespace bw::app
