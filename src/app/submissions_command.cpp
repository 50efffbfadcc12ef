#include "app/submissions_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <map>

#include "app/operator.hpp"
#include "app/process_globals.hpp"
#include "journal/tree_log.hpp"
#include "submissions/assignment_export.hpp"

namespace bw::app {

namespace {

struct Arguments {
    std::string* data = nullptr;
    std::string tenant, assignment, out, file, keys;
    std::vector<std::string> trees, heads;
    bool contents = false;
};

/// Proofs from the tree logs on this node, each journal's to the latest group it has now.
class Logs {
public:
    Logs(std::vector<std::filesystem::path> directories, const SigningKey& key)
        : directories_(std::move(directories)), key_(key) {}

    Result<std::optional<submissions::ConsistencyProof>> prove(std::uint64_t epoch,
                                                               std::uint64_t size) {
        using Found = std::optional<submissions::ConsistencyProof>;
        auto [at, is_new] = logs_.try_emplace(epoch);
        Log& log = at->second;
        if (is_new)
            CHECK_OK(open(epoch, log));
        if (!log.log || size > log.latest.head.size)
            return Found();
        return Found(
            {size, TRY(log.log->consistency_path(size, log.latest.head.size)), log.latest});
    }

private:
    struct Log {
        std::unique_ptr<journal::TreeLog> log; // null: not here
        submissions::SignedHead latest;
    };
    Result<void> open(std::uint64_t epoch, Log& log) {
        for (const auto& directory : directories_) {
            auto opened = journal::view_directory(directory);
            if (!opened)
                continue;
            auto found = journal::TreeLog::open_to_read(*std::move(opened), epoch);
            if (!found && found.error().code == Code::not_found)
                continue;
            log.log = TRY(std::move(found));
            const std::uint64_t size = log.log->size();
            if (size == 0) {
                log.log.reset();
                continue;
            }
            const journal::Group last = TRY(log.log->group(size));
            log.latest.head = {.cell = journal::default_cell,
                               .epoch = epoch,
                               .size = size,
                               .root = TRY(log.log->root(size)),
                               .time = last.time,
                               .durability = last.durability};
            log.latest.kid = key_.kid();
            log.latest.signature = key_.sign(log.latest.head.signed_bytes());
            return {};
        }
        return {};
    }

    const std::vector<std::filesystem::path> directories_;
    const SigningKey& key_;
    std::map<std::uint64_t, Log> logs_;
};

Result<void> export_assignment(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    const ReceiptKeys keys = TRY(installation.receipt_keys(system_rng()));
    auto desk = TRY(OperatorDesk::open(installation, system_clock(), system_rng()));
    const tenancy::TenantInfo tenant = TRY(desk->tenant(arguments.tenant));
    const auto assignment = AssignmentId::parse(arguments.assignment);
    if (!assignment)
        return fail(Code::invalid_field, "expected an id such as asg_5f0c..", "--assignment");
    if (std::filesystem::exists(arguments.out))
        return fail(Code::conflict, "there is a file already", arguments.out);
    std::vector<std::filesystem::path> directories{installation.tree_log()};
    directories.insert(directories.end(), arguments.trees.begin(), arguments.trees.end());
    Logs logs(std::move(directories), keys.current);
    const bool terminal = isatty(STDERR_FILENO) == 1;
    auto made = desk->export_assignment(
        tenant, *assignment, arguments.out, keys,
        [&](std::uint64_t epoch, std::uint64_t size) { return logs.prove(epoch, size); },
        [&](std::uint64_t count) {
            if (terminal)
                fmt::print(stderr, "\r\033[K{} submissions", count);
        },
        arguments.contents);
    if (terminal)
        fmt::print(stderr, "\r\033[K");
    if (!made) {
        std::error_code ignored;
        std::filesystem::remove(arguments.out, ignored); // half of one helps nobody
        return std::move(made).error();
    }
    fmt::print("{} submissions, {} heads of their receipts, {} of them proven to be the beginning "
               "of the latest\n",
               made->submissions, made->heads, made->heads - made->unproven_heads);
    if (made->unproven_heads > 0)
        fmt::print("the others' journals have their tree log elsewhere: name its directory "
                   "with --tree\n");
    return {};
}

Result<void> verify_export(const Arguments& arguments) {
    std::vector<submissions::ReceiptKey> trusted;
    if (!arguments.keys.empty())
        trusted =
            TRY(submissions::read_receipt_key_set(TRY(Installation::read_file(arguments.keys))));
    std::vector<submissions::SignedHead> witnessed;
    for (const std::string& file : arguments.heads)
        witnessed.push_back(TRY(submissions::head_from_json(TRY(Installation::read_file(file)))));
    const submissions::ExportFindings found =
        TRY(submissions::verify_export(arguments.file, trusted, witnessed));
    fmt::print("{} submissions: {} recorded, {} refused, {} late; {} with their content\n"
               "{} heads, {} of them proven to be the beginning of the latest:\n",
               found.submissions, found.recorded, found.refused, found.late, found.contents,
               found.heads, found.proven);
    for (const submissions::SignedHead& head : found.latest)
        fmt::print("  journal {}: {} groups, root {}\n", submissions::epoch_text(head.head.epoch),
                   head.head.size, to_hex(view(head.head.root)));
    for (const std::string& fault : found.faults)
        fmt::print("WRONG: {}\n", fault);
    if (found.fault_count > 0)
        return fail(Code::corrupt, fmt::format("{} claims do not hold", found.fault_count));
    if (found.proven < found.heads)
        fmt::print("{} heads come without a proof\n", found.heads - found.proven);
    fmt::print("Every claim holds{}.\n",
               trusted.empty() ? ", under the keys that the file itself names; bring the "
                                 "installation's own with --keys"
                               : "");
    return {};
}

} // namespace

void add_submissions_commands(CLI::App& submissions, std::string& data,
                              std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    arguments.data = &data;
    auto add = [&](const char* name, const char* help, auto run) {
        CLI::App* command = submissions.add_subcommand(name, help);
        command->callback([&chosen, run] { chosen = [run] { return run(arguments); }; });
        return command;
    };
    CLI::App* making = add("export",
                           "one assignment's submissions for an auditor, with receipts, "
                           "keys and proofs",
                           export_assignment);
    making->add_option("--data", data, "data directory (environment: BW_DATA)")
        ->capture_default_str();
    making->add_option("--tenant", arguments.tenant, "the institution's slug")->required();
    making->add_option("--assignment", arguments.assignment, "its id, asg_..")->required();
    making->add_option("--out", arguments.out, "a new file, NAME.zip")->required();
    making->add_flag("--contents", arguments.contents, "what was handed in, too");
    making->add_option("--tree", arguments.trees,
                       "another intake node's tree log (its <data>/tree); repeat it");
    CLI::App* checking =
        add("verify", "check every claim of an export; needs nothing but the file", verify_export);
    checking->add_option("--keys", arguments.keys,
                         "the installation's public keys, as you kept them (JSON)");
    checking->add_option("--head", arguments.heads,
                         "a head that a witness was shown (JSON); repeat it");
    checking->add_option("file", arguments.file, "the zip")->required();
}

} // namespace bw::app
