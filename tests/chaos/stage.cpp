#include "stage.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "app/database_setup.hpp"
#include "app/demo.hpp"
#include "net/client.hpp"

namespace bw::chaos {

namespace {

constexpr Duration wait_limit = 60s;
constexpr std::size_t pupils_each = 4;

template <class T>
T must(const char* what, Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "stage: %s: %s\n", what, result.error().text().c_str());
        std::abort();
    }
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

std::string read_whole(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Polls; the condition is what is waited for, not the time.
template <class Condition>
bool eventually(const Clock& clock, Condition&& condition) {
    for (const Deadline until = Deadline::in(clock, wait_limit); !until.expired(clock);) {
        if (condition())
            return true;
        ::usleep(20'000);
    }
    return false;
}

/// The port in a file that `serve` wrote; nothing before it did.
std::optional<std::uint16_t> port_in(const std::filesystem::path& file) {
    auto address = app::Installation::read_file(file);
    if (!address)
        return std::nullopt;
    return static_cast<std::uint16_t>(std::stoi(address->substr(address->rfind(':') + 1)));
}

app::Installation open_installation(const std::filesystem::path& directory) {
    if (sodium_init() < 0)
        std::abort();
    return must("open", app::Installation::open(directory / "data"));
}

} // namespace

Stage::Stage(StageOptions options) : installation_(open_installation(directory_.path())) {
    cluster_.emplace(
        must("cluster", pg::PrivateCluster::start({.directory = installation_.cluster(),
                                                   .max_connections = options.max_connections,
                                                   .durable = false,
                                                   .replica = options.replica},
                                                  clock_, soon())));
    // Processes die here, the machine does not: so commits wait for the write, and not for the
    // disk.
    test::Session(cluster_->superuser_conninfo("postgres"))
        .run("alter system set synchronous_commit = on");
    test::Session(cluster_->superuser_conninfo("postgres")).run("select pg_reload_conf()");
    must("database", app::set_up_database(installation_, *cluster_, clock_, rng_, soon()));
    must("demo", app::load_demo(installation_, false, clock_, rng_));
    load_schools();
}

Stage::~Stage() {
    for (const pid_t process : {server_, reports_})
        if (process > 0) {
            ::kill(process, SIGTERM);
            ::waitpid(process, nullptr, 0);
        }
}

void Stage::load_schools() {
    test::Session session = superuser();
    for (const auto& row : session.run("select slug, tenant_id from control.tenants order by 1")) {
        const std::string tenant = *row[1];
        session.run("set bw.tenant = '" + tenant + "'");
        School school{.slug = *row[0], .tenant_id = {}, .pupils = {}, .ids = {}};
        for (const char* each : {"select tenant_id from control.tenants where tenant_id = '%'",
                                 "select user_id from users where tenant_id = '%'",
                                 "select section_id from sections where tenant_id = '%'",
                                 "select assignment_id from assignments where tenant_id = '%'"}) {
            std::string sql = each;
            sql.replace(sql.find('%'), 1, tenant);
            for (const auto& found :
                 session.run("select replace(i::text, '-', '') from (" + sql + ") as q (i)"))
                school.ids.insert(*found[0]);
        }
        school.tenant_id = "ten_" + session.value("select replace('" + tenant + "', '-', '')");
        for (const auto& pupil : session.run(
                 "select distinct on (u.username) u.username, replace(u.user_id::text, '-', ''), "
                 "replace(a.assignment_id::text, '-', '') from users u join enrollments e on "
                 "e.tenant_id = u.tenant_id and e.user_id = u.user_id and e.role = 'student' and "
                 "e.status = 'active' join assignments a on a.tenant_id = e.tenant_id and "
                 "a.section_id = e.section_id and a.active where u.tenant_id = '" +
                 tenant + "' order by u.username, a.assignment_id limit " +
                 std::to_string(pupils_each)))
            school.pupils.push_back({*pupil[0], "usr_" + *pupil[1], "asg_" + *pupil[2]});
        schools_.push_back(std::move(school));
    }
}

pid_t Stage::spawn(const std::vector<std::string>& options,
                   const std::map<std::string, std::string>& environment, const std::string& log) {
    std::vector<std::string> arguments = {
        BW_BINARY, "serve", "--data", directory_.path() / "data", "--http-threads", "1"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    std::vector<std::string> settings = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC"};
    for (const auto& [name, value] : environment)
        settings.push_back(name + "=" + value);
    auto pointers = [](std::vector<std::string>& strings) {
        std::vector<char*> out;
        for (std::string& each : strings)
            out.push_back(each.data());
        out.push_back(nullptr);
        return out;
    };
    std::vector<char*> argv = pointers(arguments), envp = pointers(settings);
    const std::string file = directory_.path() / log;
    const pid_t parent = ::getpid(), child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (::getppid() != parent || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0)
            ::_exit(1);
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    return child;
}

void Stage::must_answer(const app::Installation& of, pid_t& process, const std::string& log,
                        std::uint16_t& port, std::uint16_t& admin_port) {
    const bool up = eventually(clock_, [&] {
        if (!lives(process))
            return false;
        auto at = port_in(of.address_file());
        auto admin_at = port_in(of.admin_address_file());
        if (!at || !admin_at)
            return false;
        port = *at;
        admin_port = *admin_at;
        auto client = net::Client::make({.port = port, .connections_limit = 1}, clock_);
        auto answer = client->fetch({.target = "/readyz"}, Deadline::in(clock_, 5s));
        return answer && answer->status == 200;
    });
    if (!up) {
        std::fprintf(stderr, "stage: a process did not start: %s\n",
                     read_whole(directory_.path() / log).c_str());
        std::abort();
    }
}

void Stage::serve(const std::map<std::string, std::string>& environment) {
    std::vector<std::string> options = {"--listen",
                                        "127.0.0.1:0",
                                        "--api-threads",
                                        std::to_string(api_threads),
                                        "--auth-threads",
                                        std::to_string(auth_threads),
                                        "--submissions-per-minute",
                                        "1000000"};
    if (reports_port_ != 0)
        for (const std::string& each :
             {std::string("--reports"), "127.0.0.1:" + std::to_string(reports_port_)})
            options.push_back(each);
    server_ = spawn(options, environment, "serve.log");
    must_answer(installation_, server_, "serve.log", port_, admin_port_);
}

void Stage::serve_reports() {
    const app::Installation beside = must("beside", installation_.beside("report"));
    // At first any ports; then those.
    reports_ = spawn({"--roles", "report", "--trusted-proxy", "127.0.0.1", "--listen",
                      "127.0.0.1:" + std::to_string(reports_port_), "--admin-listen",
                      "127.0.0.1:" + std::to_string(reports_admin_port_)},
                     {}, "reports.log");
    must_answer(beside, reports_, "reports.log", reports_port_, reports_admin_port_);
}

void Stage::kill_reports() {
    ::kill(reports_, SIGKILL);
    ::waitpid(reports_, nullptr, 0);
    reports_ = -1;
}

bool Stage::lives(pid_t& process) {
    if (process > 0 && ::waitpid(process, nullptr, WNOHANG) == process)
        process = -1;
    return process > 0;
}

bool Stage::serving() {
    return lives(server_);
}

std::string Stage::log() const {
    std::string all = read_whole(directory_.path() / "serve.log");
    return all.size() > 3000 ? all.substr(all.size() - 3000) : all;
}

test::Session Stage::superuser() const {
    return test::Session(cluster_->superuser_conninfo(app::database_name));
}

bool Stage::becomes(const std::string& sql, const std::string& wanted) const {
    test::Session session = superuser();
    return eventually(clock_, [&] { return session.value(sql) == wanted; });
}

bool Stage::replica_becomes(pg::ReplicaState wanted) {
    return eventually(clock_, [&] {
        cluster_->tend();
        return cluster_->replica_status().state == wanted;
    });
}

} // namespace bw::chaos
