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

Result<std::uint64_t> salvage(const std::filesystem::path& journal,
                              const std::function<Result<void>(const Salvaged&)>& take) {
    auto directory = TRY(view_directory(journal));
    std::vector<std::string> names = TRY(directory->names());
    std::ranges::sort(names);
    Bytes bytes;
    std::optional<Manifest> manifest;
    if (std::ranges::binary_search(names, manifest_name)) {
        CHECK_OK(read_all(*TRY(directory->open(manifest_name)), bytes));
        manifest = decode_manifest(bytes);
    }
    std::uint64_t found = 0;
    for (const std::string& name : names) {
        std::uint64_t epoch = 0, number = 0;
        if (std::sscanf(name.c_str(), "%16lx-%20lu.seg", &epoch, &number) != 2 ||
            name != segment_name(epoch, number))
            continue;
        if (manifest && manifest->epoch == epoch && number < manifest->first_segment)
            continue; // forgotten, and kept for its file alone
        CHECK_OK(read_all(*TRY(directory->open(name)), bytes));
        for (std::size_t at = 0; at + frame_header_bytes <= bytes.size();) {
            auto frame = parse_frame(ByteView(bytes).substr(at), {epoch, number, at});
            auto record = frame && frame->kind == FrameKind::record ? parse_record(frame->payload)
                                                                    : std::nullopt;
            if (record) {
                CHECK_OK(take({{epoch, frame->seq}, record->nonce, record->record}));
                ++found;
            }
            at += frame ? frame->bytes : frame_alignment;
        }
    }
    return found;
}

} // namespace bw::journal
