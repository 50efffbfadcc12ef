#include "app/breached_list_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "accounts/breached_list.hpp"

namespace bw::app {

namespace {

struct Arguments {
    accounts::BreachedListSource source;
    std::string to;
};

Result<void> build(const Arguments& arguments) {
    const std::uint64_t size = TRY(accounts::build_breached_list(arguments.source, arguments.to));
    fmt::print("{} passwords in {}; serve it with --breached-passwords\n", size, arguments.to);
    return {};
}

} // namespace

void add_breached_list_commands(CLI::App& group, std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    CLI::App* command = group.add_subcommand(
        "build", "make the file for --breached-passwords from a list of SHA-1 hashes in order, as "
                 "\"Have I Been Pwned\" offers it for use offline");
    command
        ->add_option("from", arguments.source.from,
                     "a file of lines HASH:COUNT, or a directory of range files (00000.txt to "
                     "FFFFF.txt)")
        ->required();
    command->add_option("to", arguments.to, "the file to write; 6 bytes for each password")
        ->required();
    command
        ->add_option("--min-count", arguments.source.count_min,
                     "leave out what was seen in leaks less often")
        ->capture_default_str();
    command->callback([&chosen] { chosen = [] { return build(arguments); }; });
}

} // namespace bw::app
