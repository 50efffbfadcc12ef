#include "app/reports_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/installation.hpp"
#include "app/process_globals.hpp"
#include "pg/change_stream.hpp"
#include "reporting/mirrored.hpp"
#include "reporting/outbox.hpp"

namespace bw::app {

namespace {

struct Arguments {
    std::string* data = nullptr;
    std::string slot;
    std::int64_t outbox_mib = 256;
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

std::string mib(const std::optional<std::int64_t>& bytes) {
    return bytes ? fmt::format("{:.1f}", static_cast<double>(*bytes) / (1 << 20)) : "-";
}

Result<void> list_slots(const Arguments& arguments) {
    auto stream = TRY(open_stream(arguments));
    fmt::print("{:<28} {:<8} {:>10} {:>10}\n", "slot", "state", "behind MiB", "left MiB");
    for (const auto& [name, slot] : TRY(stream->slots(reporting::slot_beginning, soon())))
        fmt::print("{:<28} {:<8} {:>10} {:>10}\n", name,
                   slot.lost     ? "lost"
                   : slot.active ? "read"
                                 : "unread",
                   mib(slot.bytes_behind), mib(slot.bytes_left));
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

Result<std::unique_ptr<tenancy::Database>> open_operators(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    return std::make_unique<tenancy::Database>(TRY(installation.conninfo("bw_operator")),
                                               "bellwether operator", system_clock());
}

Result<void> show_outbox(const Arguments& arguments) {
    const auto database = TRY(open_operators(arguments));
    const auto outbox = TRY(reporting::outbox_state(*database, soon()));
    if (!outbox) {
        fmt::print("off\n");
        return {};
    }
    fmt::print("on: {} of {} MiB{}\n", mib(outbox->bytes), mib(outbox->bytes_limit),
               outbox->missed ? "; it was full: the stores begin anew" : "");
    fmt::print("{:<28} {:<24} {:>9}\n", "store", "heard of", "unread");
    for (const reporting::OutboxReader& reader : outbox->readers)
        fmt::print("{:<28} {:<24} {:>9}\n", reader.name, to_rfc3339(reader.seen_at),
                   reader.waiting);
    return {};
}

Result<void> switch_on(const Arguments& arguments) {
    const auto database = TRY(open_operators(arguments));
    return reporting::switch_outbox(*database, arguments.outbox_mib << 20, "command line", soon());
}

Result<void> switch_off(const Arguments& arguments) {
    const auto database = TRY(open_operators(arguments));
    return reporting::switch_outbox(*database, std::nullopt, "command line", soon());
}

} // namespace

void add_reports_commands(CLI::App& reports, std::string& data,
                          std::function<Result<void>()>& chosen) {
    auto arguments = std::make_shared<Arguments>();
    arguments->data = &data;
    auto add_to = [&](CLI::App& group, const char* name, const char* what,
                      Result<void> (*run)(const Arguments&)) {
        CLI::App* command = group.add_subcommand(name, what);
        command->add_option("--data", data, "the installation's directory")->capture_default_str();
        command->callback(
            [&chosen, arguments, run] { chosen = [arguments, run] { return run(*arguments); }; });
        return command;
    };
    add_to(reports, "slots",
           "The replication slots of report processes, and how much log each holds back",
           list_slots);
    add_to(reports, "drop-slot",
           "Drop one that no process reads, so that the primary may forget its log. A store that "
           "comes back is made anew",
           drop_slot)
        ->add_option("slot", arguments->slot, "its name")
        ->required();

    CLI::App* outbox = reports.add_subcommand(
        "outbox", "By what reports follow where the database allows no replication slots");
    outbox->require_subcommand(1);
    add_to(*outbox, "on",
           "Triggers note what changes; then run role report with --report-source outbox. Again: "
           "anew, with tables that are new and another limit",
           switch_on)
        ->add_option("--mib", arguments->outbox_mib,
                     "its file's size at most: full, nothing is noted until the stores begin anew")
        ->capture_default_str()
        ->check(CLI::Range(8, 1 << 20));
    add_to(*outbox, "off", "Takes the triggers away, and what they noted", switch_off);
    add_to(*outbox, "show", "Whether it is on, how full, and which stores follow by it",
           show_outbox);
}

} // namespace bw::app
