#include "app/tenant_command.hpp"

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/installation.hpp"
#include "app/process_globals.hpp"
#include "tenancy/directory.hpp"
#include "tenancy/host_name.hpp"
#include "tenancy/operator_token.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::app {

namespace {

using tenancy::Provisioning;
using tenancy::Rate;
using tenancy::TenantRecord;
using tenancy::TenantSettings;

constexpr std::string_view actor = "command line";

Deadline soon() {
    return Deadline::in(system_clock(), 60s);
}

/// What the arguments say; each command reads its own part.
struct Arguments {
    std::string* data = nullptr;
    std::string tenant, state, slug, name, zone, locale, host, token;
    bool free_slug = false;
    std::string all, each; // quotas
};

Result<std::unique_ptr<tenancy::Database>> open_database(const Arguments& arguments) {
    const Installation installation = TRY(Installation::open(*arguments.data));
    return std::make_unique<tenancy::Database>(TRY(installation.conninfo("bw_operator")),
                                               "bellwether operator", system_clock());
}

Result<TenantRecord> find_tenant(tenancy::Database& database, const std::string& slug) {
    tenancy::TenantDirectory directory;
    CHECK_OK(directory.refresh(database, soon()));
    auto found = directory.by_slug(slug);
    if (!found)
        found = directory.by_own_host(slug);
    if (!found)
        return fail(Code::not_found,
                    "there is no institution '" + slug + "'; 'bellwether tenant list' shows them",
                    "--tenant");
    return Provisioning::read(database, found->scope.tenant(), soon());
}

std::string text_of(const std::optional<Rate>& rate) {
    return rate ? std::to_string(rate->per_second) + " requests/s, burst " +
                      std::to_string(rate->burst)
                : "none";
}

void show(const TenantRecord& tenant) {
    const TenantSettings& s = tenant.settings;
    std::printf("id       %s\nslug     %s\nname     %s\nstate    %s\nzone     %s\nlocale   %s\n",
                tenant.id.text().c_str(), s.slug.c_str(), s.name.c_str(),
                std::string(wire_name(tenant.state)).c_str(), s.zone.c_str(), s.locale.c_str());
    for (const std::string& host : s.hosts)
        std::printf("host     %s%s\n", host.c_str(), host.contains('.') ? "" : "  (a former slug)");
    std::printf("quota    all together: %s; each person: %s\nmade     %s\nchanged  %s\n",
                text_of(s.quotas.tenant).c_str(), text_of(s.quotas.principal).c_str(),
                to_rfc3339(tenant.created_at).c_str(), to_rfc3339(tenant.changed_at).c_str());
}

/// Reads the institution, lets `edit` change its settings, and writes them back as one change.
template <class Edit>
Result<void> change(const Arguments& arguments, Edit&& edit) {
    auto database = TRY(open_database(arguments));
    TenantRecord tenant = TRY(find_tenant(*database, arguments.tenant));
    CHECK_OK(edit(tenant.settings));
    auto changed = Provisioning::change(*database, tenant.id, tenant.version, tenant.settings,
                                        actor, system_clock(), soon());
    if (!changed && changed.error().code == Code::precondition_failed)
        return fail(Code::conflict, "somebody else changed it at this moment; run this again");
    show(TRY(std::move(changed)));
    return {};
}

Result<void> list(const Arguments& arguments) {
    auto database = TRY(open_database(arguments));
    const auto state = tenancy::tenant_state_from(arguments.state);
    std::vector<TenantRecord> all;
    std::optional<TenantId> after;
    do {
        tenancy::TenantPage page = TRY(Provisioning::list(*database, after, state, 500, soon()));
        all.insert(all.end(), page.items.begin(), page.items.end());
        after = page.next;
    } while (after);
    std::ranges::sort(all, {}, [](const TenantRecord& t) { return t.settings.slug; });
    for (const TenantRecord& tenant : all)
        std::printf("%s %-9s %-24s %-20s %s\n", tenant.id.text().c_str(),
                    std::string(wire_name(tenant.state)).c_str(), tenant.settings.slug.c_str(),
                    tenant.settings.zone.c_str(), tenant.settings.name.c_str());
    return {};
}

Result<void> show_one(const Arguments& arguments) {
    auto database = TRY(open_database(arguments));
    show(TRY(find_tenant(*database, arguments.tenant)));
    return {};
}

Result<void> set_state(const Arguments& arguments, tenancy::TenantState state) {
    auto database = TRY(open_database(arguments));
    const TenantRecord tenant = TRY(find_tenant(*database, arguments.tenant));
    show(TRY(Provisioning::set_state(*database, tenant.id, state, actor, system_clock(), soon())));
    return {};
}

Result<void> set(const Arguments& arguments) {
    return change(arguments, [&](TenantSettings& settings) -> Result<void> {
        if (!arguments.slug.empty()) {
            const std::string former = settings.slug;
            tenancy::change_slug(settings, arguments.slug);
            if (arguments.free_slug)
                std::erase(settings.hosts, former);
        }
        for (auto [given, kept] : {std::pair{&arguments.name, &settings.name},
                                   std::pair{&arguments.zone, &settings.zone},
                                   std::pair{&arguments.locale, &settings.locale}})
            if (!given->empty())
                *kept = *given;
        return {};
    });
}

/// "100/s,200": a rate and a burst; "none".
Result<std::optional<Rate>> parse_rate(const std::string& text, const char* option) {
    if (text == "none")
        return std::optional<Rate>();
    Rate rate;
    int read = 0;
    if (std::sscanf(text.c_str(), "%7d/s,%7d%n", &rate.per_second, &rate.burst, &read) == 2 &&
        static_cast<std::size_t>(read) == text.size())
        return std::optional(rate);
    return fail(Code::invalid_field,
                "expected RATE/s,BURST such as 100/s,200, or none; not '" + text + "'", option);
}

Result<void> set_quota(const Arguments& arguments) {
    if (arguments.all.empty() && arguments.each.empty())
        return fail(Code::bad_request, "give --all, --each or both");
    return change(arguments, [&](TenantSettings& settings) -> Result<void> {
        if (!arguments.all.empty())
            settings.quotas.tenant = TRY(parse_rate(arguments.all, "--all"));
        if (!arguments.each.empty())
            settings.quotas.principal = TRY(parse_rate(arguments.each, "--each"));
        return {};
    });
}

Result<void> add_host(const Arguments& arguments) {
    return change(arguments, [&](TenantSettings& settings) -> Result<void> {
        auto host = tenancy::own_host(arguments.host);
        if (!host)
            return fail(Code::invalid_field, host.error().detail, "host");
        settings.hosts.push_back(*std::move(host));
        return {};
    });
}

Result<void> remove_host(const Arguments& arguments) {
    return change(arguments, [&](TenantSettings& settings) -> Result<void> {
        if (arguments.host == settings.slug)
            return fail(Code::conflict, "the slug's host stays; change the slug with 'tenant set'",
                        "host");
        if (std::erase(settings.hosts, tenancy::host_looked_up(arguments.host)) == 0)
            return fail(Code::not_found,
                        "it has no host '" + arguments.host + "'; 'tenant show' lists them",
                        "host");
        return {};
    });
}

Result<void> create_token(const Arguments& arguments) {
    auto database = TRY(open_database(arguments));
    const auto made = TRY(tenancy::OperatorTokens::create(*database, arguments.name, actor,
                                                          system_clock(), system_rng(), soon()));
    std::fprintf(stderr, "%s; this is the only time that the token is shown:\n",
                 made.id.text().c_str());
    std::printf("%s\n", made.token.c_str());
    return {};
}

Result<void> list_tokens(const Arguments& arguments) {
    auto database = TRY(open_database(arguments));
    for (const auto& token : TRY(tenancy::OperatorTokens::list(*database, soon())))
        std::printf(
            "%s made %s %s %s\n", token.id.text().c_str(), to_rfc3339(token.created_at).c_str(),
            token.revoked_at ? ("revoked " + to_rfc3339(*token.revoked_at)).c_str() : "good",
            token.name.c_str());
    return {};
}

Result<void> revoke_token(const Arguments& arguments) {
    auto database = TRY(open_database(arguments));
    const auto id = tenancy::OperatorTokenId::parse(arguments.token);
    if (!id)
        return fail(Code::invalid_field,
                    "expected a token's id (opt_...), as 'operator-token list' shows it", "id");
    return tenancy::OperatorTokens::revoke(*database, *id, actor, system_clock(), soon());
}

} // namespace

void add_tenant_commands(CLI::App& program, CLI::App& tenant, std::string& data,
                         std::function<Result<void>()>& chosen) {
    static Arguments arguments; // outlives the call to `chosen`
    arguments.data = &data;
    auto add = [&](CLI::App& parent, const char* name, const char* help, auto command) {
        CLI::App* made = parent.add_subcommand(name, help);
        made->add_option("--data", data, "data directory (environment: BW_DATA)")
            ->capture_default_str();
        made->callback([&chosen, command] { chosen = [command] { return command(arguments); }; });
        return made;
    };
    auto add_for_one = [&](CLI::App& parent, const char* name, const char* help, auto command) {
        CLI::App* made = add(parent, name, help, command);
        made->add_option("--tenant", arguments.tenant, "the institution's slug, or a host of its")
            ->required();
        return made;
    };

    add(tenant, "list", "all institutions", list)
        ->add_option("--state", arguments.state, "only those in this state")
        ->check(CLI::IsMember({"active", "suspended"}));
    add_for_one(tenant, "show", "one institution: names, hosts, quotas", show_one);
    add_for_one(tenant, "suspend", "serve it no more; what it has is kept",
                [](const Arguments& a) { return set_state(a, tenancy::TenantState::suspended); });
    add_for_one(tenant, "resume", "serve it again",
                [](const Arguments& a) { return set_state(a, tenancy::TenantState::active); });
    CLI::App* settings = add_for_one(tenant, "set", "change slug, name, zone or locale", set);
    settings->add_option("--slug", arguments.slug,
                         "another first label; the old one goes on leading here");
    settings->add_flag("--free-slug", arguments.free_slug,
                       "let the old slug go: anybody may have it next");
    settings->add_option("--name", arguments.name);
    settings->add_option("--zone", arguments.zone, "IANA time zone");
    settings->add_option("--locale", arguments.locale, "a language tag such as en-GB");
    CLI::App* quota = add_for_one(tenant, "set-quota",
                                  "how many requests each server process takes on", set_quota);
    quota->add_option("--all", arguments.all,
                      "of all its people together: RATE/s,BURST such as 2000/s,4000, or none");
    quota->add_option("--each", arguments.each, "of each person, in the same form");

    CLI::App& host = *tenant.add_subcommand("host", "host names beside the slug's");
    host.require_subcommand(1);
    add_for_one(host, "add", "a domain of its own, in ASCII form", add_host)
        ->add_option("host", arguments.host)
        ->required();
    add_for_one(host, "remove", "a domain of its own, or a former slug: anybody may have it next",
                remove_host)
        ->add_option("host", arguments.host)
        ->required();

    CLI::App& token = *program.add_subcommand("operator-token", "who may call the operator API");
    token.require_subcommand(1);
    add(token, "create", "make a token and show it, once", create_token)
        ->add_option("--name", arguments.name, "whose it is, or what it is for")
        ->required();
    add(token, "list", "all tokens, without their secrets", list_tokens);
    add(token, "revoke", "refuse a token from now on", revoke_token)
        ->add_option("id", arguments.token, "as `list` shows it")
        ->required();
}

} // namespace bw::app
