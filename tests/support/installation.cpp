// See installation.hpp.
#include "support/installation.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/crypto.hpp"
#include "pg/migrate.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::test {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void give_up(const std::string& what, const std::string& why) {
    std::fprintf(stderr, "test installation: %s: %s\n", what.c_str(), why.c_str());
    std::abort();
}

std::string read_whole(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<pg::Migration> timeline() {
    std::vector<pg::Migration> out;
    for (const std::string& file : migration_files()) {
        std::string name = fs::path(file).stem();
        out.push_back({std::atoi(name.c_str()), name, read_whole(file)});
    }
    return out;
}

TestDatabase clone() {
    Bytes all;
    for (const pg::Migration& migration : timeline())
        all += migration.name + '\0' + migration.text + '\0';
    const std::string name = "bw_template_" + to_hex(view(sha256(all))).substr(0, 16);
    return TestCluster::get().make_database(name, migrate_and_set_passwords);
}

} // namespace

Result<void> migrate_and_set_passwords(pg::Connection& connection) {
    SystemClock clock;
    const Deadline deadline = Deadline::in(clock, 60s);
    TRY(pg::migrate(connection, timeline(), deadline));
    for (const char* role : {"bw_app", "bw_operator", "bw_stream"})
        CHECK_OK(connection.script(
            std::string("alter role ") + role + " password '" + role_password + "'", deadline));
    return {};
}

std::vector<std::string> migration_files() {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(BW_MIGRATIONS_DIRECTORY))
        if (entry.path().extension() == ".sql")
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

Session::Session(const std::string& conninfo)
    : connection_(PQconnectdb(conninfo.c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK)
        give_up("connect", PQerrorMessage(connection_.get()));
    run("set client_min_messages = warning");
}

Session::Answer Session::attempt(const std::string& sql) {
    std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()),
                                                         &PQclear);
    Answer answer;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
        const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
        answer.sqlstate = state ? state : "";
        answer.message = PQerrorMessage(connection_.get());
        return answer;
    }
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        Row& out = answer.rows.emplace_back();
        for (int column = 0; column < PQnfields(result.get()); ++column) {
            if (PQgetisnull(result.get(), row, column))
                out.emplace_back();
            else
                out.emplace_back(
                    std::string(PQgetvalue(result.get(), row, column),
                                static_cast<std::size_t>(PQgetlength(result.get(), row, column))));
        }
    }
    return answer;
}

std::vector<Session::Row> Session::run(const std::string& sql) {
    Answer answer = attempt(sql);
    if (!answer.ok())
        give_up(sql, answer.message);
    return std::move(answer.rows);
}

std::string Session::value(const std::string& sql) {
    auto rows = run(sql);
    if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0])
        give_up(sql, "expected one value");
    return *rows[0][0];
}

Installation::Installation()
    : database_(clone()), superuser_conninfo_(database_.superuser_conninfo()) {}

std::string Installation::conninfo(const std::string& role) const {
    return database_.conninfo(role, role_password);
}

std::unique_ptr<tenancy::Database>
Installation::database(const std::string& role, const std::string& application_name) const {
    return std::make_unique<tenancy::Database>(conninfo(role), application_name, clock_);
}

tenancy::TenantInfo Installation::provision(const std::string& slug, const std::string& zone) {
    auto made = tenancy::Provisioning::create(*database("bw_operator"), slug, "Institution " + slug,
                                              zone, clock_, rng_, soon());
    if (!made)
        give_up("provision " + slug, made.error().text());
    return *made;
}

void Installation::refresh(tenancy::TenantDirectory& directory) const {
    if (auto done = directory.refresh(*database(), soon()); !done)
        give_up("directory", done.error().text());
}

Session& Installation::superuser() {
    if (!superuser_)
        superuser_.emplace(superuser_conninfo_);
    return *superuser_;
}

} // namespace bw::test
