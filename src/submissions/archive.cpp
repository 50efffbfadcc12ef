#include "submissions/archive.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "lane/lane.hpp"
#include "submissions/archive_format.hpp"
#include "submissions/record.hpp"
#include "telemetry/log.hpp"

namespace bw::submissions {

namespace {

constexpr std::string_view suffix = ".archive", gap_suffix = ".missing";
/// By it an archive is known from the directory that it is to be mounted on.
constexpr const char* marker_name = "bellwether-archive";
constexpr const char* draft_name = "next.tmp"; // one at a time, so that drafts fill no disk
constexpr std::size_t items_at_once = 32'768;  // more than the largest group has

std::string name_of(std::uint64_t epoch, std::uint64_t first_seq, std::uint64_t last_seq,
                    std::string_view ending = suffix) {
    return fmt::format("{}-{:020}-{:020}{}", journal::epoch_text(epoch), first_seq, last_seq,
                       ending);
}

std::optional<std::uint64_t> number(std::string_view digits, int base) {
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

/// Bound to its place: no sealed record opens as another one.
Bytes context_of(std::uint64_t epoch, std::uint64_t seq, TenantId tenant, UserId user) {
    Bytes out = "bellwether archive v1\n";
    put_le(out, epoch);
    put_le(out, seq);
    out += view(tenant.uuid);
    out += view(user.uuid);
    return out;
}

Result<Bytes> read_whole(journal::Directory& directory, const std::string& name) {
    auto file = TRY(directory.open(name));
    Bytes bytes;
    CHECK_OK(journal::read_all(*file, bytes));
    return bytes;
}

} // namespace

Archive::Archive(std::unique_ptr<journal::Directory> directory,
                 const tenancy::TenantDirectory& tenants, ArchiveKeys keys,
                 journal::Journal::Sign sign, const Clock& clock, Rng& rng)
    : directory_(std::move(directory)), tenants_(tenants), keys_(std::move(keys)),
      sign_(std::move(sign)), clock_(clock), rng_(rng) {}

Result<std::unique_ptr<Archive>> Archive::open(std::unique_ptr<journal::Directory> directory,
                                               const tenancy::TenantDirectory& tenants,
                                               ArchiveKeys keys, journal::Journal::Sign sign,
                                               const Clock& clock, Rng& rng) {
    std::unique_ptr<Archive> archive(
        new Archive(std::move(directory), tenants, std::move(keys), std::move(sign), clock, rng));
    std::vector<std::string> names = TRY(archive->directory_->names());
    for (const std::string& name : names)
        if (name.ends_with(".tmp"))
            CHECK_OK(archive->directory_->remove(name));
    CHECK_OK(archive->mark(names));
    // What has a name counts as archived, and the journal forgets it.
    CHECK_OK(archive->directory_->sync());
    std::ranges::sort(names);
    for (const std::string& name : names) {
        const bool gap = name.ends_with(gap_suffix);
        if ((!gap && !name.ends_with(suffix)) || name.size() != name_of(0, 0, 0).size())
            continue;
        const auto epoch = number(std::string_view(name).substr(0, 16), 16);
        const auto first = number(std::string_view(name).substr(17, 20), 10);
        const auto last = number(std::string_view(name).substr(38, 20), 10);
        if (!epoch || !first || !last)
            continue;
        std::vector<File>& files = archive->files_[*epoch];
        if (!files.empty() && *first != files.back().last_seq + 1)
            return fail(Code::corrupt,
                        fmt::format("the records from {} to {} are missing; restore them from a "
                                    "copy of the archive",
                                    files.back().last_seq + 1, *first - 1),
                        archive->directory_->path_of(name));
        files.push_back({*first, *last, gap ? "" : name});
    }
    return archive;
}

/// Begun in another place the journal's next records would go there, and those in between would
/// become a gap when the right one is back.
Result<void> Archive::mark(const std::vector<std::string>& names) {
    const bool is_one = std::ranges::any_of(names, [](const std::string& name) {
        return name == marker_name || name.ends_with(suffix) || name.ends_with(gap_suffix);
    });
    if (!is_one && TRY(keys_.store.has_any()))
        return fail(Code::not_found,
                    "no archive is here, and the key store has keys of one: mount it, or bring its "
                    "files back from a copy. If it is lost and another one is to begin, make this "
                    "file, empty",
                    directory_->path_of(marker_name));
    if (std::ranges::find(names, marker_name) == names.end())
        TRY(directory_->create(marker_name));
    return {};
}

std::uint64_t Archive::archived_seq(std::uint64_t epoch) const {
    std::lock_guard lock(mutex_);
    auto found = files_.find(epoch);
    return found == files_.end() ? 0 : found->second.back().last_seq;
}

std::vector<std::uint64_t> Archive::epochs() const {
    std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> out;
    for (const auto& [epoch, files] : files_)
        out.push_back(epoch);
    return out;
}

std::optional<Archive::File> Archive::find(std::uint64_t epoch, std::uint64_t seq) const {
    std::lock_guard lock(mutex_);
    if (auto found = files_.find(epoch); found != files_.end())
        for (const File& file : found->second)
            if (seq >= file.first_seq && seq <= file.last_seq)
                return file;
    return std::nullopt;
}

std::optional<std::uint64_t> Archive::gap_end(std::uint64_t epoch, std::uint64_t seq) const {
    const auto file = find(epoch, seq);
    return file && file->name.empty() ? std::optional(file->last_seq) : std::nullopt;
}

Result<void> Archive::accept_gap(std::uint64_t epoch, std::uint64_t last_seq) {
    const std::uint64_t first = archived_seq(epoch) + 1;
    log::error("archive_has_a_gap", {{"first_seq", first}, {"last_seq", last_seq}});
    TRY(directory_->create(name_of(epoch, first, last_seq, gap_suffix)));
    CHECK_OK(directory_->sync());
    std::lock_guard lock(mutex_);
    files_[epoch].push_back({first, last_seq, ""});
    return {};
}

/// Asked behind their add(): whoever was erased before that is told of here, and whoever is erased
/// later finds the key in the store to drop.
Result<void> Archive::leave_out_erased(const std::map<TenantId, KeyStore::Wrapped>& fresh,
                                       Keys& keys, tenancy::Database& database,
                                       Deadline deadline) const {
    std::vector<tenancy::ScopedSteps> groups;
    std::vector<Person> asked;
    for (const auto& [tenant, users] : fresh) {
        auto info = tenants_.by_id(tenant);
        if (!info)
            return fail(Code::unavailable, "an institution is not known here: " + tenant.text());
        tenancy::ScopedSteps& group = groups.emplace_back(info->scope.for_recording());
        for (const auto& [user, wrapped] : users) {
            group.steps.push_back(audit::SubjectKeys::read_step(user));
            asked.emplace_back(tenant, user);
        }
    }
    if (groups.empty())
        return {};
    const std::vector<pg::Rows> answers = TRY(database.run_batch(groups, {}, deadline));
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (!answers[i].empty() && !answers[i].is_null(0, 0))
            continue;
        const auto& [tenant, user] = asked[i];
        keys[asked[i]].reset();
        TRY(keys_.store.drop(tenant, {user}));
    }
    return {};
}

/// The database says who is erased; the store what a person's records are sealed under.
Result<Archive::Keys> Archive::keys_of(const std::vector<Person>& persons, For purpose,
                                       tenancy::Database& database, Deadline deadline) const {
    struct Tenant {
        std::set<UserId> users;
        KeyStore::Wrapped stored;
    };
    std::map<TenantId, Tenant> by_tenant;
    for (const auto& [tenant, user] : persons)
        by_tenant[tenant].users.insert(user);
    std::vector<tenancy::ScopedSteps> groups;
    for (auto& [id, tenant] : by_tenant) {
        auto info = tenants_.by_id(id);
        if (!info)
            return fail(Code::unavailable, "an institution is not known here: " + id.text());
        tenant.stored = TRY(keys_.store.of(id, tenant.users));
        tenancy::ScopedSteps& group = groups.emplace_back(info->scope.for_recording());
        for (const UserId user : tenant.users) {
            auto stored = tenant.stored.find(user);
            auto [make, read] = keys_.persons.steps(id, user, clock_.now(), rng_);
            if (stored != tenant.stored.end())
                group.steps.push_back(
                    audit::SubjectKeys::restore_step(user, stored->second, clock_.now()));
            else if (purpose == For::sealing)
                group.steps.push_back(std::move(make));
            group.steps.push_back(std::move(read));
        }
    }
    Keys out;
    if (groups.empty())
        return out;
    const std::vector<pg::Rows> answers = TRY(database.run_batch(groups, {}, deadline));
    std::size_t at = 0;
    std::map<TenantId, KeyStore::Wrapped> added;
    for (auto& [id, tenant] : by_tenant) {
        KeyStore::Wrapped fresh;
        std::set<UserId> erased;
        for (const UserId user : tenant.users) {
            auto stored = tenant.stored.find(user);
            const bool is_stored = stored != tenant.stored.end();
            at += is_stored || purpose == For::sealing; // behind the one that makes it
            const pg::Rows& row = answers[at++];
            if (row.empty())
                return fail(Code::corrupt, "the key of " + user.text() +
                                               " is neither in the database nor in the "
                                               "key store: restore the store from a copy");
            auto& key = out[{id, user}];
            if (row.is_null(0, 0)) {
                erased.insert(user);
                continue;
            }
            if (!is_stored)
                fresh.emplace(user, Bytes(row.bytes(0, 0)));
            key = TRY(keys_.persons.unwrap(id, user,
                                           is_stored ? ByteView(stored->second) : row.bytes(0, 0)));
        }
        // Before anything is sealed under them.
        if (purpose == For::sealing)
            CHECK_OK(fresh.empty() ? keys_.store.sync(id) : keys_.store.add(id, fresh));
        TRY(keys_.store.drop(id, erased));
        if (purpose == For::sealing && !fresh.empty())
            added.emplace(id, std::move(fresh));
    }
    CHECK_OK(leave_out_erased(added, out, database, deadline));
    return out;
}

Result<void> Archive::write(std::span<const journal::Entry> entries, tenancy::Database& database,
                            Deadline deadline) {
    ENSURE(!entries.empty() && entries.front().index == 0, "an archive's file has whole groups");
    const std::uint64_t epoch = entries.front().position.epoch;
    std::vector<Person> persons;
    for (const journal::Entry& entry : entries) {
        const Record record = TRY(decode_record(entry.record));
        persons.emplace_back(record.statement.tenant, record.statement.user);
    }
    const Keys keys = TRY(keys_of(persons, For::sealing, database, deadline));

    ArchiveWriter out(epoch, entries.front().group->head.cell);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const journal::Entry& entry = entries[i];
        if (entry.index == 0)
            out.begin_group(*entry.group);
        const auto& [tenant, user] = persons[i];
        Bytes sealed;
        if (const auto& key = keys.at(persons[i]))
            sealed = seal(*key, Bytes(view(entry.nonce)) + entry.record,
                          context_of(epoch, entry.position.seq, tenant, user), rng_);
        out.add({entry.group->tree.leaf(entry.index), tenant, user, sealed});
    }
    const std::uint64_t first = entries.front().position.seq, last = entries.back().position.seq;
    const std::string name = name_of(epoch, first, last);
    auto written = [&]() -> Result<void> {
        auto file = TRY(directory_->create(draft_name));
        CHECK_OK(file->write_at(0, std::move(out).finish()));
        CHECK_OK(file->sync());
        return directory_->rename(draft_name, name);
    }();
    if (!written) {
        (void)directory_->remove(draft_name); // a full disk needs the space
        return written;
    }
    if (auto synced = directory_->sync(); !synced) {
        (void)directory_->remove(name); // the next one begins with the same record
        return synced;
    }
    std::lock_guard lock(mutex_);
    files_[epoch].push_back({first, last, name});
    return {};
}

/// One file, read and verified.
struct Archive::Loaded {
    std::string name;
    Bytes bytes;
    ArchiveFile file; // views into bytes
};

Result<std::shared_ptr<const Archive::Loaded>> Archive::load(const std::string& name) {
    {
        std::lock_guard lock(mutex_);
        if (loaded_ && loaded_->name == name)
            return loaded_;
    }
    auto loaded = std::make_shared<Loaded>(
        Loaded{.name = name, .bytes = TRY(read_whole(*directory_, name)), .file = {}});
    loaded->file = TRY(parse_archive(loaded->bytes, directory_->path_of(name)));
    std::lock_guard lock(mutex_);
    loaded_ = loaded;
    return loaded_;
}

Result<Archive::Stretch> Archive::read(std::uint64_t epoch, std::uint64_t after_seq,
                                       std::size_t items_limit, std::size_t bytes_limit,
                                       tenancy::Database& database, Deadline deadline) {
    const auto found = find(epoch, after_seq + 1);
    const std::string name = found ? found->name : "";
    if (name.empty())
        return fail(Code::not_found,
                    fmt::format("the archive has no record {} of this journal", after_seq + 1));
    const auto loaded = TRY(load(name));
    const ArchiveFile& file = loaded->file;
    if (file.epoch != epoch)
        return fail(Code::corrupt, "another journal's records", directory_->path_of(name));

    struct Wanted {
        const ArchivedGroup* group;
        std::uint32_t index;
    };
    std::vector<Wanted> wanted;
    std::vector<Person> persons;
    Stretch out{.entries = {}, .to = after_seq};
    std::size_t size = 0;
    for (const ArchivedGroup& group : file.groups)
        for (std::uint32_t i = 0; i < group.records.size(); ++i) {
            const std::uint64_t seq = group.group.first_seq + i;
            const ArchivedRecord& record = group.records[i];
            if (seq != out.to + 1) // before them, or behind one that was too many
                continue;
            size += record.sealed.size();
            if (wanted.size() >= items_limit || (size > bytes_limit && !wanted.empty()))
                continue;
            out.to = seq;
            wanted.push_back({&group, i});
            persons.emplace_back(record.tenant, record.user);
        }
    const Keys keys = TRY(keys_of(persons, For::opening, database, deadline));
    std::map<std::uint64_t, std::shared_ptr<const journal::CommittedGroup>> committed;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto [group, index] = wanted[i];
        const ArchivedRecord& record = group->records[index];
        const auto& key = keys.at(persons[i]);
        if (!key || record.sealed.empty())
            continue; // erased, by now or when it was archived
        const std::uint64_t seq = group->group.first_seq + index;
        const auto plain =
            unseal(*key, record.sealed, context_of(epoch, seq, record.tenant, record.user));
        const auto nonce = plain
                               ? to_array<sizeof(Nonce)>(ByteView(*plain).substr(0, sizeof(Nonce)))
                               : std::nullopt;
        if (!nonce)
            return fail(Code::corrupt, fmt::format("record {} does not open", seq),
                        directory_->path_of(name));
        auto& whole = committed[group->group.number];
        if (!whole)
            whole = group->committed(file.cell, epoch, sign_);
        journal::Entry entry{{epoch, seq}, plain->substr(sizeof(Nonce)), *nonce, whole, index};
        const auto decoded = decode_record(entry.record);
        if (!decoded ||
            leaf_hash(*nonce, ByteView(entry.record).substr(0, decoded->statement_bytes)) !=
                record.leaf)
            return fail(Code::corrupt, fmt::format("record {} is not what its leaf proves", seq),
                        directory_->path_of(name));
        out.entries.push_back(std::move(entry));
    }
    if (out.to == found->last_seq) {
        std::lock_guard lock(mutex_);
        loaded_.reset();
    }
    return out;
}

Result<ArchiveVerified> verify_archive(journal::Directory& directory) {
    ArchiveVerified out;
    for (const std::string& name : TRY(directory.names())) {
        if (!name.ends_with(suffix))
            continue;
        const Bytes bytes = TRY(read_whole(directory, name));
        const ArchiveFile file = TRY(parse_archive(bytes, directory.path_of(name)));
        ++out.files;
        out.groups += file.groups.size();
        for (const ArchivedGroup& group : file.groups)
            out.records += group.records.size();
    }
    return out;
}

// ---- the archiver ----

Archiver::Archiver(const journal::Journal& journal, Archive& archive,
                   std::unique_ptr<tenancy::Database> database,
                   std::function<std::uint64_t()> settled, const Clock& clock,
                   ArchiverOptions options)
    : journal_(journal), archive_(archive), database_(std::move(database)),
      settled_(std::move(settled)), clock_(clock), options_(options),
      epoch_(journal.status().epoch) {}

Archiver::~Archiver() {
    stop();
}

Result<bool> Archiver::step() {
    const std::uint64_t archived = archive_.archived_seq(epoch_);
    const std::uint64_t from = std::max(archived, journal_.first_seq() - 1);
    const std::uint64_t settled = settled_();
    if (settled <= from)
        return false;
    if (archived > 0 && archived < from)
        CHECK_OK(archive_.accept_gap(epoch_, from));
    std::vector<journal::Entry> entries =
        TRY(journal_.read(from, items_at_once, options_.file_bytes));
    // Whole groups alone, all of them settled.
    while (!entries.empty()) {
        const journal::Group& last = entries.back().group->group;
        const std::uint64_t end = last.first_seq + last.size - 1;
        if (end <= settled && end == entries.back().position.seq)
            break;
        while (!entries.empty() && entries.back().position.seq >= last.first_seq)
            entries.pop_back();
    }
    if (entries.empty())
        return false;
    std::size_t bytes = 0;
    for (const journal::Entry& entry : entries)
        bytes += entry.record.size();
    const bool enough = bytes >= options_.file_bytes / 2;
    const Duration age = clock_.now() - entries.front().group->group.time;
    if (!enough && age < options_.file_age)
        return false;
    CHECK_OK(archive_.write(entries, *database_, Deadline::in(clock_, options_.deadline)));
    return true;
}

void Archiver::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Archiver::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

ArchiverStatus Archiver::status() const {
    return {archive_.archived_seq(epoch_), failing_};
}

void Archiver::run(const std::stop_token& stop) {
    lane::name_this_thread("archiver");
    while (!stop.stop_requested()) {
        auto written = step();
        if (failing_ != !written)
            log::write(written ? log::Level::info : log::Level::warn,
                       written ? "archive_goes_on" : "archive_not_written",
                       {{"error", written ? std::string() : written.error().text()}});
        failing_ = !written;
        if (written && *written)
            continue;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, options_.interval, [&] { return stop.stop_requested(); });
    }
}

} // namespace bw::submissions
