#include "columnar/store.hpp"

#include <fmt/core.h>

#include <utility>

#include "columnar/connection_raw.hpp"
#include "columnar/errors.hpp"

namespace bw::columnar {

namespace {

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (char c : text) {
        out += c;
        if (c == '\'')
            out += c;
    }
    return out + "'";
}

std::filesystem::path spill_of(const std::filesystem::path& file) {
    std::filesystem::path out = file;
    out += spill_suffix;
    return out;
}

/// Before the file is opened: what may be used, and that nothing is fetched.
Result<OwnedDatabase> open_file(const std::filesystem::path& file, const StoreOptions& options) {
    duckdb_config config = nullptr;
    if (duckdb_create_config(&config) == DuckDBError)
        return fail(Code::internal, "DuckDB makes no configuration");
    const std::pair<const char*, std::string> settings[] = {
        {"threads", std::to_string(options.threads)},
        {"memory_limit", fmt::format("{}B", options.memory_bytes_max)},
        {"temp_directory", options.spill_bytes_max == 0 ? "" : spill_of(file).string()},
        // At each checkpoint the last row group of every table is compressed anew; at DuckDB's 16
        // MB that took a third of the time of rows that come in bulk. It is read at the next start.
        {"checkpoint_threshold", "96MiB"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_unsigned_extensions", "false"},
        {"allow_community_extensions", "false"},
    };
    for (const auto& [name, value] : settings)
        duckdb_set_config(config, name, value.c_str()); // an unknown one fails at open
    OwnedDatabase database;
    char* message = nullptr;
    const bool opened =
        duckdb_open_ext(file.c_str(), database.out(), config, &message) == DuckDBSuccess;
    duckdb_destroy_config(&config);
    if (opened)
        return database;
    Error error = error_of(message == nullptr ? "" : message, "opening " + file.string());
    duckdb_free(message);
    return error;
}

/// After it: settings that DuckDB takes by SQL only; the last one locks them all. (The bound on
/// spilling can be set before, but does not reach the buffer manager then: DuckDB 1.5.)
std::string locking(const StoreOptions& options) {
    const std::string allowed =
        options.exports.empty() ? "" : quoted(options.exports.string() + "/");
    return fmt::format("SET GLOBAL max_temp_directory_size = '{}B';", options.spill_bytes_max) +
           "SET GLOBAL TimeZone = 'UTC';"
           "SET GLOBAL allowed_directories = [" +
           allowed +
           "];"
           "SET GLOBAL enable_external_access = false;"
           "SET GLOBAL lock_configuration = true;";
}

} // namespace

struct Store::Raw {
    std::shared_ptr<const OwnedDatabase> database;
    std::filesystem::path spill;
};

Store::Store(std::unique_ptr<Raw> raw, const Clock& clock) : raw_(std::move(raw)), clock_(clock) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file,
                                           const StoreOptions& options, const Clock& clock) {
    auto raw = std::make_unique<Raw>();
    raw->database = std::make_shared<const OwnedDatabase>(TRY(open_file(file, options)));
    raw->spill = spill_of(file);
    std::unique_ptr<Store> store(new Store(std::move(raw), clock));
    CHECK_OK(TRY(store->connect())->script(locking(options), Deadline::in(clock, 10s)));
    return store;
}

Result<std::unique_ptr<Connection>> Store::connect() {
    OwnedConnection raw;
    if (duckdb_connect(raw_->database->get(), raw.out()) == DuckDBError)
        return fail(Code::unavailable, "the store takes no connection: it must be opened again");
    return std::unique_ptr<Connection>(new Connection(
        std::make_unique<Connection::Raw>(raw_->database, std::move(raw), raw_->spill), clock_));
}

std::string library_version() {
    return duckdb_library_version();
}

} // namespace bw::columnar
