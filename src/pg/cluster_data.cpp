#include "pg/cluster_data.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "pg/cluster_files.hpp"

namespace bw::pg {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view first_is_primary = "data", second_is_primary = "replica/data";

fs::path record_of(const fs::path& cluster) {
    return cluster / "primary";
}

std::string first_line(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

bool has_data(const fs::path& directory) {
    std::error_code ec;
    return fs::exists(data_of(directory) / "PG_VERSION", ec);
}

Result<void> move(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0)
        return fail(Code::unavailable,
                    std::string("data cannot be put in their place: ") + std::strerror(errno),
                    from);
    return {};
}

} // namespace

Result<fs::path> primary_directory(const fs::path& cluster) {
    std::error_code ec;
    const bool recorded = fs::exists(record_of(cluster), ec);
    const std::string record = recorded ? first_line(record_of(cluster)) : "data";
    if (record != first_is_primary && record != second_is_primary)
        return fail(Code::corrupt, "expected one line, 'data' or 'replica/data'",
                    record_of(cluster));
    const bool first = record == first_is_primary;
    fs::path directory = first ? cluster : second_of(cluster);
    const fs::path other = first ? second_of(cluster) : cluster;
    if (!has_data(directory) && (recorded || has_data(other)))
        return fail(Code::conflict,
                    "the primary's data are missing" +
                        (has_data(other)
                             ? "; to go on with the other server's, write '" +
                                   std::string(first ? second_is_primary : first_is_primary) +
                                   "' into " + record_of(cluster).string()
                             : std::string("; bring them back")),
                    data_of(directory));
    return directory;
}

Result<void> record_primary(const fs::path& cluster, const fs::path& directory) {
    const std::string record(directory == cluster ? first_is_primary : second_is_primary);
    CHECK_OK(write_owned(record_of(cluster), record + "\n", {::geteuid(), ::getegid(), ""}));
    const int fd = ::open(cluster.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool kept = fd >= 0 && ::fsync(fd) == 0;
    if (fd >= 0)
        ::close(fd);
    if (!kept)
        return fail(Code::unavailable, "the record cannot be made durable", record_of(cluster));
    return {};
}

bool is_standby(const fs::path& directory) {
    std::error_code ec;
    return fs::exists(data_of(directory) / "standby.signal", ec);
}

Result<void> make_standby(const fs::path& data, const Identity& user) {
    return write_owned(data / "standby.signal", "", user);
}

std::string data_version(const fs::path& directory) {
    return first_line(data_of(directory) / "PG_VERSION");
}

std::optional<std::int64_t> system_identifier(const fs::path& directory) {
    // The first field of pg_control in every version.
    std::ifstream control(data_of(directory) / "global/pg_control", std::ios::binary);
    std::int64_t value = 0;
    if (!control.read(reinterpret_cast<char*>(&value), sizeof value))
        return std::nullopt;
    return value;
}

Result<fs::path> fresh_data(const fs::path& directory, const Identity& user) {
    fs::path fresh = directory / "data.new";
    std::error_code ec;
    fs::remove_all(fresh, ec);
    CHECK_OK(own_directory(fresh, user));
    return fresh;
}

Result<void> adopt_fresh_data(const fs::path& directory) {
    const fs::path data = data_of(directory), old = directory / "data.old";
    std::error_code ec;
    fs::remove_all(old, ec);
    // Half-removed data still look whole: so they go by another name before they go.
    if (fs::exists(data, ec))
        CHECK_OK(move(data, old));
    CHECK_OK(move(directory / "data.new", data));
    fs::remove_all(old, ec);
    return {};
}

Result<void> set_former_aside(const fs::path& directory) {
    remove_former(directory);
    return move(data_of(directory), directory / "data.former");
}

void remove_former(const fs::path& directory) {
    std::error_code ec;
    // It too must not look whole when this is cut short: the next start removes data.old.
    fs::remove_all(directory / "data.old", ec);
    fs::rename(directory / "data.former", directory / "data.old", ec);
    if (!ec)
        fs::remove_all(directory / "data.old", ec);
}

void remove_leftovers(const fs::path& directory) {
    std::error_code ec;
    for (const char* name : {"data.new", "data.old"})
        fs::remove_all(directory / name, ec);
}

} // namespace bw::pg
