// Whatever comes as a group's message, from a stream or over the network: read or refused, and what
// is read is written again as the same bytes.
#include "base/ensure.hpp"
#include "journal/group.hpp"

namespace {

using namespace bw;
using namespace bw::journal;

constexpr std::uint64_t epoch = 7;

/// A valid message of as many records as the input says, then bent as it says.
Bytes made_from(ByteView input) {
    std::vector<Pending> items;
    const std::size_t count = 1 + static_cast<unsigned char>(input[0]) % 4;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t bytes = std::min<std::size_t>(input.size(), i * 7);
        Pending& item = items.emplace_back(
            Pending{.record = Bytes(input.substr(0, bytes)), .proven_bytes = bytes / 2});
        item.leaf = leaf_hash(item.nonce, ByteView(item.record).substr(0, item.proven_bytes));
    }
    Bytes out;
    begin_message(out, epoch, {});
    put_group(out, message_place(epoch, 1), {}, items, {1 << 20, 1 << 20, 100}, Instant{1},
              Durability::replicated);
    for (std::size_t at = 1; at + 2 < input.size(); at += 3) {
        const std::size_t place = (static_cast<unsigned char>(input[at]) * 256u +
                                   static_cast<unsigned char>(input[at + 1])) %
                                  out.size();
        out[place] = static_cast<char>(out[place] ^ input[at + 2]);
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const char*>(data), size);
    if (input.empty())
        return 0;
    for (const Bytes& bytes : {Bytes(input), made_from(input)}) {
        auto message = parse_group_message(bytes, epoch, 1);
        if (!message)
            continue;
        ENSURE(group_message(epoch, message->header.tree, message->shape, message->bytes) == bytes,
               "another message than was read");
        auto proven = prove_group({.epoch = epoch, .cell = "fuzz"}, message->header.tree,
                                  message->shape, message->bytes, Durability::replicated,
                                  [](ByteView) { return Signature{}; });
        ENSURE(proven || proven.error().code == Code::corrupt, "another failure than corrupt");
    }
    return 0;
}
