#include "journal/tree_log.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "base/ensure.hpp"
#include "journal/crc32c.hpp"

namespace bw::journal {

namespace {

constexpr std::size_t entry_bytes = 64, entry_crc_at = 60;

/// Nodes of a tree of `leaves`: each leaf is followed by the full subtrees that it completes.
std::uint64_t node_count(std::uint64_t leaves) {
    return 2 * leaves - static_cast<std::uint64_t>(std::popcount(leaves));
}

/// Where a full subtree's root stands among them: `level` places behind its last leaf.
std::uint64_t node_place(unsigned level, std::uint64_t index) {
    return node_count(((index + 1) << level) - 1) + level;
}

/// Seeded with epoch and number: no entry is valid at another's place.
std::uint32_t entry_crc(ByteView entry, std::uint64_t epoch, std::uint64_t number) {
    Bytes seed;
    put_le(seed, epoch);
    put_le(seed, number);
    return ~crc32c_update(crc32c_update(crc32c_start, seed), entry.substr(0, entry_crc_at));
}

void put_entry(Bytes& out, const Group& group, std::uint64_t epoch) {
    const std::size_t begin = out.size();
    out += view(group.root);
    put_le(out, group.first_seq);
    put_le(out, group.time.ms);
    put_le(out, group.size);
    put_le(out, static_cast<std::uint32_t>(group.durability));
    out.resize(begin + entry_crc_at);
    put_le(out, entry_crc(ByteView(out).substr(begin), epoch, group.number));
}

std::optional<Group> parse_entry(ByteView entry, std::uint64_t epoch, std::uint64_t number) {
    if (entry.size() < entry_bytes ||
        get_le<std::uint32_t>(entry.substr(entry_crc_at)) != entry_crc(entry, epoch, number))
        return std::nullopt;
    const auto durability = durability_of(get_le<std::uint32_t>(entry.substr(52)));
    if (!durability)
        return std::nullopt;
    return Group{.number = number,
                 .first_seq = get_le<std::uint64_t>(entry.substr(32)),
                 .size = get_le<std::uint32_t>(entry.substr(48)),
                 .root = *to_array<32>(entry.substr(0, 32)),
                 .time = {get_le<std::int64_t>(entry.substr(40))},
                 .durability = *durability};
}

Result<std::unique_ptr<File>> open_or_create(Directory& directory, const std::string& name) {
    const std::vector<std::string> names = TRY(directory.names());
    if (std::ranges::find(names, name) != names.end())
        return directory.open(name);
    auto file = TRY(directory.create(name));
    CHECK_OK(directory.sync());
    return file;
}

} // namespace

TreeLog::TreeLog(std::unique_ptr<Directory> directory, std::uint64_t epoch)
    : directory_(std::move(directory)), epoch_(epoch), groups_name_(epoch_text(epoch) + ".groups"),
      nodes_name_(epoch_text(epoch) + ".nodes") {}

Result<std::unique_ptr<TreeLog>> TreeLog::open(std::unique_ptr<Directory> directory,
                                               std::uint64_t epoch, const MerkleFrontier& known,
                                               std::uint64_t groups) {
    std::unique_ptr<TreeLog> log(new TreeLog(std::move(directory), epoch));
    log->groups_ = TRY(open_or_create(*log->directory_, log->groups_name_));
    log->nodes_ = TRY(open_or_create(*log->directory_, log->nodes_name_));
    CHECK_OK(log->recover(known, groups));
    return log;
}

Result<void> TreeLog::recover(const MerkleFrontier& known, std::uint64_t groups) {
    // Those alone can tell of groups whose segments are gone: they must be here, and be the same.
    std::uint64_t end = 0; // behind the subtree at hand, from the largest to the smallest
    for (const Sha256& subtree : known.subtrees()) {
        const std::uint64_t leaves = std::bit_floor(known.size() - end);
        ENSURE(leaves > 0, "more subtrees than leaves");
        end += leaves;
        const auto level = static_cast<unsigned>(std::countr_zero(leaves));
        if (TRY(node(level, end / leaves - 1)) != subtree)
            return corrupt(nodes_name_, end, "not the tree that the journal goes on from");
    }
    tree_ = known;
    if (known.size() > 0)
        TRY(group(known.size()));
    // What follows may have been written and never synced. As far as it is whole it is written
    // again, nodes too, and synced; what is not is read from the segments again.
    const std::vector<Group> whole = TRY(read_after(known.size()));
    if (known.size() + whole.size() > groups)
        return fail(
            Code::corrupt,
            fmt::format("the tree's log knows {} groups, the journal ends at {}: it has lost "
                        "its end. Restore it, or keep its directory aside and ask",
                        known.size() + whole.size(), groups),
            directory_->path_of(groups_name_));
    std::vector<Sha256> completed;
    for (const Group& group : whole)
        tree_.append(group.leaf(), &completed);
    return write(whole, completed, known.size());
}

/// Entries behind that one, as far as they are whole.
Result<std::vector<Group>> TreeLog::read_after(std::uint64_t number) const {
    const std::uint64_t begin = number * entry_bytes;
    const std::uint64_t size = TRY(groups_->size());
    Bytes rest(size - std::min(size, begin), '\0');
    rest.resize(TRY(groups_->read_at(begin, rest.data(), rest.size())));
    std::vector<Group> whole;
    for (ByteView left = rest; auto next = parse_entry(left, epoch_, number + whole.size() + 1);
         left.remove_prefix(entry_bytes))
        whole.push_back(*next);
    return whole;
}

Result<std::unique_ptr<TreeLog>> TreeLog::open_to_read(std::unique_ptr<Directory> directory,
                                                       std::uint64_t epoch) {
    std::unique_ptr<TreeLog> log(new TreeLog(std::move(directory), epoch));
    const std::vector<std::string> names = TRY(log->directory_->names());
    if (std::ranges::find(names, log->groups_name_) == names.end())
        return fail(Code::not_found, "there is no log of this journal's tree",
                    log->directory_->path_of(log->groups_name_));
    log->groups_ = TRY(log->directory_->open(log->groups_name_));
    log->nodes_ = TRY(log->directory_->open(log->nodes_name_));
    log->failed_ = true;
    log->size_ = TRY(log->read_after(0)).size();
    return log;
}

Result<void> TreeLog::append(std::span<const LoggedGroup> groups) {
    if (groups.empty())
        return {};
    if (failed_)
        return fail(Code::unavailable, "the tree's log failed before; restart the process",
                    directory_->path_of(groups_name_));
    MerkleFrontier tree = tree_;
    std::vector<Group> taken;
    std::vector<Sha256> completed;
    for (const LoggedGroup& logged : groups) {
        ENSURE(logged.group.number == tree.size() + 1, "groups come in order");
        tree.append(logged.group.leaf(), &completed);
        taken.push_back(logged.group);
    }
    if (tree.root() != groups.back().head_root)
        return corrupt(groups_name_, tree.size(),
                       "the groups before it are not those that the journal has");
    CHECK_OK(write(taken, completed, tree_.size()));
    tree_ = std::move(tree);
    return {};
}

Result<void> TreeLog::write(std::span<const Group> groups, std::span<const Sha256> nodes,
                            std::uint64_t after) {
    Bytes entries, hashes;
    for (const Group& group : groups)
        put_entry(entries, group, epoch_);
    for (const Sha256& hash : nodes)
        hashes += view(hash);
    // A disk that is full is so for a while: the next call writes the same bytes to the same place.
    CHECK_OK(groups_->write_at(after * entry_bytes, entries));
    CHECK_OK(nodes_->write_at(node_count(after) * sizeof(Sha256), hashes));
    failed_ = true; // a file is never synced again after a failure
    CHECK_OK(nodes_->sync());
    CHECK_OK(groups_->sync());
    failed_ = false;
    size_.store(after + groups.size(), std::memory_order_release);
    return {};
}

Result<Group> TreeLog::group(std::uint64_t number) const {
    Bytes entry(entry_bytes, '\0');
    entry.resize(TRY(groups_->read_at((number - 1) * entry_bytes, entry.data(), entry.size())));
    auto group = parse_entry(entry, epoch_, number);
    if (!group)
        return corrupt(groups_name_, number, "the entry does not verify");
    return *group;
}

Result<Sha256> TreeLog::node(unsigned level, std::uint64_t index) const {
    Sha256 hash{};
    const std::size_t got = TRY(nodes_->read_at(node_place(level, index) * sizeof(Sha256),
                                                reinterpret_cast<char*>(hash.data()), hash.size()));
    if (got < hash.size())
        return corrupt(nodes_name_, (index + 1) << level, "the file is too short");
    return hash;
}

MerkleNodes TreeLog::nodes() const {
    return [this](unsigned level, std::uint64_t index) { return node(level, index); };
}

Result<Sha256> TreeLog::root(std::uint64_t size) const {
    return merkle_root(nodes(), size);
}

Result<std::vector<Sha256>> TreeLog::inclusion_path(std::uint64_t number,
                                                    std::uint64_t size) const {
    return bw::inclusion_path(nodes(), number - 1, size);
}

Result<std::vector<Sha256>> TreeLog::consistency_path(std::uint64_t old_size,
                                                      std::uint64_t size) const {
    return bw::consistency_path(nodes(), old_size, size);
}

Result<void> TreeLog::verify() const {
    MerkleFrontier tree;
    std::vector<Sha256> completed;
    for (std::uint64_t number = 1; number <= size(); ++number) {
        completed.clear();
        tree.append(TRY(group(number)).leaf(), &completed);
        for (unsigned level = 0; level < completed.size(); ++level)
            if (TRY(node(level, (number >> level) - 1)) != completed[level])
                return corrupt(nodes_name_, number, "a node is not what its leaves make");
    }
    return {};
}

Error TreeLog::corrupt(const std::string& file, std::uint64_t number, std::string_view why) const {
    return fail(Code::corrupt,
                fmt::format("the tree's log, group {}: {}; restore both of its files from a copy",
                            number, why),
                directory_->path_of(file));
}

} // namespace bw::journal
