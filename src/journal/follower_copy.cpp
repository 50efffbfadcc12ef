#include <algorithm>

#include <fmt/format.h>

#include "journal/follower.hpp"

namespace bw::journal {

namespace {

/// While it is there, what else is in the directory is on its way out.
constexpr const char* anew_name = "begin-anew";

/// The same directory again for each opening of the segments; its lock stays with the copy.
class Shared final : public Directory {
public:
    explicit Shared(std::shared_ptr<Directory> of) : of_(std::move(of)) {}
    Result<std::vector<std::string>> names() const override {
        auto names = TRY(of_->names());
        std::erase(names, anew_name);
        return names;
    }
    Result<std::unique_ptr<File>> open(const std::string& name) override { return of_->open(name); }
    Result<std::unique_ptr<File>> create(const std::string& name) override {
        return of_->create(name);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return of_->rename(from, to);
    }
    Result<void> remove(const std::string& name) override { return of_->remove(name); }
    Result<void> sync() override { return of_->sync(); }
    std::string path_of(const std::string& name) const override { return of_->path_of(name); }

private:
    const std::shared_ptr<Directory> of_;
};

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

} // namespace

FollowerCopy::FollowerCopy(std::unique_ptr<Directory> directory, JournalOptions options,
                           std::uint64_t epoch, const Clock& clock, Rng& rng)
    : directory_(std::move(directory)), options_(std::move(options)), epoch_(epoch), clock_(clock),
      rng_(rng) {}

Result<std::unique_ptr<FollowerCopy>> FollowerCopy::open(std::unique_ptr<Directory> directory,
                                                         JournalOptions options,
                                                         std::uint64_t epoch, const Clock& clock,
                                                         Rng& rng) {
    std::unique_ptr<FollowerCopy> copy(
        new FollowerCopy(std::move(directory), std::move(options), epoch, clock, rng));
    CHECK_OK(copy->open_segments());
    return copy;
}

Result<void> FollowerCopy::open_segments() {
    segments_.reset();
    if (contains(TRY(directory_->names()), anew_name))
        return begin_anew(); // which a crash or a failure cut short
    if (!contains(TRY(directory_->names()), manifest_name))
        CHECK_OK(write_manifest(*directory_,
                                {.epoch = epoch_, .first_segment = 1, .cell = options_.cell}));
    segments_ =
        TRY(Segments::open(std::make_unique<Shared>(directory_), options_, {}, clock_, rng_));
    if (segments_->manifest().epoch != epoch_)
        return fail(Code::conflict, "another journal's copy lies here",
                    directory_->path_of(manifest_name));
    return {};
}

Result<void> FollowerCopy::begin_anew() {
    segments_.reset();
    TRY(directory_->create(anew_name));
    CHECK_OK(directory_->sync());
    for (const std::string& name : TRY(directory_->names()))
        if (name != anew_name)
            CHECK_OK(directory_->remove(name));
    CHECK_OK(directory_->sync());
    CHECK_OK(directory_->remove(anew_name));
    return open_segments();
}

Result<void> FollowerCopy::prepare_ahead() {
    const std::atomic<bool> stop = false;
    return !segments_ || segments_->prepared() > 0 ? Result<void>() : segments_->prepare(stop);
}

Result<FollowerHas> FollowerCopy::has() {
    if (!segments_)
        CHECK_OK(open_segments());
    const MerkleFrontier& tree = segments_->tree();
    return FollowerHas{segments_->groups(), tree.size() == 0 ? Sha256{} : tree.root()};
}

Result<void> FollowerCopy::append(std::span<const ByteView> messages, std::uint64_t forgotten_seq) {
    if (!segments_)
        CHECK_OK(open_segments());
    // First: a full copy takes the next ones only if the old ones go.
    CHECK_OK(segments_->forget(forgotten_seq, clock_.now()));
    for (const ByteView message : messages)
        CHECK_OK(adopt(message, forgotten_seq));
    return {};
}

Result<void> FollowerCopy::adopt(ByteView bytes, std::uint64_t forgotten_seq) {
    auto header = decode_segment_header(bytes);
    if (!header)
        return fail(Code::bad_request, "not a group's message");
    const GroupMessage message = TRY(parse_group_message(bytes, epoch_, header->number));
    if (header->number <= segments_->groups())
        return compare(message);
    if (header->first_seq > segments_->durable_seq() + 1) {
        // As after a disk that was replaced, or restored: the other node knows of another copy.
        if (header->first_seq > forgotten_seq + 1)
            return fail(Code::unavailable,
                        fmt::format("there are {} groups here; what lies between them and group {} "
                                    "is not forgotten yet",
                                    segments_->groups(), header->number));
        // Also where there is but a header: its first group may have been cut short.
        if (segments_->bytes_used() > 0)
            CHECK_OK(begin_anew());
    }
    auto adopted = segments_->adopt(message);
    // A file is never synced again after a failure.
    if (!adopted && fault(adopted.error().code) != Fault::permanent)
        segments_.reset();
    return adopted;
}

/// It is here already, if it is the same.
Result<void> FollowerCopy::compare(const GroupMessage& message) const {
    Reader reader(*segments_, {});
    const auto here = reader.groups(message.header.number - 1, 1);
    if (!here && here.error().code == Code::not_found)
        return {}; // and forgotten
    if (!here)
        return here.error();
    if (here->front().head_root != message.shape.head_root)
        return fail(Code::conflict,
                    "another group " + std::to_string(message.header.number) + " is here");
    return {};
}

} // namespace bw::journal
