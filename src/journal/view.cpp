#include "journal/view.hpp"

#include <algorithm>

namespace bw::journal {

namespace {

constexpr std::size_t groups_at_once = 4096;

} // namespace

Result<View> View::open(const std::filesystem::path& journal, Journal::Sign sign,
                        const Clock& clock) {
    return View(TRY(Segments::open_to_read(TRY(view_directory(journal)), clock)), std::move(sign));
}

std::optional<Sha256> View::root() const {
    const MerkleFrontier& tree = segments_->tree();
    return tree.size() == 0 ? std::nullopt : std::optional(tree.root());
}

Result<std::vector<Entry>> View::read(std::uint64_t after_seq, std::size_t items_limit,
                                      std::size_t bytes_limit) {
    return reader_->read(after_seq, items_limit, bytes_limit);
}

Result<std::uint64_t> View::verify_log(const std::filesystem::path& tree_log) {
    auto log = TRY(TreeLog::open_to_read(TRY(view_directory(tree_log)), manifest().epoch));
    CHECK_OK(log->verify());
    const std::uint64_t forgotten = segments_->forgotten_tree().size();
    if (log->size() < forgotten)
        return fail(Code::corrupt,
                    "the tree's log ends before the groups that the journal still has begin",
                    tree_log.string());
    for (std::uint64_t after = forgotten; after < std::min(log->size(), found().groups);) {
        auto groups = TRY(reader_->groups(after, groups_at_once));
        for (const LoggedGroup& logged : groups) {
            if (after >= log->size())
                break;
            ++after;
            if (TRY(log->group(after)) != logged.group || TRY(log->root(after)) != logged.head_root)
                return fail(Code::corrupt,
                            "the tree's log has another group " + std::to_string(after) +
                                " than the journal",
                            tree_log.string());
        }
    }
    return log->size();
}

} // namespace bw::journal
