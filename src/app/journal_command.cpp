#include "app/journal_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <future>

#include <simdjson.h>

#include "app/installation.hpp"
#include "app/process_globals.hpp"
#include "journal/nats_stream.hpp"
#include "journal/view.hpp"
#include "submissions/archive.hpp"
#include "submissions/receipt.hpp"

namespace bw::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t records_at_once = 4096, bytes_at_once = 16 << 20;

struct Arguments {
    std::string* data = nullptr;
    std::string journal, tree, out, in, stream = "bellwether-journal", credentials;
    std::vector<std::string> servers; // of JetStream
    int replicas = 3;                 // of a stream that is made
    std::uint64_t bytes_limit = 8ull << 30;
    std::uint64_t from = 1, to = UINT64_MAX;
    bool json = false;
};

fs::path journal_path(const Arguments& arguments) {
    return arguments.journal.empty() ? fs::path(*arguments.data) / "journal"
                                     : fs::path(arguments.journal);
}

Result<journal::View> open_view(const Arguments& arguments, journal::Journal::Sign sign) {
    return journal::View::open(journal_path(arguments), std::move(sign), system_clock());
}

Signature no_signature(ByteView) {
    return {};
}

void print_as_json(const journal::View& view) {
    JsonWriter json;
    json.object()
        .member("cell", view.manifest().cell)
        .member("epoch", submissions::epoch_text(view.manifest().epoch))
        .member("first_seq", view.first_seq())
        .member("last_seq", view.last_seq())
        .member("groups", view.found().groups)
        .member("torn_bytes", view.found().torn_bytes);
    if (auto root = view.root())
        json.member("root", to_hex(bw::view(*root)));
    json.key("segments").array();
    for (const journal::SegmentView& s : view.segments()) {
        json.object()
            .member("number", s.number)
            .member("bytes", s.bytes)
            .member("used_bytes", s.used_bytes);
        if (s.used_bytes > 0)
            json.member("first_seq", s.first_seq).member("last_time", to_rfc3339(s.last_time));
        json.end();
    }
    json.end().end();
    fmt::print("{}\n", json.take());
}

Result<void> inspect(const Arguments& arguments) {
    const journal::View view = TRY(open_view(arguments, no_signature));
    if (arguments.json) {
        print_as_json(view);
        return {};
    }
    fmt::print("journal {} of cell {}: records {} to {}, {} groups\n",
               submissions::epoch_text(view.manifest().epoch), view.manifest().cell,
               view.first_seq(), view.last_seq(), view.found().groups);
    if (auto root = view.root())
        fmt::print("root {}\n", to_hex(bw::view(*root)));
    if (view.found().torn_bytes > 0)
        fmt::print("{} bytes of a group that is not whole: being written just now, or cut off\n",
                   view.found().torn_bytes);
    for (const journal::SegmentView& s : view.segments())
        if (s.used_bytes > 0)
            fmt::print(
                "  segment {:>6}  {:>6.1f} of {:.1f} MiB used  from record {:>10}  until {}\n",
                s.number, static_cast<double>(s.used_bytes) / (1 << 20),
                static_cast<double>(s.bytes) / (1 << 20), s.first_seq, to_rfc3339(s.last_time));
        else
            fmt::print("  segment {:>6}  prepared, {:.1f} MiB\n", s.number,
                       static_cast<double>(s.bytes) / (1 << 20));
    return {};
}

Result<std::unique_ptr<journal::Journal>> open_stream(const Arguments& arguments, bool create,
                                                      journal::Journal::Sign sign) {
    auto stream = TRY(journal::open_nats_stream({.servers = arguments.servers,
                                                 .stream = arguments.stream,
                                                 .create = create,
                                                 .replicas = arguments.replicas,
                                                 .bytes_limit = arguments.bytes_limit,
                                                 .credentials_file = arguments.credentials},
                                                system_clock(), system_rng()));
    return journal::Journal::open(std::move(stream), {}, std::move(sign), system_clock(),
                                  system_rng());
}

/// A journal in JetStream, as far as each_record() looks at it.
class StreamView {
public:
    explicit StreamView(std::unique_ptr<journal::Journal> journal) : journal_(std::move(journal)) {}
    std::uint64_t first_seq() const { return journal_->first_seq(); }
    std::uint64_t last_seq() const { return journal_->status().durable_seq; }
    Result<std::vector<journal::Entry>> read(std::uint64_t after, std::size_t items,
                                             std::size_t bytes) const {
        return journal_->read(after, items, bytes);
    }

private:
    std::unique_ptr<journal::Journal> journal_;
};

/// Calls `take` with every record from arguments.from to arguments.to.
template <class Records, class Take>
Result<void> each_record(Records& view, const Arguments& arguments, Take&& take) {
    if (arguments.from < view.first_seq() && arguments.from > 1)
        return fail(Code::not_found,
                    fmt::format("the journal has forgotten record {}: its first is {}",
                                arguments.from, view.first_seq()),
                    "--from");
    const bool terminal = isatty(STDERR_FILENO) == 1;
    std::uint64_t after = std::max(arguments.from, view.first_seq()) - 1;
    const std::uint64_t last = std::min(arguments.to, view.last_seq());
    while (after < last) {
        auto entries = TRY(view.read(after, records_at_once, bytes_at_once));
        for (const journal::Entry& entry : entries) {
            if (entry.position.seq > last)
                break;
            CHECK_OK(take(entry));
        }
        after = entries.back().position.seq;
        if (terminal)
            fmt::print(stderr, "\r\033[Krecord {} of {}", std::min(after, last), last);
    }
    if (terminal)
        fmt::print(stderr, "\r\033[K");
    return {};
}

Result<void> verify_journal(const Arguments& arguments) {
    journal::View view = TRY(open_view(arguments, no_signature));
    std::uint64_t records = 0, others = 0;
    CHECK_OK(each_record(view, arguments, [&](const journal::Entry& entry) -> Result<void> {
        ++records;
        others += !submissions::decode_record(entry.record);
        return {};
    }));
    fmt::print("{} records: every checksum, every leaf and the tree hold\n", records);
    if (others > 0)
        fmt::print("{} of them are not submissions\n", others);
    const fs::path tree =
        arguments.tree.empty() ? fs::path(*arguments.data) / "tree" : fs::path(arguments.tree);
    if (arguments.tree.empty() && (!arguments.journal.empty() || !fs::exists(tree)))
        return {};
    const std::uint64_t groups = TRY(view.verify_log(tree));
    fmt::print("{} groups in the tree log: every entry and every node hold\n", groups);
    return {};
}

/// One line of an export: what import_records() reads again, and the receipt for people.
std::string line_of(const journal::Position& position, ByteView record,
                    const submissions::Receipt* receipt) {
    JsonWriter json;
    json.object()
        .member("epoch", submissions::epoch_text(position.epoch))
        .member("seq", position.seq)
        .member("record", to_base64url(record));
    if (receipt) {
        json.key("receipt");
        write_json(json, *receipt);
    }
    json.end();
    return json.take() + "\n";
}

/// A new file, for the operator's eyes alone: it holds students' work. "-" is standard output.
class Export {
public:
    static Result<Export> create(const std::string& path) {
        Export out(path);
        if (path == "-")
            return out;
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
            return fail(Code::unavailable,
                        "cannot make it: " + std::generic_category().message(errno), path);
        out.file_.reset(fdopen(fd, "w"));
        return out;
    }
    Result<void> write(const std::string& line) {
        if (std::fwrite(line.data(), 1, line.size(), stream()) == line.size())
            return {};
        return fail(Code::storage_full, "cannot write all of it", path_);
    }
    Result<void> finish() {
        if (std::fflush(stream()) == 0 && (path_ == "-" || fsync(fileno(stream())) == 0))
            return {};
        return fail(Code::storage_full, "cannot write all of it", path_);
    }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    explicit Export(std::string path) : path_(std::move(path)) {}
    std::FILE* stream() const { return file_ ? file_.get() : stdout; }
    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
};

Result<void> export_records(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    const ReceiptKeys keys = TRY(installation.receipt_keys(system_rng()));
    auto sign = [&keys](ByteView bytes) { return keys.current.sign(bytes); };
    Export out = TRY(Export::create(arguments.out));
    std::uint64_t records = 0;
    auto take = [&](const journal::Entry& entry) -> Result<void> {
        ++records;
        auto record = submissions::decode_record(entry.record);
        if (!record)
            return out.write(line_of(entry.position, entry.record, nullptr));
        const submissions::Receipt receipt =
            submissions::make_receipt(entry.record.substr(0, record->statement_bytes), entry.nonce,
                                      entry.index, *entry.group, keys.current.kid());
        return out.write(line_of(entry.position, entry.record, &receipt));
    };
    if (arguments.servers.empty()) {
        journal::View view = TRY(open_view(arguments, sign));
        CHECK_OK(each_record(view, arguments, take));
    } else {
        StreamView view(TRY(open_stream(arguments, false, sign)));
        CHECK_OK(each_record(view, arguments, take));
    }
    CHECK_OK(out.finish());
    fmt::print(stderr, "{} records\n", records);
    return {};
}

Result<void> salvage_records(const Arguments& arguments) {
    Export out = TRY(Export::create(arguments.out));
    const std::uint64_t records =
        TRY(journal::salvage(journal_path(arguments), [&](const journal::Salvaged& salvaged) {
            return out.write(line_of(salvaged.position, salvaged.record, nullptr));
        }));
    CHECK_OK(out.finish());
    fmt::print(stderr, "{} records whose checksum holds\n", records);
    return {};
}

/// Appends records of an export to the installation's journal, which the server must not have open.
/// They are recorded like any other; one that is recorded already changes nothing.
Result<void> import_records(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    const ReceiptKeys keys = TRY(installation.receipt_keys(system_rng()));
    auto sign = [&keys](ByteView bytes) { return keys.current.sign(bytes); };
    auto journal = TRY(arguments.servers.empty()
                           ? journal::Journal::open({.directory = journal_path(arguments)}, sign,
                                                    system_clock(), system_rng())
                           : open_stream(arguments, true, sign));
    std::ifstream in(arguments.in);
    if (!in)
        return fail(Code::not_found, "cannot read it", arguments.in);
    std::uint64_t number = 0, taken = 0;
    for (std::string line; std::getline(in, line); ++taken) {
        ++number;
        const std::string place = fmt::format("{}:{}", arguments.in, number);
        simdjson::dom::parser parser;
        std::string_view text;
        auto bytes = parser.parse(line)["record"].get(text) == simdjson::SUCCESS
                         ? from_base64url(text)
                         : std::nullopt;
        auto record = submissions::decode_record(bytes.value_or(""));
        if (!record)
            return fail(Code::invalid_field,
                        "this line holds no submission; what stands before it is taken in", place);
        const std::size_t statement_bytes = record->statement_bytes;
        std::promise<Result<void>> durable;
        journal->append(
            *std::move(bytes), statement_bytes, [&](Result<journal::Committed> committed) {
                durable.set_value(committed ? Result<void>() : std::move(committed).error());
            });
        if (auto stored = durable.get_future().get(); !stored) {
            stored.error().field = place;
            return stored;
        }
    }
    fmt::print("{} records are in the journal; the server records them when it starts\n", taken);
    return {};
}

Result<void> verify_archive(const Arguments& arguments) {
    const submissions::ArchiveVerified found =
        TRY(submissions::verify_archive(*TRY(journal::view_directory(arguments.in))));
    fmt::print("{} files, {} groups, {} records: every checksum and every root hold\n", found.files,
               found.groups, found.records);
    return {};
}

} // namespace

void add_journal_commands(CLI::App& journal, std::string& data,
                          std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    arguments.data = &data;
    auto add = [&](const char* name, const char* help, auto run) {
        CLI::App* command = journal.add_subcommand(name, help);
        command->add_option("--data", data, "data directory (environment: BW_DATA)")
            ->capture_default_str();
        command->add_option("--journal", arguments.journal,
                            "another directory with a journal, such as a copy (default: "
                            "<data>/journal)");
        command->callback([&chosen, run] { chosen = [run] { return run(arguments); }; });
        return command;
    };
    add("inspect", "what is in it; beside a running server too", inspect)
        ->add_flag("--json", arguments.json);
    auto bounds = [&](CLI::App* command) {
        command->add_option("--from", arguments.from, "first record's number")
            ->check(CLI::PositiveNumber);
        command->add_option("--to", arguments.to, "last record's number")
            ->check(CLI::PositiveNumber);
        return command;
    };
    add("verify-archive", "every file's checksum and every group's roots; needs no key",
        verify_archive)
        ->add_option("directory", arguments.in, "as given to --archive")
        ->required();
    bounds(add("verify", "every checksum, every record's leaf, the tree and the tree log",
               verify_journal))
        ->add_option("--tree", arguments.tree, "the tree log (default: <data>/tree)");
    auto to_file = [&](CLI::App* command) {
        command->add_option("--out", arguments.out, "a new file; -: standard output")->required();
    };
    auto in_stream = [&](CLI::App* command) {
        command
            ->add_option("--journal-servers", arguments.servers,
                         "of a journal in NATS JetStream: nats://HOST:PORT, with commas between")
            ->delimiter(',');
        command->add_option("--journal-stream", arguments.stream)->capture_default_str();
        command
            ->add_option("--journal-replicas", arguments.replicas,
                         "3 or 5; a stream with fewer is refused")
            ->capture_default_str()
            ->check(CLI::IsMember({3, 5}));
        command->add_option("--journal-credentials", arguments.credentials);
        return command;
    };
    CLI::App* exporting = bounds(
        add("export", "records with their receipts, one JSON object a line", export_records));
    to_file(in_stream(exporting));
    to_file(add("salvage", "of a damaged journal, every record whose checksum holds, as export",
                salvage_records));
    CLI::App* importing = in_stream(
        add("import", "append an export's records, while the server is stopped", import_records));
    importing
        ->add_option("--journal-bytes-limit", arguments.bytes_limit, "of a stream that is made")
        ->capture_default_str();
    importing->add_option("file", arguments.in, "of export or salvage")
        ->required()
        ->check(CLI::ExistingFile);
}

} // namespace bw::app
