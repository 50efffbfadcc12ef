#include "reporting/store_files.hpp"

#include <fmt/core.h>

#include <charconv>
#include <system_error>

#include "base/bytes.hpp"
#include "base/line_file.hpp"
#include "reporting/copy_store.hpp"
#include "reporting/mirrored.hpp"
#include "telemetry/log.hpp"

namespace bw::reporting {

namespace {

namespace fs = std::filesystem;

/// The new file's writer sorts nothing; but at 50 million rows a checkpoint did not fit 128 MiB.
constexpr std::uint64_t writer_bytes_max = 256U << 20;

std::string file_name(std::uint64_t number) {
    return fmt::format("reports-{}.duckdb", number);
}

/// The disk is the database's and the files' too, as a rule: the copy leaves it so much.
constexpr std::uint64_t kept_free_bytes = 2ULL << 30;

Result<void> room_for_a_copy_of(const fs::path& file) {
    std::error_code error;
    const std::uint64_t size = fs::file_size(file, error), free = fs::space(file, error).available;
    if (error)
        return fail(Code::unavailable, file.string() + ": " + error.message());
    if (free < size + kept_free_bytes)
        return fail(Code::storage_full,
                    fmt::format("the store's file is not made anew: its disk has {} MiB free, and "
                                "needs {} for the copy and {} besides",
                                free >> 20, size >> 20, kept_free_bytes >> 20));
    return {};
}

std::uint64_t number_of(std::string_view name) {
    name.remove_prefix(std::min(name.size(), std::string_view("reports-").size()));
    std::uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
}

Error unusable(const fs::path& path, const std::error_code& error) {
    return fail(Code::unavailable, path.string() + ": " + error.message());
}

} // namespace

StoreFiles::StoreFiles(fs::path directory, columnar::StoreOptions options, const Clock& clock)
    : directory_(std::move(directory)), options_(std::move(options)), clock_(clock) {}

Result<std::unique_ptr<StoreFiles>> StoreFiles::open(const fs::path& directory,
                                                     const columnar::StoreOptions& options,
                                                     const Clock& clock, Rng& rng) {
    std::error_code ignored; // what is wrong with it is said when a file is opened
    fs::create_directories(directory, ignored);
    fs::permissions(directory, fs::perms::owner_all, ignored);
    std::unique_ptr<StoreFiles> files(new StoreFiles(directory, options, clock));
    CHECK_OK(files->open_current());
    files->clean(Left::by_a_crash); // behind the lock on the file that counts
    CHECK_OK(files->name_slot(rng));
    return files;
}

Result<void> StoreFiles::open_current() {
    std::error_code none;
    current_ = fs::read_symlink(directory_ / "current", none).string();
    const bool is_new = current_.empty();
    if (is_new)
        current_ = file_name(1);
    store_ = TRY(columnar::Store::open(directory_ / current_, options_, clock_));
    return is_new ? let_count(current_) : Result<void>();
}

Result<void> StoreFiles::name_slot(Rng& rng) {
    const LineFile file(directory_ / "slot");
    auto lines = TRY(file.lines());
    if (lines.empty()) {
        lines.push_back(fmt::format("{}_{:012x}", slot_beginning, rng.u64() >> 16));
        CHECK_OK(file.add(lines));
    }
    slot_ = lines.front();
    return {};
}

/// At one stroke: whoever opens the directory finds the old file or the new one.
Result<void> StoreFiles::let_count(const std::string& name) {
    const fs::path link = directory_ / "current", draft = directory_ / "current.tmp";
    std::error_code error;
    fs::remove(draft, error);
    fs::create_symlink(name, draft, error);
    if (!error)
        fs::rename(draft, link, error);
    return error ? Result<void>(unusable(link, error)) : sync_directory(directory_);
}

/// Whoever still reads in an old file goes on writing where it spills, and DuckDB takes that away
/// when it closes the file.
void StoreFiles::clean(Left spills) const {
    std::error_code ignored; // what stays is taken away at the next start
    for (const auto& entry : fs::directory_iterator(directory_, ignored)) {
        const std::string name = entry.path().filename().string();
        const bool old = name.starts_with("reports") && !name.starts_with(current_);
        if (old && (spills == Left::by_a_crash || !name.ends_with(columnar::spill_suffix)))
            fs::remove_all(entry.path(), ignored);
    }
}

Result<std::unique_ptr<columnar::Connection>> StoreFiles::connect() {
    const std::lock_guard lock(mutex_);
    return store_->connect();
}

Result<std::unique_ptr<columnar::Connection>> StoreFiles::connect_reader() {
    auto reader = TRY(connect());
    reader->leave_spill_beyond(options_.spill_bytes_max / 2);
    return reader;
}

Result<void> StoreFiles::rewrite(columnar::Connection& from, Deadline deadline,
                                 const AtStep& at_step) {
    const auto step = [&](std::string_view name) {
        if (at_step)
            at_step(name);
    };
    const std::string name = file_name(number_of(current_) + 1);
    CHECK_OK(room_for_a_copy_of(directory_ / current_));
    (void)from.script("checkpoint", deadline); // no log of the old file is written when it closes
    const auto written = [&]() -> Result<void> {
        step("begin");
        const auto to = TRY(columnar::Store::open(
            directory_ / name, {.memory_bytes_max = writer_bytes_max, .spill_bytes_max = 0},
            clock_));
        return copy_store(from, *TRY(to->connect()), clock_.now(), deadline, step);
    }();
    if (!written) {
        clean(Left::in_use); // a full disk needs the space
        return written;
    }
    step("written");
    auto next = TRY(columnar::Store::open(directory_ / name, options_, clock_));
    step("opened");
    CHECK_OK(let_count(name));
    step("counts");
    {
        const std::lock_guard lock(mutex_);
        std::swap(store_, next); // the old one closes with the last connection to it
        current_ = name;
    }
    clean(Left::in_use);
    step("cleaned");
    return {};
}

} // namespace bw::reporting
