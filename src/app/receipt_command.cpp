#include "app/receipt_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/installation.hpp"
#include "app/process_globals.hpp"
#include "submissions/receipt.hpp"

namespace bw::app {

namespace {

struct Arguments {
    std::string* data = nullptr;
    std::string receipt, keys, content, head, proof; // files
};

Result<std::string> text_of(const std::string& file) {
    if (file != "-")
        return Installation::read_file(file);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

/// What could not be read is about that file.
template <class T>
Result<T> from_file(Result<T> read, const std::string& file) {
    if (!read)
        read.error().field = file + (read.error().field.empty() ? "" : ": " + read.error().field);
    return read;
}

Result<void> verify_receipt(const Arguments& arguments) {
    using namespace submissions;
    const auto keys =
        TRY(from_file(read_receipt_key_set(TRY(text_of(arguments.keys))), arguments.keys));
    const Receipt receipt =
        TRY(from_file(receipt_from_json(TRY(text_of(arguments.receipt))), arguments.receipt));
    const Statement s = TRY(verify(receipt, keys));
    fmt::print("The receipt holds.\n"
               "  submission    {}\n"
               "  institution   {}\n"
               "  user          {}\n"
               "  assignment    {}\n"
               "  received at   {} ({})\n"
               "  content       {} bytes, SHA-256 {}\n"
               "  durability    {}, journal {} group {}\n"
               "  signed by     {}\n",
               s.submission_id().text(), s.tenant.text(), s.user.text(), s.assignment.text(),
               to_rfc3339(s.received_at),
               s.clock_error.ms
                   ? fmt::format("the clock was synchronised to {} ms", *s.clock_error.ms)
                   : "the clock was not synchronised",
               s.content_bytes, to_hex(view(s.content_sha256)),
               journal::wire_name(receipt.head.durability), epoch_text(receipt.head.epoch),
               receipt.group.number, receipt.kid);
    if (!arguments.content.empty()) {
        CHECK_OK(from_file(verify_content(s, TRY(text_of(arguments.content))), arguments.content));
        fmt::print("The content is the one that was handed in.\n");
    }
    if (arguments.proof.empty())
        return {};
    const ConsistencyProof proof =
        TRY(from_file(consistency_from_json(TRY(text_of(arguments.proof))), arguments.proof));
    CHECK_OK(verify(proof, receipt.head, keys));
    fmt::print("It is part of the journal as of {} ({} groups, root {}).\n",
               to_rfc3339(proof.head.head.time), proof.head.head.size,
               to_hex(view(proof.head.head.root)));
    if (arguments.head.empty())
        return {};
    const SignedHead witnessed =
        TRY(from_file(head_from_json(TRY(text_of(arguments.head))), arguments.head));
    if (witnessed.head != proof.head.head)
        return fail(Code::corrupt, "the proof leads to another head than the one you hold",
                    arguments.head);
    fmt::print("That is the head you hold: nothing before it was rewritten.\n");
    return {};
}

Result<void> prepare_key(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    const PublicKey key = TRY(installation.prepare_receipt_key(system_rng()));
    fmt::print("{} takes over when the server of role intake starts next; the present key is then "
               "retired, and stays published\n",
               kid_of(key));
    return {};
}

} // namespace

void add_receipt_commands(CLI::App& receipt, std::string& data,
                          std::function<Result<void>()>& chosen) {
    static Arguments arguments;
    arguments.data = &data;
    CLI::App* verify = receipt.add_subcommand(
        "verify",
        "check a receipt offline; with a proof, that the journal was not rewritten since");
    verify
        ->add_option("receipt", arguments.receipt,
                     "the receipt, or the answer it came in; -: standard input")
        ->required();
    verify
        ->add_option("--keys", arguments.keys,
                     "what the installation publishes at /.well-known/receipt-keys.json")
        ->required();
    verify->add_option("--content", arguments.content, "what was handed in");
    CLI::Option* proof = verify->add_option(
        "--proof", arguments.proof,
        "answer of /v1/journals/EPOCH/consistency?from_size=N, for the receipt's head");
    verify
        ->add_option("--head", arguments.head,
                     "a head that was kept outside the installation; the proof must lead to it")
        ->needs(proof);
    verify->callback([&chosen] { chosen = [] { return verify_receipt(arguments); }; });
    CLI::App* rotate = receipt.add_subcommand(
        "rotate-key", "make a new signing key, which takes over at the server's next start");
    rotate->add_option("--data", data, "data directory (environment: BW_DATA)")
        ->capture_default_str();
    rotate->callback([&chosen] { chosen = [] { return prepare_key(arguments); }; });
}

} // namespace bw::app
