#include "submissions/archive_format.hpp"

#include "base/crypto.hpp"

namespace bw::submissions {

namespace {

constexpr std::string_view magic = "BWARCHV1";
constexpr std::size_t path_items_limit = 64;
constexpr std::size_t record_head_bytes = 32 + 16 + 16 + 4;

/// What is left to read; a read past the end gives zeros and says so once, at the end.
class Input {
public:
    explicit Input(ByteView bytes) : rest_(bytes) {}
    ByteView take(std::size_t bytes) {
        if (bytes > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const ByteView out = rest_.substr(0, bytes);
        rest_.remove_prefix(bytes);
        return out;
    }
    template <class T>
    T integer() {
        const ByteView bytes = take(sizeof(T));
        return bytes.empty() ? T{} : get_le<T>(bytes);
    }
    template <std::size_t N>
    std::array<std::uint8_t, N> array() {
        return to_array<N>(take(N)).value_or(std::array<std::uint8_t, N>{});
    }
    journal::Durability durability() {
        const auto read = journal::durability_of(integer<std::uint8_t>());
        ok_ = ok_ && read;
        return read.value_or(journal::Durability::local_fsync);
    }
    void require(bool holds) { ok_ = ok_ && holds; }
    std::size_t left() const { return rest_.size(); }
    bool ok() const { return ok_; }

private:
    ByteView rest_;
    bool ok_ = true;
};

ArchivedGroup read_group(Input& in) {
    ArchivedGroup out;
    out.group.number = in.integer<std::uint64_t>();
    out.group.first_seq = in.integer<std::uint64_t>();
    out.group.size = in.integer<std::uint32_t>();
    out.group.root = in.array<32>();
    out.group.time.ms = in.integer<std::int64_t>();
    out.group.durability = in.durability();
    out.head_root = in.array<32>();
    const auto steps = in.integer<std::uint8_t>();
    in.require(steps <= path_items_limit);
    for (std::size_t i = 0; i < steps && in.ok(); ++i)
        out.head_path.push_back(in.array<32>());
    out.head_durability = in.durability();
    in.require(out.group.size > 0 && out.group.size <= in.left() / record_head_bytes);
    for (std::uint32_t i = 0; i < out.group.size && in.ok(); ++i) {
        ArchivedRecord& record = out.records.emplace_back();
        record.leaf = in.array<32>();
        record.tenant.uuid = in.array<16>();
        record.user.uuid = in.array<16>();
        record.sealed = in.take(in.integer<std::uint32_t>());
    }
    return out;
}

bool leads_to_its_roots(const ArchivedGroup& group) {
    std::vector<Sha256> leaves;
    for (const ArchivedRecord& record : group.records)
        leaves.push_back(record.leaf);
    return MerkleTree(std::move(leaves)).root() == group.group.root &&
           verify_inclusion(group.group.leaf(), group.group.number - 1, group.group.number,
                            group.head_path, group.head_root);
}

} // namespace

std::shared_ptr<const journal::CommittedGroup>
ArchivedGroup::committed(const std::string& cell, std::uint64_t epoch,
                         const journal::Journal::Sign& sign) const {
    std::vector<Sha256> leaves;
    for (const ArchivedRecord& record : records)
        leaves.push_back(record.leaf);
    journal::Head head{.cell = cell,
                       .epoch = epoch,
                       .size = group.number,
                       .root = head_root,
                       .time = group.time,
                       .durability = head_durability};
    const Signature signature = sign(head.signed_bytes());
    return std::make_shared<const journal::CommittedGroup>(group, MerkleTree(std::move(leaves)),
                                                           head_path, std::move(head), signature);
}

ArchiveWriter::ArchiveWriter(std::uint64_t epoch, const std::string& cell) : out_(magic) {
    put_le(out_, epoch);
    put_le(out_, static_cast<std::uint8_t>(cell.size()));
    out_ += cell;
}

void ArchiveWriter::begin_group(const journal::CommittedGroup& of) {
    const journal::Group& group = of.group;
    put_le(out_, group.number);
    put_le(out_, group.first_seq);
    put_le(out_, group.size);
    out_ += view(group.root);
    put_le(out_, group.time.ms);
    put_le(out_, static_cast<std::uint8_t>(group.durability));
    out_ += view(of.head.root);
    put_le(out_, static_cast<std::uint8_t>(of.head_path.size()));
    for (const Sha256& step : of.head_path)
        out_ += view(step);
    put_le(out_, static_cast<std::uint8_t>(of.head.durability));
}

void ArchiveWriter::add(const ArchivedRecord& record) {
    out_ += view(record.leaf);
    out_ += view(record.tenant.uuid);
    out_ += view(record.user.uuid);
    put_le(out_, static_cast<std::uint32_t>(record.sealed.size()));
    out_ += record.sealed;
}

Bytes ArchiveWriter::finish() && {
    out_ += view(sha256(out_));
    return std::move(out_);
}

Result<ArchiveFile> parse_archive(ByteView bytes, const std::string& path) {
    auto corrupt = [&](const char* why) { return fail(Code::corrupt, why, path); };
    if (bytes.size() < magic.size() + sizeof(Sha256) || !bytes.starts_with(magic))
        return corrupt("not an archive's file of this format");
    const ByteView content = bytes.substr(0, bytes.size() - sizeof(Sha256));
    if (bytes.substr(content.size()) != view(sha256(content)))
        return corrupt("the file's checksum does not hold; restore it from a copy");
    Input in(content.substr(magic.size()));
    ArchiveFile out;
    out.epoch = in.integer<std::uint64_t>();
    out.cell = std::string(in.take(in.integer<std::uint8_t>()));
    while (in.ok() && in.left() > 0) {
        out.groups.push_back(read_group(in));
        if (!in.ok() || !leads_to_its_roots(out.groups.back()))
            return corrupt("a group's records do not lead to its roots");
    }
    if (!in.ok() || out.groups.empty())
        return corrupt("the file ends within a group");
    return out;
}

} // namespace bw::submissions
