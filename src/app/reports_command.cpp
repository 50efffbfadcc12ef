#include "app/reports_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/installation.hpp"
#include "app/process_globals.hpp"
#include "pg/change_stream.hpp"
#include "reporting/mirrored.hpp"

namespace bw::app {

namespace {

struct Arguments {
    std::string* data = nullptr;
    std::string slot;
};

Deadline soon() {
    return Deadline::in(system_clock(), 30s);
}

Result<std::unique_ptr<pg::ChangeStream>> open_stream(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    return pg::ChangeStream::open({.conninfo = TRY(installation.conninfo("bw_stream")),
                                   .application_name = "bellwether reports"},
                                  system_clock(), soon());
}

std::string megabytes(const std::optional<std::int64_t>& bytes) {
    return bytes ? fmt::format("{:.1f}", static_cast<double>(*bytes) / 1e6) : "-";
}

Result<void> list_slots(const Arguments& arguments) {
    auto stream = TRY(open_stream(arguments));
    fmt::print("{:<28} {:<8} {:>9} {:>9}\n", "slot", "state", "behind MB", "left MB");
    for (const auto& [name, slot] : TRY(stream->slots(reporting::slot_beginning, soon())))
        fmt::print("{:<28} {:<8} {:>9} {:>9}\n", name,
                   slot.lost     ? "lost"
                   : slot.active ? "read"
                                 : "unread",
                   megabytes(slot.bytes_behind), megabytes(slot.bytes_left));
    return {};
}

Result<void> drop_slot(const Arguments& arguments) {
    if (!arguments.slot.starts_with(reporting::slot_beginning))
        return fail(Code::invalid_field,
                    "a slot of reports begins with " + std::string(reporting::slot_beginning),
                    "slot");
    auto stream = TRY(open_stream(arguments));
    const auto slot = TRY(stream->slot(arguments.slot, soon()));
    if (!slot)
        return fail(Code::not_found, "there is no such slot; 'bellwether reports slots' lists them",
                    "slot");
    if (slot->active)
        return fail(Code::conflict, "a report process reads it; end that first", "slot");
    return stream->drop_slot(arguments.slot, soon());
}

} // namespace

void add_reports_commands(CLI::App& reports, std::string& data,
                          std::function<Result<void>()>& chosen) {
    auto arguments = std::make_shared<Arguments>();
    arguments->data = &data;
    auto add = [&](const char* name, const char* what, Result<void> (*run)(const Arguments&)) {
        CLI::App* command = reports.add_subcommand(name, what);
        command->add_option("--data", data, "the installation's directory")->capture_default_str();
        command->callback(
            [&chosen, arguments, run] { chosen = [arguments, run] { return run(*arguments); }; });
        return command;
    };
    add("slots", "The replication slots of report processes, and how much log each holds back",
        list_slots);
    add("drop-slot",
        "Drop one that no process reads, so that the primary may forget its log. A store that "
        "comes back is made anew",
        drop_slot)
        ->add_option("slot", arguments->slot, "its name")
        ->required();
}

} // namespace bw::app
