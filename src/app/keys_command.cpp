#include "app/keys_command.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/installation.hpp"
#include "app/process_globals.hpp"
#include "tenancy/signing_keys.hpp"

namespace bw::app {

namespace {

using tenancy::KeyRecord;
using tenancy::SigningKeys;

constexpr std::string_view actor = "command line";

struct Arguments {
    std::string* data = nullptr;
    std::string kid, algorithm;
    std::int64_t announce_seconds =
        std::chrono::duration_cast<std::chrono::seconds>(tenancy::announce_default).count();
    bool all = false;
};

Deadline soon() {
    return Deadline::in(system_clock(), 60s);
}

struct Desk {
    SecretKey master;
    std::unique_ptr<tenancy::Database> database;
};

Result<Desk> open_desk(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    auto database = std::make_unique<tenancy::Database>(TRY(installation.conninfo("bw_operator")),
                                                        "bellwether operator", system_clock());
    return Desk{TRY(installation.master_key(system_rng())), std::move(database)};
}

void show(const KeyRecord& key, tenancy::KeyState state) {
    std::printf("%s %-5s %-9s announced %s, signs from %s%s\n", key.kid.c_str(),
                std::string(wire_name(key.algorithm)).c_str(),
                std::string(wire_name(state)).c_str(), to_rfc3339(key.announced_at).c_str(),
                to_rfc3339(key.signs_from).c_str(),
                key.revoked_at ? (", revoked " + to_rfc3339(*key.revoked_at)).c_str() : "");
}

Result<void> show_all(Desk& desk) {
    const auto keys = TRY(SigningKeys::list(*desk.database, soon()));
    const auto states = tenancy::key_states(keys, system_clock().now());
    for (std::size_t i = 0; i < keys.size(); ++i)
        show(keys[i], states[i]);
    return {};
}

Result<void> list(const Arguments& arguments) {
    Desk desk = TRY(open_desk(arguments));
    return show_all(desk);
}

Result<void> rotate(const Arguments& arguments) {
    Desk desk = TRY(open_desk(arguments));
    TRY(SigningKeys::rotate(*desk.database, desk.master,
                            {.algorithm = tenancy::token_algorithm_from(arguments.algorithm),
                             .announce = std::chrono::seconds(arguments.announce_seconds)},
                            actor, system_rng(), soon()));
    return show_all(desk);
}

Result<void> revoke(const Arguments& arguments) {
    if (arguments.all == !arguments.kid.empty())
        return fail(Code::bad_request,
                    "name one key (kid), as `keys list` shows it, or give --all");
    Desk desk = TRY(open_desk(arguments));
    TRY(SigningKeys::revoke(*desk.database, desk.master,
                            arguments.all ? std::nullopt : std::optional(arguments.kid), actor,
                            system_rng(), soon()));
    return show_all(desk);
}

} // namespace

void add_keys_commands(CLI::App& keys, std::string& data, std::function<Result<void>()>& chosen) {
    static Arguments arguments; // outlives the call to `chosen`
    arguments.data = &data;
    auto add = [&](const char* name, const char* help, Result<void> (*command)(const Arguments&)) {
        CLI::App* made = keys.add_subcommand(name, help);
        made->add_option("--data", data, "data directory (environment: BW_DATA)")
            ->capture_default_str();
        made->callback([&chosen, command] { chosen = [command] { return command(arguments); }; });
        return made;
    };
    add("list", "all signing keys, in the order in which they sign; no private half", list);
    CLI::App* next = add("rotate", "make the next key; tokens of the one before stay good", rotate);
    next->add_option("--algorithm", arguments.algorithm,
                     "eddsa or es256 (default: the newest key's)")
        ->check(CLI::IsMember({"eddsa", "es256"}, CLI::ignore_case));
    next->add_option("--announce-seconds", arguments.announce_seconds,
                     "how long it is published before it signs; 0: it signs at once, and verifiers "
                     "elsewhere meet a kid that they do not know yet")
        ->capture_default_str()
        ->check(CLI::Range(0, 24 * 3600));
    CLI::App* end = add("revoke",
                        "a key has leaked: what it signed counts no more; sessions come back by "
                        "refreshing, without passwords",
                        revoke);
    end->add_option("kid", arguments.kid,
                    "as `list` shows it; one that begins with a dash stands last, after --");
    end->add_flag(
        "--all", arguments.all,
        "every key: the master key has leaked too (remove <data>/secrets/master.key first; "
        "docs/runbooks.md)");
}

} // namespace bw::app
